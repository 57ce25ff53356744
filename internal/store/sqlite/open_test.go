package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/storetest"
)

// TestMain also plays the other process that wants the same directory.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TEST_OPEN_DIRECTORY"); dir != "" {
		_, err := sqlite.Open(context.Background(), dir)
		fmt.Fprintln(os.Stdout, err)
		return
	}
	if dir := os.Getenv("TEST_FAIL_TO_COMMIT"); dir != "" {
		failToCommit(os.Stdout, dir)
		return
	}
	os.Exit(m.Run())
}

// groups commits n groups, one a change.
func groups(t *testing.T, s store.Store, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		g := directory.Group{ID: directory.GroupID(i), Name: strings.Repeat(fmt.Sprint("group ", i), 20)}
		if err := storetest.Put(t.Context(), s, []directory.Row{g}); err != nil {
			t.Fatal(err)
		}
	}
}

func contents(t *testing.T, s store.Store) storetest.Contents {
	t.Helper()
	c, err := storetest.Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sound(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Check(t.Context(), func(complaint string) { t.Error(complaint) }); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasWrittenIsThereAfterAReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a 'data' dir?#%")
	s := open(t, dir)
	groups(t, s, 1, 3)
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	sound(t, s)
	if got := contents(t, s); got.Head != want.Head || len(got.Rows["group"]) != 3 {
		t.Errorf("after reopening: %+v, want %+v", got, want)
	}
}

func TestOnlyTheOwnerCanLookIntoADirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "data")
	s := open(t, dir)
	groups(t, s, 1, 1)
	want := map[string]os.FileMode{".": 0o700}
	for _, name := range []string{"cohort.db", "cohort.db-wal", "cohort.db-shm", "cohort.lock"} {
		want[name] = 0o600
	}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), mode)
		}
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 1)
	_, err := sqlite.Open(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second opening: %v", err)
	}
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), "TEST_OPEN_DIRECTORY="+dir)
	said, err := other.Output()
	if err != nil || !strings.Contains(string(said), "the data directory "+dir+" is in use by another process") {
		t.Errorf("another process says %q, %v", said, err)
	}
	groups(t, s, 2, 2) // the first goes on
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sound(t, open(t, dir))
}

func TestAFileIsNoDataDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Open = %v", err)
	}
}

func TestDamageStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 200)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, sqlite.File)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"no database at all": func([]byte) []byte { return []byte(strings.Repeat("this is no database ", 500)) },
		"cut in half":        func(b []byte) []byte { return b[:len(b)/2/4096*4096] },
		"cut in a page":      func(b []byte) []byte { return b[:len(b)/2+100] },
		"pages overwritten": func(b []byte) []byte {
			for at := 4096; at+16 < len(b); at += 3 * 4096 {
				copy(b[at:], "xxxxxxxxxxxxxxxx")
			}
			return b
		},
		"the schema overwritten": func(b []byte) []byte {
			copy(b[100:], strings.Repeat("x", 3000))
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			broken := damage(append([]byte(nil), whole...))
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := sqlite.Open(t.Context(), dir)
			if err == nil {
				s.Close()
				t.Fatal("a damaged database is opened")
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "cohort restore") {
				t.Errorf("Open = %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(after) != string(broken) {
				t.Errorf("the damaged file was changed, %v", err)
			}
		})
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	sound(t, open(t, dir))
}

// Writers do not wait for readers, and what readers see stays.
func TestAWriteDoesNotWaitForAnOpenView(t *testing.T) {
	s := fresh(t)
	groups(t, s, 1, 1)
	err := s.Read(t.Context(), func(r store.Reader) error {
		before, err := r.Head(t.Context())
		if err != nil {
			return err
		}
		groups(t, s, 2, 5)
		after, err := r.Head(t.Context())
		if after != before {
			t.Errorf("the view went from revision %d to %d", before.Revision, after.Revision)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFullDiskIsRefusedAndLeavesNoDamage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	groups(t, s, 1, 20)
	limit := func(pages string) {
		t.Helper()
		if err := s.LimitPages(t.Context(), pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("(SELECT page_count FROM pragma_page_count)")
	fillUp(t, s, 21)
	limit("1073741823")
	goesOn(t, s, dir)
}

// fillUp writes until there is no room.
func fillUp(t *testing.T, s *sqlite.Store, from int) {
	t.Helper()
	var refused error
	before := contents(t, s)
	for i := from; refused == nil && i < from+5000; i++ {
		g := directory.Group{ID: directory.GroupID(i), Name: strings.Repeat("x", 20000)}
		refused = storetest.Put(t.Context(), s, []directory.Row{g})
		if refused == nil {
			before.Head.Revision++
		}
	}
	e, ok := errors.AsType[*directory.Error](refused)
	if !ok || e.Kind != directory.KindUnavailable || e.RetryAfter <= 0 || strings.Contains(e.Public(), "SQL") {
		t.Fatalf("a write without room: %v", refused)
	}
	if after := contents(t, s); after.Head.Revision != before.Head.Revision ||
		after.Head.Groups != int64(len(after.Rows["group"])) {
		t.Errorf("after a write without room: revision %d, want %d", after.Head.Revision, before.Head.Revision)
	}
	sound(t, s)
}

// goesOn makes sure that there is room again, and no damage.
func goesOn(t *testing.T, s *sqlite.Store, dir string) {
	t.Helper()
	next := int(contents(t, s).Head.Next.Group)
	groups(t, s, next, next+3)
	sound(t, s)
	want := contents(t, s).Head
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	sound(t, s)
	if got := contents(t, s).Head; got != want {
		t.Errorf("after a restart the head is %+v, want %+v", got, want)
	}
}

// TestPagesAreLookedAtLaterOnlyWhereNothingSpeaksAgainstIt damages a database
// that was closed in order, in several ways, and opens it to serve.
func TestPagesAreLookedAtLaterOnlyWhereNothingSpeaksAgainstIt(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(t *testing.T, dir string) // the damage
		soon   bool                           // whether it is opened first
	}{
		{"a medium that loses bits", func(*testing.T, string) {}, true},
		{"somebody has written", func(t *testing.T, dir string) {
			later := time.Now().Add(time.Second)
			try(t, os.Chtimes(filepath.Join(dir, sqlite.File), later, later))
		}, false},
		{"another file", func(t *testing.T, dir string) {
			path := filepath.Join(dir, sqlite.File)
			b, err := os.ReadFile(path)
			try(t, err)
			info, err := os.Stat(path)
			try(t, err)
			try(t, os.WriteFile(path+".new", b, 0o600))
			try(t, os.Chtimes(path+".new", info.ModTime(), info.ModTime()))
			try(t, os.Rename(path+".new", path))
		}, false},
		{"no note", func(t *testing.T, dir string) { try(t, os.Truncate(filepath.Join(dir, "cohort.lock"), 0)) }, false},
		{"a log", func(t *testing.T, dir string) {
			try(t, os.WriteFile(filepath.Join(dir, sqlite.File+"-wal"), []byte("log"), 0o600))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			groups(t, s, 1, 200)
			try(t, s.Close())
			rot(t, filepath.Join(dir, sqlite.File))
			test.before(t, dir)
			s, err := sqlite.OpenServing(t.Context(), dir)
			if !test.soon {
				if err == nil {
					t.Fatal("it is opened at once")
				}
				return
			}
			try(t, err)
			if err := s.CheckPages(t.Context()); err == nil || !strings.Contains(err.Error(), "cohort restore") {
				t.Errorf("CheckPages = %v", err)
			}
			try(t, s.Close())
			if _, err := sqlite.OpenServing(t.Context(), dir); err == nil {
				t.Error("it is opened at once again")
			}
		})
	}
}

func TestSoundPagesAreLookedAtOnce(t *testing.T) {
	dir := t.TempDir()
	try(t, open(t, dir).Close())
	for range 2 {
		s, err := sqlite.OpenServing(t.Context(), dir)
		try(t, err)
		try(t, s.CheckPages(t.Context()))
		try(t, s.Close())
	}
}

func try(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rot overwrites the beginning of the last page of a file and leaves no sign of
// it.
func rot(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	try(t, err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	try(t, err)
	_, err = f.WriteAt([]byte("xxxxxxxxxxxxxxxx"), info.Size()-4096)
	try(t, err)
	try(t, f.Close())
	try(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
}
