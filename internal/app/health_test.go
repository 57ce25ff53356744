package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/sqlite"
	"cohort/internal/transfer"
)

// serveOn is serve with a data directory.
func serveOn(t *testing.T, flags config.Flags) *site {
	t.Helper()
	if flags == nil {
		flags = config.Flags{}
	}
	flags["addr"] = "127.0.0.1:0"
	a := open(t, settings(t, flags), app.Options{})
	return serving(t, a)
}

// TestADirectoryThatWasDeletedUnderAServerTakesNoWrites: they would be gone with
// the process, though they were acknowledged.
func TestADirectoryThatWasDeletedUnderAServerTakesNoWrites(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := serveOn(t, config.Flags{"data": data})
	const write = `{"edits":[{"edit":"create_group","name":"x"}]}`
	if resp, body := s.ask("POST", "/v1/changes", s.token, write); resp.status != http.StatusOK {
		t.Fatalf("%d %s", resp.status, body)
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	resp, body := s.ask("POST", "/v1/changes", s.token, write)
	if resp.status != http.StatusServiceUnavailable || !strings.Contains(body, "not in its place") {
		t.Errorf("a write: %d %s", resp.status, body)
	}
	for path, want := range map[string]int{"/readyz?for=writes": 503, "/readyz": 200, "/v1/groups": 200} {
		if resp, body := s.ask("GET", path, s.token, ""); resp.status != want {
			t.Errorf("%s: %d %s, want %d", path, resp.status, body, want)
		}
	}
}

// A brokenSource is a store that cannot be read beyond its first row.
type brokenSource struct{ store.Store }

func (s brokenSource) Read(ctx context.Context, f func(store.Reader) error) error {
	return s.Store.Read(ctx, func(r store.Reader) error { return f(brokenReader{r}) })
}

type brokenReader struct{ store.Reader }

func (brokenReader) Scan(context.Context, directory.RowKind, func(directory.Row) error) error {
	return os.ErrDeadlineExceeded
}

// TestAMigrationThatWasKilledAtOnceLeavesNoNewDirectory: before its first rows are
// there the target is no directory, and no new one is made of it.
func TestAMigrationThatWasKilledAtOnceLeavesNoNewDirectory(t *testing.T) {
	from := memstore.New()
	defer from.Close()
	c, err := core.Open(t.Context(), from, core.Options{Sealer: noSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	data := filepath.Join(t.TempDir(), "data")
	to, err := sqlite.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Copy(t.Context(), brokenSource{from}, to, nil); err == nil {
		t.Fatal("a source that cannot be read was copied")
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), settings(t, config.Flags{"data": data}), app.Options{Log: discard()})
	if err == nil {
		_ = a.Close()
		t.Fatalf("it was opened; new: %v", a.IsNew())
	}
	if !strings.Contains(err.Error(), "migrat") {
		t.Errorf("it says %v", err)
	}
}

// TestAMigrationThatWasKilledBeforeItWroteLeavesNoNewDirectory: the schema is there and
// nothing else, as in a new one.
func TestAMigrationThatWasKilledBeforeItWroteLeavesNoNewDirectory(t *testing.T) {
	from := memstore.New()
	defer from.Close()
	c, err := core.Open(t.Context(), from, core.Options{Sealer: noSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	flags := settings(t, config.Flags{"data": filepath.Join(t.TempDir(), "data")})
	for _, copies := range []bool{false, false, true} {
		to, err := app.OpenTarget(t.Context(), flags, discard())
		if err != nil {
			t.Fatal(err)
		}
		if copies {
			if _, err := transfer.Copy(t.Context(), from, to, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
		a, err := app.Open(t.Context(), flags, app.Options{Log: discard()})
		if err == nil {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
		if (err == nil) != copies || err != nil && !strings.Contains(err.Error(), "run cohort migrate again") {
			t.Errorf("copied: %v; the start says %v", copies, err)
		}
	}
	to, err := app.OpenTarget(t.Context(), flags, discard())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Copy(t.Context(), from, to, nil); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("a directory is written over: %v", err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), flags, app.Options{Log: discard()})
	if err != nil {
		t.Fatalf("after a migration into it was refused: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

type noSealer struct{ plan.Sealer }
