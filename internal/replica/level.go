package replica

import (
	"context"
	"errors"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/state"
	"cohort/internal/store"
)

// maxBehind is how many changes a node makes up for one by one. If there are
// more, reading the directory anew takes less time.
const maxBehind = 5000

var (
	// ErrOldView says that a view is older than what is published, and of a state
	// that is forgotten: a new view will do.
	ErrOldView = errors.New("the view is too old")
	// errCannotFollow says that the state after the records cannot be worked out
	// from them.
	errCannotFollow = errors.New("the records cannot be followed")
)

// Match returns the state that is as a reader sees the store; ok is false if
// another view has to be opened. since is a state that was published before the
// view was opened.
func (l *Node) Match(ctx context.Context, r store.Reader, since *state.State) (s *state.State, ok bool, err error) {
	head, err := r.Head(ctx)
	if err != nil {
		return nil, false, err
	}
	s, err = l.levelWith(ctx, r, head, since)
	if errors.Is(err, ErrOldView) {
		return nil, false, nil
	}
	if errors.Is(err, state.ErrDiverged) {
		l.wake() // the follower deals with it
	}
	return s, err == nil, err
}

// levelWith publishes what a reader sees and this node has missed, one revision
// after the other, and returns the state of the last one, which is head's.
//
// Every record must follow from the one before, and the sum of all rows must
// come out as the head says; else, and after a restore, the directory is read
// anew from the same view, and everything that was worked out before is
// dropped.
func (l *Node) levelWith(ctx context.Context, r store.Reader, head store.Head,
	since *state.State) (*state.State, error) {
	// Also a part of our own history is another one, if it ends before what was
	// published when the view was opened.
	behind := head.Revision < since.Head.Revision
	if s := l.published.Find(&head); s != nil && !behind {
		return s, nil
	}
	began := l.now()
	if err := l.published.Lock(ctx); err != nil {
		return nil, err
	}
	defer l.published.Unlock()
	if s := l.published.Find(&head); s != nil && !behind {
		return s, nil
	}
	s, err := l.levelFrom(ctx, r, head, since, behind)
	if err == nil {
		l.caughtUp.Store(int64(l.now().Sub(began)))
	}
	return s, err
}

func (l *Node) levelFrom(ctx context.Context, r store.Reader, head store.Head, since *state.State,
	behind bool) (*state.State, error) {
	newest := l.published.Get()
	switch {
	case newest.Lineage != since.Lineage:
		return nil, ErrOldView
	case head.Incarnation != newest.Head.Incarnation:
		return l.rebuild(ctx, r, head, "it was restored")
	case behind, l.published.Has(head.Revision):
		return nil, state.ErrDiverged
	case head.Revision <= newest.Head.Revision:
		return nil, ErrOldView
	}
	why := errCannotFollow
	if head.Revision-newest.Head.Revision <= maxBehind {
		missing, err := replay(ctx, r, newest, head)
		if err == nil {
			l.published.Show(missing.states, missing.touched)
			if missing.windows {
				l.windows()
			}
			return l.published.Find(&head), nil
		}
		if !errors.Is(err, errCannotFollow) {
			return nil, err
		}
		why = err
	}
	switch same, err := store.Precedes(ctx, r, newest.Head, head); {
	case err != nil:
		return nil, err
	case !same:
		return nil, state.ErrDiverged
	}
	return l.rebuild(ctx, r, head, why.Error())
}

// A replayed history is a part of it that others have made.
type replayed struct {
	states  []*state.State
	touched []store.TouchedUser
	windows bool // something with a window was written
}

// replay works out the states after one, up to a head, from the records that a
// reader sees. If that is not possible the error is errCannotFollow.
func replay(ctx context.Context, r store.Reader, from *state.State, head store.Head) (out replayed, err error) {
	s := from
	for s.Head.Revision < head.Revision {
		rev := s.Head.Revision + 1
		rec, err := r.Record(ctx, rev)
		if directory.KindOf(err) == directory.KindNotFound {
			return out, fmt.Errorf("%w: record %d is not there", errCannotFollow, rev)
		} else if err != nil {
			return out, fmt.Errorf("read record %d: %w", rev, err)
		}
		writes, err := record.Replay(s.Head.Hash, rec)
		if err != nil {
			return out, fmt.Errorf("%w: %w", errCannotFollow, err)
		}
		next := &state.State{Catalog: s.Catalog.Apply(writes), Head: s.Head, Lineage: s.Lineage,
			Writes: state.RetainedWrites(writes)}
		if ring := next.Catalog.Ring(); ring != nil {
			return out, fmt.Errorf("%w: revision %d: %w", errCannotFollow, rev, ring)
		}
		next.Author, next.Bytes = state.AuthorOf(rec.Header), state.BytesOf(&rec)
		next.Head.Revision, next.Head.At, next.Head.Hash = rev, rec.Header.At, rec.Hash
		next.Head.Digest = record.Update(s.Head.Digest, writes)
		out.states = append(out.states, next)
		out.touched = append(out.touched, touchedBy(writes)...)
		out.windows = out.windows || directory.HasWindow(writes)
		s = next
	}
	if s.Head.Hash != head.Hash || s.Head.Digest != head.Digest {
		return out, fmt.Errorf("%w: they do not lead to what is there", errCannotFollow)
	}
	s.Head = head // counts and next ids, which records do not have
	return out, nil
}

// touchedBy are the users of whose rows one is among the writes.
func touchedBy(writes []directory.RowWrite) []store.TouchedUser {
	var touched []store.TouchedUser
	for _, w := range writes {
		row := w.Row()
		for _, o := range row.Objects() {
			id := directory.UserID(o.ID)
			if o.Kind == directory.ObjectUser && (len(touched) == 0 || touched[len(touched)-1].User != id) {
				touched = append(touched, store.TouchedUser{User: id})
			}
		}
	}
	return touched
}

// rebuild reads the directory anew, as a reader sees it, and drops everything
// that was worked out before: not one answer mixes two histories.
func (l *Node) rebuild(ctx context.Context, r store.Reader, head store.Head, why string) (*state.State, error) {
	if _, writing := r.(store.Tx); writing {
		return nil, ErrRebuild // it would keep all others from writing
	}
	catalog, err := state.BuildCatalog(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read the directory anew: %w", err)
	}
	s := &state.State{Catalog: catalog, Head: head, Lineage: l.published.Get().Lineage + 1}
	l.published.Restart(s)
	l.rebuilds.Add(1)
	l.windows()
	l.log.Warn("read the directory anew", "why", why, "incarnation", head.Incarnation, "revision", int64(head.Revision))
	return s, nil
}

// ErrRebuild says that the directory has to be read anew before anything can be
// written.
var ErrRebuild = errors.New("the directory has to be read anew")
