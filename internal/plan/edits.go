package plan

import (
	"errors"
	"slices"

	"cohort/internal/directory"
)

// descriptors are those of all edits.
func descriptors() []descriptor {
	return slices.Concat(
		userEdits(), credentialEdits(), groupEdits(), memberEdits(), nestingEdits(), attributeEdits(), groupValueEdits(),
		userValueEdits(), roleEdits(), setEdits(), noteEdits(), pastEdits(), serverEdits(),
	)
}

func userEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.CreateUser) directory.Object { return directory.Object{} },
			needsUsers, coversNothing, protectsNothing, (*Planner).createUser,
			needsNoTry, sealsNothing, tellsMade, isRevertible, quick,
		),
		describe(
			func(e directory.UpdateUser) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsNothing, planned((*Planner).updateUser),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteUser) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsSelf, planned((*Planner).deleteUser),
			(*Planner).mayBeLastAdministrator, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

// tellsMade finds the edit that made a user. Older records do not say whom one
// made.
func tellsMade(e directory.CreateUser, user directory.UserID, makes bool) bool {
	return e.ID == user || e.ID == 0 && makes
}

func credentialEdits() []descriptor {
	return []descriptor{
		describe(
			func(e directory.SetLoginEmail) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsNothing, (*Planner).setLoginEmail,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.CreateAPICredential) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsNothing, (*Planner).createAPICredential,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.UpdateCredential) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsNothing,
			func(p *Planner, e directory.UpdateCredential) (directory.Result, error) {
				return directory.Result{ID: int64(e.Credential)}, p.updateCredential(e)
			},
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteCredential) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsNothing,
			func(p *Planner, e directory.DeleteCredential) (directory.Result, error) {
				return directory.Result{ID: int64(e.Credential)}, p.deleteCredential(e)
			},
			needsTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetIdentity) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsNothing, (*Planner).setIdentity,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func groupEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.CreateGroup) directory.Object { return directory.Object{} },
			needsGroups, coversNothing, protectsNothing, (*Planner).createGroup,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.UpdateGroup) directory.Object { return e.Group.Object() },
			needsGroups, coversNothing, protectsAllUsers[directory.UpdateGroup]("be changed"), planned((*Planner).updateGroup),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteGroup) directory.Object { return e.Group.Object() },
			needsGroups, coversGroup, protectsAllUsers[directory.DeleteGroup]("be deleted"), planned((*Planner).deleteGroup),
			(*Planner).mayHoldAdministrators, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetGroupRoles) directory.Object { return e.Group.Object() },
			needsAdministrator, coversNothing, protectsAllUsers[directory.SetGroupRoles]("be given roles"),
			planned((*Planner).setGroupRoles),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func memberEdits() []descriptor {
	return []descriptor{
		describe(
			func(e directory.AddMember) directory.Object { return e.Group.Object() },
			needsGroups, coversGroup, protectsNothing, planned((*Planner).addMember),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.RemoveMember) directory.Object { return e.Group.Object() },
			needsGroups, coversGroup, protectsAllUsers[directory.RemoveMember]("lose a member: everyone is in it"),
			planned((*Planner).removeMember),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetFirstGroup) directory.Object { return e.User.Object() },
			needsGroups, (*Planner).coversFirstGroups, protectsNothing, planned((*Planner).setFirstGroup),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func nestingEdits() []descriptor {
	return []descriptor{
		describe(
			func(e directory.AddParent) directory.Object { return e.Group.Object() },
			needsGroups,
			func(p *Planner, e directory.AddParent, _ directory.Object) error { return p.forbidHanding(e.Parent) },
			protectsAllUsers[directory.AddParent]("be put into a group"), planned((*Planner).addParent),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.RemoveParent) directory.Object { return e.Group.Object() },
			needsGroups,
			func(p *Planner, e directory.RemoveParent, _ directory.Object) error { return p.forbidHanding(e.Parent) },
			func(_ *Planner, e directory.RemoveParent, _ directory.Object) error {
				if err := protectAllUsers(e.Parent, "lose a group: every group is in it"); err != nil {
					return err
				}
				return protectAllUsers(e.Group, "be put into a group")
			},
			planned((*Planner).removeParent),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetFirstParent) directory.Object { return e.Group.Object() },
			needsGroups, (*Planner).coversFirstParents, protectsAllUsers[directory.SetFirstParent]("be put into a group"),
			planned((*Planner).setFirstParent),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func attributeEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.CreateAttribute) directory.Object { return directory.Object{} },
			needsAttributes, coversNothing, protectsNothing, (*Planner).createAttribute,
			needsNoTry,
			func(h *hiding, e *directory.CreateAttribute) error {
				return h.sealDefault(&e.Default, e.Name == h.name)
			},
			tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.UpdateAttribute) directory.Object { return e.Attribute.Object() },
			needsAttributes, coversNothing, (*Planner).protectsComputed, planned((*Planner).updateAttribute),
			needsNoTry,
			func(h *hiding, e *directory.UpdateAttribute) error {
				return h.sealDefault(&e.Default, e.Attribute == h.attribute)
			},
			tellsNamed, isRevertible, long,
		),
		describe(
			func(e directory.DeleteAttribute) directory.Object { return e.Attribute.Object() },
			needsAttributes, coversNothing, (*Planner).protectsPermanent, planned((*Planner).deleteAttribute),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func groupValueEdits() []descriptor {
	return []descriptor{
		describe(
			func(e directory.SetGroupValue) directory.Object { return e.Attribute.Object() },
			needsValues, coversNothing, protectsComputedValues, (*Planner).setGroupValue,
			needsNoTry,
			func(h *hiding, e *directory.SetGroupValue) error {
				return h.sealValue(&e.Value, e.Attribute, e.Group.Object())
			},
			tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteGroupValue) directory.Object { return e.Attribute.Object() },
			needsValues, coversNothing, protectsComputedValues,
			func(p *Planner, e directory.DeleteGroupValue) (directory.Result, error) {
				return directory.Result{ID: int64(e.Group)}, p.deleteGroupValue(e)
			},
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetGroupValues) directory.Object { return e.Attribute.Object() },
			needsAttributes, coversNothing, protectsComputedValues, planned((*Planner).setGroupValues),
			needsNoTry, (*hiding).sealItems, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.RenumberValues) directory.Object { return e.Attribute.Object() },
			needsAttributes, coversNothing, protectsNothing,
			planned(func(p *Planner, e directory.RenumberValues) error { return p.renumberValues(e.Attribute) }),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func userValueEdits() []descriptor {
	return []descriptor{
		describe(
			func(e directory.SetUserValue) directory.Object { return e.User.Object() },
			func(p *Planner, e directory.SetUserValue, _ directory.Object) error {
				return p.requireForValue(e.User, e.Attribute)
			},
			func(p *Planner, e directory.SetUserValue, o directory.Object) error {
				if !e.Attribute.Computed() {
					return nil
				}
				return coversUser(p, e, o) // it is a field of the user
			},
			func(p *Planner, e directory.SetUserValue, _ directory.Object) error {
				if isField(e.Attribute) {
					return nil
				}
				return protectsComputedValues(p, e, e.Attribute.Object())
			},
			planned((*Planner).setUserValue),
			needsNoTry,
			func(h *hiding, e *directory.SetUserValue) error {
				return h.sealValue(&e.Value, e.Attribute, e.User.Object())
			},
			tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteUserValue) directory.Object { return e.User.Object() },
			func(p *Planner, e directory.DeleteUserValue, _ directory.Object) error {
				return p.requireForValue(e.User, e.Attribute)
			},
			coversNothing,
			func(p *Planner, e directory.DeleteUserValue, _ directory.Object) error {
				return protectsComputedValues(p, e, e.Attribute.Object())
			},
			planned((*Planner).deleteUserValue),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func roleEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.CreateRole) directory.Object { return directory.Object{} },
			needsAdministrator, coversNothing, protectsNothing, (*Planner).createRole,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.UpdateRole) directory.Object { return e.Role.Object() },
			needsAdministrator, coversNothing, protectsBuiltIn, planned((*Planner).updateRole),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteRole) directory.Object { return e.Role.Object() },
			needsAdministrator, coversNothing, protectsBuiltIn, planned((*Planner).deleteRole),
			needsTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetUserRoles) directory.Object { return e.User.Object() },
			needsAdministrator, coversNothing, protectsNothing, planned((*Planner).setUserRoles),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func setEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.CreatePermissionSet) directory.Object { return directory.Object{} },
			needsAdministrator, coversNothing, protectsNothing, (*Planner).createPermissionSet,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.UpdatePermissionSet) directory.Object { return e.PermissionSet.Object() },
			needsAdministrator, coversNothing, protectsBuiltIn, planned((*Planner).updatePermissionSet),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeletePermissionSet) directory.Object { return e.PermissionSet.Object() },
			needsAdministrator, coversNothing, protectsBuiltIn,
			planned(func(p *Planner, e directory.DeletePermissionSet) error { return p.deleteSet(e.PermissionSet.Object()) }),
			needsTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(directory.CreateModelSet) directory.Object { return directory.Object{} },
			needsAdministrator, coversNothing, protectsNothing, (*Planner).createModelSet,
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.UpdateModelSet) directory.Object { return e.ModelSet.Object() },
			needsAdministrator, coversNothing, protectsBuiltIn, planned((*Planner).updateModelSet),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteModelSet) directory.Object { return e.ModelSet.Object() },
			needsAdministrator, coversNothing, protectsBuiltIn,
			planned(func(p *Planner, e directory.DeleteModelSet) error { return p.deleteSet(e.ModelSet.Object()) }),
			needsTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

// noteEdits are those of what other systems and dialects keep with an object.
func noteEdits() []descriptor {
	return []descriptor{
		describe(
			func(e directory.SetSource) directory.Object { return e.Object },
			needsManager, coversNaming, protectsNothing, planned((*Planner).setSource),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteSource) directory.Object { return e.Object },
			needsManager, coversNaming, protectsNothing, planned((*Planner).deleteSource),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.SetFacet) directory.Object { return e.Object },
			func(p *Planner, e directory.SetFacet, o directory.Object) error {
				return p.requireForFacet(o, e.Dialect)
			},
			coversObject, protectsNothing, planned((*Planner).setFacet),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
		describe(
			func(e directory.DeleteFacet) directory.Object { return e.Object },
			func(p *Planner, e directory.DeleteFacet, o directory.Object) error {
				return p.requireForFacet(o, e.Dialect)
			},
			coversObject, protectsNothing, planned((*Planner).deleteFacet),
			needsNoTry, sealsNothing, tellsNamed, isRevertible, quick,
		),
	}
}

func pastEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.Revert) directory.Object { return directory.Object{} },
			needsHistory, coversNothing, protectsNothing,
			func(p *Planner, e directory.Revert) (directory.Result, error) {
				err := p.revert(e)
				return directory.Result{ID: int64(e.Revision), Skipped: p.skipped}, err
			},
			needsNoTry, sealsNothing, tellsNamed, isRevertible, long,
		),
		describe(
			func(e directory.EraseUser) directory.Object { return e.User.Object() },
			needsUsers, coversUser, protectsSelf, planned((*Planner).eraseUser),
			needsNoTry, sealsNothing, tellsNothing, "erased a user, which cannot be undone", long,
		),
		describe(
			func(directory.PruneHistory) directory.Object { return directory.Object{} },
			needsAdministrator, coversNothing, protectsNothing,
			func(p *Planner, e directory.PruneHistory) (directory.Result, error) {
				return directory.Result{ID: int64(e.Through)}, p.pruneHistory(e)
			},
			needsNoTry, sealsNothing, tellsNothing, "pruned the history, which cannot be undone", quick,
		),
	}
}

// serverEdits are those that only the program itself makes.
func serverEdits() []descriptor {
	return []descriptor{
		describe(
			func(directory.Initialize) directory.Object { return directory.Object{} },
			needsServer, coversNothing, protectsNothing,
			planned(func(p *Planner, _ directory.Initialize) error { return p.initialize() }),
			needsNoTry, sealsNothing, tellsNothing, "made what every directory has and cannot be reverted", quick,
		),
		describe(
			func(directory.ForgetFacets) directory.Object { return directory.Object{} },
			needsServer, coversNothing, protectsNothing, planned((*Planner).forgetFacets),
			needsNoTry, sealsNothing, tellsNothing, "forgot what should not have been kept, which cannot be undone", long,
		),
		describe(
			func(directory.TimePassed) directory.Object { return directory.Object{} },
			needsServer, coversNothing, protectsNothing,
			planned(func(p *Planner, _ directory.TimePassed) error {
				p.passing = true
				return nil
			}),
			needsNoTry, sealsNothing, tellsNothing, isRevertible, quick,
		),
		describe(
			func(directory.Baseline) directory.Object { return directory.Object{} },
			needsServer, coversNothing, protectsNothing,
			planned(func(*Planner, directory.Baseline) error { return errors.New("a baseline is planned by its import") }),
			needsNoTry, sealsNothing, tellsNothing,
			"is part of an import, whose rows it does not show, and cannot be reverted", quick,
		),
	}
}
