package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testSerial(t *testing.T, s store.Store) {
	const writers, writes = 8, 15
	var group sync.WaitGroup
	inside := make(chan struct{}, 1)
	for range writers {
		group.Go(func() {
			for range writes {
				err := s.Write(t.Context(), func(tx store.Tx) error {
					select {
					case inside <- struct{}{}:
					default:
						return errors.New("two transactions at once")
					}
					defer func() { <-inside }()
					return addGroup(t.Context(), tx)
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	checkGroups(t, s, writers*writes)
}

// addGroup adds the next group: if two transactions saw the same head, one of
// them would fail.
func addGroup(ctx context.Context, tx store.Tx) error {
	h, err := tx.Head(ctx)
	if err != nil {
		return err
	}
	c, err := Plan(ctx, tx, []directory.Row{directory.Group{ID: h.Next.Group,
		Name: fmt.Sprint("group of revision ", h.Revision+1)}})
	if err != nil {
		return err
	}
	return tx.Append(ctx, c)
}

// checkGroups makes sure that there are n groups, each made by a change of its
// own, and that nothing else has happened. With n below 0 any number will do.
func checkGroups(t *testing.T, s store.Store, n int) {
	t.Helper()
	c, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	groups := c.Rows[directory.RowGroup.String()]
	if n < 0 {
		n = int(c.Head.Revision)
	}
	if int(c.Head.Revision) != n || int(c.Head.Groups) != n || len(groups) != n || len(c.Records) != n {
		t.Errorf("revision %d, %d groups counted, %d there, %d records; want %d", c.Head.Revision, c.Head.Groups, len(groups),
			len(c.Records), n)
	}
	for i, row := range groups {
		if g := row.(directory.Group); g.Name != fmt.Sprint("group of revision ", i+1) {
			t.Errorf("group %d is %+v", i+1, g)
		}
	}
}

func testView(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1, Name: "group of revision 1"})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := directory.Revision(0); ; {
				select {
				case <-done:
					return
				default:
				}
				err := s.Read(t.Context(), func(r store.Reader) error {
					rev, err := stableView(t.Context(), r)
					if rev < last {
						return fmt.Errorf("a view at revision %d after one at %d", rev, last)
					}
					last = rev
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 60 {
		err := s.Write(t.Context(), func(tx store.Tx) error { return addGroup(t.Context(), tx) })
		if err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
	checkGroups(t, s, 61)
}

// stableView reads several things of one view, which must fit together.
func stableView(ctx context.Context, r store.Reader) (directory.Revision, error) {
	first, err := r.Head(ctx)
	if err != nil {
		return 0, err
	}
	var groups int64
	if err := r.Scan(ctx, directory.RowGroup, func(directory.Row) error { groups++; return nil }); err != nil {
		return 0, err
	}
	var last directory.Revision
	err = r.Records(ctx, 0, nil, 0, func(rec store.Record) error { last = rec.Header.Revision; return nil })
	if err != nil {
		return 0, err
	}
	second, err := r.Head(ctx)
	if err != nil {
		return 0, err
	}
	if first != second || groups != first.Groups || last != first.Revision {
		return 0, fmt.Errorf("a view with heads %d and %d, %d groups and %d records", first.Revision, second.Revision, groups,
			last)
	}
	return first.Revision, nil
}

func testCancelled(t *testing.T, s store.Store) {
	fill(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	unchanged(t, s, func() {
		err := s.Write(ctx, func(tx store.Tx) error {
			t.Error("f runs although the context has ended")
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Write = %v", err)
		}
		if _, err := s.Ephemera().PutToken(ctx, store.Token{Hash: [32]byte{1}}, store.TokenLimit{}); !errors.Is(err,
			context.Canceled) {
			t.Errorf("PutToken = %v", err)
		}
	})
	if err := s.Read(ctx, func(store.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Read = %v", err)
	}
	if _, ok, err := s.Ephemera().Token(t.Context(), [32]byte{1}); ok || err != nil {
		t.Errorf("Token = %v, %v", ok, err)
	}
	put(t, s, directory.Group{ID: 90})
}

// Callers go away in the middle of writes; the store must neither be left with
// half of a change nor stop working.
func testCancelledAnyTime(t *testing.T, s store.Store) {
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(i)))
			for range 25 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rnd.IntN(2000))*time.Microsecond)
				done := false
				err := s.Write(ctx, func(tx store.Tx) error {
					err := addGroup(ctx, tx)
					done = err == nil
					return err
				})
				if err == nil && !done || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Write = %v", err)
				}
				err = s.Read(ctx, func(r store.Reader) error {
					_, err := stableView(ctx, r)
					return err
				})
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Read = %v", err)
				}
				cancel()
			}
		})
	}
	group.Wait()
	if err := s.Write(t.Context(), func(tx store.Tx) error { return addGroup(t.Context(), tx) }); err != nil {
		t.Error(err)
	}
	checkGroups(t, s, -1)
}
