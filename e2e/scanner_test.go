package e2e

import (
	"bytes"
	"compress/flate"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to look into databases as anyone could

	"cohort/internal/store/postgres/pgtest" // which brings PostgreSQL's
)

// A scanner looks for secrets in whatever can be read, in the forms in which
// they could be there.
type scanner struct {
	forms map[string][]byte // by what it is
	found map[string]bool
}

func newScanner() *scanner { return &scanner{forms: map[string][]byte{}, found: map[string]bool{}} }

// add adds a secret: itself, in hexadecimal digits, and the three ways in which
// base64 can have it inside a longer text.
func (s *scanner) add(what, secret string) {
	s.forms[what] = []byte(secret)
	s.forms[what+", as hex"] = []byte(hex.EncodeToString([]byte(secret)))
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("-", shift) + secret))
		from, to := (shift*8+5)/6, (shift+len(secret))*8/6
		s.forms[fmt.Sprintf("%s, in base64 with %d bytes before", what, shift)] = []byte(text[from:to])
	}
}

// in is what of all secrets is in a text, by what it is.
func (s *scanner) in(text []byte) []string {
	var list []string
	for _, what := range slices.Sorted(maps.Keys(s.forms)) {
		if bytes.Contains(text, s.forms[what]) {
			list = append(list, what)
		}
	}
	return list
}

// clean fails the test if a secret is in a text, once for each secret and place.
func (s *scanner) clean(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, what := range s.in(text) {
		if at := what + " is in " + where; !s.found[at] {
			s.found[at] = true
			t.Error(at)
		}
	}
}

// stored is where a directory is kept.
type stored interface {
	cells(t *testing.T) []byte            // all that is in it, cell by cell
	files(t *testing.T) map[string][]byte // what anyone finds on the disk, by name
	forgets() bool                        // files have nothing that is not in a cell any more
}

// onDisk is the data directory of a server that keeps all in it.
type onDisk struct{ dir string }

func (d onDisk) cells(t *testing.T) []byte {
	return cells(t, "sqlite", "file:"+filepath.Join(d.dir, "cohort.db")+"?mode=ro")
}

func (d onDisk) files(t *testing.T) map[string][]byte { return files(t, d.dir) }

func (onDisk) forgets() bool { return true }

// inPostgres is a PostgreSQL server that has nothing else. It does not forget:
// what a row was before stays in its table until a vacuum, and in the log for
// as long as that is kept, for standbys and for restoring, which is the
// server's business and its operator's.
type inPostgres struct{ server *pgtest.Server }

func (p inPostgres) cells(t *testing.T) []byte { return cells(t, "pgx", p.server.URL("postgres")) }

func (p inPostgres) files(t *testing.T) map[string][]byte {
	t.Helper()
	p.server.Exec(t, "postgres", "CHECKPOINT")
	all := map[string][]byte{"the server's log": []byte(p.server.Log())}
	err := filepath.WalkDir(p.server.Data(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		all[e.Name()+" of PostgreSQL"], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (inPostgres) forgets() bool { return false }

// cells is all that a database has, cell by cell, and with what is deflated
// inflated.
func cells(t *testing.T, driver, url string) []byte {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	query := "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table'"
	if driver != "sqlite" {
		query = "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
	}
	var names string
	if err := db.QueryRowContext(t.Context(), query).Scan(&names); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for table := range strings.SplitSeq(names, ",") {
		if err := cellsOf(t, db, table, &all); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	return all.Bytes()
}

func cellsOf(t *testing.T, db *sql.DB, table string, to *bytes.Buffer) error {
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	row, places := make([]any, len(names)), make([]any, len(names))
	for i := range row {
		places[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for _, v := range row {
			b, isBlob := v.([]byte)
			if !isBlob {
				fmt.Fprintln(to, v)
				continue
			}
			to.Write(append(b, '\n'))
			if inflated, err := io.ReadAll(flate.NewReader(bytes.NewReader(b))); err == nil {
				to.Write(append(inflated, '\n'))
			}
		}
	}
	return rows.Err()
}

// files is the content of every file below a folder, but for the keys.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		if e.Name() == "keys" {
			continue
		}
		if all[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
