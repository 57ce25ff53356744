package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/transfer"
)

// An importFileCmd makes a directory of an export.
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

// A fileReport is what is printed as JSON.
type fileReport struct {
	Revision   int64           `json:"revision"`
	Rows       int64           `json:"rows"`
	Before     int64           `json:"rows_before"` // that an earlier run had brought in
	Repeated   bool            `json:"repeated"`
	Seconds    float64         `json:"seconds"`
	Credential *madeCredential `json:"credential,omitempty"`
}

// importGCPercent is by how much the heap of an import may grow before it is
// collected, in percent, as GOGC is.
const importGCPercent = 50

// Run imports.
func (c *importFileCmd) Run(v *invocation) (err error) {
	settings, _, err := v.settings()
	if err != nil {
		return err
	}
	if c.Rows < 1 || c.Rows > 100_000 {
		return usageError{errors.New("--change-rows must be between 1 and 100000")}
	}
	if !slices.ContainsFunc(v.environ, func(entry string) bool { return strings.HasPrefix(entry, "GOGC=") }) {
		// Nearly all that an import allocates is garbage at once; the rest of the
		// memory is better kept for the database.
		defer debug.SetGCPercent(debug.SetGCPercent(importGCPercent))
	}
	begun := time.Now()
	trailer, err := checkFile(c.File)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	s, err := app.OpenStore(v.ctx, settings, app.NewLog(v.err, settings))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	dir, err := core.Open(v.ctx, s, core.Options{Sealer: noSealer{}, Language: directory.Language(settings.Language),
		Facets: app.FacetChecks(), Importing: true, ImportRows: c.Rows, AdminEmail: settings.AdminEmail})
	if err != nil {
		return err
	}
	defer dir.Close()
	done, err := c.load(v, dir, trailer)
	if err != nil {
		return err
	}
	report := fileReport{int64(done.Revision), done.Rows, done.Before, done.Repeated, 0, nil}
	admin, made, err := dir.Bootstrap(v.ctx, settings.ClientID, settings.ClientSecret)
	if err != nil {
		return fmt.Errorf("the rows are in, but there are no credentials for the administrator; run this again: %w", err)
	}
	if made {
		report.Credential = &madeCredential{directory.FormatID(admin.User), admin.ClientID, admin.Secret}
		report.Revision = int64(dir.Head().Revision)
	}
	report.Seconds = time.Since(begun).Seconds()
	return c.print(v, settings, report)
}

// load brings the rows in.
func (c *importFileCmd) load(v *invocation, dir *core.Core, trailer transfer.Trailer) (importer.Imported, error) {
	f, err := openFile(c.File)
	if err != nil {
		return importer.Imported{}, err
	}
	defer f.Close()
	rows, err := transfer.NewReader(f)
	if err != nil {
		return importer.Imported{}, fmt.Errorf("%s: %w", c.File, err)
	}
	var m *meter
	done, err := importer.Run(v.ctx, dir, importer.Import{
		Job: trailer.SHA256, Next: rows.Header().Next.IDs(), Rows: rows.Next,
		Progress: func(n int64) {
			if m == nil {
				m = v.meter("imported", "rows", n, trailer.Total())
			}
			m.at(n)
		},
	})
	if m != nil {
		m.end()
	}
	var row *importer.RowError
	switch {
	case errors.As(err, &row):
		err = fmt.Errorf("%s: line %d: %w\nthe import cannot go on: mend the file and import it into a new directory", c.File,
			row.Row+1, row.Err)
	case errors.Is(err, context.Canceled):
		err = fmt.Errorf("interrupted; run it again with the same file to go on: %w", err)
	}
	return done, err
}

func (c *importFileCmd) print(v *invocation, settings config.Config, r fileReport) error {
	if c.JSON {
		return v.json(r)
	}
	switch {
	case r.Repeated:
		fmt.Fprintf(v.out, "%s was imported before: %d rows\n", c.File, r.Rows)
	case r.Before > 0:
		fmt.Fprintf(v.out, "imported %d rows, behind %d that were there, in %.1f s; revision %d\n", r.Rows-r.Before, r.Before,
			r.Seconds, r.Revision)
	default:
		fmt.Fprintf(v.out, "imported %d rows in %.1f s; revision %d\n", r.Rows, r.Seconds, r.Revision)
	}
	switch {
	case r.Credential == nil:
	case settings.ClientID != "":
		fmt.Fprintf(v.out, "User %s administers it, and logs in with COHORT_CLIENT_ID and COHORT_CLIENT_SECRET.\n",
			r.Credential.User)
	default:
		fmt.Fprintf(v.out, "User %s administers it, and logs in with these, which are shown this once:\n\n",
			r.Credential.User)
		v.table([][]string{{"  client id", v.bold(r.Credential.ClientID)}, {"  client secret", v.bold(r.Credential.Secret)}})
	}
	return nil
}

// checkFile reads a file to its end.
func checkFile(path string) (transfer.Trailer, error) {
	f, err := openFile(path)
	if err != nil {
		return transfer.Trailer{}, err
	}
	defer f.Close()
	_, trailer, err := transfer.Check(f)
	return trailer, err
}

// openFile opens a file, and decompresses it if its name says so.
func openFile(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return f, err
	}
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}

// A noSealer is for work in which nothing is sealed.
type noSealer struct{}

var errNoKeys = errors.New("no keys are at hand")

// Seal seals nothing.
func (noSealer) Seal(directory.AttributeID, directory.Object, string) (keyID string, ciphertext []byte, err error) {
	return "", nil, errNoKeys
}

// Open opens nothing.
func (noSealer) Open(directory.AttributeID, directory.Object, string, []byte) (string, error) {
	return "", errNoKeys
}
