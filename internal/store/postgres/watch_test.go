package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/store/storetest"
)

// watched starts to watch, and waits until it listens. What ends is sent to
// ended.
func watched(t *testing.T, s *postgres.Store) (woken <-chan struct{}, ended <-chan error, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w, e := make(chan struct{}, 100), make(chan error, 1)
	go func() { e <- s.Watch(ctx, func() { w <- struct{}{} }) }()
	wait(t, w, "the first call, when it listens")
	return w, e, cancel
}

func wait[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(time.Minute):
		t.Fatalf("waited in vain for %s", what)
	}
	return v
}

func put(t *testing.T, s store.Store, id directory.GroupID) {
	t.Helper()
	if err := storetest.Put(t.Context(), s, []directory.Row{directory.Group{ID: id}}); err != nil {
		t.Fatal(err)
	}
}

func TestACommitWakesEveryNode(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	a, b := open(t, url), open(t, url)
	ofA, _, _ := watched(t, a)
	ofB, endedB, stopB := watched(t, b)
	put(t, a, 1)
	wait(t, ofA, "the node's own commit")
	wait(t, ofB, "the commit of another node")

	// A write without a record wakes nobody; notifications come in the order of
	// commits, so the next one is that of the change after.
	if _, err := a.Ephemera().PutToken(t.Context(), store.Token{Hash: [32]byte{1}}, store.TokenLimit{}); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	err := a.Write(t.Context(), func(tx store.Tx) error {
		c, err := storetest.Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
		return errors.Join(err, tx.Append(t.Context(), c), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	put(t, a, 2)
	wait(t, ofB, "the second commit")
	stopB()
	if err := wait(t, endedB, "the end of the context"); !errors.Is(err, context.Canceled) {
		t.Errorf("Watch = %v", err)
	}
	if n := len(ofB); n != 0 {
		t.Errorf("woken %d times too often", n)
	}
}

func TestWatchSaysWhenItsConnectionIsLost(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	s := open(t, url)
	_, ended, _ := watched(t, s)
	pgtest.Exec(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "+
		"query LIKE 'LISTEN%'")
	if err := wait(t, ended, "the loss of the connection"); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("Watch = %v", err)
	}
	woken, _, _ := watched(t, s)
	put(t, s, 1)
	wait(t, woken, "a commit after connecting again")
}

func TestBehindAPoolerNobodyListens(t *testing.T) {
	t.Parallel()
	url := server.Directory(t)
	s, other := open(t, url+"&listen=off"), open(t, url)
	woken, _, _ := watched(t, other)
	put(t, s, 1)
	put(t, other, 2)
	wait(t, woken, "the other's own commit")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Watch(ctx, func() { t.Error("woken") }); !errors.Is(err, context.Canceled) {
		t.Errorf("Watch = %v", err)
	}
	if n := len(woken); n != 0 {
		t.Errorf("others were woken %d times", n)
	}
}
