package core

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/replica"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// A job is a change on its way through the writer.
type job struct {
	ctx    context.Context // the caller's: looked at before planning, never used for the transaction
	caller directory.Caller
	change directory.Change
	// prepare, if there is one, makes the change when its turn comes.
	prepare prepare
	// refusal, if there is one, is what came of computing the change.
	refusal error
	chain   *chain // of which it is a part, if there is one
	// read is the part of the history that was read outside the writer, and how often
	// something had been forgotten by then.
	read    map[directory.Revision]plan.Undoable
	forgets int64
	// work, if there is one, plans itself.
	work Work
	done chan reply // of capacity 1: the writer never waits for a caller
	// left, if there is one, receives the state after the change; the last of
	// several changes that are made together decides.
	left *atomic.Pointer[Pinned]

	mu   sync.Mutex // held while prepare runs
	gone bool       // the caller has stopped waiting: prepare must not be run any more
}

type reply struct {
	committed directory.Committed
	state     *state.State
	users     []directory.UserRows // that the change touched, as it leaves them
	audited   audited
	err       error
	took      time.Duration // its share of the time that its batch took
}

// errClosing refuses changes while the process ends.
var errClosing = &directory.Error{
	Kind: directory.KindUnavailable, Msg: "the server is shutting down", RetryAfter: 5 * time.Second,
}

// commit runs a change through the writer. When it returns nil the change is
// on disk and published. If ctx ends first the change may still happen.
func (c *Core) commit(
	ctx context.Context, caller directory.Caller, change directory.Change, left *atomic.Pointer[Pinned],
) (directory.Committed, error) {
	if err := CheckChange(change); err != nil {
		return directory.Committed{}, err
	}
	leave, err := c.enterLarge(ctx, caller, change)
	if err != nil {
		return directory.Committed{}, err
	}
	defer leave()
	j := &job{ctx: ctx, caller: caller, change: change, done: make(chan reply, 1), left: left}
	if c.isLarge(change) && !caller.IsSystem() {
		if err := c.tryOutside(ctx, j); err != nil {
			return directory.Committed{}, err
		}
	}
	return c.outside(j)
}

// maxQueued is how many jobs wait for room in the queue of the writer.
const maxQueued = 1024

// outside hands a job to the writer and waits for it. It gives up the turn of the
// request meanwhile.
func (c *Core) outside(j *job) (done directory.Committed, err error) {
	err = admission.Outside(j.ctx, func() error {
		if err := c.enqueue(j.ctx, j); err != nil {
			return err
		}
		out := c.await(j)
		done = out.committed
		return out.err
	})
	return done, err
}

// enqueue hands a job to the writer: the only way to it.
func (c *Core) enqueue(ctx context.Context, j *job) error {
	if err := c.cannotWrite(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-c.closing:
		return errClosing
	default:
	}
	admission.AddEdits(ctx, max(1, len(j.change.Edits)))
	if c.waiting.Add(1) > maxQueued {
		c.waiting.Add(-1)
		return directory.Unavailable(time.Second, "too many changes wait for the writer; try again", nil)
	}
	defer c.waiting.Add(-1)
	select {
	case c.queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closing:
		return errClosing
	}
}

// await waits for the writer. If the context of the caller ends first, await
// returns: a job that is not planned by then never will be, and the outcome of any
// other is unknown. On a local store await still waits for a job with a prepare
// function, which must not run after its caller has returned. A remote store may
// take for ever to commit.
func (c *Core) await(j *job) reply {
	var ended <-chan struct{}
	if c.link != nil || j.prepare == nil {
		ended = j.ctx.Done()
	}
	select {
	case out := <-j.done:
		return out
	case <-ended:
		j.mu.Lock()
		j.gone = true
		j.mu.Unlock()
		return reply{err: errors.Join(j.ctx.Err(), directory.ErrOutcomeUnknown)}
	case <-c.closed:
	}
	select {
	case out := <-j.done: // answered just before the writer ended
		return out
	default:
		return reply{err: errClosing}
	}
}

// cannotWrite is the error of every change while the directory takes none.
func (c *Core) cannotWrite() error {
	if err := c.broken.Load(); err != nil {
		return *err
	}
	if c.link != nil {
		if err := c.link.Refuse(); err != nil {
			return err
		}
	}
	return c.time.refuse(c.Head().At)
}

// CheckChange applies the limits that need no state.
func CheckChange(change directory.Change) error {
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
	running := context.WithoutCancel(ctx)
	c.run(running, nil) // time may have passed while the program was not running
	look := time.NewTicker(lookAtClock)
	defer look.Stop()
	for {
		alarm, stop := c.clock.alarm(c.Now())
		select {
		case <-ctx.Done():
			stop()
			return
		case <-alarm:
			c.run(running, nil)
		case <-look.C:
			c.time.time()
		case <-c.ticks: // another node wrote something with a window
			c.clock.forget()
			c.run(running, nil)
		case first := <-c.queue:
			for _, batch := range alone(c.drain(first)) {
				c.run(running, batch)
			}
		}
		stop()
	}
}

// drain takes a job and those queued behind it, up to the batch limit.
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

// alone cuts a batch so that a change that is computed in the writer's turn has a
// batch of its own.
func alone(batch []*job) (parts [][]*job) {
	from := 0
	for i, j := range batch {
		if j.prepare != nil || j.work != nil {
			if from < i {
				parts = append(parts, batch[from:i])
			}
			parts, from = append(parts, batch[i:i+1]), i+1
		}
	}
	if from < len(batch) {
		parts = append(parts, batch[from:])
	}
	return parts
}

// run commits a batch in one transaction. If the database fails, run rolls the
// batch back and commits its members one by one, so that only the member that
// cannot be written fails.
func (c *Core) run(ctx context.Context, batch []*job) {
	if err := c.broken.Load(); err != nil {
		answer(batch, reply{err: *err})
		return
	}
	if len(batch) == 0 && c.time.refuse(c.Head().At) != nil {
		c.clock.postpone(c.Now())
		return
	}
	began := c.Now()
	done, err := c.attempt(ctx, batch)
	switch {
	case err == nil:
		n := len(done.replies)
		for i := range done.replies {
			done.replies[i].took = c.Now().Time().Sub(began.Time()) / time.Duration(n)
		}
		c.publish(batch[:n], done)
		if n < len(batch) {
			c.run(ctx, batch[n:])
		}
	case errors.Is(err, store.ErrCommitUnknown) && c.link == nil:
		c.breakDown(err)
		answer(batch, reply{err: *c.broken.Load()})
	case len(batch) <= 1 || directory.KindOf(err) == directory.KindUnavailable:
		if len(batch) == 0 {
			c.clock.postpone(c.Now())
			if c.cannotWrite() == nil {
				c.opt.Log.Error("could not record that time has passed", "error", err)
			}
		}
		answer(batch, reply{err: err})
	default:
		for _, j := range batch {
			c.run(ctx, []*job{j})
		}
	}
}

func answer(batch []*job, out reply) {
	for _, j := range batch {
		j.done <- out
	}
}

// breakDown handles a commit whose outcome is unknown: memory and disk may disagree
// from then on.
func (c *Core) breakDown(cause error) {
	var err error = &directory.Error{
		Kind: directory.KindUnavailable, Msg: "the database failed; the server is stopping",
		RetryAfter: 5 * time.Second, Err: cause,
	}
	c.broken.Store(&err)
	c.opt.Log.Error("a commit failed with an unknown outcome", "error", cause)
	c.opt.Fatal(cause)
}

// transact plans the members of a batch and writes their result in one transaction.
// It stops before a member that has to be planned on stored rows, unless that is
// the first. A refused member writes nothing. The error is the database's.
func (c *Core) transact(ctx context.Context, batch []*job) (done transacted, err error) {
	since := c.published.Get()
	err = c.store.Write(ctx, func(tx store.Tx) error {
		done = transacted{replies: make([]reply, len(batch))}
		current, err := c.current(ctx, tx, since)
		if err == nil {
			current, err = c.passTime(ctx, tx, current, &done)
		}
		if err != nil {
			return err
		}
		done.passed = current
		set, err := c.newBatch(ctx, tx, current, batch)
		if err != nil {
			return err
		}
		done.made = []*state.State{current}
		if current, err = c.planAll(ctx, set, current, batch, &done); err != nil {
			return err
		}
		if err := set.Write(tx); err != nil {
			return err
		}
		done.last, done.users, c.free = current, set.Touched(), set.Free()
		_, err = c.clock.due(ctx, tx, current.Head.At, current.Head.At) // sets the alarm
		return err
	})
	if err != nil {
		c.clock.forget()
		c.free = working.FreeRange{}
	}
	return done, err
}

// planAll plans the members of a batch, each on the state that the member before
// leaves. Only the first is planned on stored rows; planAll stops before another
// that needs them.
func (c *Core) planAll(
	ctx context.Context, set *working.Batch, current *state.State, batch []*job, done *transacted,
) (*state.State, error) {
	for i, j := range batch {
		next, err := c.execute(ctx, set, current, j, done, &done.replies[i])
		if i > 0 && errors.Is(err, working.ErrAlone) {
			done.replies = done.replies[:i]
			return current, nil
		}
		if err != nil {
			return nil, err
		}
		if current = next; set.IsFull() {
			done.replies = done.replies[:i+1]
			return current, nil
		}
	}
	return current, nil
}

// execute plans a member of a batch, takes it into the working set, and returns the
// state after it.
func (c *Core) execute(
	ctx context.Context, set *working.Batch, current *state.State, j *job, done *transacted, out *reply,
) (*state.State, error) {
	if out.err = j.ctx.Err(); out.err == nil {
		out.err = c.precondition(j, current, done.made)
	}
	if out.err != nil {
		return current, nil //nolint:nilerr // a refusal is the answer to the member
	}
	p, err := c.planWithinBudget(ctx, set, current, j, done.made)
	if plan.Refused(err) {
		out.err = err
		return current, nil
	}
	if err != nil {
		return nil, err
	}
	if p.Changed() {
		set.Take(&p.Effect)
		current = after(p, current)
		done.made = append(done.made, current)
		if len(p.Commit.Forget) > 0 {
			c.forgets.Add(1)
		}
		done.planned = append(done.planned, p.Record().Header)
		if directory.HasWindow(p.Commit.Writes) {
			c.clock.forget()
		}
		done.touched = append(done.touched, p.Commit.Touched...)
	}
	if p.Answer != nil {
		set.PutAnswer(*p.Answer)
	}
	*out = reply{committed: p.Committed(), state: current, users: p.Touched(), audited: auditedOf(p)}
	return current, nil
}

// current returns the state to plan against. Where this process is the only writer
// that is the published state; else current brings the published state level with
// the database. since was published before the transaction began.
func (c *Core) current(ctx context.Context, tx store.Tx, since *state.State) (*state.State, error) {
	if c.link != nil {
		s, ok, err := c.Match(ctx, tx, since)
		if err == nil && !ok {
			err = replica.ErrOldView
		}
		select {
		case <-c.ticks:
			c.clock.forget()
		default:
		}
		return s, err
	}
	head, err := tx.Head(ctx)
	if err != nil {
		return nil, err
	}
	s := c.published.Get()
	if s.Head.Revision != head.Revision || s.Head.Hash != head.Hash {
		return nil, errors.New("the database was changed by another program")
	}
	return s, nil
}

// A transacted batch is committed but not yet visible.
type transacted struct {
	passed  *state.State   // after time_passed, before the first member
	made    []*state.State // passed, and after each member that changed something
	replies []reply
	touched []store.TouchedUser
	last    *state.State             // after all members
	users   []directory.UserRows     // the users whom they touched, as the batch leaves them
	planned []directory.ChangeHeader // of all changes, that of passing time among them
}

// passTime makes the change time_passed if a window opened or closed since the
// last change. The writer's lock makes it happen once, and before any change after
// that moment.
func (c *Core) passTime(ctx context.Context, tx store.Tx, s *state.State, done *transacted) (*state.State, error) {
	if c.opt.Importing {
		return s, nil
	}
	now := c.Now()
	due, err := c.clock.due(ctx, tx, s.Head.At, now)
	if err != nil || !due {
		return s, err
	}
	p, err := c.plan(ctx, tx, s, &job{caller: directory.System("clock"), change: directory.Change{
		Edits: []directory.Edit{directory.TimePassed{From: s.Head.At, To: now}},
	}})
	if err != nil {
		return s, err
	}
	c.clock.forget()
	if err := tx.Append(ctx, p.Commit); err != nil {
		return s, err
	}
	done.planned = append(done.planned, p.Record().Header)
	return after(p, s), nil
}

// after is the state that a planned change leaves behind.
func after(p *plan.Planned, s *state.State) *state.State {
	return &state.State{
		Catalog: p.Catalog, Head: p.Commit.Head, Lineage: s.Lineage, Writes: state.RetainedWrites(p.Commit.Writes),
		Author: state.AuthorOf(p.Record().Header), Bytes: bytesOfPlanned(p), Forgets: len(p.Commit.Forget) > 0,
	}
}

// publish makes a committed batch visible and answers its members. It drops changed
// users from the cache before readers can load the state that changed them; see
// UserCache. On a shared store another goroutine may have published it already.
func (c *Core) publish(batch []*job, done transacted) {
	_ = c.published.Lock(context.Background()) // without an end it cannot fail
	c.published.Show(append([]*state.State{done.passed}, states(done.replies)...), done.touched)
	c.users.renew(done.last, done.users)
	c.published.Unlock()
	for i, j := range batch {
		out := done.replies[i]
		if j.left != nil && out.state != nil {
			j.left.Store(&Pinned{State: out.state, Users: out.users})
		}
		c.audit(out.audited)
		// answers may wait long to be read: they must not hold on to a catalog each
		out.state, out.users, out.audited = nil, nil, audited{}
		j.done <- out
	}
}

func states(replies []reply) []*state.State {
	list := make([]*state.State, 0, len(replies))
	for _, out := range replies {
		if out.state != nil {
			list = append(list, out.state)
		}
	}
	return list
}
