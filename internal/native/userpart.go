package native

import (
	"cohort/internal/directory"
)

// userAnd returns the user in the path with its details.
func (q *request) userAnd() (directory.UserDetail, error) {
	id, err := q.pathUser()
	if err != nil {
		return directory.UserDetail{}, err
	}
	return q.dir.WholeUser(q.ctx(), id)
}

func (a *api) userGroups(q *request) error {
	u, err := q.userAnd()
	if err != nil {
		return err
	}
	body, err := q.userBody(q.dir, &u, nil)
	if err != nil {
		return err
	}
	return q.reply(200, map[string]any{"groups": body.Groups})
}

// addMember adds a user to a group, or changes the window of a member.
func (a *api) addMember(q *request) error {
	user, group, err := q.pathMember()
	if err != nil {
		return err
	}
	var in windowBody
	if q.r.ContentLength != 0 {
		if err := q.body(&in); err != nil {
			return err
		}
	}
	window, err := in.window()
	if err != nil {
		return err
	}
	return q.edit(q.showUser(user), directory.AddMember{Group: group, User: user, Window: window})
}

func (a *api) removeMember(q *request) error {
	user, group, err := q.pathMember()
	if err != nil {
		return err
	}
	return q.edit(q.showUser(user), directory.RemoveMember{Group: group, User: user})
}

func (q *request) pathMember() (directory.UserID, directory.GroupID, error) {
	user, err := q.pathUser()
	if err != nil {
		return 0, 0, err
	}
	group, err := q.pathGroup()
	return user, group, err
}

func (a *api) userValues(q *request) error {
	u, err := q.userAnd()
	if err != nil {
		return err
	}
	body, err := q.userBody(q.dir, &u, nil)
	if err != nil {
		return err
	}
	return q.reply(200, map[string]any{"values": body.Values})
}

// showUserValue renders a user's own value for GET.
func (q *request) showUserValue(user directory.UserID, a *directory.Attribute) func(now Reader) (any, error) {
	return func(now Reader) (any, error) {
		u, err := now.WholeUser(q.ctx(), user)
		if err != nil {
			return nil, err
		}
		for _, v := range u.Values {
			if v.Attribute == a.ID {
				return valueOf(a, v.Value, v.Window), nil
			}
		}
		return nil, directory.NotFound("value", a.Name)
	}
}

func (q *request) pathUserValue() (directory.UserID, directory.Attribute, error) {
	user, err := q.pathUser()
	if err != nil {
		return 0, directory.Attribute{}, err
	}
	attr, err := q.pathAttribute()
	return user, attr, err
}

func (a *api) userValue(q *request) error {
	user, attr, err := q.pathUserValue()
	if err != nil {
		return err
	}
	body, err := q.showUserValue(user, &attr)(q.dir)
	if err != nil {
		return err
	}
	return q.replyObject(body)
}

func (a *api) setUserValue(q *request) error {
	user, attr, err := q.pathUserValue()
	if err != nil {
		return err
	}
	var in struct {
		Value rawValue `json:"value"`
		windowBody
	}
	if err := q.body(&in); err != nil {
		return err
	}
	edit := directory.SetUserValue{User: user, Attribute: attr.ID}
	if edit.Value, err = in.Value.value("value", false); err != nil {
		return err
	}
	if edit.Window, err = in.window(); err != nil {
		return err
	}
	return q.edit(q.showUserValue(user, &attr), edit)
}

func (a *api) deleteUserValue(q *request) error {
	user, attr, err := q.pathUserValue()
	if err != nil {
		return err
	}
	return q.edit(q.showUserValue(user, &attr), directory.DeleteUserValue{User: user, Attribute: attr.ID})
}

// readRoles reads a list of roles.
func (q *request) readRoles() ([]directory.RoleID, error) {
	var in struct {
		Roles []string `json:"roles"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if in.Roles == nil {
		return nil, directory.Missing("roles")
	}
	roles := make([]directory.RoleID, len(in.Roles))
	for i, text := range in.Roles {
		var err error
		if roles[i], err = q.selectRole("roles", text); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

func (a *api) setUserRoles(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	roles, err := q.readRoles()
	if err != nil {
		return err
	}
	return q.edit(q.showUser(id), directory.SetUserRoles{User: id, Roles: roles})
}

func (a *api) setUserSource(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	return q.setSource(id.Object(), q.showUser(id))
}

func (a *api) deleteUserSource(q *request) error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	return q.edit(q.showUser(id), directory.DeleteSource{Object: id.Object(), Source: q.r.PathValue("source")})
}

func (q *request) setSource(o directory.Object, shown func(now Reader) (any, error)) error {
	var in struct {
		ID string `json:"id"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	return q.edit(shown, directory.SetSource{Object: o, Source: q.r.PathValue("source"), SourceID: in.ID})
}
