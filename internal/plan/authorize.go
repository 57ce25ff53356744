package plan

import (
	"cohort/internal/directory"
)

// authorize decides whether the caller may make an edit: whether it has the
// permission that the edit needs, and whether the edit would hand out or touch
// powers that the caller lacks. It is the only place that decides this, for every
// dialect, for real edits and for those that are only asked about.
func (p *Planner) authorize(edit directory.Edit) error {
	if p.Caller.IsSystem() {
		return nil
	}
	d, err := p.env.descriptor(edit)
	if err != nil {
		return err
	}
	return d.authorize(p, edit)
}

// require asks for a permission, and notes that it was needed.
func (p *Planner) require(need directory.Permission) error {
	if !p.Powers.Has(need) {
		return directory.Forbidden("the permission %s is needed", need)
	}
	p.Needed |= directory.Permissions(need)
	return nil
}

// requireForFacet asks for the permission to write what a dialect keeps with an
// object. A dialect writes its own; through any other door it is up to
// administrators.
func (p *Planner) requireForFacet(o directory.Object, dialect string) error {
	if p.env.Facets[dialect] == nil || p.Caller.Dialect != dialect && !p.reverting {
		return p.require(directory.Administer)
	}
	return p.require(managing(o))
}

// requireForValue asks for the permission to set a user's own value. Everyone may
// set or remove their own of an attribute that users may edit.
func (p *Planner) requireForValue(user directory.UserID, attribute directory.AttributeID) error {
	a, ok := p.Catalog.Attribute(attribute)
	if ok && a.UserCanEdit && user == p.Caller.User && !p.Powers.Has(directory.SetValues) {
		return nil
	}
	return p.require(directory.SetValues)
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

// coversFirstGroups refuses to put a user into a group, and to take it out of the
// one in whose place it comes, if one of them gives more than the caller has.
func (p *Planner) coversFirstGroups(e directory.SetFirstGroup, _ directory.Object) error {
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

// coversFirstParents is coversFirstGroups for a group.
func (p *Planner) coversFirstParents(e directory.SetFirstParent, _ directory.Object) error {
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
	holds, err := p.held(id)
	if err != nil {
		return err
	}
	if !p.Powers.Covers(holds) {
		return directory.Forbidden("the user has permissions that you do not have")
	}
	p.Needed |= holds
	return nil
}

// coversNaming refuses to change the key under which another system knows an object
// that gives more than the caller has: that system may decide by the key who is in a
// group.
func coversNaming[E directory.Edit](p *Planner, e E, o directory.Object) error {
	if o.Kind == directory.ObjectGroup {
		return coversGroup(p, e, o)
	}
	return coversObject(p, e, o)
}

func coversObject[E directory.Edit](p *Planner, e E, o directory.Object) error {
	if o.Kind != directory.ObjectUser {
		return nil
	}
	return coversUser(p, e, o)
}
