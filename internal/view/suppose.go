package view

import (
	"context"

	"cohort/internal/admission"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/store"
)

// Suppose is the directory as edits would make it: what if they were committed
// now. It answers what is about single users, and what needs no user; lists and
// counts of users it refuses. Refusals of the edits are those of Commit. Nothing
// has happened, and it is good as long as this View is.
func (a *View) Suppose(ctx context.Context, edits []directory.Edit) (*View, error) {
	if err := core.CheckChange(directory.Change{Edits: edits}); err != nil {
		return nil, err
	}
	admission.AddEdits(ctx, len(edits))
	then := &View{Directory: a.Directory, caller: a.caller, present: a, entered: true}
	err := a.Read(ctx, func(v *Scope, r store.Reader) error {
		p, err := plan.Try(ctx, a.core.Env(), r, v.State, a.caller, directory.Change{Edits: edits})
		if err != nil {
			return err
		}
		then.now = *v
		then.now.State, then.supposed = p.Supposed(v.State)
		then.fixed.State = then.now.State
		return nil
	})
	return then, err
}

// supposedUser is a user as the edits of Suppose make it.
func (a *View) supposedUser(ctx context.Context, id directory.UserID) (core.CachedUser, bool, error) {
	rows, touched := a.supposed[id]
	if !touched {
		return a.present.user(ctx, id)
	}
	return core.Uncached(&rows), rows.User.ID != 0 && rows.User.DeletedRev == 0, nil
}

// errSupposed refuses questions that a View to what would be does not answer.
var errSupposed = directory.Invalid("edits", "cannot be combined with this question: it is about many users")
