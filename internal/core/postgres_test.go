package core_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/replica"
	"cohort/internal/store"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/verify"
	"cohort/internal/view"
)

var server pgtest.Shared

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// newPostgresCluster starts nodes, each with connections of its own.
func newPostgresCluster(t testing.TB, url string, nodes int, shared replica.Shared) *cluster {
	t.Helper()
	c := &cluster{t: t}
	for range nodes {
		s := pgtest.Open(t, url)
		each := shared
		each.Watch = s.Watch
		c.join(t.Context(), newWire(s), each)
		c.store = s
	}
	admin, ok, err := c.nodes[0].Bootstrap(t.Context(), "", "")
	if err != nil || !ok {
		t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	c.root = admin.User
	return c
}

func TestAReadNeverSeesThePastOnPostgreSQL(t *testing.T) {
	c := newPostgresCluster(t, server.Directory(t), 3, replica.Shared{})
	neverThePast(t, c, 8, effort.Of(30, 150))
	c.agree()
}

// agree compares all nodes with one that is started now, user by user.
func (c *cluster) agree() {
	c.t.Helper()
	ctx := context.Background()
	fresh, err := core.Open(ctx, c.store, core.Options{Sealer: coretest.PlainSealer{}, Now: c.now,
		Shared: &replica.Shared{}})
	if err != nil {
		c.t.Fatal(err)
	}
	defer fresh.Close()
	want := c.all(fresh)
	for i, n := range c.nodes {
		if err := n.Await(ctx, directory.Freshness{Strong: true}); err != nil {
			c.t.Fatal(err)
		}
		if diff := cmp.Diff(fresh.Head(), n.Head()); diff != "" {
			c.t.Errorf("head (-fresh +node %d):\n%s", i, diff)
		}
		if diff := cmp.Diff(want, c.all(n)); diff != "" {
			c.t.Errorf("effective values (-fresh +node %d):\n%s", i, diff)
		}
	}
}

// all are all effective values of all users.
func (c *cluster) all(n *core.Core) map[directory.UserID][]directory.Effective {
	c.t.Helper()
	as := view.New(n).As(directory.Caller{User: c.root})
	users, _, err := as.Users(context.Background(), directory.UserQuery{})
	if err != nil {
		c.t.Fatal(err)
	}
	all := map[directory.UserID][]directory.Effective{}
	for _, u := range users {
		list, err := as.Effective(context.Background(), u.User.ID, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		all[u.User.ID] = list
	}
	return all
}

// TestNothingAcknowledgedIsLostWhenConnectionsAreCut makes users on three nodes
// while their connections are cut again and again, and the server is restarted.
func TestNothingAcknowledgedIsLostWhenConnectionsAreCut(t *testing.T) {
	pg := pgtest.Start(t, pgtest.Options{})
	pg.Exec(t, "postgres", "CREATE DATABASE d TEMPLATE template0 ENCODING 'UTF8'")
	c := newPostgresCluster(t, pg.URL("d"), 3, replica.Shared{})
	var stop atomic.Bool
	var made sync.Map // names that were acknowledged
	var acknowledged, unknown, refused atomic.Int64
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				name := fmt.Sprintf("u%d-%d", worker, n)
				_, err := c.as((worker+n)%3).Commit(t.Context(),
					directory.Change{Edits: []directory.Edit{directory.CreateUser{FirstName: name}}})
				switch {
				case err == nil:
					acknowledged.Add(1)
					made.Store(name, true)
				case errors.Is(err, store.ErrCommitUnknown):
					unknown.Add(1)
				case directory.KindOf(err) == directory.KindUnavailable:
					refused.Add(1)
					time.Sleep(time.Millisecond) // a client that is told to come back
				default:
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	for round := range 12 {
		if round%6 == 5 {
			pg.StopImmediately(t)
			pg.Start(t)
		} else {
			pg.Exec(t, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'd'")
		}
		before := acknowledged.Load() // now: until it stopped the server went on to acknowledge
		eventually(t, "changes are made again", func() bool { return acknowledged.Load() > before+20 })
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d acknowledged, %d unknown, %d refused", acknowledged.Load(), unknown.Load(), refused.Load())
	eventually(t, "every node has found the server again", func() bool {
		return !slices.ContainsFunc(c.nodes,
			func(n *core.Core) bool { return n.Await(t.Context(), directory.Freshness{Strong: true}) != nil })
	})
	times := map[string]int{}
	users, _, err := c.as(0).Users(t.Context(), directory.UserQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		times[u.User.FirstName]++
	}
	for name, n := range times {
		if n > 1 {
			t.Errorf("%s was made %d times", name, n)
		}
	}
	made.Range(func(name, _ any) bool {
		if times[name.(string)] != 1 {
			t.Errorf("%s was acknowledged, and is there %d times", name, times[name.(string)])
		}
		return true
	})
	c.agree()
	problems, err := verify.Check(t.Context(), c.store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if err != nil || problems != 0 {
		t.Errorf("Verify = %d, %v", problems, err)
	}
	for i, n := range c.nodes {
		if f, _ := n.Following(); f.Rebuilds != 0 {
			t.Errorf("node %d was read anew %d times", i, f.Rebuilds)
		}
	}
}

// Nodes whose own clocks differ date changes by the clock of the database.
func TestTheClockOfTheDatabaseDatesChangesOnEveryNode(t *testing.T) {
	url := server.Directory(t)
	var last directory.Instant
	for i, off := range []time.Duration{3 * time.Hour, 0, -3 * time.Hour} {
		s := pgtest.Open(t, url)
		c, err := core.Open(t.Context(), s, core.Options{
			Sealer: coretest.PlainSealer{}, Shared: &replica.Shared{Clock: s.Clock},
			Now: func() time.Time { return time.Now().Add(off) },
		})
		if err != nil {
			t.Fatal(err)
		}
		change := directory.Change{Edits: []directory.Edit{directory.CreateGroup{}}}
		done, err := view.New(c).As(directory.System("test")).Commit(t.Context(), change)
		if err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
		if done.Revision == 0 || time.Since(c.Head().At.Time()).Abs() > time.Minute || c.Head().At < last {
			t.Errorf("node %d dates its change %v", i, c.Head().At.Time())
		}
		last = c.Head().At
		c.Close()
	}
}

// patiently asks again while the database cannot be reached, for a minute at most:
// the machine may be too slow for the patience of a request.
func patiently(ctx context.Context, ask func() error) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	err := ask()
	for directory.KindOf(err) == directory.KindUnavailable && ctx.Err() == nil {
		err = ask()
	}
	return err
}

// Three nodes set, remove and read one value at once: every answer is what the
// value was at the revision that it names, that of a write included.
func TestEveryAnswerOfThreeNodesIsTrueAtItsRevision(t *testing.T) {
	c := newPostgresCluster(t, server.Directory(t), 3, replica.Shared{})
	made := c.do(0, directory.CreateGroup{Name: "G"}, directory.CreateUser{FirstName: "U"},
		directory.CreateAttribute{Name: "a", Type: directory.TypeString})
	g, u := directory.GroupID(made.Results[0].ID), directory.UserID(made.Results[1].ID)
	a := directory.AttributeID(made.Results[2].ID)
	var turn atomic.Int64
	next := func() *view.View { return c.as(int(turn.Add(1)) % len(c.nodes)) }
	for name, of := range map[string]struct {
		set    func(text string) directory.Edit
		remove directory.Edit
		read   func(as *view.View) (string, error)
	}{
		"of a group": {
			func(s string) directory.Edit {
				return directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text(s)}
			},
			directory.DeleteGroupValue{Group: g, Attribute: a},
			func(as *view.View) (string, error) {
				values, err := as.WholeValues(t.Context(), a)
				if err != nil || len(values) == 0 {
					return "", err
				}
				return values[0].Value.Text, nil
			},
		},
		"of a user": {
			func(s string) directory.Edit {
				return directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(s)}
			},
			directory.DeleteUserValue{User: u, Attribute: a},
			func(as *view.View) (string, error) {
				user, err := as.WholeUser(t.Context(), u)
				if err != nil || len(user.Values) == 0 {
					return "", err
				}
				return user.Values[0].Value.Text, nil
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			// said is what a view says, and at which revision.
			said := func(as *view.View) (revision, is string) {
				err := patiently(t.Context(), func() (err error) { is, err = of.read(as); return err })
				if err != nil {
					t.Error(err)
				}
				incarnation, rev := as.Revision()
				return fmt.Sprint(incarnation, "-", int64(rev)), is
			}
			write := func(edit directory.Edit, want string) (revision string) {
				as := next()
				as.Hold()
				defer as.Release()
				var done directory.Committed
				err := patiently(t.Context(), func() (err error) {
					done, err = as.Commit(t.Context(), directory.Change{Edits: []directory.Edit{edit}})
					return err
				})
				if directory.KindOf(err) == directory.KindNotFound {
					return ""
				}
				if err != nil {
					t.Error(err)
					return ""
				}
				revision, is := said(as)
				if _, named := as.Revision(); named != done.Revision || is != want {
					t.Errorf("the answer to the change %d that set %q says %q at %d", done.Revision, want, is, named)
				}
				return revision
			}
			race := dialecttest.Race{
				Set:    func(text string) string { return write(of.set(text), text) },
				Remove: func() string { return write(of.remove, "") },
				Read: func() (string, string) {
					as := next()
					as.Hold()
					defer as.Release()
					return said(as)
				},
			}
			race.Run(t, effort.Of(12, 60))
		})
	}
}

// With two connections to read from, 64 callers who read and write get through:
// no request holds two.
func TestTwoConnectionsServeManyCallers(t *testing.T) {
	s := pgtest.Open(t, server.Directory(t)+"&pool_max_conns=2")
	c := &cluster{t: t}
	c.join(t.Context(), newWire(s), replica.Shared{Watch: s.Watch})
	admin, _, err := c.nodes[0].Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	c.root = admin.User
	edits := []directory.Edit{
		directory.CreateAttribute{ID: 20, Name: "a", Type: directory.TypeString}, directory.CreateGroup{ID: 20, Name: "G"},
	}
	for i := range 64 {
		id := directory.UserID(100 + i)
		edits = append(edits, directory.CreateUser{ID: id}, directory.AddMember{Group: 20, User: id})
	}
	c.do(0, edits...)
	members := directory.UserQuery{Where: directory.UsersIn{Groups: []directory.GroupID{20}, At: 1}, Limit: 10}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var callers sync.WaitGroup
	for i := range 64 {
		callers.Go(func() {
			id := directory.UserID(100 + i)
			once := func(n int) error {
				as := c.as(0)
				as.Hold()
				defer as.Release()
				_, _, err1 := as.Users(ctx, members)
				_, err2 := as.WholeUser(ctx, id)
				_, err3 := as.Commit(ctx, directory.Change{Edits: []directory.Edit{
					directory.SetUserValue{User: id, Attribute: 20, Value: coretest.Text(fmt.Sprint(n))},
				}})
				_, err4 := as.Sources(ctx, id.Object())
				return errors.Join(err1, err2, err3, err4)
			}
			for n := range 5 {
				if err := patiently(ctx, func() error { return once(n) }); err != nil {
					t.Errorf("caller %d: %v", i, err)
				}
			}
		})
	}
	callers.Wait()
}
