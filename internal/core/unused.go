package core

import (
	"cohort/internal/directory"
	"cohort/internal/store"
)

// firstIDs are the ids that the next objects got when a change began: nothing
// in the database has these or greater ones, as ids only go up and are never
// used again. So what hangs on an object that the change itself makes need not
// be looked for, which is half of what making one would read.
type firstIDs store.NextIDs

// unused reports whether no row can have the key.
func (f firstIDs) unused(key directory.RowKey) bool {
	switch key.Kind {
	case directory.RowGroup, directory.RowNesting, directory.RowGroupValue, directory.RowGroupRole:
		return directory.GroupID(key.A) >= f.Group
	case directory.RowUser, directory.RowMembership, directory.RowUserValue, directory.RowUserRole:
		return directory.UserID(key.A) >= f.User
	case directory.RowAttribute:
		return directory.AttributeID(key.A) >= f.Attribute
	case directory.RowSourceReference, directory.RowFacet:
		return f.unusedObject(key.Object)
	case directory.RowCredential, directory.RowPermissionSet, directory.RowModelSet, directory.RowRole:
	}
	return false
}

func (f firstIDs) unusedObject(o directory.Object) bool {
	switch o.Kind {
	case directory.ObjectUser:
		return directory.UserID(o.ID) >= f.User
	case directory.ObjectGroup:
		return directory.GroupID(o.ID) >= f.Group
	case directory.ObjectAttribute:
		return directory.AttributeID(o.ID) >= f.Attribute
	case directory.ObjectDirectory, directory.ObjectRole, directory.ObjectPermissionSet, directory.ObjectModelSet:
	}
	return false
}
