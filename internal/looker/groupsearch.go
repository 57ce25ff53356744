package looker

import (
	"slices"

	"cohort/internal/directory"
)

// A groupHierarchyBody is the vendor's GroupHierarchy.
type groupHierarchyBody struct {
	groupBody
	ParentGroupIDs []string `json:"parent_group_ids"`
	RoleIDs        []string `json:"role_ids"`
}

// A groupSearchBody is the vendor's GroupSearch.
type groupSearchBody struct {
	groupBody
	Roles []roleBody `json:"roles"`
}

// searchGroupsWithHierarchy lists the matching groups, each with its ancestors. All Users,
// which contains every other group implicitly, comes first.
func searchGroupsWithHierarchy(q *request) error {
	list, err := q.groupSearch()
	if err != nil {
		return err
	}
	return replyGroups(q, list, renderedBy(func(q *request, ids []directory.GroupID) ([]groupHierarchyBody, error) {
		return renderWith(q, ids, func(d directory.GroupDetail, g groupBody) groupHierarchyBody {
			parents := slices.Clone(d.Parents)
			if d.Group.ID != directory.AllUsers {
				parents = append(parents, directory.AllUsers)
			}
			slices.Sort(parents)
			return groupHierarchyBody{g, formatIDs(parents), formatIDs(d.Roles)}
		})
	}))
}

// searchGroupsWithRoles lists the matching groups, each with the roles that it gives.
func searchGroupsWithRoles(q *request) error {
	list, err := q.groupSearch()
	if err != nil {
		return err
	}
	return replyGroups(q, list, renderedBy(func(q *request, ids []directory.GroupID) ([]groupSearchBody, error) {
		known, err := q.rolesOf(ids)
		if err != nil {
			return nil, err
		}
		return renderWith(q, ids, func(d directory.GroupDetail, g groupBody) groupSearchBody {
			roles := []roleBody{}
			for _, id := range d.Roles {
				if role, ok := known[id]; ok {
					roles = append(roles, role)
				}
			}
			return groupSearchBody{g, roles}
		})
	}))
}

// renderWith renders groups together with what belongs to each.
func renderWith[T any](q *request, ids []directory.GroupID,
	render func(directory.GroupDetail, groupBody) T) ([]T, error) {
	details, err := q.dir.GroupDetails(q.ctx(), ids)
	if err != nil {
		return nil, err
	}
	groups, err := q.renderGroups(details)
	if err != nil {
		return nil, err
	}
	bodies := make([]T, len(details))
	for i, d := range details {
		bodies[i] = render(d, groups[i])
	}
	return bodies, nil
}

// rolesOf renders the roles that any of the groups gives.
func (q *request) rolesOf(groups []directory.GroupID) (map[directory.RoleID]roleBody, error) {
	details, err := q.dir.GroupDetails(q.ctx(), groups)
	if err != nil {
		return nil, err
	}
	var ids []directory.RoleID
	for _, d := range details {
		ids = append(ids, d.Roles...)
	}
	slices.Sort(ids)
	roles, err := q.dir.Roles(q.ctx(), slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	bodies, err := roleBodies(q, roles)
	if err != nil {
		return nil, err
	}
	known := map[directory.RoleID]roleBody{}
	for i, r := range roles {
		known[r.Role.ID] = bodies[i]
	}
	return known, nil
}
