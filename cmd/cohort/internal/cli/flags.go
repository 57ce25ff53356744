package cli

import (
	"cohort/internal/screen"
)

// ObjectFormat are the flags that choose the output format of one object.
type ObjectFormat struct {
	Output screen.Format `name:"output" short:"o" enum:"table,json,yaml" default:"table" placeholder:"FORMAT" help:"table (for people), json or yaml"`
	JSON   bool          `name:"json" help:"same as -o json"`
}

// ReadFlags are the flags of commands that read an object from a server or a stopped
// directory.
type ReadFlags struct {
	ObjectFormat
	StoppedFlags
}

// Paged is embedded by commands whose answer may be long. Their answer goes through a pager.
type Paged struct{}

// Asked marks the command as one whose answer goes through a pager.
func (Paged) Asked() {}

// Format is the output format.
func (r ObjectFormat) Format() screen.Format {
	if r.JSON {
		return screen.JSON
	}
	return r.Output
}

// ForPrograms reports whether the output is for a program.
func (r ObjectFormat) ForPrograms() bool { return r.Format() != screen.Table }

// WriteObject writes x in a format for programs.
func (v *Invocation) WriteObject(f screen.Format, x any) error {
	return screen.WriteObject(v.Stdout, f, x)
}
