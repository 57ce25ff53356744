package core_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/replica"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
)

// A wire is the way of one node to a store that others use too. It can be cut,
// it can lose commits, and the store behind it can be another one.
type wire struct {
	store.Store
	behind atomic.Pointer[store.Store]
	cut    atomic.Bool
	commit atomic.Pointer[func(store.Store, func(store.Tx) error) error] // of the next write, instead
	wake   atomic.Pointer[func()]
}

func newWire(s store.Store) *wire {
	w := &wire{}
	w.behind.Store(&s)
	return w
}

var errCut = directory.Unavailable(time.Second, "the wire is cut", errors.New("cut"))

func (w *wire) Read(ctx context.Context, f func(store.Reader) error) error {
	if w.cut.Load() {
		return errCut
	}
	return (*w.behind.Load()).Read(ctx, f)
}

func (w *wire) Open(ctx context.Context) (store.View, error) {
	if w.cut.Load() {
		return nil, errCut
	}
	return (*w.behind.Load()).Open(ctx)
}

func (w *wire) Write(ctx context.Context, f func(store.Tx) error) error {
	if w.cut.Load() {
		return errCut
	}
	if instead := w.commit.Swap(nil); instead != nil {
		return (*instead)(*w.behind.Load(), f)
	}
	return (*w.behind.Load()).Write(ctx, f)
}

func (w *wire) Ephemera() store.Ephemera { return (*w.behind.Load()).Ephemera() }

func (w *wire) watch(ctx context.Context, wake func()) error {
	w.wake.Store(&wake)
	wake()
	<-ctx.Done()
	return ctx.Err()
}

// A cluster is several nodes on one store.
type cluster struct {
	t     testing.TB
	store store.Store
	wires []*wire
	nodes []*core.Core
	root  directory.UserID
	clock atomic.Int64 // milliseconds that the clock is ahead
}

func (c *cluster) now() time.Time {
	return time.Now().Add(time.Duration(c.clock.Load()) * time.Millisecond)
}

// newCluster starts nodes that learn of each other by polling alone.
func newCluster(ctx context.Context, t testing.TB, s store.Store, nodes int, shared replica.Shared) *cluster {
	t.Helper()
	c := &cluster{t: t, store: s}
	if shared.PollEvery == 0 {
		shared.PollEvery = 5 * time.Millisecond
	}
	for range nodes {
		c.join(ctx, newWire(s), shared)
	}
	admin, ok, err := c.nodes[0].Bootstrap(ctx, "", "")
	if err != nil || !ok {
		t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	c.root = admin.User
	return c
}

func (c *cluster) join(ctx context.Context, w *wire, shared replica.Shared) {
	c.t.Helper()
	n, err := core.Open(ctx, w, core.Options{Sealer: coretest.PlainSealer{}, Shared: &shared, Now: c.now})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(n.Close)
	c.wires, c.nodes = append(c.wires, w), append(c.nodes, n)
}

func (c *cluster) as(node int) *view.View {
	return view.New(c.nodes[node]).As(directory.Caller{User: c.root, Dialect: "test"})
}

func (c *cluster) do(node int, edits ...directory.Edit) directory.Committed {
	c.t.Helper()
	done, err := c.as(node).Commit(context.Background(), directory.Change{Edits: edits})
	if err != nil {
		c.t.Fatalf("commit %+v on node %d: %v", edits, node, err)
	}
	return done
}

// level waits until a node is where another is.
func (c *cluster) level(ctx context.Context, node int, rev directory.Revision) {
	c.t.Helper()
	if err := c.nodes[node].Await(ctx, directory.Freshness{Revision: rev}); err != nil {
		c.t.Fatalf("node %d: %v", node, err)
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); {
		if time.Since(began) > time.Minute {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestEveryNodeAgreesAtEveryRevision makes random changes on random nodes, and
// compares all nodes after each with one that has just been started.
func TestEveryNodeAgreesAtEveryRevision(t *testing.T) {
	effort.Check(t, 20, func(rt *rapid.T) {
		s := memstore.New()
		c := newCluster(rt.Context(), t, s, 3, replica.Shared{PollEvery: time.Minute})
		defer func() {
			for _, n := range c.nodes {
				n.Close()
			}
		}()
		d := newDraft(rt, c.as(0))
		seen := map[directory.Revision]map[directory.UserID][]directory.Effective{}
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			node := rapid.IntRange(0, 2).Draw(rt, "node")
			var edits []directory.Edit
			for range rapid.IntRange(1, 3).Draw(rt, "edits") {
				edits = append(edits, d.edit())
			}
			done, err := c.as(node).Commit(rt.Context(), directory.Change{Edits: edits})
			if err != nil && !isRefusal(err) {
				rt.Fatalf("%+v: %v", edits, err)
			}
			if err != nil || rapid.Bool().Draw(rt, "look later") {
				continue
			}
			seen[done.Revision], _ = d.answers(rt, c.as(node))
			for other := range c.nodes {
				c.level(rt.Context(), other, done.Revision)
				got, _ := d.answers(rt, c.as(other))
				if diff := cmp.Diff(seen[done.Revision], got); diff != "" {
					rt.Fatalf("revision %d (-node %d +node %d):\n%s", done.Revision, node, other, diff)
				}
			}
		}
		fresh, err := core.Open(rt.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
		if err != nil {
			rt.Fatal(err)
		}
		defer fresh.Close()
		for node := range c.nodes {
			c.level(rt.Context(), node, fresh.Head().Revision)
			if diff := cmp.Diff(fresh.Head(), c.nodes[node].Head()); diff != "" {
				rt.Fatalf("head (-fresh +node %d):\n%s", node, diff)
			}
			lawFresh(rt, d, c.as(node), view.New(fresh).As(directory.Caller{User: c.root}))
			lawPast(rt, c.as(node), seen)
			if f, _ := c.nodes[node].Following(); f.Rebuilds != 0 {
				rt.Fatalf("node %d was rebuilt %d times", node, f.Rebuilds)
			}
		}
	})
}

// TestAReadNeverSeesThePast writes on one node and reads on another at once,
// asking for the revision that it was told.
func TestAReadNeverSeesThePast(t *testing.T) {
	s, err := sqlite.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c := newCluster(t.Context(), t, s, 3, replica.Shared{PollEvery: 20 * time.Millisecond})
	neverThePast(t, c, 6, effort.Of(40, 200))
}

// neverThePast lets workers count, each with a value of its own user.
func neverThePast(t *testing.T, c *cluster, workers, rounds int) {
	t.Helper()
	attr := directory.AttributeID(c.do(0, directory.CreateAttribute{Name: "n", Type: directory.TypeInteger}).Results[0].ID)
	var users []directory.UserID
	for i := range workers {
		users = append(users, directory.UserID(c.do(0, directory.CreateUser{FirstName: fmt.Sprint(i)}).Results[0].ID))
	}
	var wg sync.WaitGroup
	for i, user := range users {
		wg.Go(func() {
			for n := range rounds {
				at, from := rand.IntN(len(c.nodes)), rand.IntN(len(c.nodes))
				want := fmt.Sprint(n)
				done, err := c.as(at).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
					directory.SetUserValue{User: user, Attribute: attr, Value: coretest.Text(want)},
				}})
				if err != nil {
					t.Errorf("worker %d: %v", i, err)
					return
				}
				if err := c.nodes[from].Await(t.Context(),
					directory.Freshness{Incarnation: 1, Revision: done.Revision}); err != nil {
					t.Errorf("worker %d: %v", i, err)
					return
				}
				as := c.as(from)
				list, err := as.Effective(t.Context(), user, []directory.AttributeID{attr})
				if err != nil || len(list) != 1 || list[0].Value.Text != want {
					t.Errorf("worker %d wrote %s on node %d, and read %v, %v on node %d", i, want, at, list, err, from)
					return
				}
				if _, rev := as.Revision(); rev < done.Revision {
					t.Errorf("an answer of revision %d after one of %d", rev, done.Revision)
				}
			}
		})
	}
	wg.Wait()
	for node, n := range c.nodes {
		if f, _ := n.Following(); f.Rebuilds != 0 {
			t.Errorf("node %d was rebuilt %d times", node, f.Rebuilds)
		}
	}
}

func TestANodeLearnsOfChangesByPollingAlone(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
	done := c.do(0, directory.CreateGroup{Name: "G"})
	eventually(t, "the other node has the group", func() bool { return c.nodes[1].Head() == c.nodes[0].Head() })
	if _, err := c.as(1).Group(t.Context(), directory.GroupID(done.Results[0].ID)); err != nil {
		t.Error(err)
	}
}

func TestANodeIsWokenByAWatch(t *testing.T) {
	s := memstore.New()
	c := newCluster(t.Context(), t, s, 1, replica.Shared{})
	w := newWire(s)
	c.join(t.Context(), w, replica.Shared{PollEvery: time.Hour, Watch: w.watch})
	eventually(t, "it watches", func() bool { return w.wake.Load() != nil })
	c.do(0, directory.CreateGroup{Name: "G"})
	(*w.wake.Load())()
	eventually(t, "the other node has the group", func() bool { return c.nodes[1].Head() == c.nodes[0].Head() })
}

func TestAWatchThatIsLostIsMadeAgain(t *testing.T) {
	s := memstore.New()
	c := newCluster(t.Context(), t, s, 1, replica.Shared{})
	var times atomic.Int32
	c.join(t.Context(), newWire(s),
		replica.Shared{PollEvery: time.Hour, Watch: func(ctx context.Context, wake func()) error {
			if times.Add(1) < 3 {
				return errors.New("lost")
			}
			wake()
			<-ctx.Done()
			return ctx.Err()
		}})
	c.do(0, directory.CreateGroup{Name: "G"})
	eventually(t, "it watches again", func() bool { return times.Load() == 3 })
	eventually(t, "the other node has the group", func() bool { return c.nodes[1].Head() == c.nodes[0].Head() })
	if f, _ := c.nodes[1].Following(); f.Reconnects != 2 {
		t.Errorf("reconnects = %d, want 2", f.Reconnects)
	}
}

func TestThreeNodesThatStartAtOnceMakeOneAdministrator(t *testing.T) {
	for range 20 {
		s := memstore.New()
		var made atomic.Int32
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				n, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}, Shared: &replica.Shared{}})
				if err != nil {
					t.Error(err)
					return
				}
				defer n.Close()
				_, ok, err := n.Bootstrap(t.Context(), "", "")
				if err != nil {
					t.Error(err)
				}
				if ok {
					made.Add(1)
				}
				if rev := n.Head().Revision; rev != 2 {
					t.Errorf("revision %d after the start", rev)
				}
			})
		}
		wg.Wait()
		if made.Load() != 1 {
			t.Fatalf("%d nodes made an administrator", made.Load())
		}
	}
}

func TestAnAnswerIsGivenAgainByAnotherNode(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
	change := directory.Change{
		Edits:  []directory.Edit{directory.CreateGroup{Name: "once"}, directory.CreateAPICredential{User: c.root}},
		Repeat: directory.Repeat{Key: "k", Hash: [32]byte{1}},
	}
	var answers []directory.Committed
	for node := range 2 {
		done, err := c.as(node).Commit(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, done)
	}
	if !answers[1].Repeated {
		t.Error("the second answer is not marked")
	}
	answers[1].Repeated = false
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Errorf("answers (-first +again):\n%s", diff)
	}
}
