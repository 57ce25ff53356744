package core

import (
	"context"
	"errors"
	"time"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A job is a change on its way through the writer.
type job struct {
	ctx    context.Context // the caller's: looked at before planning, never used for the transaction
	caller directory.Caller
	change directory.Change
	// prepare, if there is one, makes the change when its turn comes.
	prepare prepare
	done    chan outcome // of capacity 1: the writer never waits for a caller
}

type outcome struct {
	committed directory.Committed
	state     *state
	err       error
}

// errClosing refuses changes while the process ends.
var errClosing = &directory.Error{
	Kind: directory.KindUnavailable, Msg: "the server is shutting down", RetryAfter: 5 * time.Second,
}

// commit runs a change through the writer. When it returns nil the change is
// on disk and published. If ctx ends first the change may still happen.
func (c *Core) commit(ctx context.Context, caller directory.Caller, change directory.Change) (directory.Committed, error) {
	if err := checkChange(change); err != nil {
		return directory.Committed{}, err
	}
	if err := c.broken.Load(); err != nil {
		return directory.Committed{}, *err
	}
	j := &job{ctx: ctx, caller: caller, change: change, done: make(chan outcome, 1)}
	select {
	case c.queue <- j:
	case <-ctx.Done():
		return directory.Committed{}, ctx.Err()
	}
	select {
	case out := <-j.done:
		return out.committed, out.err
	case <-ctx.Done():
		return directory.Committed{}, ctx.Err()
	case <-c.closed:
	}
	select {
	case out := <-j.done: // answered just before the writer ended
		return out.committed, out.err
	default:
		return directory.Committed{}, errClosing
	}
}

// checkChange applies the limits that need no state.
func checkChange(change directory.Change) error {
	if n := len(change.Edits); n == 0 {
		return directory.Missing("edits")
	} else if n > directory.MaxEdits {
		return directory.TooLong("edits", "has %d entries; the most is %d", n, directory.MaxEdits)
	}
	_, err := directory.ParseText("comment", change.Comment, directory.MaxCommentLen)
	return err
}

// write is the one writer: it takes whatever is queued, without lingering,
// into one transaction after the other.
func (c *Core) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-c.queue:
			c.run(context.WithoutCancel(ctx), c.drain(first))
		}
	}
}

// drain takes first and what else is queued, up to the batch limit.
func (c *Core) drain(first *job) []*job {
	batch := []*job{first}
	for len(batch) < c.opt.BatchLimit {
		select {
		case j := <-c.queue:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// run commits a batch in one transaction. If the database fails, the batch is
// rolled back and its members are run one by one, so that only those fail that
// fail by themselves.
func (c *Core) run(ctx context.Context, batch []*job) {
	if err := c.broken.Load(); err != nil {
		answer(batch, outcome{err: *err})
		return
	}
	outcomes, touched, err := c.transact(ctx, batch)
	switch {
	case err == nil:
		c.publish(batch, outcomes, touched)
	case errors.Is(err, store.ErrCommitUnknown):
		c.breakDown(err)
		answer(batch, outcome{err: *c.broken.Load()})
	case len(batch) == 1 || directory.KindOf(err) == directory.KindUnavailable:
		answer(batch, outcome{err: err})
	default:
		for _, j := range batch {
			c.run(ctx, []*job{j})
		}
	}
}

func answer(batch []*job, out outcome) {
	for _, j := range batch {
		j.done <- out
	}
}

// breakDown is for a commit of which nobody knows whether it happened: from
// now on memory and disk may disagree.
func (c *Core) breakDown(cause error) {
	var err error = &directory.Error{
		Kind: directory.KindUnavailable, Msg: "the database failed; the server is stopping",
		RetryAfter: 5 * time.Second, Err: cause,
	}
	c.broken.Store(&err)
	c.opt.Log.Error("a commit failed with an unknown outcome", "error", cause)
	c.opt.Fatal(cause)
}

// transact plans and executes every member of a batch in one transaction. A
// member that is refused has written nothing. The error is the database's.
func (c *Core) transact(ctx context.Context, batch []*job) (outcomes []outcome, touched []store.TouchedUser, err error) {
	err = c.store.Write(ctx, func(tx store.Tx) error {
		outcomes, touched = make([]outcome, len(batch)), nil
		current, err := c.current(ctx, tx)
		if err != nil {
			return err
		}
		for i, j := range batch {
			if err := j.ctx.Err(); err != nil {
				outcomes[i].err = err
				continue
			}
			p, err := c.plan(ctx, tx, current, j)
			if refused(err) {
				outcomes[i].err = err
				continue
			}
			if err != nil {
				return err
			}
			if p.changed() {
				if err := tx.Append(ctx, p.commit); err != nil {
					return err
				}
				current = &state{p.catalog, p.commit.Head}
				touched = append(touched, p.commit.Touched...)
			}
			outcomes[i] = outcome{committed: p.committed(), state: current}
		}
		return nil
	})
	return outcomes, touched, err
}

// current is the state to plan against: the published one, which this node's
// only writer keeps level with the database.
func (c *Core) current(ctx context.Context, tx store.Tx) (*state, error) {
	head, err := tx.Head(ctx)
	if err != nil {
		return nil, err
	}
	s := c.published.get()
	if s.head.Revision != head.Revision || s.head.Hash != head.Hash {
		return nil, errors.New("the database was changed by another program")
	}
	return s, nil
}

// refused tells a change that cannot be made from a database that fails.
func refused(err error) bool {
	if err == nil {
		return false
	}
	kind := directory.KindOf(err)
	return kind != directory.KindInternal && kind != directory.KindUnavailable
}

// publish makes a committed batch visible, then answers. Users are forgotten
// before the state that changed them is there to be loaded; see userCache.
func (c *Core) publish(batch []*job, outcomes []outcome, touched []store.TouchedUser) {
	c.users.invalidate(touched)
	last := c.published.get().head.Revision
	for _, out := range outcomes {
		if out.state != nil && out.state.head.Revision > last {
			c.published.set(out.state)
			last = out.state.head.Revision
		}
	}
	for i, j := range batch {
		j.done <- outcomes[i]
	}
}
