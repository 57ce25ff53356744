package core

import (
	"context"
	"reflect"

	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
	"cohort/internal/working"
)

// newBatch is the working set of a batch. It has read the users that the batch is
// about: those who ask, and those that edits name. The users of a change that is
// computed in its turn are not known yet.
func (c *Core) newBatch(ctx context.Context, tx store.Tx, now *state.State, batch []*job) (*working.Batch, error) {
	var ids []directory.UserID
	want := func(id directory.UserID) {
		if len(ids) < directory.MaxEdits { // others are read when they are needed
			ids = append(ids, id)
		}
	}
	for _, j := range batch {
		want(j.caller.User)
		want(j.caller.Sudoer)
		for _, edit := range j.change.Edits {
			usersIn(reflect.ValueOf(edit), want)
		}
		for _, u := range j.read {
			for _, w := range u.Writes {
				if id, ok := directory.OwnerOf(w.Row()); ok {
					want(id)
				}
			}
		}
	}
	set := working.NewBatch(ctx, tx, now, c.free)
	peek := func(id directory.UserID) *directory.UserRows { return c.users.Peek(id, now) }
	return set, set.ReadAhead(ids, peek)
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
