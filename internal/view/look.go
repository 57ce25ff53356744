package view

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// maxLook is how long a view of the store stays open for a request. If it needs
// the store again, another is opened, and read as of the same revision.
const maxLook = 10 * time.Second

// A look is a view of the store that is open for a request. It reads as of the
// state of the request, which may be earlier than that of the view.
type look struct {
	view   store.View
	now    *state.State // of the view
	reader store.Reader

	mu    sync.Mutex // held while somebody reads
	depth int        // how many reads are under way inside each other
	over  bool       // the view is closed
	alarm *time.Timer
}

// Hold keeps the view of the store open between the reads of a request, so that
// the request opens at most one. The holder must call Release before it replies.
func (a *View) Hold() { a.held = true }

// Release closes the view of the store. Later reads still see the same revision.
func (a *View) Release() {
	a.held = false
	a.closeLook()
}

func (a *View) closeLook() {
	if l := a.look; l != nil && l.depth == 0 {
		l.mu.Lock()
		l.close()
		l.mu.Unlock()
		a.look = nil
	}
}

// close closes the view. mu is held.
func (l *look) close() {
	if !l.over {
		l.over = true
		l.view.Close()
	}
	if l.alarm != nil {
		l.alarm.Stop()
	}
}

// open returns the view of the store, which the caller must release. If no state
// answers yet, that of the store does from now on.
func (a *View) open(ctx context.Context) (*look, error) {
	return a.openAnd(ctx, func(store.View) error { return nil })
}

// openAnd is open with something that is read first, where a view is opened: what a
// store reads of a user tells it the revision as well.
func (a *View) openAnd(ctx context.Context, first func(store.View) error) (*look, error) {
	if l := a.look; l != nil {
		if l.depth > 0 {
			l.depth++
			return l, nil
		}
		l.mu.Lock()
		if !l.over {
			l.depth++
			return l, nil
		}
		l.mu.Unlock()
		a.look = nil
	}
	for {
		since := a.core.Published().Get()
		v, err := a.core.OpenView(store.For(ctx, a.caller.User))
		if err != nil {
			return nil, err
		}
		var l *look
		if err = first(v); err == nil {
			l, err = a.over(ctx, v, since)
		}
		if l == nil {
			v.Close()
		}
		if l != nil || err != nil {
			return l, err
		}
	}
}

// over makes a view of the store the one of this View. It returns nil if another
// view has to be opened.
func (a *View) over(ctx context.Context, v store.View, since *state.State) (*look, error) {
	now, ok, err := a.core.Match(ctx, v, since)
	if err != nil || !ok {
		return nil, err
	}
	as := a.fixed.State
	if as == nil {
		as = now
	}
	r, err := a.core.Published().Rewind(ctx, v, as, now)
	if err != nil {
		return nil, err
	}
	a.fixed.State = as
	l := &look{view: v, now: now, reader: r, depth: 1}
	l.mu.Lock()
	if a.held {
		l.alarm = time.AfterFunc(maxLook, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.close()
		})
	}
	a.look = l
	return l, nil
}

// release ends a read.
func (a *View) release(l *look) {
	if l.depth--; l.depth > 0 {
		return
	}
	if !a.held {
		l.close()
		a.look = nil
	}
	l.mu.Unlock()
}

// user returns a user as of the state that answers. ok is false if there is no
// such user, or it is marked deleted.
func (a *View) user(ctx context.Context, id directory.UserID) (u core.CachedUser, ok bool, err error) {
	if a.pin != nil {
		rows, ok, err := a.pin.reader.UserRows(ctx, id)
		return core.Uncached(&rows), ok && rows.User.DeletedRev == 0, inReading(err)
	}
	if a.supposed != nil {
		return a.supposedUser(ctx, id)
	}
	if a.present != nil {
		return a.pastUser(ctx, id)
	}
	if u, ok := a.inMemory(id); ok {
		return u, !u.Deleted(), nil
	}
	l, rows, ok, err := a.readUser(ctx, id)
	if err != nil {
		return core.CachedUser{}, false, err
	}
	defer a.release(l)
	if !ok {
		return core.CachedUser{}, false, nil
	}
	u = a.cache(l, &rows, a.core.Users().Keep)
	return u, !u.Deleted(), nil
}

// readUser reads a user as of the state that answers. The caller must release the view
// of the store unless there is an error.
func (a *View) readUser(
	ctx context.Context, id directory.UserID,
) (l *look, rows directory.UserRows, ok bool, err error) {
	a.core.Users().Miss()
	var from store.View
	l, err = a.openAnd(ctx, func(v store.View) (err error) {
		from = v
		rows, ok, err = v.UserRows(ctx, id)
		return inReading(err)
	})
	if err != nil || l.reader == store.Reader(from) {
		return l, rows, ok, err
	}
	if rows, ok, err = l.reader.UserRows(ctx, id); err != nil {
		a.release(l)
	}
	return l, rows, ok, inReading(err)
}

// inMemory returns a user as of the state that answers, if memory has it.
func (a *View) inMemory(id directory.UserID) (core.CachedUser, bool) {
	for i := range a.fixed.Users {
		if rows := &a.fixed.Users[i]; rows.User.ID == id {
			return core.Uncached(rows), true
		}
	}
	if rows := a.met[id]; rows != nil {
		return core.Uncached(rows), true
	}
	u := a.core.Users().Get(id)
	return u, u.Answers(a.fixed.State)
}

// cache keeps a user that was read, unless a later change touched it.
func (a *View) cache(
	l *look, rows *directory.UserRows, keep func(core.CachedUser, directory.Revision),
) core.CachedUser {
	if past, ok := l.reader.(*rewind.Reader); ok && past.Changed(rows.User.ID) {
		return core.Uncached(rows)
	}
	u := core.Cached(rows, l.now.Lineage)
	keep(u, l.now.Head.Revision)
	return u
}

// maxMet is how many users of lists a request remembers.
const maxMet = 1000

// meet remembers users that were read as of the state that answers.
func (a *View) meet(users []directory.UserRows) {
	if a.met == nil || len(a.met)+len(users) > maxMet { // the next part of a long list
		a.met = make(map[directory.UserID]*directory.UserRows, min(len(users), maxMet))
	}
	for i := range users {
		if len(a.met) < maxMet {
			a.met[users[i].User.ID] = &users[i]
		}
	}
}

func inReading(err error) error {
	if err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	return nil
}
