package plan

import (
	"cohort/internal/directory"
)

// authorize decides whether the caller may make an edit: whether it has the
// permission that the edit names, whether the edit would hand out or touch
// powers that the caller lacks, and whether All Users forbids it. It is the
// only place that decides this, for every dialect, for real edits and for
// those that are only asked about.
func (p *Planner) authorize(edit directory.Edit) error {
	if p.Caller.IsSystem() {
		return nil
	}
	need, ok := p.needs(edit)
	if !ok {
		return directory.Forbidden("this is done by the server only")
	}
	switch {
	case p.Powers.Has(need):
		p.Needed |= directory.Permissions(need)
	case !p.ownEdit(edit):
		return directory.Forbidden("the permission %s is needed", need)
	}
	return p.forbidEscalation(edit)
}

// needs names the permission that an edit needs; ok is false for edits that no
// caller may make.
func (p *Planner) needs(edit directory.Edit) (need directory.Permission, ok bool) {
	switch e := edit.(type) {
	case directory.CreateUser, directory.UpdateUser, directory.DeleteUser,
		directory.SetLoginEmail, directory.CreateAPICredential, directory.UpdateCredential, directory.DeleteCredential,
		directory.SetIdentity, directory.EraseUser:
		return directory.ManageUsers, true
	case directory.Revert:
		return directory.SeeHistory, true // and what each row needs; see authorizeRow
	case directory.CreateGroup, directory.UpdateGroup, directory.DeleteGroup, directory.AddMember, directory.RemoveMember,
		directory.SetFirstGroup, directory.AddParent, directory.RemoveParent, directory.SetFirstParent:
		return directory.ManageGroups, true
	case directory.CreateAttribute, directory.UpdateAttribute, directory.DeleteAttribute, directory.SetGroupValues,
		directory.RenumberValues:
		return directory.ManageAttributes, true
	case directory.SetGroupValue, directory.DeleteGroupValue, directory.SetUserValue, directory.DeleteUserValue:
		return directory.SetValues, true
	case directory.CreatePermissionSet, directory.UpdatePermissionSet, directory.DeletePermissionSet,
		directory.CreateModelSet, directory.UpdateModelSet, directory.DeleteModelSet,
		directory.CreateRole, directory.UpdateRole, directory.DeleteRole, directory.SetUserRoles, directory.SetGroupRoles,
		directory.PruneHistory:
		return directory.Administer, true
	case directory.SetSource:
		return managing(e.Object), true
	case directory.DeleteSource:
		return managing(e.Object), true
	case directory.SetFacet:
		return p.keeping(e.Object, e.Dialect), true
	case directory.DeleteFacet:
		return p.keeping(e.Object, e.Dialect), true
	}
	return 0, false
}

// keeping is the permission to write what a dialect keeps with an object. A
// dialect writes its own; through any other door it is up to administrators.
func (p *Planner) keeping(o directory.Object, dialect string) directory.Permission {
	if p.env.Facets[dialect] == nil || p.Caller.Dialect != dialect && !p.reverting {
		return directory.Administer
	}
	return managing(o)
}

// managing is the permission to change objects of a kind.
func managing(o directory.Object) directory.Permission {
	switch o.Kind {
	case directory.ObjectUser:
		return directory.ManageUsers
	case directory.ObjectGroup:
		return directory.ManageGroups
	case directory.ObjectAttribute:
		return directory.ManageAttributes
	default:
		return directory.Administer
	}
}

// ownEdit reports whether an edit is one that everyone may make: setting or
// removing one's own value of an attribute that users may edit.
func (p *Planner) ownEdit(edit directory.Edit) bool {
	var user directory.UserID
	var attribute directory.AttributeID
	switch e := edit.(type) {
	case directory.SetUserValue:
		user, attribute = e.User, e.Attribute
	case directory.DeleteUserValue:
		user, attribute = e.User, e.Attribute
	}
	a, ok := p.Catalog.Attribute(attribute)
	return ok && a.UserCanEdit && user == p.Caller.User
}

// forbidEscalation refuses to hand out or take powers that the caller lacks, and
// to touch the identity of someone who has them. It is early and its messages
// are good; comparePowers decides.
func (p *Planner) forbidEscalation(edit directory.Edit) error {
	switch e := edit.(type) {
	case directory.AddMember:
		return p.forbidHanding(e.Group)
	case directory.RemoveMember:
		return p.forbidHanding(e.Group)
	case directory.SetFirstGroup:
		return p.forbidReplacingGroup(e)
	case directory.AddParent:
		return p.forbidHanding(e.Parent)
	case directory.RemoveParent:
		return p.forbidHanding(e.Parent)
	case directory.SetFirstParent:
		return p.forbidReplacingParent(e)
	case directory.DeleteGroup:
		return p.forbidHanding(e.Group)
	case directory.UpdateUser:
		return p.forbidTouching(e.User)
	case directory.DeleteUser:
		return p.forbidTouching(e.User)
	case directory.SetLoginEmail:
		return p.forbidTouching(e.User)
	case directory.SetIdentity:
		return p.forbidTouching(e.User)
	case directory.EraseUser:
		return p.forbidTouching(e.User)
	case directory.CreateAPICredential:
		return p.forbidTouching(e.User)
	case directory.UpdateCredential:
		return p.forbidTouching(e.User)
	case directory.DeleteCredential:
		return p.forbidTouching(e.User)
	case directory.SetUserValue:
		if e.Attribute.Computed() {
			return p.forbidTouching(e.User) // it is a field of the user
		}
	case directory.SetSource:
		return p.forbidNaming(e.Object)
	case directory.DeleteSource:
		return p.forbidNaming(e.Object)
	case directory.SetFacet:
		return p.forbidTouchingObject(e.Object)
	case directory.DeleteFacet:
		return p.forbidTouchingObject(e.Object)
	}
	return nil
}

// forbidReplacingGroup refuses to put a user into a group, and to take it out
// of the one in whose place it comes, if one of them gives more than the
// caller has.
func (p *Planner) forbidReplacingGroup(e directory.SetFirstGroup) error {
	if err := p.forbidHanding(e.Group); err != nil {
		return err
	}
	u, err := p.AnyUser(e.User)
	if err != nil {
		return err
	}
	if first, ok := p.firstMembership(&u.After); ok {
		return p.forbidHanding(first.Group)
	}
	return nil
}

// forbidReplacingParent is forbidReplacingGroup for a group.
func (p *Planner) forbidReplacingParent(e directory.SetFirstParent) error {
	if err := p.forbidHanding(e.Parent); err != nil {
		return err
	}
	if parents := p.Catalog.Parents(e.Group); len(parents) > 0 {
		return p.forbidHanding(parents[0])
	}
	return nil
}

// forbidHanding refuses to put anyone into a group that gives more than the
// caller has, and to take anyone out of it.
func (p *Planner) forbidHanding(group directory.GroupID) error {
	if group == 0 {
		return nil
	}
	gives := p.Catalog.PermissionsOfRoles(p.Catalog.RolesOfGroups(group))
	if !p.Powers.Covers(gives) {
		return directory.Forbidden("the group gives permissions that you do not have")
	}
	p.Needed |= gives
	return nil
}

// forbidTouching refuses to touch the credentials, e-mail, identity or state of
// a user who may do more than the caller, now or later.
func (p *Planner) forbidTouching(id directory.UserID) error {
	if id == p.Caller.User {
		return nil
	}
	u, err := p.AnyUser(id)
	if err != nil {
		return err
	}
	holds := p.Catalog.PermissionsFrom(&u.After, p.At)
	if !p.Powers.Covers(holds) {
		return directory.Forbidden("the user has permissions that you do not have")
	}
	p.Needed |= holds
	return nil
}

// forbidNaming refuses to change by which key another system knows an object that
// gives more than the caller has: who is in a group may follow from that key.
func (p *Planner) forbidNaming(o directory.Object) error {
	if o.Kind == directory.ObjectGroup {
		return p.forbidHanding(directory.GroupID(o.ID))
	}
	return p.forbidTouchingObject(o)
}

func (p *Planner) forbidTouchingObject(o directory.Object) error {
	if o.Kind != directory.ObjectUser {
		return nil
	}
	return p.forbidTouching(directory.UserID(o.ID))
}
