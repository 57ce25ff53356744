package role

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// A Body is the vendor's Role in replies. The ids of its two sets are write-only.
type Body struct {
	Can           document.Can      `json:"can"`
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PermissionSet permissionSetBody `json:"permission_set"`
	ModelSet      modelSetBody      `json:"model_set"`
	URL           string            `json:"url"`
	UsersURL      string            `json:"users_url"`
}

// A roleSearchBody is the vendor's RoleSearch.
type roleSearchBody struct {
	Body
	UserCount int64 `json:"user_count"`
}

// Bodies renders roles with their sets.
func Bodies(q *protocol.Request, roles []directory.RoleDetail) ([]Body, error) {
	answers, err := document.AskCan(q, roleCanMember(q), roles, func(directory.RoleDetail) []directory.Edit {
		return []directory.Edit{directory.CreateRole{}}
	})
	if err != nil {
		return nil, err
	}
	permissions := make([]directory.PermissionSet, len(roles))
	models := make([]directory.ModelSet, len(roles))
	for i, r := range roles {
		permissions[i], models[i] = r.PermissionSet, r.ModelSet
	}
	permissionBodies, err := permissionSetBodies(q, permissions)
	if err != nil {
		return nil, err
	}
	modelBodies, err := modelSetBodies(q, models)
	if err != nil {
		return nil, err
	}
	bodies := make([]Body, len(roles))
	for i, r := range roles {
		id := directory.FormatID(r.Role.ID)
		bodies[i] = Body{
			Can: editCan(answers[i]), ID: id, Name: r.Role.Name,
			PermissionSet: permissionBodies[i], ModelSet: modelBodies[i],
			URL: q.URL("roles", id), UsersURL: q.URL("roles", id, "users"),
		}
	}
	return bodies, nil
}

// roleCanMember returns the member of the reply that "can" of a role or set belongs to.
func roleCanMember(q *protocol.Request) string {
	for _, outer := range []string{"roles", "permission_set", "model_set"} {
		if q.Fields.Wants(outer) {
			return outer
		}
	}
	return "can"
}

// editCan renders whether the caller may edit an object, or nil if nobody asked. As recorded
// at the vendor, built-in objects say the same, although their edits are refused.
func editCan(may []bool) document.Can {
	if may == nil {
		return nil
	}
	return document.Can{"show": true, "index": true, "update": may[0]}
}

// roleOrder returns the sort orders of roles.
func roleOrder() query.Ordering[directory.RoleDetail] {
	return query.Ordering[directory.RoleDetail]{
		"id":       query.ByNumber(func(r directory.RoleDetail) directory.RoleID { return r.Role.ID }),
		"name":     query.ByText(func(r directory.RoleDetail) string { return r.Role.Name }),
		"built_in": query.ByFlag(func(r directory.RoleDetail) bool { return r.Role.BuiltIn }),
	}
}

// allRoles lists the roles that the caller may see.
func allRoles(q *protocol.Request) error {
	if _, _, err := q.Params.Bool("get_all_support_roles"); err != nil { // this server has no support roles
		return err
	}
	list, err := q.Dir.AllRoles(q.Context())
	if err != nil {
		return err
	}
	list, err = query.WithIDs(q.Params, list, func(r directory.RoleDetail) int64 { return int64(r.Role.ID) })
	if err != nil {
		return err
	}
	return protocol.ReplyList(q, list, roleOrder(), Bodies)
}

// roleSearch reads the criteria that the two searches for roles share.
func roleSearch(q *protocol.Request) ([]directory.RoleDetail, error) {
	list, err := q.Dir.AllRoles(q.Context())
	if err != nil {
		return nil, err
	}
	s := query.NewSearch[directory.RoleDetail](q.Params)
	s.ID("id", func(r directory.RoleDetail) int64 { return int64(r.Role.ID) })
	s.Text("name", func(r directory.RoleDetail) *string { return &r.Role.Name })
	s.Flag("built_in", func(r directory.RoleDetail) bool { return r.Role.BuiltIn })
	s.ID("permission_set_ids", func(r directory.RoleDetail) int64 { return int64(r.PermissionSet.ID) })
	s.ID("model_set_ids", func(r directory.RoleDetail) int64 { return int64(r.ModelSet.ID) })
	return s.Filter(list)
}

// searchRoles lists the matching roles.
func searchRoles(q *protocol.Request) error {
	list, err := roleSearch(q)
	if err != nil {
		return err
	}
	return protocol.ReplyList(q, list, roleOrder(), Bodies)
}

// searchRolesWithUserCount lists the matching roles, each with the number of its users.
func searchRolesWithUserCount(q *protocol.Request) error {
	list, err := roleSearch(q)
	if err != nil {
		return err
	}
	by := roleOrder()
	if strings.Contains(q.Params.Get("sorts"), "user_count") {
		counts, err := roleCounts(q, list)
		if err != nil {
			return err
		}
		by["user_count"] = query.ByNumber(func(r directory.RoleDetail) int64 { return counts[r.Role.ID] })
	}
	return protocol.ReplyList(q, list, by, func(q *protocol.Request, part []directory.RoleDetail) ([]roleSearchBody,
		error) {
		roles, err := Bodies(q, part)
		if err != nil {
			return nil, err
		}
		counts, err := roleCounts(q, part)
		if err != nil {
			return nil, err
		}
		bodies := make([]roleSearchBody, len(roles))
		for i, r := range roles {
			bodies[i] = roleSearchBody{r, counts[part[i].Role.ID]}
		}
		return bodies, nil
	})
}

// roleCounts returns how many users hold each role, if the caller wants it.
func roleCounts(q *protocol.Request, list []directory.RoleDetail) (map[directory.RoleID]int64, error) {
	byRole := map[directory.RoleID]int64{}
	if !q.Fields.Wants("user_count") && !strings.Contains(q.Params.Get("sorts"), "user_count") {
		return byRole, nil
	}
	ids := make([]directory.RoleID, len(list))
	for i, r := range list {
		ids[i] = r.Role.ID
	}
	counts, err := q.Dir.RoleCounts(q.Context(), ids)
	for i, n := range counts {
		byRole[ids[i]] = n
	}
	return byRole, err
}

// role answers with one role.
func role(q *protocol.Request) error {
	id, err := protocol.PathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	return replyRole(q, id)
}

func replyRole(q *protocol.Request, id directory.RoleID) error {
	roles, err := q.Dir.Roles(q.Context(), []directory.RoleID{id})
	if err != nil {
		return err
	}
	if len(roles) == 0 {
		return directory.NotFound("role", id)
	}
	bodies, err := Bodies(q, roles)
	if err != nil {
		return err
	}
	return q.Reply(bodies[0])
}
