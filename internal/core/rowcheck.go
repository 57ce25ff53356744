package core

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// A RowCheckPace says how fast CheckRows walks.
type RowCheckPace struct {
	Rows  int           // that are read at once
	Pause time.Duration // between two such reads
	Rest  time.Duration // between two walks
}

// RowCheck is what CheckRows has found.
type RowCheck struct {
	At      time.Time // when all rows were last found as they should be; zero if never
	Rows    int64     // that were read
	Damaged error     // why rows are not as changes have left them; nil if they are
}

// rowCheck is what the check has found so far.
type rowCheck struct {
	mu    sync.Mutex
	found RowCheck
}

// RowCheck is what the walks over all rows have found.
func (c *Core) RowCheck() RowCheck {
	c.rows.mu.Lock()
	defer c.rows.mu.Unlock()
	return c.rows.found
}

// CheckRows reads all stored rows, over and over and slowly, until ctx is done, and
// compares them with the digest that changes have kept: a row that something else
// has changed is found although nobody asks for it. What is found twice in a row is
// said, as is its end.
func (c *Core) CheckRows(ctx context.Context, pace RowCheckPace) {
	suspect := false
	for ctx.Err() == nil {
		err := c.walkRows(ctx, pace)
		switch kind := directory.KindOf(err); {
		case err == nil:
			suspect = false
			c.noteRows(nil)
		case ctx.Err() != nil:
			return
		case errors.Is(err, errWalkAgain) || kind == directory.KindUnavailable:
		case !suspect:
			suspect = true
			continue
		default:
			c.noteRows(err)
		}
		wait(ctx, pace.Rest)
	}
}

// noteRows remembers the outcome of a walk, and says what is new about it.
func (c *Core) noteRows(err error) {
	c.rows.mu.Lock()
	defer c.rows.mu.Unlock()
	was := c.rows.found.Damaged
	c.rows.found.Damaged = err
	switch {
	case err == nil:
		c.rows.found.At = c.opt.Now()
		if was != nil {
			c.opt.Log.Info("all stored rows are as changes have left them again", "event", "rows_intact")
		}
	case was == nil:
		c.opt.Log.Error("stored rows are not as changes have left them: run cohort verify, and restore a backup",
			"event", "rows_damaged", "error", err.Error())
	}
}

// wait waits for a while, or until ctx is done.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// walkRows reads every row once.
func (c *Core) walkRows(ctx context.Context, pace RowCheckPace) error {
	w := &rowWalk{kinds: directory.RowKinds()}
	for {
		over := false
		err := c.store.Read(ctx, func(r store.Reader) error {
			head, err := r.Head(ctx)
			if err != nil {
				return err
			}
			if err := w.follow(ctx, c, r, head); err != nil {
				return err
			}
			n, err := w.read(ctx, r, pace.Rows)
			c.rows.mu.Lock()
			c.rows.found.Rows += int64(n)
			c.rows.mu.Unlock()
			if over = err == nil && len(w.kinds) == 0; over && w.sum != head.Digest {
				return errRowsDiffer
			}
			return err
		})
		if err != nil || over {
			return err
		}
		c.pauseWalk(ctx, w, pace.Pause)
	}
}

// lookAtStates is how often a walk that pauses looks at what was changed meanwhile, so
// that the states still say what it was.
const lookAtStates = 10 * time.Millisecond

// pauseWalk waits, and follows what is written behind the walk.
func (c *Core) pauseWalk(ctx context.Context, w *rowWalk, pause time.Duration) {
	for ; pause > 0 && ctx.Err() == nil; pause -= lookAtStates {
		wait(ctx, min(pause, lookAtStates))
		w.followStates(c, c.published.Get().Head.Revision) // the next view is no older
	}
}

var (
	// errWalkAgain says that what was walked over cannot be brought up to date.
	errWalkAgain = errors.New("the rows have to be walked over anew")

	errRowsDiffer = errors.New("the stored rows do not match the state digest: a row was changed outside of the program")
)

// A rowWalk is a walk over all rows, in pieces, between which others write. Its sum
// is the digest of the rows that are behind it, as they are at its head.
type rowWalk struct {
	kinds []directory.RowKind // still to be read; the first is being read
	last  directory.Row       // of the first kind that was read
	sum   [32]byte
	head  store.Head
	begun bool
}

// follow brings the sum up to date with what was written behind the walk. It takes
// that from what changes wrote, not from the rows, so that what nobody wrote still
// shows.
func (w *rowWalk) follow(ctx context.Context, c *Core, r store.Reader, head store.Head) error {
	if !w.begun {
		w.head, w.begun = head, true
	}
	if head.Incarnation != w.head.Incarnation || head.Revision < w.head.Revision {
		return errWalkAgain
	}
	for w.followStates(c, head.Revision); w.head.Revision < head.Revision; w.followStates(c, head.Revision) {
		rec, err := r.Record(ctx, w.head.Revision+1)
		if err != nil {
			return err
		}
		writes, err := record.Images(rec)
		if err != nil || len(record.Lost(rec, writes)) > 0 {
			return errWalkAgain // they were pruned or erased, or it is an import
		}
		w.take(writes)
		w.head.Revision++
	}
	return nil
}

// followStates follows up to a revision, as far as the states in memory say what their
// changes wrote: records have to be read and inflated.
func (w *rowWalk) followStates(c *Core, to directory.Revision) {
	lineage := c.published.Get().Lineage
	for w.head.Revision < to {
		s := c.published.Of(w.head.Revision+1, lineage)
		if s == nil || s.Head.Incarnation != w.head.Incarnation || len(s.Writes) == 0 {
			return
		}
		w.take(s.Writes)
		w.head.Revision++
	}
}

// take adds what a change wrote behind the walk.
func (w *rowWalk) take(writes []directory.RowWrite) {
	var behind []directory.RowWrite
	for i := range writes {
		if w.isBehind(writes[i].Key()) {
			behind = append(behind, writes[i])
		}
	}
	w.sum = record.Update(w.sum, behind)
}

// isBehind reports whether the walk has come past a key.
func (w *rowWalk) isBehind(key directory.RowKey) bool {
	switch at := slices.Index(w.kinds, key.Kind); {
	case at < 0:
		return true
	case at > 0 || w.last == nil:
		return false
	}
	return directory.CompareRowKeys(key, w.last.Key()) <= 0
}

// read adds the next rows, of one kind.
func (w *rowWalk) read(ctx context.Context, r store.Reader, most int) (n int, err error) {
	if len(w.kinds) == 0 {
		return 0, nil
	}
	err = r.ScanAfter(ctx, w.kinds[0], w.last, most, func(row directory.Row) error {
		w.sum = record.Add(w.sum, row)
		w.last = row
		n++
		return nil
	})
	if err == nil && n < most {
		w.kinds, w.last = w.kinds[1:], nil
	}
	return n, err
}
