package core

import (
	"context"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// Suppose is the directory as edits would make it: what if they were committed
// now. It answers what is about single users, and what needs no user; lists and
// counts of users it refuses. Refusals of the edits are those of Commit. Nothing
// has happened, and it is good as long as this Access is.
func (a *Access) Suppose(ctx context.Context, edits []directory.Edit) (*Access, error) {
	if err := checkChange(directory.Change{Edits: edits}); err != nil {
		return nil, err
	}
	admission.AddEdits(ctx, len(edits))
	then := &Access{core: a.core, caller: a.caller, present: a, entered: true, supposed: map[directory.UserID]directory.UserRows{}}
	err := a.read(ctx, func(v *view, r store.Reader) error {
		p, err := a.core.planner(ctx, r, v.State, a.caller)
		if err != nil {
			return err
		}
		if err := p.planTrial(edits); err != nil {
			return err
		}
		for id, u := range p.users {
			then.supposed[id] = u.after
		}
		then.now = *v
		then.now.State = &state.State{Catalog: p.catalog, Head: v.Head, Lineage: v.Lineage}
		then.fixed.state = then.now.State
		return nil
	})
	return then, err
}

// supposedUser is a user as the edits of Suppose make it.
func (a *Access) supposedUser(ctx context.Context, id directory.UserID) (cachedUser, bool, error) {
	rows, touched := a.supposed[id]
	if !touched {
		return a.present.user(ctx, id)
	}
	return uncached(&rows), rows.User.ID != 0 && rows.User.DeletedRev == 0, nil
}

// errSupposed refuses questions that an Access to what would be does not answer.
var errSupposed = directory.Invalid("edits", "cannot be combined with this question: it is about many users")
