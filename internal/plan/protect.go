package plan

import (
	"cohort/internal/directory"
)

// protect refuses edits of objects that nobody may edit so, whatever the
// values are and whoever asks: All Users, built-in roles and sets, computed
// and permanent attributes.
func (p *Planner) protect(edit directory.Edit) error {
	switch e := edit.(type) {
	case directory.UpdateGroup:
		return protectAllUsers(e.Group, "be changed")
	case directory.DeleteGroup:
		return protectAllUsers(e.Group, "be deleted")
	case directory.RemoveMember:
		return protectAllUsers(e.Group, "lose a member: everyone is in it")
	case directory.AddParent:
		return protectAllUsers(e.Group, "be put into a group")
	case directory.SetFirstParent:
		return protectAllUsers(e.Group, "be put into a group")
	case directory.RemoveParent:
		if err := protectAllUsers(e.Parent, "lose a group: every group is in it"); err != nil {
			return err
		}
		return protectAllUsers(e.Group, "be put into a group")
	case directory.SetGroupRoles:
		return protectAllUsers(e.Group, "be given roles")
	case directory.DeleteUser:
		return p.protectSelf(e.User)
	case directory.EraseUser:
		return p.protectSelf(e.User)
	}
	if id, removes, ok := valueOf(edit); ok {
		return p.protectComputed(id, removes)
	}
	return p.protectBuiltIn(edit)
}

func (p *Planner) protectSelf(id directory.UserID) error {
	if !p.Caller.IsSystem() && (id == p.Caller.User || id == p.Caller.Sudoer) {
		return directory.Forbidden("users cannot delete themselves")
	}
	return nil
}

func protectAllUsers(id directory.GroupID, what string) error {
	if id == directory.AllUsers {
		return directory.Forbidden("All Users cannot %s", what)
	}
	return nil
}

// valueOf returns the attribute whose values an edit sets or removes. A
// user's own value of some computed attributes can be set, as it is a field of
// the user: removes is true for every other edit.
func valueOf(edit directory.Edit) (id directory.AttributeID, removes, ok bool) {
	switch e := edit.(type) {
	case directory.SetGroupValue:
		return e.Attribute, true, true
	case directory.SetGroupValues:
		return e.Attribute, true, true
	case directory.DeleteGroupValue:
		return e.Attribute, true, true
	case directory.DeleteUserValue:
		return e.Attribute, true, true
	case directory.SetUserValue:
		return e.Attribute, false, true
	}
	return 0, false, false
}

func (p *Planner) protectComputed(id directory.AttributeID, removes bool) error {
	if !id.Computed() || !removes && fieldOf(id) {
		return nil
	}
	return directory.Protected("attribute", "is computed from the user: it has no values to set or remove")
}

// fieldOf reports whether a computed attribute is a field of the user that can
// be written.
func fieldOf(id directory.AttributeID) bool {
	return id == directory.AttrFirstName || id == directory.AttrLastName || id == directory.AttrTimezone
}

func (p *Planner) protectBuiltIn(edit directory.Edit) error {
	switch e := edit.(type) {
	case directory.UpdateAttribute:
		if a, ok := p.Catalog.Attribute(e.Attribute); ok && a.System {
			return directory.Protected("attribute", "%s is computed and cannot be edited", a.Name)
		}
	case directory.DeleteAttribute:
		if a, ok := p.Catalog.Attribute(e.Attribute); ok && (a.System || a.Permanent) {
			return directory.Protected("attribute", "%s is built in and cannot be deleted", a.Name)
		}
	case directory.UpdateRole:
		return p.protectRole(e.Role)
	case directory.DeleteRole:
		return p.protectRole(e.Role)
	case directory.UpdatePermissionSet:
		return p.protectPermissionSet(e.PermissionSet)
	case directory.DeletePermissionSet:
		return p.protectPermissionSet(e.PermissionSet)
	case directory.UpdateModelSet:
		return p.protectModelSet(e.ModelSet)
	case directory.DeleteModelSet:
		return p.protectModelSet(e.ModelSet)
	}
	return nil
}

func (p *Planner) protectRole(id directory.RoleID) error {
	if r, ok := p.Catalog.Role(id); ok && r.BuiltIn {
		return directory.Protected("role", "%s is built in and cannot be changed", r.Name)
	}
	return nil
}

func (p *Planner) protectPermissionSet(id directory.PermissionSetID) error {
	if s, ok := p.Catalog.PermissionSet(id); ok && s.BuiltIn {
		return directory.Protected("permission_set", "%s is built in and cannot be changed", s.Name)
	}
	return nil
}

func (p *Planner) protectModelSet(id directory.ModelSetID) error {
	if s, ok := p.Catalog.ModelSet(id); ok && s.BuiltIn {
		return directory.Protected("model_set", "%s is built in and cannot be changed", s.Name)
	}
	return nil
}
