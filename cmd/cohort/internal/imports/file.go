package imports

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/cmd/cohort/internal/exportfile"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/transfer"
)

// An importFileCmd creates a directory from an export.
type importFileCmd struct {
	File string `arg:"" help:"what cohort export has written; .gz is decompressed"`
	JSON bool   `name:"json" help:"write JSON"`
	Rows int    `name:"change-rows" default:"20000" placeholder:"N" help:"rows in one change, at most 100000; more need more memory and slightly less time"`
	config.Storage
}

// Help returns the details of the command's help.
func (*importFileCmd) Help() string {
	return `Creates a directory from a file of "cohort export". The directory must be new. No server may run on it meanwhile. The file is first read to its end and checked against its checksum; then every row is checked like an edit, and written in changes of up to 20,000 rows (--change-rows). Their records count the rows without images, so history, as-of and revert begin after the import.

Run an interrupted import again with the same file to continue it. Until it has ended, no server starts on the directory.

The file contains no secrets. The first administrator in it gets new API credentials, which are shown once, or those in COHORT_CLIENT_ID and COHORT_CLIENT_SECRET. If it contains no administrator, one is created.

Examples:

  cohort import directory.jsonl --data ./new
  cohort import directory.jsonl.gz --data ./new --json`
}

// A fileReport is the result of an import as JSON.
type fileReport struct {
	Revision   int64           `json:"revision"`
	Rows       int64           `json:"rows"`
	Before     int64           `json:"rows_before"` // that an earlier run had brought in
	Repeated   bool            `json:"repeated"`
	Seconds    float64         `json:"seconds"`
	Credential *cli.Credential `json:"credential,omitempty"`
}

// importGCPercent is the growth of the heap between collections during an import, in percent,
// as GOGC is.
const importGCPercent = 50

// Run imports the file.
func (c *importFileCmd) Run(v *cli.Invocation) (err error) {
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	if c.Rows < 1 || c.Rows > 100_000 {
		return cli.WrongUsage(errors.New("--change-rows must be between 1 and 100000"))
	}
	if !slices.ContainsFunc(v.Environ, func(entry string) bool { return strings.HasPrefix(entry, "GOGC=") }) {
		// Nearly all allocations of an import are short-lived. The database uses the memory
		// better.
		defer debug.SetGCPercent(debug.SetGCPercent(importGCPercent))
	}
	begun := time.Now()
	trailer, err := exportfile.Check(c.File)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	s, err := app.OpenStore(v.Context, settings, app.NewLog(v.Stderr, settings))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	dir, err := core.Open(v.Context, s, core.Options{Sealer: app.NoSealer{},
		Language: directory.Language(settings.Language),
		Facets:   app.FacetChecks(), Importing: true, ImportRows: c.Rows, AdminEmail: settings.AdminEmail})
	if err != nil {
		return err
	}
	defer dir.Close()
	done, err := c.load(v, dir, trailer)
	if err != nil {
		return err
	}
	report := fileReport{int64(done.Revision), done.Rows, done.Before, done.Repeated, 0, nil}
	admin, made, err := dir.Bootstrap(v.Context, settings.ClientID, settings.ClientSecret)
	if err != nil {
		return fmt.Errorf("the rows are imported, but there are no credentials for the administrator; run the command "+
			"again: %w", err)
	}
	if made {
		report.Credential = &cli.Credential{User: directory.FormatID(admin.User), ClientID: admin.ClientID,
			Secret: admin.Secret}
		report.Revision = int64(dir.Head().Revision)
	}
	report.Seconds = time.Since(begun).Seconds()
	return c.print(v, settings, report)
}

// load imports the rows.
func (c *importFileCmd) load(v *cli.Invocation, dir *core.Core, trailer transfer.Trailer) (importer.Imported, error) {
	f, err := exportfile.Open(c.File)
	if err != nil {
		return importer.Imported{}, err
	}
	defer f.Close()
	rows, err := transfer.NewReader(f)
	if err != nil {
		return importer.Imported{}, fmt.Errorf("%s: %w", c.File, err)
	}
	var m *cli.Meter
	done, err := importer.Run(v.Context, dir, importer.Import{
		Job: trailer.SHA256, Next: rows.Header().Next.IDs(), Rows: rows.Next,
		Progress: func(n int64) {
			if m == nil {
				m = v.Meter("imported", "rows", n, trailer.Total())
			}
			m.Update(n)
		},
	})
	if m != nil {
		m.Clear()
	}
	var row *importer.RowError
	switch {
	case errors.As(err, &row):
		err = fmt.Errorf("%s: line %d: %w\nthe import cannot continue: correct the file and import it into a new directory",
			c.File,
			row.Row+1, row.Err)
	case errors.Is(err, context.Canceled):
		err = fmt.Errorf("interrupted; run it again with the same file to continue: %w", err)
	}
	return done, err
}

func (c *importFileCmd) print(v *cli.Invocation, settings config.Config, r fileReport) error {
	if c.JSON {
		return v.WriteJSON(r)
	}
	switch {
	case r.Repeated:
		fmt.Fprintf(v.Stdout, "%s was imported before: %s\n", c.File, cli.Count(r.Rows, "row"))
	case r.Before > 0:
		fmt.Fprintf(v.Stdout, "imported %s, after %d of an earlier run, in %.1f s; revision %d\n",
			cli.Count(r.Rows-r.Before, "row"), r.Before, r.Seconds, r.Revision)
	default:
		fmt.Fprintf(v.Stdout, "imported %s in %.1f s; revision %d\n", cli.Count(r.Rows, "row"), r.Seconds, r.Revision)
	}
	switch {
	case r.Credential == nil:
	case settings.ClientID != "":
		fmt.Fprintf(v.Stdout, "User %s administers it, and logs in with COHORT_CLIENT_ID and COHORT_CLIENT_SECRET.\n",
			r.Credential.User)
	default:
		fmt.Fprintf(v.Stdout, "User %s administers it, and logs in with these, which are shown once:\n\n",
			r.Credential.User)
		v.Table([][]string{{"  client id", v.Bold(r.Credential.ClientID)}, {"  client secret", v.Bold(r.Credential.Secret)}})
	}
	return nil
}
