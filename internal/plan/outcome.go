package plan

import (
	"errors"
	"slices"

	"cohort/internal/directory"
)

// checkOutcome decides whether the state that a planned change leads to may
// be: it is the law for every change, whatever its edits are. Edits check
// early, for good messages only.
//
// Compared is with the state before. An old fault refuses nothing that leaves
// it as it is, and no change may make it worse.
func (p *Planner) checkOutcome() error {
	writes := p.Writes()
	for _, check := range []func([]directory.RowWrite) error{
		p.checkReferences, p.checkGraph, p.checkMemberships, p.checkUnique, p.checkValues, p.comparePowers,
		p.checkAdministrator,
	} {
		if err := check(writes); err != nil {
			return p.asRevert(err)
		}
	}
	return nil
}

// asRevert makes a refusal that of a revert: what it restores conflicts with the
// present state.
func (p *Planner) asRevert(err error) error {
	reverts := slices.ContainsFunc(p.recorded, func(e directory.Edit) bool {
		_, ok := e.(directory.Revert)
		return ok
	})
	e, ok := errors.AsType[*directory.Error](err)
	if !ok || !reverts || e.Kind != directory.KindInvalid && e.Kind != directory.KindConflict || e.Field == "revision" {
		return err
	}
	return &directory.Error{
		Kind: directory.KindConflict, Field: "revision", Code: e.Code, Msg: "cannot be reverted: " + e.Public(), Err: e.Err,
	}
}

// rowOf is the row that a write is about: as it will be, or else as it was.
func rowOf(w directory.RowWrite) directory.Row {
	if w.After != nil {
		return w.After
	}
	return w.Before
}

// checkReferences refuses rows that name an object that is not there, and the
// removal of objects that rows name. Objects that are marked deleted are
// there.
func (p *Planner) checkReferences(writes []directory.RowWrite) error {
	for _, w := range writes {
		if w.After == nil {
			if err := p.requireUnused(w.Before); err != nil {
				return err
			}
			continue
		}
		var before []directory.Object
		if w.Before != nil {
			before = references(w.Before)
		}
		for _, o := range references(w.After) {
			if slices.Contains(before, o) {
				continue
			}
			if there, err := p.isStored(o); err != nil {
				return err
			} else if !there {
				return directory.Invalid(o.Kind.String(), "%d is not there: a %s cannot name it", o.ID, w.Key().Kind)
			}
		}
	}
	return nil
}

// references are the objects that a row names beside itself.
func references(row directory.Row) []directory.Object {
	switch r := row.(type) {
	case directory.Nesting, directory.GroupValue, directory.GroupRole, directory.Membership, directory.UserValue,
		directory.UserRole, directory.Credential, directory.SourceReference, directory.Facet:
		return row.Objects()
	case directory.Role:
		return []directory.Object{r.PermissionSet.Object(), r.ModelSet.Object()}
	}
	return nil
}

// isStored reports whether an object is there, marked deleted or not.
func (p *Planner) isStored(o directory.Object) (bool, error) {
	there, _, err := p.look(o)
	return there, err
}

// requireUnused refuses to remove a role or set that others still name.
func (p *Planner) requireUnused(row directory.Row) error {
	switch r := row.(type) {
	case directory.Role:
		used := len(p.Catalog.RawRoleGroups(r.ID)) > 0
		err := p.RowsOf(directory.RowUserRole, r.ID.Object(), func(directory.Row) (bool, error) {
			used = true
			return false, nil
		})
		if err != nil || !used {
			return err
		}
		return directory.Taken("role", "%q is held by users or groups", r.Name)
	case directory.PermissionSet:
		return p.requireNoRole(r.ID.Object(), r.Name)
	case directory.ModelSet:
		return p.requireNoRole(r.ID.Object(), r.Name)
	case directory.Group, directory.Attribute, directory.User:
		return errors.New("a group, attribute or user is marked deleted, never removed")
	}
	return nil
}

func (p *Planner) requireNoRole(set directory.Object, name string) error {
	if role, used := p.roleWith(set); used {
		return directory.Taken(set.Kind.String(), "%q is used by the role %q", name, role.Name)
	}
	return nil
}

// checkMemberships refuses to put a user into more groups than it may have.
func (p *Planner) checkMemberships(writes []directory.RowWrite) error {
	checked := map[directory.UserID]bool{}
	for _, w := range writes {
		m, ok := w.After.(directory.Membership)
		if !ok || w.Before != nil || checked[m.User] {
			continue
		}
		checked[m.User] = true
		u, err := p.AnyUser(m.User)
		if err != nil {
			return err
		}
		if n := p.visibleGroups(&u.After); n > directory.MaxUserGroups {
			return directory.Invalid("group", "would be the user's group number %d; the most is %d", n, directory.MaxUserGroups)
		}
	}
	return nil
}
