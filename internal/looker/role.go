package looker

import (
	"strings"

	"cohort/internal/directory"
)

// A roleBody is the vendor's Role, as it is shown. The ids of its two sets are
// written only.
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

// roleBodies spells roles with their sets.
func (q *request) roleBodies(roles []directory.RoleDetail) ([]roleBody, error) {
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
	permissionBodies, err := q.permissionSetBodies(permissions)
	if err != nil {
		return nil, err
	}
	modelBodies, err := q.modelSetBodies(models)
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

// roleCanMember is the member of the reply in which "can" of a role or set stands.
func roleCanMember(q *request) string {
	for _, outer := range []string{"roles", "permission_set", "model_set"} {
		if q.fields.Wants(outer) {
			return outer
		}
	}
	return "can"
}

// editCan spells the answer about changing; nil is that nobody asked. As
// recorded, it is the same for what is built in, which answers otherwise.
func editCan(may []bool) canMap {
	if may == nil {
		return nil
	}
	return canMap{"show": true, "index": true, "update": may[0]}
}

// roleOrder says how roles are sorted.
func roleOrder() ordering[directory.RoleDetail] {
	return ordering[directory.RoleDetail]{
		"id":       byNumber(func(r directory.RoleDetail) directory.RoleID { return r.Role.ID }),
		"name":     byText(func(r directory.RoleDetail) string { return r.Role.Name }),
		"built_in": byFlag(func(r directory.RoleDetail) bool { return r.Role.BuiltIn }),
	}
}

// allRoles lists the roles that the caller may see.
func (a *api) allRoles(q *request) error {
	if _, _, err := q.queryBool("get_all_support_roles"); err != nil { // there are none
		return err
	}
	list, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return err
	}
	list, err = withIDs(q, list, func(r directory.RoleDetail) int64 { return int64(r.Role.ID) })
	if err != nil {
		return err
	}
	return replyList(q, list, roleOrder(), q.roleBodies)
}

// roleSearch reads the criteria of the two searches for roles.
func (q *request) roleSearch() ([]directory.RoleDetail, error) {
	list, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return nil, err
	}
	s := newSearch[directory.RoleDetail](q)
	s.id("id", func(r directory.RoleDetail) int64 { return int64(r.Role.ID) })
	s.text("name", func(r directory.RoleDetail) *string { return &r.Role.Name })
	s.flag("built_in", func(r directory.RoleDetail) bool { return r.Role.BuiltIn })
	s.id("permission_set_ids", func(r directory.RoleDetail) int64 { return int64(r.PermissionSet.ID) })
	s.id("model_set_ids", func(r directory.RoleDetail) int64 { return int64(r.ModelSet.ID) })
	return s.filter(list)
}

// searchRoles lists the roles that match.
func (a *api) searchRoles(q *request) error {
	list, err := q.roleSearch()
	if err != nil {
		return err
	}
	return replyList(q, list, roleOrder(), q.roleBodies)
}

// searchRolesWithUserCount lists the roles that match, each with the number of
// users who hold it.
func (a *api) searchRolesWithUserCount(q *request) error {
	list, err := q.roleSearch()
	if err != nil {
		return err
	}
	by := roleOrder()
	if strings.Contains(q.query.Get("sorts"), "user_count") {
		counts, err := q.roleCounts(list)
		if err != nil {
			return err
		}
		by["user_count"] = byNumber(func(r directory.RoleDetail) int64 { return counts[r.Role.ID] })
	}
	return replyList(q, list, by, func(part []directory.RoleDetail) ([]roleSearchBody, error) {
		roles, err := q.roleBodies(part)
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

// roleCounts says how many users hold each of the roles, if the caller wants
// to know.
func (q *request) roleCounts(list []directory.RoleDetail) (map[directory.RoleID]int64, error) {
	byRole := map[directory.RoleID]int64{}
	if !q.fields.Wants("user_count") && !strings.Contains(q.query.Get("sorts"), "user_count") {
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

// role shows one role.
func (a *api) role(q *request) error {
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
	bodies, err := q.roleBodies(roles)
	if err != nil {
		return err
	}
	return q.reply(bodies[0])
}
