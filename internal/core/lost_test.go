package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

var errLostCommit = directory.Unavailable(time.Second, "lost", store.ErrCommitUnknown)

// happens commits a write and loses the answer.
func happens(s store.Store, f func(store.Tx) error) error {
	if err := s.Write(context.Background(), f); err != nil {
		return err
	}
	return errLostCommit
}

var errUndone = errors.New("undone")

// isUndone runs a write, undoes it, and loses the answer.
func isUndone(s store.Store, f func(store.Tx) error) error {
	err := s.Write(context.Background(), func(tx store.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		return errLostCommit
	}
	return err
}

// refuses refuses a write for the sake of another.
func refuses(s store.Store, f func(store.Tx) error) error {
	return directory.Unavailable(time.Second, "again", store.ErrAgain)
}

// next makes the next write of a node go another way.
func (w *wire) next(how func(store.Store, func(store.Tx) error) error) { w.commit.Store(&how) }

func TestALostCommitHappensOnce(t *testing.T) {
	for name, how := range map[string]func(store.Store, func(store.Tx) error) error{
		"that happened": happens, "that did not happen": isUndone, "that was refused": refuses,
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
			before := c.nodes[0].Head()
			c.wires[0].next(how)
			done := c.do(0, directory.CreateGroup{Name: "once"})
			if done.Revision != before.Revision+1 || done.Results[0].ID == 0 {
				t.Errorf("committed %+v after revision %d", done, before.Revision)
			}
			c.level(t.Context(), 1, done.Revision)
			for node := range c.nodes {
				if got := c.nodes[node].Head(); got.Revision != before.Revision+1 || got.Groups != before.Groups+1 {
					t.Errorf("head of node %d: %+v", node, got)
				}
				if _, err := c.as(node).Group(t.Context(), directory.GroupID(done.Results[0].ID)); err != nil {
					t.Errorf("node %d: %v", node, err)
				}
			}
		})
	}
}

// TestALostCommitIsNotTakenForAnothers loses a commit that did not happen,
// while another node takes its revision.
func TestALostCommitIsNotTakenForAnothers(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
	before := c.nodes[0].Head()
	c.wires[0].next(func(s store.Store, f func(store.Tx) error) error {
		err := isUndone(s, f)
		c.do(1, directory.CreateGroup{Name: "of another"})
		return err
	})
	done := c.do(0, directory.CreateGroup{Name: "lost"})
	if done.Revision != before.Revision+2 {
		t.Errorf("revision %d, want %d", done.Revision, before.Revision+2)
	}
	if g, err := c.as(0).Group(t.Context(), directory.GroupID(done.Results[0].ID)); err != nil || g.Name != "lost" {
		t.Errorf("group %+v, %v", g, err)
	}
	c.level(t.Context(), 1, done.Revision)
	if got := c.nodes[1].Head(); got.Groups != before.Groups+2 {
		t.Errorf("head %+v", got)
	}
}

func TestACommitThatStaysLostIsSaidToBeUnknown(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{LostFor: 100 * time.Millisecond})
	before := c.nodes[0].Head()
	c.wires[0].next(func(s store.Store, f func(store.Tx) error) error {
		c.wires[0].cut.Store(true)
		return happens(s, f)
	})
	_, err := c.as(0).Commit(t.Context(), directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "lost"}}})
	if !errors.Is(err, store.ErrCommitUnknown) || directory.KindOf(err) != directory.KindUnavailable {
		t.Errorf("error %v", err)
	}
	if e, ok := errors.AsType[*directory.Error](err); !ok || e.RetryAfter == 0 {
		t.Errorf("no Retry-After: %v", err)
	}
	c.wires[0].cut.Store(false)
	eventually(t, "the node sees its own change", func() bool { return c.nodes[0].Head().Revision == before.Revision+1 })
	if done := c.do(0, directory.CreateGroup{Name: "after"}); done.Revision != before.Revision+2 {
		t.Errorf("the next change got revision %d", done.Revision)
	}
}

func TestAStoreThatAlwaysRefusesIsBusy(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 1, replica.Shared{})
	var again func(store.Store, func(store.Tx) error) error
	again = func(s store.Store, f func(store.Tx) error) error {
		c.wires[0].next(again)
		return refuses(s, f)
	}
	c.wires[0].next(again)
	before := c.nodes[0].Head()
	_, err := c.as(0).Commit(t.Context(), directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "G"}}})
	if directory.KindOf(err) != directory.KindUnavailable || errors.Is(err, store.ErrCommitUnknown) {
		t.Errorf("error %v", err)
	}
	c.wires[0].commit.Store(nil)
	if done := c.do(0, directory.CreateGroup{Name: "G"}); done.Revision != before.Revision+1 {
		t.Errorf("revision %d", done.Revision)
	}
}

func TestMemoryAnswersWhileTheStoreCannotBeReached(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
	attr := directory.AttributeID(c.do(0, directory.CreateAttribute{Name: "n", Type: directory.TypeInteger,
		Default: new(coretest.Text("1"))}).Results[0].ID)
	reader := c.reader()
	done := c.do(0, directory.CreateUser{FirstName: "known"}, directory.CreateUser{FirstName: "unknown"})
	known, unknown := directory.UserID(done.Results[0].ID), directory.UserID(done.Results[1].ID)
	c.level(t.Context(), 1, done.Revision)
	effective := func(u directory.UserID) error {
		as := view.New(c.nodes[1]).As(directory.Caller{User: reader})
		list, err := as.Effective(t.Context(), u, []directory.AttributeID{attr})
		if err == nil && (len(list) != 1 || list[0].Value.Text != "1") {
			t.Errorf("effective values %+v", list)
		}
		return err
	}
	if err := effective(known); err != nil {
		t.Fatal(err)
	}
	if _, stale := c.nodes[1].Stale(); stale {
		t.Error("a node is stale that can reach its store")
	}
	c.wires[1].cut.Store(true)
	eventually(t, "the node knows", func() bool { return c.nodes[1].Away() != nil })
	down := func(what string, err error) {
		t.Helper()
		if e, ok := errors.AsType[*directory.Error](err); !ok || e.Kind != directory.KindUnavailable || e.RetryAfter == 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := effective(known); err != nil {
		t.Errorf("a user in memory: %v", err)
	}
	down("a user that is not in memory", effective(unknown))
	_, err := c.as(1).Effective(t.Context(), known, nil)
	down("a user in memory, for somebody who manages", err)
	_, err = c.as(1).Commit(t.Context(), directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "G"}}})
	down("a write", err)
	down("a prepared write", c.as(1).CommitEach(t.Context(), 1, func(int, *view.View) (directory.Change, error) {
		return directory.Change{}, nil
	})[0].Err)
	down("the newest", c.nodes[1].Await(t.Context(), directory.Freshness{Strong: true}))
	down("a later revision", c.nodes[1].Await(t.Context(), directory.Freshness{Revision: done.Revision + 1}))
	down("whether it can be written", c.nodes[1].Writable(t.Context()))
	if stale, err := c.nodes[1].Ready(t.Context()); err != nil || !stale {
		t.Errorf("Ready = %v, %v", stale, err)
	}
	c.clock.Add(10_000)
	if age, stale := c.nodes[1].Stale(); !stale || age < 10 || age > 29 {
		t.Errorf("Stale = %d, %v", age, stale)
	}
	if err := effective(known); err != nil {
		t.Errorf("a user in memory, ten seconds old: %v", err)
	}
	c.clock.Add(20_000)
	down("a user in memory, after too long", effective(known))
	_, err = c.nodes[1].Ready(t.Context())
	down("whether it is ready, after too long", err)
	c.wires[1].cut.Store(false)
	eventually(t, "the node is back", func() bool { return effective(known) == nil && effective(unknown) == nil })
	if err := c.nodes[1].Writable(t.Context()); err != nil {
		t.Error(err)
	}
}

// reader makes a user that may read effective values, and nothing else.
func (c *cluster) reader() directory.UserID {
	user := directory.Made[directory.UserID](0)
	return directory.UserID(c.do(0, directory.CreateUser{FirstName: "Reader"},
		directory.CreatePermissionSet{Name: "Reader", Permissions: []string{"read_effective"}},
		directory.CreateRole{Name: "Reader", PermissionSet: directory.Made[directory.PermissionSetID](1),
			ModelSet: directory.AllModels},
		directory.SetUserRoles{User: user, Roles: []directory.RoleID{directory.Made[directory.RoleID](2)}},
	).Results[0].ID)
}

func TestARestoreIsReadAnew(t *testing.T) {
	s := memstore.New()
	c := newCluster(t.Context(), t, s, 2, replica.Shared{})
	d := c.do(0, directory.CreateAttribute{Name: "n", Type: directory.TypeInteger, Default: new(coretest.Text("1"))},
		directory.CreateUser{FirstName: "U"})
	attr, user := directory.AttributeID(d.Results[0].ID), directory.UserID(d.Results[1].ID)
	backup := s.Clone()
	c.do(0, directory.SetUserValue{User: user, Attribute: attr, Value: coretest.Text("2")},
		directory.CreateGroup{Name: "later"})
	read := func(node int) string {
		list, err := c.as(node).Effective(t.Context(), user, []directory.AttributeID{attr})
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Value.Text
	}
	c.level(t.Context(), 1, d.Revision+1)
	if read(0) != "2" || read(1) != "2" {
		t.Fatal("the value is not there")
	}
	raise(t, backup)
	c.turnTo(backup)
	for node := range c.nodes {
		eventually(t, "it has the incarnation", func() bool { return c.nodes[node].Head().Incarnation == 2 })
		if got := read(node); got != "1" {
			t.Errorf("node %d: %s after the restore", node, got)
		}
		if err := c.nodes[node].Await(t.Context(),
			directory.Freshness{Incarnation: 1, Revision: 1}); directory.KindOf(err) != directory.KindStale {
			t.Errorf("a revision of before: %v", err)
		}
	}
	if done := c.do(1, directory.CreateGroup{Name: "new"}); done.Revision != d.Revision+1 {
		t.Errorf("revision %d", done.Revision)
	}
}

// raise raises the incarnation, as a restore does.
func raise(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Write(t.Context(), func(tx store.Tx) error {
		head, err := tx.Head(t.Context())
		if err != nil {
			return err
		}
		head.Incarnation++
		return tx.Append(t.Context(), store.Commit{Head: head})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) turnTo(s store.Store) {
	for _, w := range c.wires {
		w.behind.Store(&s)
	}
}

// TestAHistoryThatWasCutOffRaisesTheIncarnation promotes a standby that has
// not got the last changes, and lets it go on.
func TestAHistoryThatWasCutOffRaisesTheIncarnation(t *testing.T) {
	for _, more := range []int{0, 1, 2, 3, 400} {
		s := memstore.New()
		c := newCluster(t.Context(), t, s, 3, replica.Shared{})
		d := c.do(0, directory.CreateGroup{Name: "kept"})
		standby := s.Clone()
		c.do(0, directory.CreateGroup{Name: "lost"})
		lost := c.do(0, directory.CreateGroup{Name: "lost, too"})
		c.level(t.Context(), 1, lost.Revision)
		c.level(t.Context(), 2, lost.Revision)
		other, err := core.Open(t.Context(), standby, core.Options{Sealer: coretest.PlainSealer{}, Shared: &replica.Shared{}})
		if err != nil {
			t.Fatal(err)
		}
		for range more {
			as := view.New(other).As(directory.Caller{User: c.root})
			if _, err := as.Commit(t.Context(),
				directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "other"}}}); err != nil {
				t.Fatal(err)
			}
		}
		other.Close()
		c.turnTo(standby)
		for node, n := range c.nodes {
			eventually(t, fmt.Sprintf("with %d changes, node %d follows the other history", more, node), func() bool {
				return n.Head().Revision == d.Revision+directory.Revision(more) && n.Head().Incarnation == 2
			})
			groups, err := c.as(node).Groups(t.Context())
			if err != nil || len(groups) != 2+more {
				t.Errorf("%d changes, node %d: %d groups, %v", more, node, len(groups), err)
			}
		}
		done := c.do(2, directory.CreateGroup{Name: "new"})
		c.level(t.Context(), 0, done.Revision)
	}
}

func TestWhatCannotBeFollowedIsReadAnew(t *testing.T) {
	s := memstore.New()
	c := newCluster(t.Context(), t, s, 1, replica.Shared{})
	w := newWire(s)
	c.join(t.Context(), w, replica.Shared{PollEvery: 5 * time.Millisecond})
	w.cut.Store(true)
	d := c.do(0, directory.CreateUser{FirstName: "U"}, directory.CreateGroup{Name: "G"})
	user, group := directory.UserID(d.Results[0].ID), directory.GroupID(d.Results[1].ID)
	c.do(0, directory.AddMember{User: user, Group: group})
	c.do(0, directory.EraseUser{User: user})
	w.cut.Store(false)
	eventually(t, "it is level", func() bool { return c.nodes[1].Head() == c.nodes[0].Head() })
	if f, _ := c.nodes[1].Following(); f.Rebuilds != 1 {
		t.Errorf("it was read anew %d times, want once", f.Rebuilds)
	}
}

func TestTimePassesOnceOnManyNodes(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 3, replica.Shared{})
	d := c.do(0, directory.CreateUser{FirstName: "U"}, directory.CreateGroup{Name: "G"})
	user, group := directory.UserID(d.Results[0].ID), directory.GroupID(d.Results[1].ID)
	soon := directory.InstantOf(c.now().Add(80 * time.Millisecond))
	done := c.do(1, directory.AddMember{User: user, Group: group, Window: &directory.Window{ExpiresAt: soon}})
	// Whoever wrote the window goes away; the others take care of it.
	c.nodes[1].Close()
	eventually(t, "time has passed", func() bool { return c.nodes[0].Head().Revision > done.Revision })
	c.level(t.Context(), 2, done.Revision+1)
	after := c.do(2, directory.CreateGroup{Name: "after"})
	if after.Revision != done.Revision+2 {
		t.Errorf("revision %d after the boundary, want %d: time passed more than once", after.Revision, done.Revision+2)
	}
}
