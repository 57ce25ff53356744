package view

import (
	"context"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// Lists and counts of users in the past are those of now with the changes since
// taken back. More changes or rows than these are refused.
const (
	maxTakenBack     = 1000   // changes
	maxTakenBackRows = 20_000 // rows that they wrote
)

// readPast runs f on the Scope of a View of the past, and a reader of that
// revision, which stands over a reader of the present.
func (a *View) readPast(ctx context.Context, f func(v *Scope, r store.Reader) error) error {
	return a.present.Read(ctx, func(now *Scope, r store.Reader) error {
		if a.fixed.State.Head.Revision == now.Head.Revision {
			return f(&a.now, r)
		}
		if a.undo == nil {
			if err := a.takeBack(ctx, r, now.Head.Revision); err != nil {
				return err
			}
		}
		return f(&a.now, rewind.New(r, a.fixed.State.Head, a.undo))
	})
}

// takeBack finds out what the changes after the past wrote, up to a revision,
// and how many users there were before them.
func (a *View) takeBack(ctx context.Context, r store.Reader, through directory.Revision) error {
	head := a.fixed.State.Head
	if through-head.Revision > maxTakenBack {
		return directory.Invalid("revision",
			"is too long ago for this question, which is about many users: %d changes were made since, "+
				"and %d are taken back at most", through-head.Revision, maxTakenBack)
	}
	undo, rows := &rewind.Undo{}, 0
	for rev := head.Revision + 1; rev <= through; rev++ {
		writes, err := a.writesOf(ctx, r, rev)
		if err != nil {
			return err
		}
		if rows += len(writes); rows > maxTakenBackRows {
			return directory.Invalid("revision",
				"is too long ago for this question, which is about many users: the changes since wrote over %d rows",
				maxTakenBackRows)
		}
		undo.Add(writes)
	}
	users, named, err := rewind.New(r, head, undo).UsersMore(ctx)
	if err != nil {
		return err
	}
	then := *a.fixed.State
	then.Head.Users += users
	then.Head.Named += named
	a.fixed.State, a.now.State, a.undo = &then, &then, undo
	return nil
}

// writesOf are the rows that a change wrote.
func (a *View) writesOf(ctx context.Context, r store.Reader, rev directory.Revision) ([]directory.RowWrite, error) {
	if known := a.core.Published().Of(rev, a.fixed.State.Lineage); known != nil && len(known.Writes) > 0 {
		return known.Writes, nil
	}
	rec, err := r.Record(ctx, rev)
	if err != nil {
		return nil, err
	}
	return core.ImagesBack(rec)
}
