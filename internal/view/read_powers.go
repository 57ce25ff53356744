package view

import (
	"context"

	"cohort/internal/directory"
)

// PowersOf is what a user may do now or at any later time, as its memberships
// are. Whether it is disabled is not looked at. Only the program itself asks.
func (a *View) PowersOf(ctx context.Context, id directory.UserID) (directory.Permissions, error) {
	v, rows, err := a.viewOf(ctx, id)
	if err != nil {
		return 0, err
	}
	return v.Catalog.PermissionsFrom(rows, v.At), nil
}

// GroupPowers is what a group gives to those in it, by its own roles and those
// of the groups above it.
func (a *View) GroupPowers(ctx context.Context, id directory.GroupID) (directory.Permissions, error) {
	v, err := a.view(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := v.group(id); err != nil {
		return 0, err
	}
	return v.Catalog.PermissionsOfRoles(v.Catalog.RolesOfGroups(id)), nil
}
