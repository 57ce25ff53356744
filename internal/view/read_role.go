package view

import (
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// roles returns a test for the roles that the caller sees: all, if it sees
// every group, else those that it holds.
func (v *Scope) roles() func(directory.RoleID) bool {
	if v.seesGroups() {
		return func(directory.RoleID) bool { return true }
	}
	var own []directory.RoleID
	if v.me != nil {
		own = v.Catalog.RolesOf(v.me, v.At)
	}
	return func(id directory.RoleID) bool { return slices.Contains(own, id) }
}

// seesRole refuses a role that the caller does not see.
func (v *Scope) seesRole(id directory.RoleID) error {
	if _, ok := v.Catalog.Role(id); !ok || !v.roles()(id) {
		return directory.NotFound("role", id)
	}
	return nil
}

func (v *Scope) roleDetail(r directory.Role) directory.RoleDetail {
	d := directory.RoleDetail{Role: r}
	d.PermissionSet, _ = v.Catalog.PermissionSet(r.PermissionSet)
	d.ModelSet, _ = v.Catalog.ModelSet(r.ModelSet)
	return d
}

// Roles are in the order asked for; ids that the caller may not see are left
// out.
func (a *View) Roles(ctx context.Context, ids []directory.RoleID) ([]directory.RoleDetail, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	sees := v.roles()
	list := make([]directory.RoleDetail, 0, len(ids))
	for _, id := range ids {
		if r, ok := v.Catalog.Role(id); ok && sees(id) {
			list = append(list, v.roleDetail(r))
		}
	}
	return list, nil
}

// AllRoles are the roles that the caller may see, by id.
func (a *View) AllRoles(ctx context.Context) ([]directory.RoleDetail, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	sees := v.roles()
	list := []directory.RoleDetail{}
	for r := range v.Catalog.Roles() {
		if sees(r.ID) {
			list = append(list, v.roleDetail(r))
		}
	}
	return list, nil
}

// PermissionSets are those that the caller may see, by id: all, or those of the
// roles that it holds.
func (a *View) PermissionSets(ctx context.Context) ([]directory.PermissionSet, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	seen := v.visibleSets(func(r directory.Role) int64 { return int64(r.PermissionSet) })
	list := []directory.PermissionSet{}
	for s := range v.Catalog.PermissionSets() {
		if seen(int64(s.ID)) {
			list = append(list, s)
		}
	}
	return list, nil
}

// ModelSets are those that the caller may see, by id: all, or those of the
// roles that it holds.
func (a *View) ModelSets(ctx context.Context) ([]directory.ModelSet, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	seen := v.visibleSets(func(r directory.Role) int64 { return int64(r.ModelSet) })
	list := []directory.ModelSet{}
	for s := range v.Catalog.ModelSets() {
		if seen(int64(s.ID)) {
			list = append(list, s)
		}
	}
	return list, nil
}

// visibleSets returns a test for the sets that the caller sees; of returns the set of
// a role.
func (v *Scope) visibleSets(of func(directory.Role) int64) func(int64) bool {
	if v.seesGroups() {
		return func(int64) bool { return true }
	}
	own := map[int64]bool{}
	sees := v.roles()
	for r := range v.Catalog.Roles() {
		if sees(r.ID) {
			own[of(r)] = true
		}
	}
	return func(id int64) bool { return own[id] }
}

// RoleGroups are the groups that give a role directly, by id, of those that
// the caller may see.
func (a *View) RoleGroups(ctx context.Context, id directory.RoleID) ([]directory.GroupID, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.RowsOf(id.Object(), directory.RowGroupRole)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.seesRole(id); err != nil {
		return nil, err
	}
	sees := v.Groups()
	return slices.DeleteFunc(v.Catalog.RoleGroups(id), func(g directory.GroupID) bool { return !sees(g) }), nil
}

// RoleHolders selects the users who hold a role: directly, and, unless only those
// are wanted, through the groups that give it and all groups in these.
func (a *View) RoleHolders(ctx context.Context, id directory.RoleID, directly bool) (directory.UserFilter, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.RowsOf(id.Object(), directory.RowUserRole)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.seesRole(id); err != nil {
		return nil, err
	}
	return v.roleHolders(id, directly), nil
}

func (v *Scope) roleHolders(id directory.RoleID, directly bool) directory.UserFilter {
	given := directory.UsersHaving{id}
	from := v.Catalog.RoleGroups(id)
	if directly || len(from) == 0 {
		return given
	}
	return directory.UsersOr{given, directory.UsersIn{Groups: v.below(from), At: v.At}}
}

// below are groups and all that are in them, each once.
func (v *Scope) below(ids []directory.GroupID) []directory.GroupID {
	seen := map[directory.GroupID]bool{}
	var all []directory.GroupID
	for queue := slices.Clone(ids); len(queue) > 0; queue = queue[1:] {
		if id := queue[0]; !seen[id] {
			seen[id] = true
			all = append(all, id)
			queue = append(queue, v.Catalog.Children(id)...)
		}
	}
	return all
}

// RoleCounts says how many of the users that the caller may see hold each of
// the roles, in the order asked for, each user once however it holds the role.
// Roles that the caller may not see count 0.
func (a *View) RoleCounts(ctx context.Context, ids []directory.RoleID) (counts []int64, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		counts = make([]int64, len(ids))
		sees := v.roles()
		for i, id := range ids {
			if !sees(id) {
				continue
			}
			where := v.roleHolders(id, false)
			if !v.SeesUsers() {
				where = directory.UsersAnd{directory.UsersByID{a.caller.User}, where}
			}
			_, n, err := r.Users(ctx, directory.UserQuery{Where: where, Limit: 1})
			if err != nil {
				return err
			}
			counts[i] = int64(n)
		}
		return nil
	})
	return counts, err
}
