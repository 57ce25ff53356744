package looker

import (
	"strings"

	"cohort/internal/directory"
)

// A roleBody is the vendor's Role in replies. The ids of its two sets are write-only.
type roleBody struct {
	Can           canMap            `json:"can"`
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PermissionSet permissionSetBody `json:"permission_set"`
	ModelSet      modelSetBody      `json:"model_set"`
	URL           string            `json:"url"`
	UsersURL      string            `json:"users_url"`
}

// A roleSearchBody is the vendor's RoleSearch.
type roleSearchBody struct {
	roleBody
	UserCount int64 `json:"user_count"`
}

// roleBodies renders roles with their sets.
func roleBodies(q *request, roles []directory.RoleDetail) ([]roleBody, error) {
	answers, err := askCan(q, roleCanMember(q), roles, func(directory.RoleDetail) []directory.Edit {
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
	bodies := make([]roleBody, len(roles))
	for i, r := range roles {
		id := directory.FormatID(r.Role.ID)
		bodies[i] = roleBody{
			Can: editCan(answers[i]), ID: id, Name: r.Role.Name,
			PermissionSet: permissionBodies[i], ModelSet: modelBodies[i],
			URL: q.url("roles", id), UsersURL: q.url("roles", id, "users"),
		}
	}
	return bodies, nil
}

// roleCanMember returns the member of the reply that "can" of a role or set belongs to.
func roleCanMember(q *request) string {
	for _, outer := range []string{"roles", "permission_set", "model_set"} {
		if q.fields.Wants(outer) {
			return outer
		}
	}
	return "can"
}

// editCan renders whether the caller may edit an object, or nil if nobody asked. As recorded
// at the vendor, built-in objects say the same, although their edits are refused.
func editCan(may []bool) canMap {
	if may == nil {
		return nil
	}
	return canMap{"show": true, "index": true, "update": may[0]}
}

// roleOrder returns the sort orders of roles.
func roleOrder() ordering[directory.RoleDetail] {
	return ordering[directory.RoleDetail]{
		"id":       byNumber(func(r directory.RoleDetail) directory.RoleID { return r.Role.ID }),
		"name":     byText(func(r directory.RoleDetail) string { return r.Role.Name }),
		"built_in": byFlag(func(r directory.RoleDetail) bool { return r.Role.BuiltIn }),
	}
}

// allRoles lists the roles that the caller may see.
func allRoles(q *request) error {
	if _, _, err := q.params.bool("get_all_support_roles"); err != nil { // this server has no support roles
		return err
	}
	list, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return err
	}
	list, err = withIDs(q.params, list, func(r directory.RoleDetail) int64 { return int64(r.Role.ID) })
	if err != nil {
		return err
	}
	return replyList(q, list, roleOrder(), roleBodies)
}

// roleSearch reads the criteria that the two searches for roles share.
func (q *request) roleSearch() ([]directory.RoleDetail, error) {
	list, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return nil, err
	}
	s := newSearch[directory.RoleDetail](q.params)
	s.id("id", func(r directory.RoleDetail) int64 { return int64(r.Role.ID) })
	s.text("name", func(r directory.RoleDetail) *string { return &r.Role.Name })
	s.flag("built_in", func(r directory.RoleDetail) bool { return r.Role.BuiltIn })
	s.id("permission_set_ids", func(r directory.RoleDetail) int64 { return int64(r.PermissionSet.ID) })
	s.id("model_set_ids", func(r directory.RoleDetail) int64 { return int64(r.ModelSet.ID) })
	return s.filter(list)
}

// searchRoles lists the matching roles.
func searchRoles(q *request) error {
	list, err := q.roleSearch()
	if err != nil {
		return err
	}
	return replyList(q, list, roleOrder(), roleBodies)
}

// searchRolesWithUserCount lists the matching roles, each with the number of its users.
func searchRolesWithUserCount(q *request) error {
	list, err := q.roleSearch()
	if err != nil {
		return err
	}
	by := roleOrder()
	if strings.Contains(q.params.Get("sorts"), "user_count") {
		counts, err := q.roleCounts(list)
		if err != nil {
			return err
		}
		by["user_count"] = byNumber(func(r directory.RoleDetail) int64 { return counts[r.Role.ID] })
	}
	return replyList(q, list, by, func(q *request, part []directory.RoleDetail) ([]roleSearchBody, error) {
		roles, err := roleBodies(q, part)
		if err != nil {
			return nil, err
		}
		counts, err := q.roleCounts(part)
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
func (q *request) roleCounts(list []directory.RoleDetail) (map[directory.RoleID]int64, error) {
	byRole := map[directory.RoleID]int64{}
	if !q.fields.Wants("user_count") && !strings.Contains(q.params.Get("sorts"), "user_count") {
		return byRole, nil
	}
	ids := make([]directory.RoleID, len(list))
	for i, r := range list {
		ids[i] = r.Role.ID
	}
	counts, err := q.dir.RoleCounts(q.ctx(), ids)
	for i, n := range counts {
		byRole[ids[i]] = n
	}
	return byRole, err
}

// role answers with one role.
func role(q *request) error {
	id, err := pathID[directory.RoleID](q, "role_id")
	if err != nil {
		return err
	}
	return q.replyRole(id)
}

func (q *request) replyRole(id directory.RoleID) error {
	roles, err := q.dir.Roles(q.ctx(), []directory.RoleID{id})
	if err != nil {
		return err
	}
	if len(roles) == 0 {
		return directory.NotFound("role", id)
	}
	bodies, err := roleBodies(q, roles)
	if err != nil {
		return err
	}
	return q.reply(bodies[0])
}
