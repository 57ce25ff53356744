package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cohort/internal/effort"
	"cohort/internal/store/postgres/pgtest"
)

// onlyLong leaves a test to make test-all. It is no skip: make test has a
// shorter one of its kind.
func onlyLong(t *testing.T) bool {
	t.Helper()
	if !effort.All() {
		t.Log("runs in make test-all")
	}
	return effort.All()
}

// A probe is two users of whom a node holds one in memory and has never seen
// the other.
type probe struct{ known, unknown string }

// probes makes a probe for every node.
func (l *load) probes() (list []probe) {
	l.t.Helper()
	for i := range l.c.nodes {
		other := l.c.nodes[(i+1)%len(l.c.nodes)] // who makes a user has seen it
		user := func() string {
			return idIn(l.t, other.mustAsk(http.MethodPost, "/api/4.0/users", l.token, `{"first_name":"Quiet"}`))
		}
		list = append(list, probe{user(), user()})
	}
	return list
}

// learn has every node read the user that it is to hold.
func (l *load) learn(list []probe) {
	l.t.Helper()
	for i, n := range l.c.nodes {
		until(l.t, "the node knows the user", func() error {
			r, err := n.ask(http.MethodGet, "/v1/users/"+list[i].known+"/effective", l.reader, "")
			if err == nil && r.status != http.StatusOK {
				err = fmt.Errorf("%d %s", r.status, r.body)
			}
			return err
		})
	}
}

// away checks what every node answers while the database cannot be reached.
func (l *load) away(list []probe) {
	t := l.t
	t.Helper()
	for i, n := range l.c.nodes {
		until(t, fmt.Sprintf("node %d notices that the database is away", i), func() error {
			r, err := n.ask(http.MethodGet, "/readyz?for=writes", "", "")
			if err == nil && r.status != http.StatusServiceUnavailable {
				err = fmt.Errorf("/readyz?for=writes: %d %s", r.status, r.body)
			}
			return err
		})
		until(t, fmt.Sprintf("node %d says that it is stale", i), func() error {
			r, err := n.ask(http.MethodGet, "/readyz", "", "")
			if err == nil && (r.status != http.StatusOK || !strings.Contains(r.body, "stale")) {
				err = fmt.Errorf("/readyz: %d %s", r.status, r.body)
			}
			return err
		})
		until(t, fmt.Sprintf("node %d says how old its answers are", i), func() error {
			r, err := n.ask(http.MethodGet, "/v1/users/"+list[i].known+"/effective", l.reader, "")
			if err != nil || r.status != http.StatusOK {
				t.Errorf("node %d, a user that it holds: %v, %d: %s", i, err, r.status, r.body)
				return nil
			}
			_, err = strconv.Atoi(r.header.Get("Cohort-Stale"))
			return err
		})
		for what, ask := range map[string]func() (reply, error){
			"a user that it does not hold": func() (reply, error) {
				return n.ask(http.MethodGet, "/v1/users/"+list[i].unknown+"/effective", l.reader, "")
			},
			"a user that it holds, to an administrator": func() (reply, error) {
				return n.ask(http.MethodGet, "/v1/users/"+list[i].known+"/effective", l.token, "")
			},
			"a write": func() (reply, error) { return n.ask(http.MethodPost, "/v1/groups", l.token, `{"name":"away"}`) },
			"a read that must be new": func() (reply, error) {
				return n.askWith(http.MethodGet, "/v1/users/"+list[i].known+"/effective", l.reader, "",
					http.Header{"Cohort-Consistency": {"strong"}})
			},
		} {
			r, err := ask()
			if after, errAfter := strconv.Atoi(r.header.Get("Retry-After")); err != nil ||
				r.status != http.StatusServiceUnavailable || errAfter != nil || after < 1 {
				t.Errorf("node %d, %s: %v, %d with Retry-After %q: %s", i, what, err, r.status, r.header.Get("Retry-After"), r.body)
			}
		}
	}
}

// back waits until every node takes writes again, and says what it answers
// anew.
func (l *load) back() {
	l.t.Helper()
	for i, n := range l.c.nodes {
		until(l.t, fmt.Sprintf("node %d takes writes", i), func() error {
			r, err := n.ask(http.MethodGet, "/readyz?for=writes", "", "")
			if err == nil && r.status != http.StatusOK {
				err = fmt.Errorf("/readyz?for=writes: %d %s", r.status, r.body)
			}
			return err
		})
		until(l.t, fmt.Sprintf("node %d is level with the database", i), func() error {
			r, err := n.ask(http.MethodGet, "/v1/users/"+l.users[0]+"/effective", l.token, "")
			if err == nil && (r.status != http.StatusOK || r.header.Get("Cohort-Stale") != "") {
				err = fmt.Errorf("%d with Cohort-Stale %q", r.status, r.header.Get("Cohort-Stale"))
			}
			return err
		})
	}
}

// TestTheDatabaseIsStoppedAndStarted stops the database under load, as an
// administrator does and as a failing machine does, and starts it again.
func TestTheDatabaseIsStoppedAndStarted(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t, pgtest.Options{})
	l := newLoad(newCluster(t, 3, pg))
	ways := []func(testing.TB){pg.StopImmediately}
	if effort.All() {
		ways = append(ways, pg.Stop, pg.Kill, pg.Stop, pg.StopImmediately)
	}
	for _, stop := range ways {
		l.flows(60)
		list := l.probes()
		l.learn(list)
		stop(t)
		l.away(list)
		pg.Start(t)
		l.back()
	}
	l.finish()
	l.c.verify(pg)
}

// TestConnectionsAreCut cuts connections to the database at random, makes them
// impossible for a while, and lets them fall silent.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	if !onlyLong(t) {
		return
	}
	pg := pgtest.Start(t, pgtest.Options{})
	l := newLoad(newCluster(t, 3, pg))
	wires := l.c.wires()
	for range 200 {
		l.flows(5)
		wires[rand.IntN(len(wires))].cut()
	}
	for _, w := range wires {
		l.flows(20)
		w.refuse(true)
		w.cut()
		l.flows(20) // the others go on
		w.refuse(false)
		l.back()
	}
	l.finish()
	l.c.verify(pg)
}

// TestAConnectionFallsSilent lets nothing pass between one node and the
// database, which is worse than an end: nobody says so. The other nodes go on,
// although that node may hold the lock.
func TestAConnectionFallsSilent(t *testing.T) {
	t.Parallel()
	if !onlyLong(t) {
		return
	}
	pg := pgtest.Start(t, pgtest.Options{})
	l := newLoad(newCluster(t, 3, pg))
	list := l.probes()
	for i, n := range l.c.nodes[:2] {
		l.flows(10)
		l.learn(list)
		n.wires[0].stall(true)
		l.flowsWithout(i, 5)
		n.wires[0].stall(false)
		l.back()
	}
	l.finish()
	l.c.verify(pg)
}

// flowsWithout waits until all nodes but one acknowledge writes.
func (l *load) flowsWithout(silent, more int) {
	l.t.Helper()
	for i, n := range l.c.nodes {
		if i == silent {
			continue
		}
		for range more {
			name := fmt.Sprintf("write-without-%d-%d-%d", silent, i, rand.Int64())
			until(l.t, "a node acknowledges a write", func() error {
				l.once(name, http.MethodPost, "/v1/changes",
					fmt.Sprintf(`{"comment":%q,"edits":[{"edit":"create_group","name":%q}]}`, name, name), n)
				l.mu.Lock()
				defer l.mu.Unlock()
				if !l.acked[name] {
					name += "x" // it may have happened: another name
					return errors.New("not acknowledged")
				}
				return nil
			})
		}
	}
}

// TestConnectionsAreCutWhileTheyCommit cuts a connection exactly when a
// transaction commits on it: before the server hears of it, after it is done,
// and so that the server hears of it when the node is already asking what became
// of it.
func TestConnectionsAreCutWhileTheyCommit(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t, pgtest.Options{})
	l := newLoad(newCluster(t, 3, pg))
	each := 3
	if effort.All() {
		each = 20
	}
	for _, w := range l.c.wires() {
		w.doom(func(commit int) fate { return []fate{passes, passes, lost, passes, unanswered, passes, late}[commit%7] })
	}
	for _, w := range l.c.wires() {
		until(t, "commits are cut in every way", func() error {
			for _, f := range []fate{lost, unanswered, late} {
				if n := w.done(f); n < each {
					return fmt.Errorf("%d of %d commits have met fate %d", n, each, f)
				}
			}
			return nil
		})
	}
	for _, w := range l.c.wires() {
		w.doom(nil)
		w.release()
	}
	l.back()
	l.finish()
	l.c.verify(pg)
}

// TestANodeIsKilled kills one node after the other under load, and starts it
// again.
func TestANodeIsKilled(t *testing.T) {
	t.Parallel()
	if !onlyLong(t) {
		return
	}
	pg := pgtest.Start(t, pgtest.Options{})
	l := newLoad(newCluster(t, 3, pg))
	l.dying.Store(true)
	for i := range 15 {
		l.flows(30)
		n := l.c.nodes[i%3]
		n.kill()
		l.flows(30) // the others go on
		n.start()
	}
	l.back()
	l.finish()
	l.c.verify(pg)
}

// TestTransactionsAreRefused has a rival that takes locks in another order, and
// a database that refuses to serialize: what is refused so is tried again, and
// clients see nothing of it.
func TestTransactionsAreRefused(t *testing.T) {
	t.Parallel()
	if !onlyLong(t) {
		return
	}
	pg := pgtest.Start(t, pgtest.Options{Settings: map[string]string{"deadlock_timeout": "50ms"}})
	l := newLoad(newCluster(t, 3, pg))
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	rival := l.connect(ctx, pg)
	defer rival.Close(ctx)
	l.mustExec(ctx, rival, "SET deadlock_timeout = '1h'")
	for pgtest.Query[int](t, pg.URL(l.c.name),
		"SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") < 10 {
		l.flows(1)
		l.deadlock(ctx, rival)
	}
	const refuse = `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF random() < 0.1 THEN RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$`
	pg.Exec(t, l.c.name, refuse)
	pg.Exec(t, l.c.name, "CREATE TRIGGER refuse BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION refuse()")
	l.flows(100)
	pg.Exec(t, l.c.name, "DROP TRIGGER refuse ON head")
	pg.Exec(t, l.c.name, "DROP FUNCTION refuse")
	l.mu.Lock()
	if len(l.refusals) > 0 {
		t.Errorf("clients have seen %v", l.refusals)
	}
	l.mu.Unlock()
	l.lockHead(pg)
	l.finish()
	l.c.verify(pg)
}

// deadlock takes the rows of all users and then wants the head, while a node that
// has the head wants one of those rows. It never looks whether it is in the way
// itself, so it is the node that is refused.
func (l *load) deadlock(ctx context.Context, rival *pgx.Conn) {
	l.t.Helper()
	for _, s := range []string{
		"BEGIN", "SELECT id FROM users ORDER BY id FOR UPDATE", "SELECT id FROM head FOR UPDATE", "COMMIT",
	} {
		l.mustExec(ctx, rival, s)
	}
}

// lockHead holds the head for longer than a node waits for it.
func (l *load) lockHead(pg *pgtest.Server) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	rival := l.connect(ctx, pg)
	defer rival.Close(ctx)
	l.mustExec(ctx, rival, "BEGIN")
	l.mustExec(ctx, rival, "SELECT id FROM head FOR UPDATE")
	until(l.t, "clients are told to come again", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.refusals[http.StatusServiceUnavailable] == 0 {
			return errors.New("no 503 yet")
		}
		return nil
	})
	l.mustExec(ctx, rival, "COMMIT")
}

func (l *load) connect(ctx context.Context, pg *pgtest.Server) *pgx.Conn {
	l.t.Helper()
	c, err := pgx.Connect(ctx, pg.URL(l.c.name))
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *load) mustExec(ctx context.Context, c *pgx.Conn, statement string) {
	l.t.Helper()
	_, err := c.Exec(ctx, statement)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		err = fmt.Errorf("%w (%s)", err, e.Detail)
	}
	if err != nil {
		l.t.Fatalf("%s: %v", statement, err)
	}
}

// TestTheStandbyIsPromoted loses the primary under load; its synchronous standby
// takes its place.
func TestTheStandbyIsPromoted(t *testing.T) {
	t.Parallel()
	if !onlyLong(t) {
		return
	}
	primary := pgtest.Start(t, pgtest.Options{})
	standby := primary.Standby(t, true)
	l := newLoad(newCluster(t, 3, primary, standby))
	l.flows(200)
	list := l.probes()
	l.learn(list)
	primary.Kill(t)
	l.away(list)
	standby.Promote(t)
	l.back()
	l.flows(200)
	l.finish()
	l.c.verify(standby)
}

// unconfirmed makes a write whose commit waits for the standby, which is not
// there, ends the wait by a function of PostgreSQL, and returns the reply.
func (l *load) unconfirmed(primary *pgtest.Server, n *node, name, end string) reply {
	l.t.Helper()
	answered := make(chan reply, 1)
	go func() {
		r, _ := l.exchange(n, http.MethodPost, "/v1/changes",
			fmt.Sprintf(`{"comment":%q,"edits":[{"edit":"create_group","name":%q}]}`, name, name),
			http.Header{"Idempotency-Key": {name}})
		answered <- r
	}()
	ended := map[int]bool{}
	deadline := time.After(longest)
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case r := <-answered:
			return r
		case <-deadline:
			l.t.Fatalf("%s is not answered after %v; %d waits were ended", name, longest, len(ended))
		case <-ticks.C:
			pid := pgtest.Query[int](l.t, primary.URL(l.c.name),
				"SELECT COALESCE(min(pid), 0) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
			if pid != 0 {
				ended[pid] = true
				pgtest.Query[bool](l.t, primary.URL(l.c.name), fmt.Sprintf("SELECT %s(%d)", end, pid))
			}
		}
	}
}

// TestACommitThatNoStandbyHasIsNotAcknowledged ends the wait of a commit for the
// synchronous standby, which is stopped: the server says that all is well, and
// it is not. Then the primary is lost, and with it what was not acknowledged.
func TestACommitThatNoStandbyHasIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	if !onlyLong(t) {
		return
	}
	for _, end := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			primary := pgtest.Start(t, pgtest.Options{})
			standby := primary.Standby(t, true)
			l := newLoad(newCluster(t, 3, primary, standby))
			l.flows(100)
			close(l.stop)
			l.clients.Wait()
			standby.Stop(t)
			for i, n := range l.c.nodes[:2] {
				name := fmt.Sprintf("write-unconfirmed-%d", i)
				// The second time it is there, and still on one disk only.
				for range 2 {
					if r := l.unconfirmed(primary, n, name, end); r.status != http.StatusServiceUnavailable {
						t.Errorf("%s is answered with %d %s", name, r.status, r.body)
					}
				}
				l.unknown[name] = true
			}
			primary.Kill(t)
			standby.Start(t)
			standby.Promote(t)
			l.back()
			l.stop = make(chan struct{})
			for i := range loadWriters {
				l.clients.Go(func() { l.writes(100 + i) })
			}
			l.finish()
			l.c.verify(standby)
		})
	}
}
