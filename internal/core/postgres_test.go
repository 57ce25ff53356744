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
	"cohort/internal/directory"
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
	neverThePast(t, c, 8, 150)
	c.agree()
}

// agree compares all nodes with one that is started now, user by user.
func (c *cluster) agree() {
	c.t.Helper()
	ctx := context.Background()
	fresh, err := core.Open(ctx, c.store, core.Options{Sealer: plainSealer{}, Now: c.now, Shared: &replica.Shared{}})
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
