package looker

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/role"
)

// A groupHierarchyBody is the vendor's GroupHierarchy.
type groupHierarchyBody struct {
	document.Group
	ParentGroupIDs []string `json:"parent_group_ids"`
	RoleIDs        []string `json:"role_ids"`
}

// A groupSearchBody is the vendor's GroupSearch.
type groupSearchBody struct {
	document.Group
	Roles []role.Body `json:"roles"`
}

// searchGroupsWithHierarchy lists the matching groups, each with its ancestors. All Users,
// which contains every other group implicitly, comes first.
func searchGroupsWithHierarchy(q *protocol.Request) error {
	list, err := groupSearch(q)
	if err != nil {
		return err
	}
	return replyGroups(q, list, protocol.Rendered(func(q *protocol.Request, ids []directory.GroupID) ([]groupHierarchyBody,
		error) {
		return renderWith(q, ids, func(d directory.GroupDetail, g document.Group) groupHierarchyBody {
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
func searchGroupsWithRoles(q *protocol.Request) error {
	list, err := groupSearch(q)
	if err != nil {
		return err
	}
	return replyGroups(q, list, protocol.Rendered(func(q *protocol.Request, ids []directory.GroupID) ([]groupSearchBody,
		error) {
		known, err := rolesOf(q, ids)
		if err != nil {
			return nil, err
		}
		return renderWith(q, ids, func(d directory.GroupDetail, g document.Group) groupSearchBody {
			roles := []role.Body{}
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
func renderWith[T any](q *protocol.Request, ids []directory.GroupID,
	render func(directory.GroupDetail, document.Group) T) ([]T, error) {
	details, err := q.Dir.GroupDetails(q.Context(), ids)
	if err != nil {
		return nil, err
	}
	groups, err := document.Groups(q, details)
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
func rolesOf(q *protocol.Request, groups []directory.GroupID) (map[directory.RoleID]role.Body, error) {
	details, err := q.Dir.GroupDetails(q.Context(), groups)
	if err != nil {
		return nil, err
	}
	var ids []directory.RoleID
	for _, d := range details {
		ids = append(ids, d.Roles...)
	}
	slices.Sort(ids)
	roles, err := q.Dir.Roles(q.Context(), slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	bodies, err := role.Bodies(q, roles)
	if err != nil {
		return nil, err
	}
	known := map[directory.RoleID]role.Body{}
	for i, r := range roles {
		known[r.Role.ID] = bodies[i]
	}
	return known, nil
}

func formatIDs[T directory.ID](ids []T) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = directory.FormatID(id)
	}
	return texts
}
