package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"
)

// Standby makes a server that follows s by streaming, and starts it. If it is
// synchronous, commits on s wait for it from now on.
func (s *Server) Standby(t testing.TB, synchronous bool) *Server {
	t.Helper()
	standby, err := newServer(s.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standby.close)
	args := []string{"-D", standby.Data(), "-R", "-X", "stream", "-c", "fast", "-h", s.dir, "-p", port, "-U", superuser}
	if err := standby.run("pg_basebackup", args...); err != nil {
		t.Fatal(err)
	}
	if err := standby.configure(map[string]string{"unix_socket_directories": standby.dir,
		"hot_standby": "on"}); err != nil {
		t.Fatal(err)
	}
	if err := standby.start(); err != nil {
		t.Fatal(err)
	}
	wanted := "async"
	if synchronous {
		s.SetSynchronous(t, true)
		wanted = "sync"
	}
	s.Wait(t, fmt.Sprintf("SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '%s'",
		wanted))
	return standby
}

// SetSynchronous says whether commits wait for a standby, and returns when they
// do.
func (s *Server) SetSynchronous(t testing.TB, on bool) {
	t.Helper()
	if !on {
		s.setStandbys(t, "")
		return
	}
	// Whether commits wait is noted by the server's checkpointer when it reads the
	// settings, some time after others have. Nobody can ask it, but who commits
	// sees it; and where there is a standby, only if another one is waited for.
	s.setStandbys(t, "nobody")
	s.awaitWaiting(t)
	s.setStandbys(t, "*")
}

func (s *Server) setStandbys(t testing.TB, names string) {
	t.Helper()
	s.Exec(t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '"+names+"'")
	s.Exec(t, "postgres", "SELECT pg_reload_conf()")
	s.Wait(t, fmt.Sprintf("SELECT current_setting('synchronous_standby_names') = '%s'", names))
}

// awaitWaiting commits until a commit waits for a standby, and cancels that.
func (s *Server) awaitWaiting(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	db := s.sql()
	for ctx.Err() == nil {
		done := make(chan error, 1)
		go func() {
			_, err := db.ExecContext(ctx, "SELECT pg_logical_emit_message(true, 'pgtest', '')")
			done <- err
		}()
		if s.cancelWaiting(ctx, db, done) {
			return
		}
	}
	t.Fatalf("commits do not wait for a standby\n%s", s.Log())
}

// cancelWaiting cancels a commit once it waits for a standby; waited is false if
// it was done before.
func (s *Server) cancelWaiting(ctx context.Context, db *sql.DB, done <-chan error) (waited bool) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		var n int
		err := db.QueryRowContext(ctx,
			"SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Scan(&n)
		waited = waited || err == nil && n > 0
		select {
		case <-done:
			return waited
		case <-ticks.C:
		case <-ctx.Done():
			return false
		}
	}
}

// Promote makes a standby a primary of its own, and waits until it takes
// writes.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	// It would wait for a standby itself, as its configuration is a copy.
	s.Exec(t, "postgres", "SELECT pg_promote(true, 30)")
	s.Wait(t, "SELECT NOT pg_is_in_recovery()")
	s.SetSynchronous(t, false)
}

// Wait waits until a query on the database postgres answers true.
func (s *Server) Wait(t testing.TB, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	db, err := sql.Open("pgx", s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		var yes bool
		err := db.QueryRowContext(ctx, query).Scan(&yes)
		if err == nil && yes {
			return
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s: %v\n%s", query, err, s.Log())
		}
	}
}
