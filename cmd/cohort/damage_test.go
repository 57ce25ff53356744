package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/sqlstore"
)

// everything creates at least one row of every kind.
func everything() []directory.Edit {
	window := &directory.Window{StartsAt: 1_000, ExpiresAt: 4_000_000_000_000}
	value := func(text string) directory.Value { return directory.Value{Text: text} }
	return []directory.Edit{
		directory.CreateGroup{ID: 10, Name: "EMEA", Language: "EN"},
		directory.CreateGroup{ID: 11, Name: "Berlin"},
		directory.CreateGroup{ID: 12, Name: "Gone"},
		directory.AddParent{Group: 11, Parent: 10},
		directory.CreateUser{ID: 20, FirstName: "Ada", LastName: "Lovelace", ContactEmail: "ada@example.com", Timezone: "UTC",
			Language: "EN"},
		directory.CreateUser{ID: 21, FirstName: "Bob", LastName: "Boole", Disabled: true},
		directory.AddMember{Group: 11, User: 20},
		directory.AddMember{Group: 10, User: 20, Window: window},
		directory.CreateAttribute{ID: 30, Name: "region", Label: "Region", Type: directory.TypeString,
			Default: new(value("none")), UserCanView: true},
		directory.CreateAttribute{ID: 31, Name: "pin", Label: "PIN", Type: directory.TypeString, Hidden: true,
			Default: new(value("0000"))},
		directory.CreateAttribute{ID: 32, Name: "title", Label: "Title", Type: directory.TypeText, Default: &directory.Value{
			Texts: []directory.LocalText{{Language: "EN", Text: "Count"}, {Language: "NL", Text: "Graaf"}},
		}},
		directory.SetGroupValue{Group: 10, Attribute: 30, Value: value("emea"), Window: window},
		directory.SetGroupValue{Group: 11, Attribute: 30, Value: value("berlin")},
		directory.SetGroupValue{Group: 11, Attribute: 31, Value: value("1234")},
		directory.SetGroupValue{Group: 11, Attribute: 32,
			Value: directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "Countess"}}}},
		directory.SetUserValue{User: 20, Attribute: 30, Value: value("own"), Window: window},
		directory.SetUserValue{User: 20, Attribute: 31, Value: value("5678")},
		directory.SetUserValue{User: 20, Attribute: 32,
			Value: directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "Lady"}}}},
		directory.SetLoginEmail{User: 20, Email: "ada@example.org"},
		directory.CreateAPICredential{User: 20},
		directory.CreatePermissionSet{Name: "Viewers", Permissions: []string{"see_users"}},
		directory.CreateModelSet{Name: "Models", Models: []string{"orders"}},
		directory.CreateRole{Name: "Viewer", PermissionSet: 2, ModelSet: 2},
		directory.SetUserRoles{User: 20, Roles: []directory.RoleID{3}},
		directory.SetGroupRoles{Group: 10, Roles: []directory.RoleID{3}},
		directory.SetSource{Object: directory.UserID(20).Object(), Source: "erp", SourceID: "4711"},
		directory.SetFacet{Object: directory.GroupID(10).Object(), Dialect: "propeller", Kind: "settings",
			Data: `{"budget":"Y"}`},
	}
}

// oneOfEverything creates a directory with everything in it, closes it, and returns its path.
func oneOfEverything(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	settings, _, err := config.Load(config.Flags{"data": dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := app.Open(t.Context(), settings,
		app.Options{Log: slog.New(slog.DiscardHandler), Fatal: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	system := in.Views().As(directory.System("test"))
	for _, edits := range [][]directory.Edit{
		{directory.UpdateUser{User: 1, LastName: new("Root")}}, everything(), {directory.DeleteGroup{Group: 12}},
		{directory.UpdateUser{User: 20, FirstName: new("Augusta")}},
	} {
		if _, err := system.Commit(t.Context(), directory.Change{Edits: edits, Comment: "one of everything"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// alter changes a database directly, without any check.
func alter(t *testing.T, dir string, f func(*sql.DB) error) error {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir,
		sqlite.File)+"?_pragma=foreign_keys(0)&_pragma=ignore_check_constraints(1)&_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	return errors.Join(f(db), db.Close())
}

// copyOf copies the database and the keys of a directory.
func copyOf(t *testing.T, original string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{sqlite.File, app.KeyFileName} {
		b, err := os.ReadFile(filepath.Join(original, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// verdictOn is the output of cohort verify and its exit status.
func verdictOn(t *testing.T, dir string) (status int, said string) {
	t.Helper()
	var out bytes.Buffer
	status = run(t.Context(), []string{"verify", "--data", dir}, nil, cli.Terminal{Stdin: strings.NewReader(""),
		Stdout: &out, Stderr: &out})
	return status, out.String()
}

// A column is a column of a table.
type column struct{ table, name, key string }

// columns lists the columns of all tables.
func columns(db *sql.DB) ([]column, error) {
	rows, err := db.Query(`SELECT m.name, c.name, (SELECT group_concat(k.name) FROM pragma_table_info(m.name) k WHERE k.pk > 0)
		FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.table, &c.name, &c.key); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// flip flips one bit of the column in the row in which it is longest, and reports whether
// there was one. It tries the next bit if the result would equal another row, which the
// database itself would find.
func (c column) flip(db *sql.DB) (done bool, err error) {
	var value any
	names := strings.Split(c.key, ",")
	key := make([]any, len(names))
	places := []any{&value}
	for i := range key {
		places = append(places, &key[i])
	}
	row := db.QueryRow(fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s ORDER BY length(%[1]s) DESC, %[1]s DESC, %[2]s DESC "+
		"LIMIT 1", c.name, c.key, c.table))
	if err := row.Scan(places...); errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	for bit := range 4 {
		flipped, ok := flipped(value, bit)
		if !ok {
			return false, nil
		}
		_, err = db.Exec(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", c.table, c.name, strings.Join(names, " = ? AND ")),
			append([]any{flipped}, key...)...)
		if err == nil {
			return true, nil
		}
	}
	return false, err
}

func flipped(value any, bit int) (any, bool) {
	switch v := value.(type) {
	case int64:
		return v ^ 1<<bit, true
	case string:
		b := []byte(v)
		if len(b) == 0 {
			return nil, false
		}
		b[len(b)/2] ^= 1 << bit
		return string(b), true
	case []byte:
		if len(v) == 0 {
			return nil, false
		}
		b := bytes.Clone(v)
		b[len(b)/2] ^= 1 << bit
		return b, true
	}
	return nil, false
}

// spared is the reason why verify cannot find a flipped bit in a column; empty if it can.
func spared(c column) string {
	if slices.Contains(sqlstore.EphemeralTables(), c.table) {
		return "has no revision"
	}
	switch c.table {
	case "goose_db_version":
		return "which migrations were done: the schema itself is looked at"
	case "secrets":
		return "a hash of something that is kept nowhere: who logs in with it is refused"
	}
	switch {
	case c.table == "head" && c.name == "incarnation":
		return "any number is right"
	case c.table == "head" && strings.HasPrefix(c.name, "next_"):
		return "ids may be skipped; one that is given out already is found"
	}
	return ""
}

// TestAFlippedBitIsFound flips one bit in every column of every kind of row, of change records
// and of the head, without damaging pages or indexes.
func TestAFlippedBitIsFound(t *testing.T) {
	original := oneOfEverything(t)
	if status, said := verdictOn(t, original); status != cli.ExitDone {
		t.Fatalf("at first verify says, with status %d:\n%s", status, said)
	}
	var all []column
	err := alter(t, original, func(db *sql.DB) (err error) { all, err = columns(db); return err })
	if err != nil {
		t.Fatal(err)
	}
	flipped := map[string]bool{}
	for _, c := range all {
		if spared(c) != "" {
			continue
		}
		var done bool
		dir := copyOf(t, original)
		err := alter(t, dir, func(db *sql.DB) (err error) { done, err = c.flip(db); return err })
		if err != nil {
			t.Errorf("%s.%s: %v", c.table, c.name, err)
		}
		if !done {
			continue // the column is empty
		}
		flipped[c.table] = true
		if status, said := verdictOn(t, dir); status != cli.ExitFailed || !strings.Contains(said, "wrong: ") {
			t.Errorf("a flipped bit in %s.%s: verify says, with status %d:\n%s", c.table, c.name, status, said)
		}
	}
	for _, c := range all {
		if spared(c) == "" && !flipped[c.table] {
			t.Errorf("no row of %s was damaged", c.table)
			flipped[c.table] = true
		}
	}
}

// TestAChangedHistoryIsFound changes, deletes, moves and truncates records.
func TestAChangedHistoryIsFound(t *testing.T) {
	original := oneOfEverything(t)
	records := []string{"changes", "change_chunks", "change_objects"}
	onAll := func(statement string) (list []string) {
		for _, table := range records {
			list = append(list, fmt.Sprintf(statement, table))
		}
		return list
	}
	for name, statements := range map[string][]string{
		"a comment is another":     {"UPDATE changes SET comment = 'nothing' WHERE revision = 3"},
		"another caller":           {"UPDATE changes SET caller = 1 WHERE revision = 3"},
		"a record is gone":         onAll("DELETE FROM %s WHERE revision = 3"),
		"the first record is gone": onAll("DELETE FROM %s WHERE revision = 1"),
		"images are gone":          {"DELETE FROM change_chunks WHERE revision = 3"},
		"an index is gone":         {"DELETE FROM change_objects WHERE revision = 3"},
		"two records are swapped": slices.Concat(
			onAll("UPDATE %s SET revision = 1000 WHERE revision = 3"),
			onAll("UPDATE %s SET revision = 3 WHERE revision = 4"),
			onAll("UPDATE %s SET revision = 4 WHERE revision = 1000"),
		),
		"the last record is gone": onAll("DELETE FROM %s WHERE revision = (SELECT revision FROM head)"),
		"the history is cut off": append(onAll("DELETE FROM %s WHERE revision = (SELECT revision FROM head)"),
			"UPDATE head SET revision = revision - 1",
			"UPDATE head SET hash = (SELECT hash FROM changes WHERE revision = head.revision), at = (SELECT at FROM changes "+
				"WHERE revision = head.revision)",
		),
		"a record is there twice": {
			`INSERT INTO changes SELECT revision + 1, at, caller, credential, sudoer, dialect, request_id, change_id, comment,
				edits_commitment, edits_salt, edits, edits_redacted, hash FROM changes ORDER BY revision DESC LIMIT 1`,
		},
		"a row is gone":              {"DELETE FROM user_values WHERE attribute_id = 30"},
		"a row is more":              {"INSERT INTO nestings SELECT 12, parent_id, position FROM nestings LIMIT 1"},
		"an id would be given twice": {"UPDATE head SET next_sealed = next_sealed - 1"},
		"a hidden value has moved": {"UPDATE sealed_values SET ciphertext = (SELECT s.ciphertext FROM sealed_values s " +
			"ORDER BY s.id DESC LIMIT 1)"},
		"a hidden value is not there": {"DELETE FROM sealed_values WHERE id = 1"},
	} {
		dir := copyOf(t, original)
		err := alter(t, dir, func(db *sql.DB) error {
			for _, s := range statements {
				if _, err := db.Exec(s); err != nil {
					return fmt.Errorf("%s: %w", s, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if status, said := verdictOn(t, dir); status != cli.ExitFailed || !strings.Contains(said, "wrong: ") {
			t.Errorf("%s: verify says, with status %d:\n%s", name, status, said)
		}
	}
}

func TestVerifyDoesWithoutTheKeys(t *testing.T) {
	dir := oneOfEverything(t)
	if err := os.Remove(filepath.Join(dir, app.KeyFileName)); err != nil {
		t.Fatal(err)
	}
	if status, said := verdictOn(t, dir); status != cli.ExitDone ||
		!strings.Contains(said, "note: 3 hidden values were not opened") {
		t.Errorf("without keys verify says, with status %d:\n%s", status, said)
	}
	if _, err := os.Stat(filepath.Join(dir, app.KeyFileName)); err == nil {
		t.Error("verify made keys")
	}
}

// isDerived reports whether a column follows from others. Verify checks such columns; the
// check in a running server does not.
func isDerived(c column) bool {
	return strings.HasSuffix(c.name, "_key") || slices.Contains([]string{"touched_rev", "member_count"}, c.name)
}

// TestAFlippedBitInARowIsFoundWhileServing flips one bit in every column of rows. The server
// finds it although no request reads the row.
func TestAFlippedBitInARowIsFoundWhileServing(t *testing.T) {
	original := oneOfEverything(t)
	var all []column
	err := alter(t, original, func(db *sql.DB) (err error) { all, err = columns(db); return err })
	if err != nil {
		t.Fatal(err)
	}
	tried, tables := 0, map[string]bool{}
	for _, c := range all {
		if spared(c) != "" || isDerived(c) || slices.Contains([]string{"head", "sealed_values"}, c.table) ||
			strings.HasPrefix(c.table, "change") {
			continue
		}
		if tables[c.table] && !effort.All() { // rows are hashed whole, so one column stands for the table
			continue
		}
		dir := copyOf(t, original)
		settings, _, err := config.Load(config.Flags{"data": dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		in, err := app.Open(t.Context(), settings, app.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		done := false
		err = alter(t, dir, func(db *sql.DB) (err error) { done, err = c.flip(db); return err })
		if err != nil {
			t.Errorf("%s.%s: %v", c.table, c.name, err)
		}
		if done {
			tried++
			tables[c.table] = true
			if found := checkedRows(t, in.Core()); found.Damaged == nil {
				t.Errorf("a flipped bit in %s.%s was not found in %d rows", c.table, c.name, found.Rows)
			}
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
	if tried < effort.Of(10, 40) {
		t.Errorf("only %d columns were damaged", tried)
	}
}

// checkedRows is the result of the check of rows after two walks.
func checkedRows(t *testing.T, c *core.Core) core.RowCheck {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.CheckRows(ctx, core.RowCheckPace{Rows: 7, Rest: time.Hour})
	}()
	for ctx.Err() == nil {
		if found := c.RowCheck(); found.Damaged != nil || !found.At.IsZero() {
			break
		}
		runtime.Gosched()
	}
	stop()
	<-over
	return c.RowCheck()
}
