package storetest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// complaints runs Check.
func complaints(t *testing.T, s store.Store) []string {
	t.Helper()
	var list []string
	if err := s.Check(t.Context(), func(c string) { list = append(list, c) }); err != nil {
		t.Fatal(err)
	}
	return list
}

func testCheckSound(t *testing.T, s store.Store) {
	equal(t, "complaints about an empty store", []string(nil), complaints(t, s))
	fill(t, s)
	put(t, s, people()[9])
	equal(t, "complaints", []string(nil), complaints(t, s))
}

func testCheckDamage(t *testing.T, s store.Store) {
	fill(t, s)
	for name, test := range map[string]struct{ spoil, mend func(*store.Commit) }{
		"group 9": {
			func(c *store.Commit) { c.Members = []store.MemberDelta{{Group: 9, Delta: 1}} },
			func(c *store.Commit) { c.Members = []store.MemberDelta{{Group: 9, Delta: -1}} },
		},
		"user 30": {
			func(c *store.Commit) { c.Touched = []store.TouchedUser{{User: 30, EmailKey: "other"}} },
			func(c *store.Commit) { c.Touched = []store.TouchedUser{{User: 30}} },
		},
		"users": {
			func(c *store.Commit) { c.Head.Users++ },
			func(c *store.Commit) { c.Head.Users-- },
		},
		"users with a login name": {
			func(c *store.Commit) { c.Head.Named++ },
			func(c *store.Commit) { c.Head.Named-- },
		},
		"groups": {
			func(c *store.Commit) { c.Head.Groups-- },
			func(c *store.Commit) { c.Head.Groups++ },
		},
		"next credential": {
			func(c *store.Commit) { c.Head.Next.Credential = 13 },
			func(c *store.Commit) { c.Head.Next.Credential = 14 },
		},
		"sealed value 33": {
			func(c *store.Commit) {
				c.Writes = []directory.RowWrite{{After: directory.UserValue{User: 20, Attribute: 20,
					Value: directory.Value{Sealed: 33}}}}
			},
			func(c *store.Commit) {
				c.Writes = []directory.RowWrite{{Before: directory.UserValue{User: 20, Attribute: 20,
					Value: directory.Value{Sealed: 33}}}}
			},
		},
	} {
		if err := write(t, s, test.spoil); err != nil {
			t.Fatal(err)
		}
		list := complaints(t, s)
		if len(list) != 1 || !strings.Contains(list[0], name) || !strings.HasSuffix(list[0], ".") {
			t.Errorf("complaints about %s: %q", name, list)
		}
		if err := write(t, s, test.mend); err != nil {
			t.Fatal(err)
		}
		equal(t, "complaints after mending "+name, []string(nil), complaints(t, s))
	}
}

func testBackup(t *testing.T, s store.Store) {
	fill(t, s)
	path := filepath.Join(t.TempDir(), "a 'backup'?#%.db")
	unchanged(t, s, func() {
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	})
	first, err := os.ReadFile(path)
	if err != nil || len(first) == 0 {
		t.Fatalf("the backup has %d bytes, %v", len(first), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v, %v", info.Mode(), err)
	}
	put(t, s, directory.Group{ID: 90})
	if err := s.Backup(t.Context(), path); err == nil {
		t.Error("a backup overwrites a file")
	}
	second, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the file that was there has changed, %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the backup lies something: %v, %v", entries, err)
	}
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "none", "b.db")); err == nil {
		t.Error("a backup makes a folder")
	}
}

func testLearn(t *testing.T, s store.Store) {
	fill(t, s)
	unchanged(t, s, func() {
		for range 2 {
			if err := s.Learn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func testClose(t *testing.T, s store.Store) {
	started, finish := make(chan struct{}), make(chan struct{})
	result := make(chan error, 1)
	go func() {
		result <- s.Write(t.Context(), func(tx store.Tx) error {
			close(started)
			<-finish
			return addGroup(t.Context(), tx)
		})
	}()
	<-started
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		t.Errorf("Close = %v while a write is under way", err)
	default:
	}
	close(finish)
	if err := <-result; err != nil {
		t.Errorf("the write that was under way: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close = %v", err)
	}
	nothing := func(string) {}
	for name, err := range map[string]error{
		"Close":   s.Close(),
		"Read":    s.Read(t.Context(), func(store.Reader) error { return nil }),
		"Write":   s.Write(t.Context(), func(store.Tx) error { return nil }),
		"Check":   s.Check(t.Context(), nothing),
		"Backup":  s.Backup(t.Context(), filepath.Join(t.TempDir(), "b")),
		"Learn":   s.Learn(t.Context()),
		"Session": s.Ephemera().UseTokens(t.Context(), store.TokenUses{{1}: 1}),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}
