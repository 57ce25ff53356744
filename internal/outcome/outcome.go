package outcome

import (
	"errors"
	"slices"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/working"
)

// A Check decides whether the state that a planned change leads to may be. It is
// the law for every change, whatever its edits are. Edits check early, for good
// messages only.
//
// It compares with the state before. An old fault refuses nothing that leaves
// it as it is, and no change may make it worse.
type Check struct {
	*working.Change
	Powers    directory.Permissions       // of the caller
	Stale     bool                        // whether the caller has to sign in again before it gives permissions
	Facet     func(directory.Facet) error // refuses what a dialect keeps with an object and cannot read
	Fits      directory.Fits
	Unique    []directory.Object // whose name or label an edit wants to be unique
	LastAdmin *atomic.Int64      // the administrator who was found last
	// Refitted are attributes all of whose values have been made to fit what they take.
	Refitted map[directory.AttributeID]directory.ValueKind
}

// Run refuses a state that may not be.
func (c *Check) Run() error {
	writes := c.Writes()
	for _, check := range []func([]directory.RowWrite) error{
		c.checkReferences, c.checkGraph, c.checkMemberships, c.checkUnique, c.checkValues, c.comparePowers,
		c.Administrator,
		c.requireRecentSignIn,
	} {
		if err := check(writes); err != nil {
			return err
		}
	}
	return nil
}

// checkReferences refuses rows that name an object that is not there, and the
// removal of objects that rows name. Objects that are marked deleted are
// there.
func (c *Check) checkReferences(writes []directory.RowWrite) error {
	for _, w := range writes {
		if w.After == nil {
			if err := c.requireUnused(w.Before); err != nil {
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
			if there, _, err := c.Look(o); err != nil {
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

// requireUnused refuses to remove a role or set that others still name.
func (c *Check) requireUnused(row directory.Row) error {
	switch r := row.(type) {
	case directory.Role:
		used := len(c.Catalog.RawRoleGroups(r.ID)) > 0
		err := c.RowsOf(directory.RowUserRole, r.ID.Object(), func(directory.Row) (bool, error) {
			used = true
			return false, nil
		})
		if err != nil || !used {
			return err
		}
		return directory.Taken("role", "%q is held by users or groups", r.Name)
	case directory.PermissionSet:
		return c.requireNoRole(r.ID.Object(), r.Name)
	case directory.ModelSet:
		return c.requireNoRole(r.ID.Object(), r.Name)
	case directory.Group, directory.Attribute, directory.User:
		return errors.New("a group, attribute or user is marked deleted, never removed")
	}
	return nil
}

func (c *Check) requireNoRole(set directory.Object, name string) error {
	if role, used := c.Catalog.RoleWith(set); used {
		return directory.Taken(set.Kind.String(), "%q is used by the role %q", name, role.Name)
	}
	return nil
}

// checkMemberships refuses to put a user into more groups than it may have.
func (c *Check) checkMemberships(writes []directory.RowWrite) error {
	checked := map[directory.UserID]bool{}
	for _, w := range writes {
		m, ok := w.After.(directory.Membership)
		if !ok || w.Before != nil || checked[m.User] {
			continue
		}
		checked[m.User] = true
		u, err := c.AnyUser(m.User)
		if err != nil {
			return err
		}
		if n := c.Catalog.CountGroups(&u.After); n > directory.MaxUserGroups {
			return directory.Invalid("group", "would be the user's group number %d; the most is %d", n, directory.MaxUserGroups)
		}
	}
	return nil
}
