package replica_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/replica"
	"cohort/internal/state"
	"cohort/internal/store"
)

// farAway is the end of a window in the year 2100.
const farAway directory.Instant = 4_102_444_800_000

// A fickle store can be away, and can show other records than it has.
type fickle struct {
	store.Store
	away   error
	record func(store.Record) (store.Record, error) // nil shows what is there
}

func (s *fickle) Read(ctx context.Context, f func(store.Reader) error) error {
	if s.away != nil {
		return s.away
	}
	return s.Store.Read(ctx, func(r store.Reader) error { return f(fickleReader{r, s}) })
}

func (s *fickle) Write(ctx context.Context, f func(store.Tx) error) error {
	if s.away != nil {
		return s.away
	}
	return s.Store.Write(ctx, f)
}

type fickleReader struct {
	store.Reader
	s *fickle
}

func (r fickleReader) Record(ctx context.Context, rev directory.Revision) (store.Record, error) {
	rec, err := r.Reader.Record(ctx, rev)
	if err == nil && r.s.record != nil {
		return r.s.record(rec)
	}
	return rec, err
}

// A follower is a node that only follows, and notes what its cache is told.
type follower struct {
	*replica.Node
	t         *testing.T
	published *state.Published
	store     *fickle
	now       time.Time
	forgot    []directory.UserID
	forgotAt  []directory.Revision // what was published when users were forgotten
	dropped   int
	windows   int
}

// Invalidate implements state.Cache.
func (f *follower) Invalidate(touched []store.TouchedUser, _ state.Moment) {
	for _, u := range touched {
		f.forgot = append(f.forgot, u.User)
	}
	f.forgotAt = append(f.forgotAt, f.published.Get().Head.Revision)
}

// Follow implements state.Cache.
func (f *follower) Follow(*state.State) {}

// Drop implements state.Cache.
func (f *follower) Drop(state.Moment) { f.dropped++ }

// follow begins to follow a store where it stands.
func follow(t *testing.T, s store.Store, shared replica.Shared) *follower {
	t.Helper()
	f := &follower{t: t, store: &fickle{Store: s}, now: time.Unix(1_000, 0)}
	f.published = state.NewPublished(f)
	err := s.Read(t.Context(), func(r store.Reader) error {
		head, err := r.Head(t.Context())
		if err != nil {
			return err
		}
		catalog, err := state.BuildCatalog(t.Context(), r)
		f.published.Set(&state.State{Catalog: catalog, Head: head})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Node = replica.New(shared, f.store, f.published, func() time.Time { return f.now },
		slog.New(slog.DiscardHandler), func() { f.windows++ })
	return f
}

// level looks at the store, after which this node must be where it stands.
func (f *follower) level(want store.Head) *state.State {
	f.t.Helper()
	if err := f.Poll(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	s := f.published.Get()
	if s.Head != want {
		f.t.Fatalf("the node is at %+v, want %+v", s.Head, want)
	}
	return s
}

func TestANodeFollowsEveryRevision(t *testing.T) {
	w := coretest.New(t)
	g, u, other := w.Group("before"), w.User("U"), w.User("V")
	f := follow(t, w.Store, replica.Shared{})
	begun := f.published.Get().Head.Revision
	w.Do(directory.UpdateGroup{Group: g, Name: new("after")})
	w.Do(directory.AddMember{Group: g, User: u})
	s := f.level(w.Core.Head())
	for rev := begun; rev <= begun+2; rev++ {
		if f.published.Of(rev, s.Lineage) == nil {
			t.Errorf("revision %d was never published", rev)
		}
	}
	if group, _ := s.Catalog.Group(g); group.Name != "after" {
		t.Errorf("the group is called %q", group.Name)
	}
	if !slices.Contains(f.forgot, u) || slices.Contains(f.forgot, other) {
		t.Errorf("the users %v are forgotten, want %d and not %d", f.forgot, u, other)
	}
	if !slices.Equal(f.forgotAt, []directory.Revision{begun}) {
		t.Errorf("users are forgotten at the revisions %v, want %d: before what touched them can be read", f.forgotAt, begun)
	}
	if f.windows != 0 {
		t.Error("the clock is asked to look for windows, and there is none")
	}
	w.Do(directory.AddMember{Group: g, User: other, Window: &directory.Window{ExpiresAt: farAway}})
	f.level(w.Core.Head())
	if f.windows != 1 {
		t.Error("the clock does not learn of a window")
	}
	if is := f.Following(); is.Rebuilds != 0 || is.Lag != 0 {
		t.Errorf("the node says %+v", is)
	}
}

// A node also drops from memory the values that other nodes erase or hide.
func TestANodeForgetsWhatOthersErase(t *testing.T) {
	w := coretest.New(t)
	u, a := w.User("U"), w.Attribute("a", directory.TypeString)
	for name, edit := range map[string]directory.Edit{
		"a user is erased":       directory.EraseUser{User: u},
		"an attribute is hidden": directory.UpdateAttribute{Attribute: a, Hidden: new(true)},
	} {
		f := follow(t, w.Store, replica.Shared{})
		w.Do(directory.SetUserValue{User: w.Root, Attribute: a, Value: coretest.Text(name)})
		set := w.Core.Head().Revision
		if s := f.level(w.Core.Head()); s.Writes == nil {
			t.Fatal("nothing is kept of a change that forgets nothing")
		}
		w.Do(edit)
		if f.level(w.Core.Head()); f.published.Has(set) || f.dropped != 1 {
			t.Errorf("after %s memory still has what was forgotten", name)
		}
	}
}

// A record that is not there, or is not the one that was written, ends what was known:
// no revision is passed over.
func TestANodeSkipsNoRevision(t *testing.T) {
	for name, shown := range map[string]func(store.Record) (store.Record, error){
		"a record that is not there": func(rec store.Record) (store.Record, error) {
			return rec, directory.NotFound("revision", rec.Header.Revision)
		},
		"a record of somebody else": func(rec store.Record) (store.Record, error) {
			rec.Header.Caller++
			return rec, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := coretest.New(t)
			f := follow(t, w.Store, replica.Shared{})
			before := f.published.Get()
			w.Group("first")
			bad := w.Core.Head().Revision
			last := w.Group("second")
			f.store.record = func(rec store.Record) (store.Record, error) {
				if rec.Header.Revision == bad {
					return shown(rec)
				}
				return rec, nil
			}
			s := f.level(w.Core.Head())
			if _, ok := s.Catalog.Group(last); !ok {
				t.Error("a group is missing")
			}
			if s.Lineage == before.Lineage || f.dropped != 1 || f.Following().Rebuilds != 1 {
				t.Errorf("lineage %d, users dropped %d times, rebuilt %d times", s.Lineage, f.dropped, f.Following().Rebuilds)
			}
			if f.published.Has(bad) || f.published.Of(before.Head.Revision, before.Lineage) != nil {
				t.Error("something of the old lineage is left")
			}
		})
	}
}

// write puts rows into a store past every check, with a record that verifies.
func write(t *testing.T, s store.Store, writes ...directory.RowWrite) {
	t.Helper()
	err := s.Write(t.Context(), func(tx store.Tx) error {
		head, err := tx.Head(t.Context())
		if err != nil {
			return err
		}
		header := directory.ChangeHeader{Revision: head.Revision + 1, At: head.At, ChangeID: rand.Text()}
		edits := []directory.Edit{directory.TimePassed{}}
		rec, err := record.Build(header, edits, writes, head.Hash, rand.Reader)
		if err != nil {
			return err
		}
		head.Revision, head.Hash, head.Digest = header.Revision, rec.Hash, record.Update(head.Digest, writes)
		return tx.Append(t.Context(), store.Commit{Writes: writes, Records: []store.Record{rec}, Head: head})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestANodeDoesNotFollowIntoARing(t *testing.T) {
	w := coretest.New(t)
	a, b := w.Group("A"), w.Group("B")
	w.Do(directory.AddParent{Group: a, Parent: b})
	f := follow(t, w.Store, replica.Shared{})
	before := f.published.Get()
	w.Core.Close()
	write(t, w.Store, directory.RowWrite{After: directory.Nesting{Group: b, Parent: a, Position: directory.OrderGap}})
	if err := f.Poll(t.Context()); err == nil || !strings.Contains(err.Error(), "nested in each other in a ring") {
		t.Errorf("the error is %v", err)
	}
	if f.published.Get() != before || f.dropped != 0 {
		t.Error("the node is somewhere else than before the ring")
	}
}

// A history that was cut off and continued differently raises the incarnation, however
// many nodes have followed the old one.
func TestAnotherHistoryRaisesTheIncarnationOnce(t *testing.T) {
	w, other := coretest.New(t), coretest.New(t)
	nodes := []*follower{follow(t, w.Store, replica.Shared{}), follow(t, w.Store, replica.Shared{})}
	other.Group("A")
	other.Core.Close()
	before := nodes[0].published.Get()
	for _, f := range nodes {
		f.store.Store = other.Store
		if err := f.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := f.published.Get()
		if s.Head.Incarnation != before.Head.Incarnation+1 || s.Lineage == before.Lineage || f.dropped != 1 {
			t.Errorf("incarnation %d, lineage %d, users dropped %d times", s.Head.Incarnation, s.Lineage, f.dropped)
		}
	}
}

// A view that is older than a rebuild matches no state, so readers open it again.
func TestAViewFromBeforeARebuildIsOpenedAgain(t *testing.T) {
	w := coretest.New(t)
	f := follow(t, w.Store, replica.Shared{})
	since := f.published.Get()
	err := w.Store.Read(t.Context(), func(old store.Reader) error {
		f.store.record = func(store.Record) (store.Record, error) {
			return store.Record{}, directory.NotFound("revision", 0)
		}
		w.Group("A")
		f.level(w.Core.Head())
		if s, ok, err := f.Match(t.Context(), old, since); ok || s != nil || err != nil {
			t.Errorf("the view is of %+v, %t, %v", s, ok, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMemoryAnswersOnlyForAWhile(t *testing.T) {
	w := coretest.New(t)
	f := follow(t, w.Store, replica.Shared{MaxStale: 30 * time.Second})
	is := func(when string, refused, cutOff, tooOld bool) {
		t.Helper()
		if r, c, o := f.Refuse() != nil, f.CutOff() != nil, f.TooOld() != nil; r != refused || c != cutOff || o != tooOld {
			t.Errorf("%s: refused %t, cut off %t, too old %t", when, r, c, o)
		}
	}
	is("at first", false, false, false)
	f.now = f.now.Add(2 * time.Second)
	is("two seconds after the last look", false, true, false)
	f.store.away = errors.New("away")
	if err := f.Poll(t.Context()); !errors.Is(err, f.store.away) {
		t.Errorf("the error is %v", err)
	}
	is("while the store is away", true, true, false)
	called := false
	err := f.Store().Read(t.Context(), func(store.Reader) error { called = true; return nil })
	if directory.KindOf(err) != directory.KindUnavailable || called {
		t.Errorf("a read while the store is away: %v", err)
	}
	f.now = f.now.Add(28 * time.Second)
	is("after 30 seconds", true, true, false)
	f.now = f.now.Add(time.Millisecond)
	is("after more than 30 seconds", true, true, true)
	f.store.away = nil
	f.level(w.Core.Head())
	is("when the store is back", false, false, false)
}
