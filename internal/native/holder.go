package native

import (
	"net/http"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/render"
)

// holders lists who has a value of an attribute.
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
	if q.query.Has("value") {
		value := q.query.Get("value")
		if attr.Type == directory.TypeYesNo {
			value = strings.NewReplacer("true", "yes", "false", "no").Replace(value)
		}
		query.Value = &value
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

// lint lists what may not be meant so.
func (a *api) lint(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	query := directory.LintQuery{
		Limit: limit, OnUsers: at.parts[0] == 1, Skip: int(at.parts[1]), After: directory.UserID(at.parts[2]),
	}
	if text := q.query.Get("codes"); text != "" {
		for code := range strings.SplitSeq(text, ",") {
			query.Codes = append(query.Codes, directory.FindingCode(strings.TrimSpace(code)))
		}
	}
	page, err := inspect.Lint(q.ctx(), q.dir, q.watch(), query)
	if err != nil {
		return err
	}
	type finding struct {
		Code      string         `json:"code"`
		Message   string         `json:"message"`
		Attribute string         `json:"attribute,omitempty"`
		User      string         `json:"user,omitempty"`
		Groups    []render.Group `json:"groups,omitempty"`
	}
	_, rev := q.dir.Revision()
	out := struct {
		Revision int64     `json:"revision"`
		Findings []finding `json:"findings"`
		Examined int       `json:"examined"`
		Next     string    `json:"next,omitempty"`
	}{Revision: int64(rev), Findings: []finding{}, Examined: page.Examined}
	for _, f := range page.Findings {
		one := finding{Code: string(f.Code), Message: f.Msg, Groups: q.groupsOf(f.Groups)}
		if f.Attribute != 0 {
			one.Attribute = q.attributeOf(f.Attribute).Name
		}
		if f.User != 0 {
			one.User = directory.FormatID(f.User)
		}
		out.Findings = append(out.Findings, one)
	}
	if n := page.Next; n != nil {
		onUsers := int64(0)
		if n.OnUsers {
			onUsers = 1
		}
		out.Next = q.next(onUsers, int64(n.Skip), int64(n.After))
	}
	return q.reply(http.StatusOK, out)
}

// me says who asks, and what it may do.
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
