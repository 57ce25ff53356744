package postgres_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
)

// A lockedBuffer is written by several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func TestNodesThatStartAtOnceMakeTheSchemaOnce(t *testing.T) {
	t.Parallel()
	url := server.Empty(t)
	var log lockedBuffer
	var nodes sync.WaitGroup
	for range 8 {
		nodes.Go(func() {
			s, err := postgres.Open(t.Context(), url, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			err = s.Read(t.Context(), func(r store.Reader) error {
				_, err := r.Head(t.Context())
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	if n := strings.Count(log.b.String(), "is up to date"); n != 1 {
		t.Errorf("%d nodes say that they have migrated, want 1:\n%s", n, &log.b)
	}
}

// A migration may be killed when the schema is there and nothing else: then no node
// makes a new directory of it, and the migration begins anew.
func TestADatabaseOfAMigrationIsKeptFromOthersUntilItHasBegun(t *testing.T) {
	t.Parallel()
	url, log := server.Empty(t), slog.New(slog.DiscardHandler)
	for _, begins := range []bool{false, true, true} {
		target, err := postgres.OpenTarget(t.Context(), url, log)
		if err != nil {
			t.Fatal(err)
		}
		if begins {
			err = target.Begun(t.Context())
		}
		if err := errors.Join(err, target.Close()); err != nil {
			t.Fatal(err)
		}
		s, err := postgres.Open(t.Context(), url, log)
		if err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if begins && err != nil || !begins && !errors.Is(err, store.ErrUnmoved) {
			t.Errorf("begun: %v; another says %v", begins, err)
		}
	}
}

func TestASchemaFromTheFutureIsRefused(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	pgtest.Exec(t, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	if _, err := postgres.Open(t.Context(), url, slog.New(slog.DiscardHandler)); err == nil ||
		!strings.Contains(err.Error(), "newer version") {
		t.Errorf("Open = %v", err)
	}
	if _, err := postgres.OpenReadOnly(t.Context(), url); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("OpenReadOnly = %v", err)
	}
}

func TestADatabaseWithoutADirectoryIsNotRead(t *testing.T) {
	t.Parallel()
	url := server.Empty(t)
	if _, err := postgres.OpenReadOnly(t.Context(), url); err == nil || !strings.Contains(err.Error(), "no directory") {
		t.Errorf("OpenReadOnly = %v", err)
	}
	if pgtest.Query[bool](t, url, "SELECT to_regclass('head') IS NOT NULL") {
		t.Error("it has made a schema")
	}
}

func TestErrorsHideThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://ada:canary@127.0.0.1:1/x", "postgres://ada:canary@127.0.0.1:port/x",
		"postgres://ada:canary@127.0.0.1:1/x?pool_max_conns=0",
		"postgres://ada:canary@127.0.0.1:1/x?listen=maybe", "postgres://ada:can%ary@127.0.0.1/x",
	} {
		if _, err := postgres.Open(t.Context(), url, slog.New(slog.DiscardHandler)); err == nil ||
			strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "can%ary") {
			t.Errorf("Open(%q) = %v", url, err)
		}
	}
}
