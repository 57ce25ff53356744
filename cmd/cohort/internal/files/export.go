package files

import (
	"errors"
	"fmt"
	"io"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/exportfile"
	"cohort/cmd/cohort/internal/job"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
	"cohort/internal/store"
	"cohort/internal/transfer"
)

// An ExportCmd writes a directory to a text file.
type ExportCmd struct {
	File   string `arg:"" optional:"" help:"where to; without it, the standard output. A name that ends in .gz is compressed"`
	JSON   bool   `name:"json" help:"write a summary as JSON; needs FILE"`
	Format string `enum:"jsonl,yaml" default:"jsonl" placeholder:"FORMAT" help:"jsonl, which cohort import file reads, or yaml: declared state, which cohort apply reads (default ${default})"`
	Users  bool   `help:"yaml: include users"`
	Set    string `placeholder:"NAME" help:"yaml: the name of the set"`
	config.Storage
}

// Help returns the details of the command's help.
func (*ExportCmd) Help() string {
	return `Writes the directory at one revision: one JSON object a line, in a stable order, so that two exports are easy to compare. A server may run on the directory meanwhile. "cohort import file" creates a directory from it.

It contains neither deleted objects nor the history nor secrets: no hidden values, no API credentials, no tokens. Use "cohort backup" for a copy of everything, and "cohort migrate" to move everything to another database.

With --format yaml it writes declared state by name, sorted, without ids and times, so that two equal directories give equal files. It reads from a server, unless --data or --database name a stopped directory. It contains users only with --users.

Examples:

  cohort export directory.jsonl
  cohort export --format yaml directory.yaml
  cohort export --data /var/lib/cohort | gzip > directory.jsonl.gz`
}

// An exportReport is the summary as JSON.
type exportReport struct {
	File        string           `json:"file"`
	Incarnation int64            `json:"incarnation"`
	Revision    int64            `json:"revision"`
	Rows        map[string]int64 `json:"rows"`
	Omitted     transfer.Omitted `json:"omitted"`
	SHA256      string           `json:"sha256"`
	Seconds     float64          `json:"seconds"`
}

// Run writes the export.
func (c *ExportCmd) Run(v *cli.Invocation) (err error) {
	if c.Format == "yaml" {
		return c.declared(v)
	}
	if c.Users || c.Set != "" {
		return cli.WrongUsage(errors.New("--users and --set are for --format yaml"))
	}
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	if c.JSON && c.File == "" {
		return cli.WrongUsage(errors.New("--json needs FILE: the standard output is for the export"))
	}
	s, err := app.OpenReader(v.Context, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	begun := time.Now()
	var h transfer.Header
	var t transfer.Trailer
	write := func(w io.Writer) error {
		return s.Read(v.Context, func(r store.Reader) error {
			head, err := r.Head(v.Context)
			if err != nil {
				return err
			}
			m := v.Meter("exported", "users", 0, head.Users)
			defer m.Clear()
			h, t, err = transfer.Export(v.Context, r, w, m.Update)
			return err
		})
	}
	if c.File == "" {
		err = write(v.Stdout)
	} else {
		err = exportfile.Write(c.File, write)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return v.WriteJSON(exportReport{c.File, h.Incarnation, int64(h.Revision), t.Rows, t.Omitted, t.SHA256,
			time.Since(begun).Seconds()})
	}
	c.tell(v, h, t, time.Since(begun))
	return nil
}

// tell reports to the error stream what was written and what was left out; the standard output
// may be the export.
func (c *ExportCmd) tell(v *cli.Invocation, h transfer.Header, t transfer.Trailer, took time.Duration) {
	fmt.Fprintf(v.Stderr, "cohort: exported revision %d-%d: %d rows in %s\n", h.Incarnation, h.Revision, t.Total(),
		took.Round(100*time.Millisecond))
	if n := t.Omitted.HiddenValues; n > 0 {
		fmt.Fprintf(v.Stderr, "cohort: left out %d hidden values: only the keys of this directory open them\n", n)
	}
	if n := t.Omitted.APICredentials; n > 0 {
		fmt.Fprintf(v.Stderr, "cohort: left out %d API credentials: their secrets are not stored\n", n)
	}
}

// declared writes declared state.
func (c *ExportCmd) declared(v *cli.Invocation) (err error) {
	if c.JSON {
		return cli.WrongUsage(errors.New("--json is for --format jsonl"))
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	live, _, err := reconcile.Read(v.Context, server, c.Users, job.ShowReading(v))
	if err != nil {
		return err
	}
	state, omitted := desired.StateOf(live, c.Users)
	state.Set = c.Set
	types := map[string]directory.Type{}
	for i := range live.Attributes {
		types[live.Attributes[i].Name] = live.Attributes[i].Type
	}
	write := func(w io.Writer) error { return declared.Write(w, state, types) }
	if c.File == "" {
		err = write(v.Stdout)
	} else {
		err = exportfile.Write(c.File, write)
	}
	if err == nil && omitted.Hidden > 0 {
		fmt.Fprintf(v.Stderr, "cohort: left out the texts of %d hidden values: they are written as hidden: set, which means "+
			"unchanged\n", omitted.Hidden)
	}
	return err
}
