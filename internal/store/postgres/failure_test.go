package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/store/storetest"
)

func readHead(ctx context.Context, s store.Store) (h store.Head, err error) {
	err = s.Read(ctx, func(r store.Reader) error {
		h, err = r.Head(ctx)
		return err
	})
	return h, err
}

func tryPut(t *testing.T, s store.Store, id directory.GroupID) error {
	t.Helper()
	return storetest.Put(t.Context(), s, []directory.Row{directory.Group{ID: id}})
}

// unavailable fails unless an error tells a caller to come back, and nothing of
// what the driver said.
func unavailable(t *testing.T, what string, err error) {
	t.Helper()
	e, ok := errors.AsType[*directory.Error](err)
	if !ok || e.Kind != directory.KindUnavailable || e.RetryAfter <= 0 {
		t.Errorf("%s: %v, want an error that says when to come back", what, err)
		return
	}
	for _, word := range []string{"SQL", "pg", "socket", "connect:", "dial", "FATAL"} {
		if strings.Contains(e.Msg, word) {
			t.Errorf("%s tells the caller %q", what, e.Msg)
		}
	}
}

// made opens a directory in a database that is for this test alone.
func made(t *testing.T) (*postgres.Store, string) {
	t.Helper()
	url := server.Empty(t)
	return open(t, url), url
}

func TestConnectionsThatWereLostWhileIdleAreReplacedUnnoticed(t *testing.T) {
	t.Parallel()
	s, url := made(t)
	var readers sync.WaitGroup
	for range 8 { // so that there are several connections
		readers.Go(func() {
			for range 20 {
				if _, err := readHead(t.Context(), s); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
	put(t, s, 1)
	pgtest.Exec(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "+
		"pid <> pg_backend_pid()")
	for range 20 {
		if _, err := readHead(t.Context(), s); err != nil {
			t.Errorf("Read = %v", err)
		}
	}
	put(t, s, 2)
}

func TestAServerThatStopsIsUnavailableUntilItIsBack(t *testing.T) {
	t.Parallel()
	own := pgtest.Start(t, pgtest.Options{})
	own.Exec(t, "postgres", "CREATE DATABASE d")
	s := open(t, own.URL("d"))
	put(t, s, 1)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := storetest.Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
		if err != nil {
			return err
		}
		own.Stop(t)
		return tx.Append(t.Context(), c)
	})
	unavailable(t, "a write when the server stops", err)
	if errors.Is(err, store.ErrCommitUnknown) {
		t.Errorf("the outcome is known: %v", err)
	}
	_, err = readHead(t.Context(), s)
	unavailable(t, "a read while it is stopped", err)
	unavailable(t, "a write while it is stopped", tryPut(t, s, 2))
	_, err = s.Ephemera().Attempts(t.Context(), "x")
	unavailable(t, "looking for failed logins while it is stopped", err)
	own.Start(t)
	h, err := readHead(t.Context(), s)
	if err != nil || h.Revision != 1 {
		t.Errorf("afterwards there is revision %d, %v", h.Revision, err)
	}
	put(t, s, 2)
}

// refusing opens a directory in a database where a commit that makes a group
// runs code.
func refusing(t *testing.T, code string) *postgres.Store {
	t.Helper()
	s, url := made(t)
	pgtest.Exec(t, url, `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN `+code+`; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON groups DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`)
	return s
}

func TestWhatFailsAtTheCommitIsToldApart(t *testing.T) {
	t.Parallel()
	raise := func(code string) string { return "RAISE EXCEPTION 'no' USING ERRCODE = '" + code + "'" }
	for name, test := range map[string]struct {
		code           string
		again, unknown bool
		kind           directory.Kind
	}{
		"a deadlock":               {raise("40P01"), true, false, directory.KindUnavailable},
		"a serialization failure":  {raise("40001"), true, false, directory.KindUnavailable},
		"a full disk":              {raise("53100"), false, false, directory.KindUnavailable},
		"a statement that is slow": {raise("57014"), false, false, directory.KindUnavailable},
		"a constraint":             {raise("23514"), false, false, directory.KindInternal},
		"an error nobody knows":    {raise("XX000"), false, false, directory.KindInternal},
		"a connection that is lost": {"PERFORM pg_terminate_backend(pg_backend_pid())", false, true,
			directory.KindUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := refusing(t, test.code)
			err := tryPut(t, s, 1)
			if err == nil || directory.KindOf(err) != test.kind || errors.Is(err, store.ErrAgain) != test.again ||
				errors.Is(err, store.ErrCommitUnknown) != test.unknown {
				t.Errorf("Write = %v", err)
			}
			if test.kind == directory.KindUnavailable {
				unavailable(t, name, err)
			}
			if h, err := readHead(t.Context(), s); err != nil || h.Revision != 0 {
				t.Errorf("revision %d, %v", h.Revision, err)
			}
		})
	}
}

func TestAHeadThatSomebodyHoldsIsNotWaitedForWithoutEnd(t *testing.T) {
	t.Parallel()
	s, url := made(t)
	other := open(t, url)
	begun := time.Now()
	err := other.Write(t.Context(), func(store.Tx) error {
		unavailable(t, "a write while another holds the head", tryPut(t, s, 1))
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	put(t, s, 1)
}

// A commit whose wait for the synchronous standby is cancelled is on the disk of
// the primary, but if that is lost next, it was never there.
func TestACommitThatNoStandbyHasIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	own := pgtest.Start(t, pgtest.Options{})
	own.Exec(t, "postgres", "CREATE DATABASE d")
	s := open(t, own.URL("d"))
	put(t, s, 1)
	own.SetSynchronous(t, true) // on a standby that there is not
	done := make(chan error, 1)
	go func() { done <- storetest.Put(t.Context(), s, []directory.Row{directory.Group{ID: 2}}) }()
	own.Wait(t, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	own.Exec(t, "postgres", "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	err := wait(t, done, "the end of the write")
	unavailable(t, "the write", err)
	if !errors.Is(err, store.ErrCommitUnknown) {
		t.Errorf("Write = %v, want an unknown outcome", err)
	}
	own.SetSynchronous(t, false)
	if h, err := readHead(t.Context(), s); err != nil || h.Revision != 2 {
		t.Errorf("revision %d, %v", h.Revision, err)
	}
	put(t, s, 3)
}

func TestAReadFromAServerThatIsSilentEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, url := made(t)
	proxy := server.Server(t).Proxy(t)
	s := open(t, proxy.URL(pgtest.Name(url)))
	put(t, s, 1)
	if _, err := readHead(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	proxy.Freeze()
	for range 2 { // one has a connection already, one must make it
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		begun := time.Now()
		_, err := readHead(ctx, s)
		if took := time.Since(begun); took > 8*time.Second || err == nil {
			t.Errorf("Read = %v after %v", err, took)
		}
		cancel()
	}
	unavailable(t, "a write to a server that is silent", tryPut(t, s, 2))
	proxy.Cut()
	proxy.Thaw()
	put(t, s, 3)
}

func TestAServerThatOnlyReadsIsNotOpenedForWriting(t *testing.T) {
	t.Parallel()
	_, url := made(t)
	pgtest.Exec(t, url, "ALTER DATABASE "+pgtest.Name(url)+" SET default_transaction_read_only = on")
	if _, err := postgres.Open(t.Context(), url, slog.New(slog.DiscardHandler)); err == nil ||
		!strings.Contains(err.Error(), "read only") {
		t.Errorf("Open = %v", err)
	}
	r, err := postgres.OpenReadOnly(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := readHead(t.Context(), r); err != nil {
		t.Error(err)
	}
}
