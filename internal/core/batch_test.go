package core_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// A gate is a store whose next transaction waits, so that what is queued
// meanwhile comes into one batch.
type gate struct {
	store.Store
	armed  atomic.Bool
	inside chan struct{}
	open   chan struct{}
	fail   func(n int64) error // called once for every change that is appended
	n      atomic.Int64
}

func (g *gate) Write(ctx context.Context, f func(store.Tx) error) error {
	if g.armed.CompareAndSwap(true, false) {
		g.inside <- struct{}{}
		<-g.open
	}
	return g.Store.Write(ctx, func(tx store.Tx) error { return f(gateTx{tx, g}) })
}

type gateTx struct {
	store.Tx
	gate *gate
}

func (t gateTx) Append(ctx context.Context, c store.Commit) error {
	for range c.Records {
		if t.gate.fail == nil {
			break
		}
		if err := t.gate.fail(t.gate.n.Add(1)); err != nil {
			return err
		}
	}
	return t.Tx.Append(ctx, c)
}

func newGatedWorld(t *testing.T) (*coretest.World, *gate) {
	t.Helper()
	g := &gate{Store: memstore.New(), inside: make(chan struct{}), open: make(chan struct{})}
	c, err := core.Open(t.Context(), g, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return &coretest.World{T: t, Core: c, Store: g, Root: admin.User}, g
}

// A member is one change of a batch, and who asks for it.
type member struct {
	as    *view.View
	edits []directory.Edit
}

// batch runs changes in one transaction, in order, and returns their errors.
func batch(w *coretest.World, g *gate, members ...member) []error {
	w.T.Helper()
	g.armed.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() { w.Do(directory.CreateGroup{Name: "holds the writer"}) })
	<-g.inside
	errs := make([]error, len(members))
	for i, m := range members {
		waiting := w.Core.QueueLength()
		var over atomic.Bool
		wg.Go(func() {
			defer over.Store(true)
			_, errs[i] = m.as.Commit(w.T.Context(), directory.Change{Edits: m.edits})
		})
		// The order in the queue is the order of the members. Some are refused before it.
		for w.Core.QueueLength() == waiting && !over.Load() {
			runtime.Gosched()
		}
	}
	g.open <- struct{}{}
	wg.Wait()
	return errs
}

func TestTwoHalvesOfACycleInOneBatch(t *testing.T) {
	w, g := newGatedWorld(t)
	a, b := w.Group("A"), w.Group("B")
	errs := batch(w, g,
		member{w.Admin(), []directory.Edit{directory.AddParent{Group: a, Parent: b}}},
		member{w.Admin(), []directory.Edit{directory.AddParent{Group: b, Parent: a}}},
	)
	if errs[0] != nil || directory.KindOf(errs[1]) != directory.KindInvalid || errs[1] == nil {
		t.Errorf("errors %v", errs)
	}
}

func TestTwoLastAdministratorsDeleteEachOtherInOneBatch(t *testing.T) {
	w, g := newGatedWorld(t)
	second := w.WithPermissions("Second", "administer")
	errs := batch(w, g,
		member{w.Admin(), []directory.Edit{directory.DeleteUser{User: second}}},
		member{w.As(second), []directory.Edit{directory.DeleteUser{User: w.Root}}},
	)
	if errs[0] != nil || errs[1] == nil {
		t.Errorf("errors %v: exactly the first may succeed", errs)
	}
	if _, err := w.Admin().User(t.Context(), w.Root); err != nil {
		t.Errorf("the last administrator is gone: %v", err)
	}
}

func TestOneNameTakenTwiceInOneBatch(t *testing.T) {
	w, g := newGatedWorld(t)
	make := directory.CreateGroup{Name: "Sales", UniqueName: true}
	errs := batch(w, g, member{w.Admin(), []directory.Edit{make}}, member{w.Admin(), []directory.Edit{make}})
	if errs[0] != nil || directory.KindOf(errs[1]) != directory.KindConflict {
		t.Errorf("errors %v", errs)
	}
}

func TestAPermissionRemovedByANeighbourInOneBatch(t *testing.T) {
	w, g := newGatedWorld(t)
	manager := w.WithPermissions("Manager", "manage_groups")
	errs := batch(w, g,
		member{w.Admin(), []directory.Edit{directory.SetUserRoles{User: manager}}},
		member{w.As(manager), []directory.Edit{directory.CreateGroup{Name: "late"}}},
	)
	if errs[0] != nil || directory.KindOf(errs[1]) != directory.KindForbidden || errs[1] == nil {
		t.Errorf("errors %v", errs)
	}
}

func TestADatabaseErrorInOneMemberFailsThatMemberOnly(t *testing.T) {
	w, g := newGatedWorld(t)
	broken := errors.New("the disk says no")
	bad := func(name string) []directory.Edit { return []directory.Edit{directory.CreateGroup{Name: name}} }
	// In the batch the second change fails, which rolls back the first; run one
	// by one, it fails again.
	var failing atomic.Bool
	g.fail = func(n int64) error {
		if failing.Load() && (n == 2 || n == 4) {
			return broken
		}
		return nil
	}
	g.n.Store(-1) // of the change that holds the writer
	failing.Store(true)
	errs := batch(w, g, member{w.Admin(), bad("one")}, member{w.Admin(), bad("two")}, member{w.Admin(), bad("three")})
	if errs[0] != nil || !errors.Is(errs[1], broken) || errs[2] != nil {
		t.Errorf("errors %v", errs)
	}
	groups, err := w.Admin().Groups(t.Context())
	if err != nil || len(groups) != 4 { // All Users, the holder, one, three
		t.Errorf("groups %v, %v", groups, err)
	}
}

func TestACallerWhoHasGoneAwayChangesNothing(t *testing.T) {
	w, g := newGatedWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	g.armed.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() { w.Do(directory.CreateGroup{Name: "holds the writer"}) })
	<-g.inside
	wg.Go(func() {
		_, err := w.Admin().Commit(ctx, directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "gone"}}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	for w.Core.QueueLength() < 1 {
		runtime.Gosched()
	}
	cancel()
	g.open <- struct{}{}
	wg.Wait()
	w.Do(directory.CreateGroup{Name: "after"})
	groups, _ := w.Admin().Groups(t.Context())
	for _, group := range groups {
		if group.Name == "gone" {
			t.Error("the change of a caller who had gone away was made")
		}
	}
}

func TestACommitOfUnknownOutcomeEndsTheProcess(t *testing.T) {
	s := &gate{Store: memstore.New()}
	ended := make(chan error, 1)
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{},
		Fatal: func(err error) { ended <- err }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s.fail = func(int64) error { return store.ErrCommitUnknown }
	_, _, err = c.Bootstrap(t.Context(), "", "")
	if directory.KindOf(err) != directory.KindUnavailable {
		t.Errorf("error %v", err)
	}
	if !errors.Is(<-ended, store.ErrCommitUnknown) {
		t.Error("Fatal was called for another reason")
	}
	s.fail = nil
	if _, _, err = c.Bootstrap(t.Context(), "", ""); directory.KindOf(err) != directory.KindUnavailable {
		t.Errorf("a write after a commit of unknown outcome: %v", err)
	}
}
