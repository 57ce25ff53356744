package plan

import (
	"context"
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/outcome"
	"cohort/internal/state"
	"cohort/internal/store"
)

// Can reports, for each edit alone, whether a caller may make it on a state: has
// the permission, hands out nothing it lacks, and the object is not protected.
// Values are not looked at. Removals are tried out in full.
func Can(
	ctx context.Context, e *Env, r store.Reader, s *state.State, caller directory.Caller, edits []directory.Edit,
) ([]bool, error) {
	p, err := New(ctx, e, r, s, caller)
	if err != nil {
		return nil, err
	}
	p.asking = &holdings{}
	can := make([]bool, len(edits))
	for i, edit := range edits {
		if can[i], err = p.could(edit); err != nil {
			return nil, err
		}
	}
	return can, nil
}

// holdings are what one user holds, now or later: the user of the last question, as
// questions about the same user follow each other.
type holdings struct {
	user  directory.UserID
	known directory.Permissions
}

// held returns what a user holds, now or later. Where nothing is planned, the user
// is read and not copied.
func (p *Planner) held(id directory.UserID) (directory.Permissions, error) {
	if p.asking == nil {
		u, err := p.AnyUser(id)
		if err != nil {
			return 0, err
		}
		return p.Catalog.PermissionsFrom(&u.After, p.At), nil
	}
	if p.asking.user == id {
		return p.asking.known, nil
	}
	rows, _, err := p.Reader.UserRows(p.ctx, id)
	if err != nil {
		return 0, fmt.Errorf("read user: %w", err)
	}
	*p.asking = holdings{id, p.Catalog.PermissionsFrom(&rows, p.At)}
	return p.asking.known, nil
}

// could reports whether an edit would be allowed, on a planner that is thrown
// away.
func (p *Planner) could(edit directory.Edit) (bool, error) {
	err := p.authorize(edit)
	if err == nil {
		err = p.protect(edit)
	}
	tries := false
	if err == nil {
		tries, err = p.needsTry(edit)
	}
	if err == nil && tries {
		trial, terr := New(p.ctx, p.env, p.Reader, p.state, p.Caller)
		if terr != nil {
			return false, terr
		}
		if _, err = trial.apply(edit); err == nil {
			err = trial.outcome().Administrator(trial.Writes())
		}
	}
	if err == nil || Refused(err) {
		return err == nil, nil
	}
	return false, err
}

func (p *Planner) needsTry(edit directory.Edit) (bool, error) {
	d, err := p.env.descriptor(edit)
	if err != nil {
		return false, err
	}
	return d.needsTry(p, edit)
}

// mayHoldAdministrators reports whether an edit deletes a group whose members
// administer, or that is not there.
func (p *Planner) mayHoldAdministrators(e directory.DeleteGroup) (bool, error) {
	_, there := p.Catalog.Group(e.Group)
	return !there || outcome.Administers(p.Catalog, p.Catalog.RolesOfGroups(e.Group)...), nil
}

// mayBeLastAdministrator reports whether an edit deletes a user who administers,
// or who is not there.
func (p *Planner) mayBeLastAdministrator(e directory.DeleteUser) (bool, error) {
	if u, err := p.AnyUser(e.User); err != nil || u.Before.User.ID == 0 || u.Before.User.DeletedRev != 0 {
		return true, err
	}
	return p.outcome().Administered(e.User)
}

// Refused tells a change that cannot be made from a database that fails.
func Refused(err error) bool {
	if err == nil {
		return false
	}
	kind := directory.KindOf(err)
	return kind != directory.KindInternal && kind != directory.KindUnavailable
}
