package postgres_test

import (
	"bytes"
	"crypto/sha256"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/store/storetest"
)

func backup(t *testing.T, s *postgres.Store) (path string, content []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

func contents(t *testing.T, s store.Store) storetest.Contents {
	t.Helper()
	c, err := storetest.Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func restore(t *testing.T, path, url string) (store.Copy, error) {
	t.Helper()
	return postgres.Restore(t.Context(), path, url, slog.New(slog.DiscardHandler))
}

func TestABackupCanBeRestoredIntoAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	rows := []directory.Row{
		directory.Group{ID: 1, Name: "tab\tnewline\nback\\slash\\."},
		directory.User{ID: 1, FirstName: "Ada"}, directory.Membership{User: 1, Group: 1},
		directory.SourceReference{Object: directory.Object{Kind: directory.ObjectUser, ID: 1}, Source: "erp", SourceID: "1"},
	}
	if err := storetest.Put(t.Context(), s, rows); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ephemera().PutToken(t.Context(), store.Token{Hash: [32]byte{1}, User: 1},
		store.TokenLimit{}); err != nil {
		t.Fatal(err)
	}
	want := contents(t, s)
	path, content := backup(t, s)
	put(t, s, 2)

	found, err := postgres.Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (store.Copy{Size: int64(len(content)), SHA256: sha256.Sum256(content), Revision: 1,
		Incarnation: 1}); found != want {
		t.Errorf("Inspect = %+v, want %+v", found, want)
	}
	for name, url := range map[string]string{"nothing": server.Empty(t), "an empty directory": server.Directory(t)} {
		restored, err := restore(t, path, url)
		if err != nil {
			t.Fatalf("into %s: %v", name, err)
		}
		if restored.Revision != 1 || restored.Incarnation != 2 {
			t.Errorf("Restore = %+v", restored)
		}
		r := open(t, url)
		got := contents(t, r)
		want := want
		want.Head.Incarnation = 2
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("restored into %s (-want +got):\n%s", name, diff)
		}
		if _, ok, err := r.Ephemera().Token(t.Context(), [32]byte{1}); ok || err != nil {
			t.Errorf("a token survives: %v, %v", ok, err)
		}
		if err := r.Check(t.Context(), func(c string) { t.Error(c) }); err != nil {
			t.Error(err)
		}
		put(t, r, 2)
	}
}

func TestADatabaseThatHoldsSomethingIsNotOverwritten(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	s := open(t, url)
	path, _ := backup(t, s)
	put(t, s, 1)
	before := contents(t, s)
	if _, err := restore(t, path, url); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("Restore = %v", err)
	}
	if diff := cmp.Diff(before, contents(t, s)); diff != "" {
		t.Errorf("it has changed (-before +after):\n%s", diff)
	}
}

func TestADamagedBackupIsRefused(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	put(t, s, 1)
	_, content := backup(t, s)
	path := filepath.Join(t.TempDir(), "damaged")
	refused := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := postgres.Inspect(t.Context(), path); err == nil {
			t.Errorf("%s: Inspect = %+v", what, c)
		}
	}
	for i := range content {
		b := bytes.Clone(content)
		b[i] ^= 1
		refused("a bit is flipped", b)
	}
	for i := range content {
		if i%7 == 0 {
			refused("it is cut", content[:i])
		}
	}
	refused("something follows", append(bytes.Clone(content), 0))
	url := server.Empty(t)
	if _, err := restore(t, path, url); err == nil {
		t.Error("it is restored")
	}
	if pgtest.Query[bool](t, url, "SELECT to_regclass('head') IS NOT NULL") {
		t.Error("it has made a schema")
	}
}

// A backup comes from elsewhere: what stands in it must not become part of a
// statement.
func TestABackupCannotNameOtherTables(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	path, content := backup(t, s)
	for _, change := range [][2]string{{`"name":"reveals"`, `"name":"pg_prox"`}, {`"shown"`, `"shovn"`}} {
		forged := postgres.Reseal(bytes.Replace(content, []byte(change[0]), []byte(change[1]), 1))
		if err := os.WriteFile(path, forged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := postgres.Inspect(t.Context(), path); err != nil {
			t.Fatalf("the forgery is not good enough: %v", err)
		}
		if _, err := restore(t, path, server.Empty(t)); err == nil ||
			!strings.Contains(err.Error(), "not those of its schema") {
			t.Errorf("Restore = %v", err)
		}
	}
}

// Previews and key claims, which the first schema kept among the answers, move to
// their own tables, also from a backup.
func TestADirectoryOfTheFirstSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	url, restored, path := server.Empty(t), server.Empty(t), filepath.Join(t.TempDir(), "old")
	if err := postgres.Prepare(t.Context(), url, 1); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"keys of hidden values", "preview abc", "an answer to nobody"} {
		pgtest.Exec(t, url, "INSERT INTO idempotency_keys VALUES (0, '"+key+"', sha256(''), 'k1', 5)")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := postgres.BackUp(t.Context(), url, path); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, path, restored); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{url, restored} {
		s, err := postgres.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if id, err := s.Ephemera().ClaimedKey(t.Context(), "hidden values"); id != "k1" || err != nil {
			t.Errorf("the claimed key is %q, %v", id, err)
		}
		if n, err := s.Ephemera().SweepAnswers(t.Context(), 10); n != 1 || err != nil {
			t.Errorf("%d answers were there, %v; want 1", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Every table is in a backup, and every row is wiped from a database that is
// used again.
func TestTheListOfTablesIsWhole(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	n := pgtest.Query[int](t, url,
		"SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'")
	if want := len(postgres.Tables()); n != want {
		t.Errorf("%d tables are there, %d are listed", n, want)
	}
}

func FuzzBackup(f *testing.F) {
	f.Add([]byte("cohort postgres backup 1\n"))
	f.Add([]byte("cohort postgres backup " +
		"1\n\x00\x00\x00\x2f{\"schema\":1,\"revision\":0,\"incarnation\":1,\"tables\":null}\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := postgres.Inspect(t.Context(), path); err == nil && (c.Size != int64(len(b)) || c.Incarnation < 1) {
			t.Errorf("Inspect = %+v", c)
		}
	})
}

// Without statistics the server reads whole tables for a page of users, for the first minute after
// an import.
func TestLearningCollectsStatistics(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	s := open(t, url)
	if err := storetest.Put(t.Context(), s, []directory.Row{directory.Group{ID: 1}, directory.User{ID: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var rows float32
	if err := conn.QueryRow(t.Context(), "SELECT reltuples FROM pg_class WHERE oid = 'users'::regclass").Scan(
		&rows); err != nil || rows != 1 {
		t.Errorf("the server knows of %v users, %v", rows, err)
	}
}
