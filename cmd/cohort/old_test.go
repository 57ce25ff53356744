package main

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/store/postgres/pgtest"
)

// An oldDirectory contains what current versions no longer write.
type oldDirectory struct {
	dir    string
	server *pgtest.Server // nil on SQLite
	name   string         // name of the database
	t      *testing.T
}

// newOldDirectory creates a directory with a few objects: the users 20 and 21, the groups 10,
// 11 and 12 (12 is in 11, 11 is in 10), and the attributes 30 (an integer) and 31 (a text).
func newOldDirectory(t *testing.T, server *pgtest.Server) oldDirectory {
	t.Helper()
	o := oldDirectory{filepath.Join(t.TempDir(), "data"), server, "old_" + strings.ToLower(rand.Text()), t}
	if server != nil {
		server.Exec(t, "postgres", "CREATE DATABASE "+o.name)
		key := base64.StdEncoding.EncodeToString([]byte("thirty-two bytes, none repeated!")) + "\n"
		if err := errors.Join(os.Mkdir(o.dir, 0o700),
			os.WriteFile(filepath.Join(o.dir, app.KeyFileName), []byte(key), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	o.commit(
		directory.CreateGroup{ID: 10, Name: "A"}, directory.CreateGroup{ID: 11, Name: "B"},
		directory.CreateGroup{ID: 12, Name: "C"},
		directory.AddParent{Group: 11, Parent: 10}, directory.AddParent{Group: 12, Parent: 11},
		directory.CreateUser{ID: 20, FirstName: "Ada"}, directory.CreateUser{ID: 21, FirstName: "Bob"},
		directory.CreateAttribute{ID: 30, Name: "number", Type: directory.TypeInteger, UserCanView: true},
		directory.CreateAttribute{ID: 31, Name: "text", Type: directory.TypeString, UserCanView: true},
	)
	return o
}

// flags are the flags that name the directory.
func (o oldDirectory) flags() []string {
	if o.server == nil {
		return []string{"--data=" + o.dir}
	}
	return []string{"--data=" + o.dir, "--database=" + o.server.URL(o.name)}
}

func (o oldDirectory) settings() config.Config {
	o.t.Helper()
	flags := config.Flags{}
	for _, flag := range o.flags() {
		name, value, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		flags[name] = value
	}
	settings, _, err := config.Load(flags, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return settings
}

// inject writes rows as an older version did, without any check, as a change with a valid
// record. alter changes the head.
func (o oldDirectory) inject(alter func(*store.Head), edits []directory.Edit, writes ...directory.RowWrite) {
	o.t.Helper()
	s, err := app.OpenStore(o.t.Context(), o.settings(), slog.New(slog.DiscardHandler))
	if err != nil {
		o.t.Fatal(err)
	}
	err = s.Write(o.t.Context(), func(tx store.Tx) error {
		head, err := tx.Head(o.t.Context())
		if err != nil {
			return err
		}
		header := directory.ChangeHeader{
			Revision: head.Revision + 1, At: max(head.At, directory.InstantOf(time.Now())),
			Dialect: "old", ChangeID: rand.Text(),
		}
		rec, err := record.Build(header, edits, writes, head.Hash, rand.Reader)
		if err != nil {
			return err
		}
		head.Revision, head.At, head.Hash = header.Revision, header.At, rec.Hash
		head.Digest = record.Update(head.Digest, writes)
		if alter != nil {
			alter(&head)
		}
		var touched []store.TouchedUser
		for _, w := range writes {
			if id, ok := directory.OwnerOf(w.Row()); ok {
				touched = append(touched, store.TouchedUser{User: id, Revision: head.Revision})
			}
		}
		c := store.Commit{Writes: writes, Touched: touched, Records: []store.Record{rec}, Head: head}
		return tx.Append(o.t.Context(), c)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		o.t.Fatal(err)
	}
}

// notUpgraded removes the notes of upgrades, which an older version does not have.
func (o oldDirectory) notUpgraded() {
	o.t.Helper()
	if o.server != nil {
		o.server.Exec(o.t, o.name, "DELETE FROM upgrades")
		return
	}
	err := alter(o.t, o.dir, func(db *sql.DB) error {
		_, err := db.Exec("DELETE FROM upgrades")
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// cohort runs a command on the directory.
func (o oldDirectory) cohort(want int, args ...string) (said string) {
	o.t.Helper()
	var out bytes.Buffer
	status := run(o.t.Context(), append(args, o.flags()...), nil, cli.Terminal{Stdin: strings.NewReader(""), Stdout: &out,
		Stderr: &out})
	if status != want {
		o.t.Errorf("cohort %s ends with %d, not %d:\n%s", strings.Join(args, " "), status, want, &out)
	}
	return out.String()
}

// verify runs cohort verify, which must report a number of problems.
func (o oldDirectory) verify(wrong int, args ...string) (said string) {
	o.t.Helper()
	status := cli.ExitDone
	if wrong > 0 {
		status = cli.ExitFailed
	}
	said = o.cohort(status, append([]string{"verify"}, args...)...)
	if n := strings.Count(said, "wrong: "); n != wrong {
		o.t.Errorf("verify finds %d things to be wrong, not %d:\n%s", n, wrong, said)
	}
	return said
}

// serve starts the server, sends a request without a token, and stops the server.
func (o oldDirectory) serve(path string) (status int, said string) {
	o.t.Helper()
	s := startServer(append([]string{"serve", "--addr=127.0.0.1:0"}, o.flags()...))
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		o.t.Fatalf("serve did not come up:\n%s", s.out)
	}
	reply, err := (&http.Client{Timeout: time.Minute}).Get("http://" + addr + path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer reply.Body.Close()
	if status := s.stop(); status != cli.ExitDone {
		o.t.Errorf("serve ends with %d:\n%s", status, s.out)
	}
	return reply.StatusCode, s.out.String()
}

// isServed starts the server, which must become ready.
func (o oldDirectory) isServed() (said string) {
	o.t.Helper()
	status, said := o.serve("/readyz")
	if status != http.StatusOK {
		o.t.Errorf("/readyz answers %d:\n%s", status, said)
	}
	return said
}

func added(row directory.Row) directory.RowWrite { return directory.RowWrite{After: row} }

// TestOldDirectories creates directories of older versions on both engines. The current
// version serves, verifies and repairs them.
func TestOldDirectories(t *testing.T) {
	server := pgtest.Start(t, pgtest.Options{})
	for name, test := range map[string]func(*testing.T, oldDirectory){
		"AnOldDirectoryWithARingIsRepaired":                  testAnOldDirectoryWithARingIsRepaired,
		"AnOldDirectoryWith66LevelsIsServed":                 testAnOldDirectoryWith66LevelsIsServed,
		"AnOldDirectoryWithAValueThatDoesNotFitIsServed":     testAnOldDirectoryWithAValueThatDoesNotFitIsServed,
		"AnOldDirectoryWithAFacetThatCannotBeReadIsRepaired": testAnOldDirectoryWithAFacetThatCannotBeReadIsRepaired,
		"AnOldDirectoryWhoseCountersAreAtTheEndGoesOn":       testAnOldDirectoryWhoseCountersAreAtTheEndGoesOn,
		"TokensToSetAPasswordLeaveAnOldDirectory":            testTokensToSetAPasswordLeaveAnOldDirectory,
		"AnOldEditOfADialectIsReadAndReverted":               testAnOldEditOfADialectIsReadAndReverted,
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("SQLite", func(t *testing.T) {
				t.Parallel()
				test(t, newOldDirectory(t, nil))
			})
			t.Run("PostgreSQL", func(t *testing.T) {
				t.Parallel()
				test(t, newOldDirectory(t, server))
			})
		})
	}
}

func testAnOldDirectoryWithARingIsRepaired(t *testing.T, o oldDirectory) {
	o.inject(nil, []directory.Edit{directory.AddParent{Group: 10, Parent: 12}},
		added(directory.Nesting{Group: 10, Parent: 12, Position: directory.OrderGap}))
	status, said := o.serve("/readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(said, "ring") {
		t.Errorf("served with %d:\n%s", status, said)
	}
	if status, _ := o.serve("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d", status)
	}
	o.verify(1)
	if said := o.verify(0, "--repair"); !strings.Contains(said, "repaired: took group 10 out of group 12") {
		t.Errorf("it says %s", said)
	}
	o.isServed()
	o.cohort(cli.ExitDone, "export", filepath.Join(t.TempDir(), "export.jsonl"))
}

func testAnOldDirectoryWith66LevelsIsServed(t *testing.T, o oldDirectory) {
	var edits []directory.Edit
	for i := range directory.MaxNestingDepth + 2 {
		edits = append(edits, directory.CreateGroup{ID: directory.GroupID(100 + i), Name: fmt.Sprint("level ", i)})
	}
	o.commit(edits...)
	var writes []directory.RowWrite
	for i := range directory.MaxNestingDepth + 1 {
		writes = append(writes, added(directory.Nesting{
			Group: directory.GroupID(101 + i), Parent: directory.GroupID(100 + i), Position: directory.OrderGap,
		}))
	}
	o.inject(nil, []directory.Edit{directory.AddParent{Group: 101, Parent: 100}}, writes...)
	o.verify(0)
	o.verify(0, "--repair")
	o.isServed()
	last := directory.GroupID(100 + directory.MaxNestingDepth + 1)
	o.commit(directory.AddMember{Group: last, User: 20}, directory.UpdateGroup{Group: last, Description: new("deep")})
	o.refuses(directory.AddParent{Group: 10, Parent: last})
}

func testAnOldDirectoryWithAValueThatDoesNotFitIsServed(t *testing.T, o oldDirectory) {
	value := directory.UserValue{User: 20, Attribute: 30, Value: directory.Value{Text: "abc"}}
	o.inject(nil, []directory.Edit{directory.SetUserValue{User: 20, Attribute: 30, Value: value.Value}}, added(value))
	if said := o.verify(1); !strings.Contains(said, "the value of user:20 of attribute 30 (number) does not fit") {
		t.Errorf("verify says %s", said)
	}
	o.verify(1, "--repair") // the owner of the values must say which one is right
	o.isServed()
	o.commit(directory.SetUserValue{User: 20, Attribute: 30, Value: directory.Value{Text: "7"}})
	o.verify(0)
}

func testAnOldDirectoryWithAFacetThatCannotBeReadIsRepaired(t *testing.T, o oldDirectory) {
	ada := directory.UserID(20).Object()
	facet := directory.Facet{Object: ada, Dialect: "looker", Kind: "ui_state", Data: `["not a map"]`}
	o.inject(nil, []directory.Edit{directory.SetFacet{
		Object: facet.Object, Dialect: facet.Dialect, Kind: facet.Kind, Data: facet.Data,
	}}, added(facet))
	o.verify(1)
	o.isServed()
	said := o.verify(0, "--repair")
	if !strings.Contains(said, "repaired: removed a ui_state that looker kept with user:20") {
		t.Errorf("it says %s", said)
	}
	o.isServed()
}

func testAnOldDirectoryWhoseCountersAreAtTheEndGoesOn(t *testing.T, o oldDirectory) {
	o.inject(func(head *store.Head) {
		head.Next.User, head.Next.Group, head.Next.Attribute = math.MaxInt32+1, math.MaxInt32+1, math.MaxInt32+1
		head.Users++
	}, []directory.Edit{directory.CreateUser{ID: math.MaxInt32, FirstName: "Last"}},
		added(directory.User{ID: math.MaxInt32, Kind: directory.KindPerson, FirstName: "Last"}))
	o.verify(0)
	o.verify(0, "--repair")
	o.isServed()
	o.commit(directory.CreateUser{FirstName: "Another"}, directory.CreateGroup{Name: "Another"},
		directory.CreateAttribute{Name: "another", Type: directory.TypeString})
	o.verify(0)
}

// Replaced tokens, current tokens, and tokens of removed facets are all removed from the
// files.
func testTokensToSetAPasswordLeaveAnOldDirectory(t *testing.T, o oldDirectory) {
	facet := func(user directory.UserID, token string) directory.Facet {
		return directory.Facet{Object: user.Object(), Dialect: "looker", Kind: "password_reset", Data: `"` + token + `"`}
	}
	set := func(f directory.Facet, name *string) []directory.Edit {
		return []directory.Edit{
			directory.SetFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Data: f.Data},
			directory.UpdateUser{User: 21, LastName: name},
		}
	}
	first, second, third := facet(20, "CANARY-first"), facet(20, "CANARY-second"), facet(21, "CANARY-third")
	o.inject(nil, set(first, nil), added(first))
	o.inject(nil, set(second, nil), directory.RowWrite{Before: first, After: second})
	o.inject(nil, set(third, nil), added(third))
	gone := directory.DeleteFacet{Object: third.Object, Dialect: third.Dialect, Kind: third.Kind}
	o.inject(nil, []directory.Edit{gone}, directory.RowWrite{Before: third})
	o.notUpgraded()
	o.verify(1) // the current token
	if stored, recorded := o.traces("CANARY"); len(stored) == 0 || recorded != 4 {
		t.Errorf("before the upgrade %v has tokens, and %d records; the test looks in the wrong places", stored, recorded)
	}
	o.isServed()
	if stored, recorded := o.traces("CANARY"); len(stored) > 0 || recorded > 0 {
		t.Errorf("%v still has tokens, and %d records", stored, recorded)
	}
	if said := o.verify(0); !strings.Contains(said, "some were erased") {
		t.Errorf("verify says %s", said)
	}
	if log := o.cohort(cli.ExitDone, "export"); strings.Contains(log, "CANARY") {
		t.Error("the export has a token")
	}
	before := o.verify(0)
	o.isServed()
	if after := o.verify(0); after != before {
		t.Errorf("the next start changes something:\n%s\n%s", before, after)
	}
}

// traces are the files, or the tables of the database, that contain a text, and the number of
// records that contain it in their compressed parts.
func (o oldDirectory) traces(text string) (stored []string, recorded int) {
	o.t.Helper()
	if o.server == nil {
		stored = slices.Collect(maps.Keys(tracesIn(o.t, o.dir, text)))
	} else {
		stored = tracesInTables(o.t, o.server.URL(o.name), text)
	}
	s, err := app.OpenReader(o.t.Context(), o.settings())
	if err != nil {
		o.t.Fatal(err)
	}
	defer s.Close()
	err = s.Read(o.t.Context(), func(r store.Reader) error {
		head, err := r.Head(o.t.Context())
		for rev := directory.Revision(1); rev <= head.Revision && err == nil; rev++ {
			var rec store.Record
			if rec, err = r.Record(o.t.Context(), rev); err != nil {
				return err
			}
			edits, unread := record.EditsOf(rec.Edits)
			images, lost := record.Images(rec)
			if err = errors.Join(unread, lost); strings.Contains(fmt.Sprintf("%+v %+v", edits, images), text) {
				recorded++
			}
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return stored, recorded
}

// tracesInTables are the tables with a text in some column, also as bytes, which PostgreSQL
// writes as hexadecimal digits.
func tracesInTables(t *testing.T, url, text string) (found []string) {
	t.Helper()
	tables := pgtest.Query[string](t, url, "SELECT string_agg(relid::regclass::text, ' ') FROM pg_stat_user_tables")
	for table := range strings.FieldsSeq(tables) {
		where := fmt.Sprintf("t::text LIKE '%%%s%%' OR t::text LIKE '%%%s%%'", text, hex.EncodeToString([]byte(text)))
		if pgtest.Query[int](t, url, "SELECT count(*) FROM "+table+" AS t WHERE "+where) > 0 {
			found = append(found, table)
		}
	}
	return found
}

// An edit that an older version recorded with the field Vendor can be read, shown and
// reverted.
func testAnOldEditOfADialectIsReadAndReverted(t *testing.T, o oldDirectory) {
	value := directory.GroupValue{
		ID: 900, Group: 10, Attribute: 31, Value: directory.Value{Text: "old"}, Order: directory.OrderGap,
	}
	o.inject(func(head *store.Head) { head.Next.Value = 901 }, []directory.Edit{directory.SetGroupValue{
		Group: 10, Attribute: 31, Value: value.Value, Vendor: true,
	}}, added(value))
	o.verify(0)
	o.verify(0, "--repair")
	o.isServed()
	revision := regexp.MustCompile(`revision \d+-(\d+)`).FindStringSubmatch(o.verify(0))[1]
	number, err := strconv.ParseInt(revision, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	o.commit(directory.Revert{Revision: directory.Revision(number)})
	o.verify(0)
}

// commit commits a change that must succeed.
func (o oldDirectory) commit(edits ...directory.Edit) {
	o.t.Helper()
	if err := o.try(edits...); err != nil {
		o.t.Errorf("refused: %v", err)
	}
}

// refuses commits a change that must be refused as invalid.
func (o oldDirectory) refuses(edits ...directory.Edit) {
	o.t.Helper()
	if err := o.try(edits...); directory.KindOf(err) != directory.KindInvalid {
		o.t.Errorf("the error is %v", err)
	}
}

func (o oldDirectory) try(edits ...directory.Edit) error {
	o.t.Helper()
	in, err := app.Open(o.t.Context(), o.settings(), app.Options{
		Log: slog.New(slog.DiscardHandler), Fatal: func(err error) { o.t.Error(err) },
	})
	if err != nil {
		o.t.Fatal(err)
	}
	_, refused := in.Views().As(directory.System("test")).Commit(o.t.Context(), directory.Change{Edits: edits})
	if err := in.Close(); err != nil {
		o.t.Fatal(err)
	}
	return refused
}
