package core_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// A flipping store shows one group otherwise than it is, while it is told to.
type flipping struct {
	store.Store
	flips atomic.Bool
	walks atomic.Int64 // that have begun
}

func (s *flipping) Read(ctx context.Context, f func(store.Reader) error) error {
	return s.Store.Read(ctx, func(r store.Reader) error { return f(flippingReader{r, s}) })
}

type flippingReader struct {
	store.Reader
	s *flipping
}

func (r flippingReader) ScanAfter(
	ctx context.Context, kind directory.RowKind, after directory.Row, limit int, f func(directory.Row) error,
) error {
	if kind == directory.RowKinds()[0] && after == nil {
		r.s.walks.Add(1)
	}
	return r.Reader.ScanAfter(ctx, kind, after, limit, func(row directory.Row) error {
		if g, ok := row.(directory.Group); ok && g.ID == 2 && r.s.flips.Load() {
			g.Name += "x"
			row = g
		}
		return f(row)
	})
}

// TestARowThatNobodyHasWrittenIsFound: the check walks while changes are made
// before, behind and at the place where it is; it says nothing of them, and finds a
// row that was changed by nobody.
func TestARowThatNobodyHasWrittenIsFound(t *testing.T) {
	s := &flipping{Store: memstore.New()}
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := &coretest.World{T: t, Core: c, Store: s}
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w.Root = admin.User
	w.Do(directory.CreateGroup{ID: 2, Name: "G"})
	ctx, stop := context.WithCancel(t.Context())
	var checking sync.WaitGroup
	checking.Go(func() { c.CheckRows(ctx, core.RowCheckPace{Rows: 2, Rest: time.Millisecond}) })
	writes := func() {
		name := fmt.Sprint("N", s.walks.Load())
		done := w.Do(directory.CreateUser{FirstName: name}, directory.UpdateGroup{Group: 2, Name: &name})
		u := directory.UserID(done.Results[0].ID)
		w.Do(directory.AddMember{Group: 2, User: u})
		w.Do(directory.DeleteUser{User: u})
	}
	for s.walks.Load() < 20 {
		writes()
	}
	if found := c.RowCheck(); found.Damaged != nil || found.Rows == 0 {
		t.Errorf("after writes of the program: %+v", found)
	}
	s.flips.Store(true)
	eventually(t, "the row is found", func() bool { return c.RowCheck().Damaged != nil })
	s.flips.Store(false)
	eventually(t, "the row is right again", func() bool { return c.RowCheck().Damaged == nil })
	if c.RowCheck().At.IsZero() {
		t.Error("no walk was whole")
	}
	stop()
	checking.Wait()
}
