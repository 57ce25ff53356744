package working

import (
	"errors"

	"cohort/internal/directory"
)

// Look reports whether an object is stored, and since when it is marked deleted;
// 0 is not marked.
func (w *Change) Look(o directory.Object) (stored bool, marked directory.Revision, err error) {
	switch o.Kind {
	case directory.ObjectDirectory:
		stored = o.ID == 0
	case directory.ObjectUser:
		u, err := w.AnyUser(directory.UserID(o.ID))
		if err != nil {
			return false, 0, err
		}
		stored, marked = u.After.User.ID != 0, u.After.User.DeletedRev
	case directory.ObjectGroup:
		g, ok := w.Catalog.RawGroup(directory.GroupID(o.ID))
		stored, marked = ok, g.DeletedRev
	case directory.ObjectAttribute:
		a, ok := w.Catalog.RawAttribute(directory.AttributeID(o.ID))
		stored, marked = ok, a.DeletedRev
	case directory.ObjectRole:
		_, stored = w.Catalog.Role(directory.RoleID(o.ID))
	case directory.ObjectPermissionSet:
		_, stored = w.Catalog.PermissionSet(directory.PermissionSetID(o.ID))
	case directory.ObjectModelSet:
		_, stored = w.Catalog.ModelSet(directory.ModelSetID(o.ID))
	default:
		return false, 0, errors.New("an object kind without a lookup")
	}
	return stored, marked, nil
}
