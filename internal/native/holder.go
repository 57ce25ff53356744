package native

import (
	"net/http"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/render"
)

// holders lists the users and groups with a value of an attribute.
func (a *api) holders(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	attr, err := q.pathAttribute()
	if err != nil {
		return err
	}
	query := directory.HolderQuery{Attribute: attr.ID, After: directory.UserID(at.parts[0]), Limit: limit}
	for name, asked := range map[string]**string{
		"value": &query.Value, "element": &query.Element, "least": &query.Least, "greatest": &query.Greatest,
	} {
		if !q.query.Has(name) {
			continue
		}
		value := q.query.Get(name)
		if attr.Type == directory.TypeYesNo {
			value = strings.NewReplacer("true", "yes", "false", "no").Replace(value)
		}
		*asked = &value
	}
	page, err := inspect.Holders(q.ctx(), q.dir, query)
	if err != nil {
		return err
	}
	type holder struct {
		User render.User `json:"user"`
		render.Effective
	}
	_, rev := q.dir.Revision()
	out := struct {
		Revision int64    `json:"revision"`
		Holders  []holder `json:"holders"`
		Examined int      `json:"examined"`
		Next     string   `json:"next,omitempty"`
	}{Revision: int64(rev), Holders: []holder{}, Examined: page.Examined}
	for i := range page.Holders {
		h := &page.Holders[i]
		out.Holders = append(out.Holders,
			holder{render.UserOf(&h.User, h.Email), render.EffectiveOf(&attr, h.Effective, q.groupName, q.Language)})
	}
	if page.Next != 0 {
		out.Next = q.next(int64(page.Next))
	}
	return q.reply(http.StatusOK, out)
}

// me answers with the caller and its permissions.
func (a *api) me(q *request) error {
	permissions, err := q.dir.Permissions(q.ctx())
	if err != nil {
		return err
	}
	users, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: directory.UsersByID{q.caller.User}})
	if err != nil {
		return err
	}
	user := render.User{ID: directory.FormatID(q.caller.User)}
	if len(users) == 1 {
		user = render.UserOf(&users[0].User, users[0].Email())
	}
	return q.reply(http.StatusOK, map[string]any{"user": user, "permissions": permissions.Names()})
}

// roles lists the roles and what they grant.
func (a *api) roles(q *request) error {
	roles, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return err
	}
	type role struct {
		ID            string   `json:"id"`
		Name          string   `json:"name"`
		Permissions   []string `json:"permissions"`
		PermissionSet string   `json:"permission_set"`
		BuiltIn       bool     `json:"built_in"`
	}
	list := []role{}
	for _, r := range roles {
		permissions := r.PermissionSet.Permissions
		if r.PermissionSet.AllAccess {
			permissions = directory.AllPermissions.Names()
		}
		list = append(list, role{directory.FormatID(r.Role.ID), r.Role.Name, permissions,
			directory.FormatID(r.PermissionSet.ID), r.Role.BuiltIn})
	}
	return q.reply(http.StatusOK, map[string]any{"roles": list})
}
