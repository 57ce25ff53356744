package cli

import (
	"cohort/internal/screen"
)

// ObjectFormat are the flags of commands that answer with one object.
type ObjectFormat struct {
	Output screen.Format `name:"output" short:"o" enum:"table,json,yaml" default:"table" placeholder:"FORMAT" help:"table (for people), json or yaml"`
	JSON   bool          `name:"json" help:"same as -o json"`
}

// ReadFlags are the flags of commands that read one object, from a server or a stopped directory.
type ReadFlags struct {
	ObjectFormat
	StoppedFlags
}

// A Paged command is one whose answer may be long: it goes through a pager.
type Paged struct{}

// Asked marks a command whose answer goes through a pager.
func (Paged) Asked() {}

// Format is the format of the output.
func (r ObjectFormat) Format() screen.Format {
	if r.JSON {
		return screen.JSON
	}
	return r.Output
}

// ForPrograms reports whether a program reads the output.
func (r ObjectFormat) ForPrograms() bool { return r.Format() != screen.Table }

// WriteObject writes an answer for programs.
func (v *Invocation) WriteObject(f screen.Format, x any) error {
	return screen.WriteObject(v.Stdout, f, x)
}
