package view

import (
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// Groups are all groups that the caller may see, by id, All Users included.
func (a *View) Groups(ctx context.Context) ([]directory.Group, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	sees := v.Groups()
	var list []directory.Group
	for g := range v.Catalog.Groups() {
		if sees(g.ID) {
			list = append(list, g)
		}
	}
	return list, nil
}

// GroupsAfter are those of Groups whose id is greater than one and that a function
// selects, at most limit; nil selects all.
func (a *View) GroupsAfter(
	ctx context.Context, after directory.GroupID, limit int, selects func(*directory.Group) bool,
) (list []directory.Group, err error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	sees := v.Groups()
	var g directory.Group // one for all: selects gets its address
	for g = range v.Catalog.GroupsAfter(after) {
		if len(list) == limit {
			break
		}
		if sees(g.ID) && (selects == nil || selects(&g)) {
			list = append(list, g)
		}
	}
	return list, nil
}

// PageOfGroups are the ids of a part of Groups, and how many there are in all;
// limit 0 is no limit.
func (a *View) PageOfGroups(ctx context.Context, offset, limit int) (ids []directory.GroupID, total int, err error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, 0, err
	}
	sees := v.Groups()
	if v.seesGroups() {
		total = v.Catalog.GroupCount()
	}
	seen := 0
	for id := range v.Catalog.GroupIDs() {
		if !sees(id) {
			continue
		}
		if seen >= offset && (limit == 0 || seen < offset+limit) {
			ids = append(ids, id)
		}
		if seen++; total > 0 && limit > 0 && seen == offset+limit {
			return ids, total, nil
		}
	}
	return ids, seen, nil
}

// OwnGroups are the groups that the caller is directly in, but for All Users.
func (a *View) OwnGroups(ctx context.Context) ([]directory.GroupID, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.User(a.caller.User)
	}
	v, err := a.view(ctx)
	if err != nil || v.me == nil {
		return nil, err
	}
	var ids []directory.GroupID
	for _, m := range v.me.Memberships {
		if _, ok := v.Catalog.Group(m.Group); ok && m.InForce(v.At) {
			ids = append(ids, m.Group)
		}
	}
	return ids, nil
}

// Group returns a group that the caller may see.
func (a *View) Group(ctx context.Context, id directory.GroupID) (directory.Group, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Row(directory.Group{ID: id}.Key())
	}
	v, err := a.view(ctx)
	if err != nil {
		return directory.Group{}, err
	}
	return v.group(id)
}

func (v *Scope) group(id directory.GroupID) (directory.Group, error) {
	g, ok := v.Catalog.Group(id)
	if !ok || !v.Groups()(id) {
		return directory.Group{}, directory.NotFound("group", id)
	}
	return g, nil
}

// GroupDetails returns groups in the order asked for, without those that the
// caller may not see. All Users counts every user. A caller who sees only its own
// groups is counted in them, and nobody else is.
func (a *View) GroupDetails(ctx context.Context, ids []directory.GroupID) ([]directory.GroupDetail, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		for _, id := range ids {
			a.expect.Group(id)
		}
	}
	list := make([]directory.GroupDetail, 0, len(ids))
	err := a.Read(ctx, func(v *Scope, r store.Reader) error {
		sees := v.Groups()
		shown := make([]directory.GroupID, 0, len(ids))
		for _, id := range ids {
			if g, ok := v.Catalog.Group(id); ok && sees(id) {
				list = append(list, directory.GroupDetail{
					Group: g, Parents: v.Catalog.Parents(id), Roles: v.Catalog.GroupRoles(id),
				})
				shown = append(shown, id)
			}
		}
		if !v.SeesUsers() && !v.seesGroups() {
			for i := range list {
				list[i].Members = v.ownMemberships(list[i].Group.ID)
			}
			return nil
		}
		counts, err := r.MemberCounts(ctx, shown, v.At)
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Members = counts[i]
			if list[i].Group.ID == directory.AllUsers {
				list[i].Members = v.Head.Users
			}
		}
		return nil
	})
	return list, err
}

// ownMemberships is 1 if the caller is directly in a group, else 0.
func (v *Scope) ownMemberships(g directory.GroupID) int64 {
	in := v.me != nil && (g == directory.AllUsers ||
		slices.ContainsFunc(v.me.Memberships, func(m directory.Membership) bool {
			return m.Group == g && m.InForce(v.At)
		}))
	if in {
		return 1
	}
	return 0
}

// ChildGroups are the groups directly in a group, by id. Every group is
// directly or indirectly in All Users; those in no other group are its
// children.
func (a *View) ChildGroups(ctx context.Context, id directory.GroupID) ([]directory.Group, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.group(id); err != nil {
		return nil, err
	}
	sees := v.Groups()
	list := []directory.Group{}
	if id == directory.AllUsers {
		for g := range v.Catalog.Groups() {
			if g.ID != id && sees(g.ID) && len(v.Catalog.Parents(g.ID)) == 0 {
				list = append(list, g)
			}
		}
		return list, nil
	}
	for _, child := range v.Catalog.Children(id) {
		if g, ok := v.Catalog.Group(child); ok && sees(child) {
			list = append(list, g)
		}
	}
	return list, nil
}

// AllGroupsOf lists the groups that a user is in now, directly or not, nearest
// first, as far as the caller sees them. All Users is not among them.
func (a *View) AllGroupsOf(ctx context.Context, user directory.UserID) ([]directory.GroupID, error) {
	v, rows, err := a.viewOf(ctx, user)
	if err != nil {
		return nil, err
	}
	sees := v.Groups()
	return slices.DeleteFunc(v.Catalog.AllGroupsOf(rows, v.At), func(g directory.GroupID) bool { return !sees(g) }), nil
}
