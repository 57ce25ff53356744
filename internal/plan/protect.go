package plan

import (
	"cohort/internal/directory"
)

// protect refuses edits of objects that nobody may edit so, whatever the
// values are and whoever asks: All Users, built-in roles and sets, computed
// and permanent attributes.
func (p *Planner) protect(edit directory.Edit) error {
	d, err := p.env.descriptor(edit)
	if err != nil {
		return err
	}
	return d.protect(p, edit)
}

func protectAllUsers(id directory.GroupID, cannot string) error {
	if id == directory.AllUsers {
		return directory.Forbidden("All Users cannot %s", cannot)
	}
	return nil
}

// protectsComputedValues refuses to set or remove values of a computed attribute.
func protectsComputedValues[E directory.Edit](_ *Planner, _ E, o directory.Object) error {
	if directory.AttributeID(o.ID).Computed() {
		return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
	}
	return nil
}

// isField reports whether a computed attribute is a field of the user that can
// be written.
func isField(id directory.AttributeID) bool {
	return id == directory.AttrFirstName || id == directory.AttrLastName || id == directory.AttrTimezone
}

func (p *Planner) protectsComputed(e directory.UpdateAttribute, _ directory.Object) error {
	if a, ok := p.Catalog.Attribute(e.Attribute); ok && a.System {
		return directory.Protected("attribute", "%s is computed and cannot be edited", a.Name)
	}
	return nil
}

func (p *Planner) protectsPermanent(e directory.DeleteAttribute, _ directory.Object) error {
	if a, ok := p.Catalog.Attribute(e.Attribute); ok && (a.System || a.Permanent) {
		return directory.Protected("attribute", "%s is built in and cannot be deleted", a.Name)
	}
	return nil
}

// protectsBuiltIn refuses an edit of a role or set that every directory has.
func protectsBuiltIn[E directory.Edit](p *Planner, _ E, o directory.Object) error {
	var name string
	var builtIn bool
	switch o.Kind {
	case directory.ObjectRole:
		r, _ := p.Catalog.Role(directory.RoleID(o.ID))
		name, builtIn = r.Name, r.BuiltIn
	case directory.ObjectPermissionSet:
		s, _ := p.Catalog.PermissionSet(directory.PermissionSetID(o.ID))
		name, builtIn = s.Name, s.BuiltIn
	case directory.ObjectModelSet:
		s, _ := p.Catalog.ModelSet(directory.ModelSetID(o.ID))
		name, builtIn = s.Name, s.BuiltIn
	default:
	}
	if builtIn {
		return directory.Protected(o.Kind.String(), "%s is built in and cannot be changed", name)
	}
	return nil
}
