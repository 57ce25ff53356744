package plan

import (
	"fmt"

	"cohort/internal/directory"
)

// apply plans an edit that is authorized, in the file of the noun it is about.
func (p *Planner) apply(edit directory.Edit) (directory.Result, error) {
	switch e := edit.(type) {
	case directory.CreateUser:
		return p.createUser(e)
	case directory.UpdateUser:
		return same(e.User, p.updateUser(e))
	case directory.DeleteUser:
		return same(e.User, p.deleteUser(e))
	case directory.CreateGroup:
		return p.createGroup(e)
	case directory.UpdateGroup:
		return same(e.Group, p.updateGroup(e))
	case directory.DeleteGroup:
		return same(e.Group, p.deleteGroup(e))
	case directory.AddMember:
		return same(e.Group, p.addMember(e))
	case directory.RemoveMember:
		return same(e.Group, p.removeMember(e.User, e.Group))
	case directory.SetFirstGroup:
		return same(e.User, p.setFirstGroup(e))
	case directory.AddParent:
		return same(e.Group, p.addParent(e.Group, e.Parent))
	case directory.RemoveParent:
		return same(e.Group, p.removeParent(e.Group, e.Parent))
	case directory.SetFirstParent:
		return same(e.Group, p.setFirstParent(e))
	}
	return p.applyValues(edit)
}

func (p *Planner) applyValues(edit directory.Edit) (directory.Result, error) {
	switch e := edit.(type) {
	case directory.CreateAttribute:
		return p.createAttribute(e)
	case directory.UpdateAttribute:
		return same(e.Attribute, p.updateAttribute(e))
	case directory.DeleteAttribute:
		return same(e.Attribute, p.deleteAttribute(e))
	case directory.SetGroupValue:
		return p.setGroupValue(e)
	case directory.DeleteGroupValue:
		return same(e.Group, p.deleteGroupValue(e))
	case directory.SetGroupValues:
		return same(e.Attribute, p.setGroupValues(e))
	case directory.RenumberValues:
		return same(e.Attribute, p.renumberValues(e.Attribute))
	case directory.SetUserValue:
		return same(e.User, p.setUserValue(e))
	case directory.DeleteUserValue:
		return same(e.User, p.deleteUserValue(e))
	case directory.SetLoginEmail:
		return p.setLoginEmail(e)
	case directory.CreateAPICredential:
		return p.createAPICredential(e)
	case directory.UpdateCredential:
		return same(e.Credential, p.updateCredential(e))
	case directory.DeleteCredential:
		return same(e.Credential, p.deleteCredential(e))
	}
	return p.applyRest(edit)
}

func (p *Planner) applyRest(edit directory.Edit) (directory.Result, error) {
	switch e := edit.(type) {
	case directory.CreatePermissionSet:
		return p.createPermissionSet(e)
	case directory.UpdatePermissionSet:
		return same(e.PermissionSet, p.updatePermissionSet(e))
	case directory.DeletePermissionSet:
		return same(e.PermissionSet, p.deletePermissionSet(e))
	case directory.CreateModelSet:
		return p.createModelSet(e)
	case directory.UpdateModelSet:
		return same(e.ModelSet, p.updateModelSet(e))
	case directory.DeleteModelSet:
		return same(e.ModelSet, p.deleteModelSet(e))
	case directory.CreateRole:
		return p.createRole(e)
	case directory.UpdateRole:
		return same(e.Role, p.updateRole(e))
	case directory.DeleteRole:
		return same(e.Role, p.deleteRole(e))
	case directory.SetUserRoles:
		return same(e.User, p.setUserRoles(e))
	case directory.SetGroupRoles:
		return same(e.Group, p.setGroupRoles(e))
	case directory.SetSource:
		return directory.Result{ID: e.Object.ID}, p.setSource(e)
	case directory.DeleteSource:
		return directory.Result{ID: e.Object.ID}, p.deleteSource(e)
	case directory.SetFacet:
		return directory.Result{ID: e.Object.ID}, p.setFacet(e)
	case directory.DeleteFacet:
		return directory.Result{ID: e.Object.ID}, p.deleteFacet(e)
	case directory.SetIdentity:
		return p.setIdentity(e)
	case directory.Revert:
		err := p.revert(e)
		return directory.Result{ID: int64(e.Revision), Skipped: p.skipped}, err
	case directory.PruneHistory:
		return same(e.Through, p.pruneHistory(e))
	case directory.EraseUser:
		return same(e.User, p.eraseUser(e))
	case directory.TimePassed:
		p.passing = true
		return directory.Result{}, nil
	case directory.Initialize:
		return directory.Result{}, p.initialize()
	}
	return directory.Result{}, fmt.Errorf("no planner for the edit %T", edit)
}

// same is the result of an edit of an object that was there.
func same[T directory.ID](id T, err error) (directory.Result, error) {
	return directory.Result{ID: int64(id)}, err
}

// made is the result of an edit that made an object.
func made[T directory.ID](id T) directory.Result { return directory.Result{ID: int64(id), Made: true} }

// take gives out the next id of what clients cannot choose the id of.
func take[T directory.ID](next *T, what string) (T, error) {
	if *next > directory.MaxID {
		return 0, directory.Taken("id", "cannot be given out: a %s has the greatest that there can be, %d", what, directory.MaxID)
	}
	id := *next
	*next = id + 1
	return id, nil
}

// set copies an optional field.
func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
