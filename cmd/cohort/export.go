package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/reconcile"
	"cohort/internal/store"
	"cohort/internal/transfer"
)

// An exportCmd writes a directory as text.
type exportCmd struct {
	File   string `arg:"" optional:"" help:"where to; without it, the standard output. A name that ends in .gz is compressed"`
	JSON   bool   `name:"json" help:"write a summary as JSON; needs FILE"`
	Format string `enum:"jsonl,yaml" default:"jsonl" placeholder:"FORMAT" help:"jsonl, which cohort import file reads, or yaml: declared state, which cohort apply reads (default ${default})"`
	Users  bool   `help:"yaml: include users"`
	Set    string `placeholder:"NAME" help:"yaml: the name of the set"`
	config.Storage
}

// Help returns the details of the command's help.
func (*exportCmd) Help() string {
	return `Writes the directory at one revision: one JSON object a line, in a stable order, so that two exports are easy to compare. A server may run on the directory meanwhile. "cohort import file" creates a directory from it.

It contains neither deleted objects nor the history nor secrets: no hidden values, no API credentials, no tokens. Use "cohort backup" for a copy of everything, and "cohort migrate" to move everything to another database.

With --format yaml it writes declared state by name, sorted, without ids and times, so that two equal directories give equal files. It reads from a server, unless --data or --database name a stopped directory. It contains users only with --users.

Examples:

  cohort export directory.jsonl
  cohort export --format yaml directory.yaml
  cohort export --data /var/lib/cohort | gzip > directory.jsonl.gz`
}

// An exportReport is what is printed as JSON.
type exportReport struct {
	File        string           `json:"file"`
	Incarnation int64            `json:"incarnation"`
	Revision    int64            `json:"revision"`
	Rows        map[string]int64 `json:"rows"`
	Omitted     transfer.Omitted `json:"omitted"`
	SHA256      string           `json:"sha256"`
	Seconds     float64          `json:"seconds"`
}

// Run exports.
func (c *exportCmd) Run(v *invocation) (err error) {
	if c.Format == "yaml" {
		return c.declared(v)
	}
	if c.Users || c.Set != "" {
		return usageError{errors.New("--users and --set are for --format yaml")}
	}
	settings, _, err := v.settings()
	if err != nil {
		return err
	}
	if c.JSON && c.File == "" {
		return usageError{errors.New("--json needs FILE: the standard output is for the export")}
	}
	s, err := app.OpenReader(v.ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	begun := time.Now()
	var h transfer.Header
	var t transfer.Trailer
	write := func(w io.Writer) error {
		return s.Read(v.ctx, func(r store.Reader) error {
			head, err := r.Head(v.ctx)
			if err != nil {
				return err
			}
			m := v.meter("exported", "users", 0, head.Users)
			defer m.end()
			h, t, err = transfer.Export(v.ctx, r, w, m.at)
			return err
		})
	}
	if c.File == "" {
		err = write(v.out)
	} else {
		err = writeFile(c.File, write)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return v.json(exportReport{c.File, h.Incarnation, int64(h.Revision), t.Rows, t.Omitted, t.SHA256,
			time.Since(begun).Seconds()})
	}
	c.tell(v, h, t, time.Since(begun))
	return nil
}

// tell says on the error stream, as the other one may be the export, what was
// written and what was not.
func (c *exportCmd) tell(v *invocation, h transfer.Header, t transfer.Trailer, took time.Duration) {
	fmt.Fprintf(v.err, "cohort: exported revision %d-%d: %d rows in %s\n", h.Incarnation, h.Revision, t.Total(),
		took.Round(100*time.Millisecond))
	if n := t.Omitted.HiddenValues; n > 0 {
		fmt.Fprintf(v.err, "cohort: left out %d hidden values: only the keys of this directory open them\n", n)
	}
	if n := t.Omitted.APICredentials; n > 0 {
		fmt.Fprintf(v.err, "cohort: left out %d API credentials: their secrets are not kept\n", n)
	}
}

// writeFile writes a file under another name, compressed if its name says so,
// and gives it its name when it is on disk. It is its owner's only: there are
// people in it.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	var w io.Writer = f
	finish := func() error { return nil }
	if strings.HasSuffix(path, ".gz") {
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed) // the level is one that there is
		w, finish = z, z.Close
	}
	if err := write(w); err != nil {
		return err
	}
	if err := errors.Join(finish(), f.Sync()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

// declared writes declared state.
func (c *exportCmd) declared(v *invocation) (err error) {
	if c.JSON {
		return usageError{errors.New("--json is for --format jsonl")}
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	live, _, err := reconcile.Read(v.ctx, server, c.Users, v.reading())
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
		err = write(v.out)
	} else {
		err = writeFile(c.File, write)
	}
	if err == nil && omitted.Hidden > 0 {
		fmt.Fprintf(v.err, "cohort: left out the texts of %d hidden values: they are written as hidden: set, which means "+
			"unchanged\n", omitted.Hidden)
	}
	return err
}
