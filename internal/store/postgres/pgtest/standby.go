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
	if err := standby.configure(map[string]string{"unix_socket_directories": standby.dir, "hot_standby": "on"}); err != nil {
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
	s.Wait(t, fmt.Sprintf("SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '%s'", wanted))
	return standby
}

// SetSynchronous says whether commits wait for a standby.
func (s *Server) SetSynchronous(t testing.TB, on bool) {
	t.Helper()
	names := ""
	if on {
		names = "*"
	}
	s.Exec(t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '"+names+"'")
	s.Exec(t, "postgres", "SELECT pg_reload_conf()")
	s.Wait(t, fmt.Sprintf("SELECT current_setting('synchronous_standby_names') = '%s'", names))
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
