package plan

import (
	"errors"

	"cohort/internal/directory"
)

// look reports whether an object is stored, and since when it is marked deleted;
// 0 is not marked.
func (p *Planner) look(o directory.Object) (stored bool, marked directory.Revision, err error) {
	switch o.Kind {
	case directory.ObjectDirectory:
		stored = o.ID == 0
	case directory.ObjectUser:
		u, err := p.AnyUser(directory.UserID(o.ID))
		if err != nil {
			return false, 0, err
		}
		stored, marked = u.After.User.ID != 0, u.After.User.DeletedRev
	case directory.ObjectGroup:
		g, ok := p.Catalog.RawGroup(directory.GroupID(o.ID))
		stored, marked = ok, g.DeletedRev
	case directory.ObjectAttribute:
		a, ok := p.Catalog.RawAttribute(directory.AttributeID(o.ID))
		stored, marked = ok, a.DeletedRev
	case directory.ObjectRole:
		_, stored = p.Catalog.Role(directory.RoleID(o.ID))
	case directory.ObjectPermissionSet:
		_, stored = p.Catalog.PermissionSet(directory.PermissionSetID(o.ID))
	case directory.ObjectModelSet:
		_, stored = p.Catalog.ModelSet(directory.ModelSetID(o.ID))
	default:
		return false, 0, errors.New("an object kind without a lookup")
	}
	return stored, marked, nil
}

// requireObject refuses an object that is not there.
func (p *Planner) requireObject(o directory.Object) error {
	stored, marked, err := p.look(o)
	if err == nil && (!stored || marked != 0) {
		err = directory.NotFound(o.Kind.String(), o.ID)
	}
	return err
}
