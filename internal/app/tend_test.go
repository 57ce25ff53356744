package app

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/sqlite"
	"cohort/internal/store/storetest"
)

// TestALogThatAnotherProcessHoldsIsSaidOnceAndEmptied: somebody outside reads for
// long; the log says so, and the file is emptied when that has ended.
func TestALogThatAnotherProcessHoldsIsSaidOnceAndEmptied(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	outside, err := sqlite.OpenReadOnly(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, s := range []store.Store{outside, s} {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	view, err := outside.Open(t.Context())
	if err == nil {
		_, err = view.Head(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	var out bytes.Buffer
	w := &logWatch{store: s, log: slog.New(slog.NewTextHandler(&out, nil)), most: 8192}
	for i := range 8 {
		if err := storetest.Put(t.Context(), s,
			[]directory.Row{directory.Group{ID: directory.GroupID(i + 1), Name: fmt.Sprint("group ", i)}}); err != nil {
			t.Fatal(err)
		}
		if i > 5 {
			w.look(t.Context())
		}
	}
	if n := strings.Count(out.String(), "event=wal_held"); n != 1 || !strings.Contains(out.String(), "own_reads=0") {
		t.Errorf("said %d times: %s", n, &out)
	}
	view.Close()
	w.look(t.Context())
	if !strings.Contains(out.String(), "event=wal_emptied") || s.LogBytes() != 0 {
		t.Errorf("%d bytes in %s: %s", s.LogBytes(), filepath.Join(dir, sqlite.File+"-wal"), &out)
	}
}
