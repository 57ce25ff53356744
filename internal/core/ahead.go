package core

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
)

// maxAhead is of how many users at most what they have is read before a batch
// is planned; others are read when they are needed.
const maxAhead = directory.MaxEdits

// An ahead reads in a transaction, and has read ahead what the users that a
// batch is about have of their own: with one look for all of them, or none
// where the cache has them. As changes are planned it follows, so it always has
// what the store would say.
type ahead struct {
	store.Tx
	rows    map[directory.UserID]directory.UserRows // also of ids that nobody has; shared: planners work on copies
	changed map[directory.UserID]bool               // of those whom planned changes touch
	free    plan.FreeRange
}

// readAhead reads the users that a batch is about: those who ask, and those
// that edits name. Whom a prepared change is about nobody knows yet.
func (c *Core) readAhead(ctx context.Context, tx store.Tx, now *state.State, batch []*job) (*ahead, error) {
	a := &ahead{Tx: tx, rows: map[directory.UserID]directory.UserRows{}, changed: map[directory.UserID]bool{}}
	if a.free.Revision = now.Head.Revision; c.free.Revision == now.Head.Revision {
		a.free = c.free
	}
	var missing []directory.UserID
	want := func(id directory.UserID) {
		if _, known := a.rows[id]; known || id <= 0 || len(a.rows) >= maxAhead {
			return
		}
		if rows := c.users.Peek(id, now); rows != nil {
			a.rows[id] = *rows
			return
		}
		a.rows[id] = directory.UserRows{}
		missing = append(missing, id)
	}
	for _, j := range batch {
		want(j.caller.User)
		want(j.caller.Sudoer)
		for _, edit := range j.change.Edits {
			usersIn(reflect.ValueOf(edit), want)
		}
		for _, u := range j.read {
			for _, w := range u.Writes {
				if id, ok := directory.OwnerOf(cmp.Or(w.After, w.Before)); ok {
					want(id)
				}
			}
		}
	}
	if len(missing) == 0 {
		return a, nil
	}
	slices.Sort(missing)
	users, err := tx.UsersByID(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	for _, rows := range users {
		a.rows[rows.User.ID] = rows
	}
	return a, nil
}

// usersIn yields the users that an edit names: in a field, or as the object
// that it is about.
func usersIn(edit reflect.Value, yield func(directory.UserID)) {
	for _, field := range edit.Fields() {
		switch field.Type() {
		case reflect.TypeFor[directory.UserID]():
			yield(directory.UserID(field.Int()))
		case reflect.TypeFor[directory.Object]():
			if o, ok := reflect.TypeAssert[directory.Object](field); ok && o.Kind == directory.ObjectUser {
				yield(directory.UserID(o.ID))
			}
		}
	}
}

// UserRows implements store.Reader.
func (a *ahead) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	if rows, ok := a.rows[id]; ok {
		return rows, rows.User.ID != 0, nil
	}
	return a.Tx.UserRows(ctx, id)
}

// follow takes in what a planned change does to users.
func (a *ahead) follow(p *plan.Planned) {
	a.free.Follow(p)
	for _, t := range p.Commit.Touched {
		if _, ok := a.rows[t.User]; !ok {
			continue
		}
		u, ok := p.Users[t.User]
		if !ok {
			delete(a.rows, t.User)
			delete(a.changed, t.User)
			continue
		}
		rows := u.After
		rows.TouchedRev = p.Commit.Head.Revision
		a.rows[t.User], a.changed[t.User] = rows, true
	}
}

// touched are the users whom the batch has touched, as it leaves them.
func (a *ahead) touched() []directory.UserRows {
	users := make([]directory.UserRows, 0, len(a.changed))
	for id := range a.changed {
		users = append(users, a.rows[id])
	}
	return users
}
