package console

import (
	"slices"

	"cohort/internal/directory"
)

// draftedEdit is the edit of a field in the draft, or nil.
func (q *request) draftedEdit(key string) directory.Edit {
	d, err := q.draft()
	if err != nil {
		return nil
	}
	if e := d.Find(key); e != nil {
		return e.Edits[0]
	}
	return nil
}

// draftedAs says what the draft makes of a field, or nothing.
func (q *request) draftedAs(key string) []part {
	switch e := q.draftedEdit(key).(type) {
	case nil:
		return nil
	case directory.SetUserValue:
		a, err := q.dir.Attribute(q.ctx(), e.Attribute)
		if err == nil {
			return parts(valueOf(&a, e.Value, q.Language).part())
		}
	case directory.SetGroupValue:
		a, err := q.dir.Attribute(q.ctx(), e.Attribute)
		if err == nil {
			out := parts(valueOf(&a, e.Value, q.Language).part())
			if e.Rank != nil {
				out = append(out, say(" at rank "+itoa(*e.Rank)))
			}
			return out
		}
	case directory.DeleteUserValue, directory.DeleteGroupValue:
		return parts(say("removed"))
	case directory.AddMember, directory.AddParent:
		return parts(say("added"))
	case directory.RemoveMember, directory.RemoveParent:
		return parts(say("taken out"))
	}
	return parts(say("changed"))
}

func (q *request) pathUserID() (directory.UserID, error) {
	return directory.ParseID[directory.UserID]("user", q.r.PathValue("id"))
}

func (q *request) pathGroupID() (directory.GroupID, error) {
	return directory.ParseID[directory.GroupID]("group", q.r.PathValue("id"))
}

// editUserGroups puts a user into a group or takes it out of one.
func editUserGroups(q *request) ([]directory.Edit, error) {
	user, err := q.pathUserID()
	if err != nil {
		return nil, err
	}
	if q.typed("do") == "remove" {
		group, err := directory.ParseID[directory.GroupID]("group", q.typed("group"))
		return []directory.Edit{directory.RemoveMember{Group: group, User: user}}, err
	}
	group, err := q.typedGroup("group")
	if err != nil {
		return nil, err
	}
	w, err := q.typedWindow(directory.Window{})
	return []directory.Edit{directory.AddMember{Group: group, User: user, Window: w}}, err
}

// editMembers puts a user into the group of the page or takes it out.
func editMembers(q *request) ([]directory.Edit, error) {
	group, err := q.pathGroupID()
	if err != nil {
		return nil, err
	}
	if q.typed("do") == "remove" {
		return q.chosenUsers(func(user directory.UserID) directory.Edit {
			return directory.RemoveMember{Group: group,
				User: user}
		})
	}
	user, err := q.typedUser("user")
	return []directory.Edit{directory.AddMember{Group: group, User: user}}, err
}

// chosenUsers are edits of the users that are ticked.
func (q *request) chosenUsers(edit func(directory.UserID) directory.Edit) (list []directory.Edit, err error) {
	for _, text := range q.r.PostForm["user"] {
		id, err := directory.ParseID[directory.UserID]("user", text)
		if err != nil {
			return nil, err
		}
		list = append(list, edit(id))
	}
	if len(list) == 0 {
		return nil, directory.Invalid("user", "nobody is chosen; tick the boxes in front of the names")
	}
	return list, nil
}

// editUsers makes a new user, or changes those that are ticked.
func editUsers(q *request) ([]directory.Edit, error) {
	switch do := q.typed("do"); do {
	case "disable", "enable":
		return q.chosenUsers(func(user directory.UserID) directory.Edit {
			return directory.UpdateUser{User: user, Disabled: new(do == "disable")}
		})
	case "add":
		group, err := q.typedGroup("group")
		if err != nil {
			return nil, err
		}
		return q.chosenUsers(func(user directory.UserID) directory.Edit {
			return directory.AddMember{Group: group,
				User: user}
		})
	}
	return newUser(q)
}

// editNesting changes where the group of the page is, or what is in it.
func editNesting(q *request) ([]directory.Edit, error) {
	group, err := q.pathGroupID()
	if err != nil {
		return nil, err
	}
	switch q.typed("do") {
	case "remove":
		parent, err := directory.ParseID[directory.GroupID]("parent", q.typed("parent"))
		return []directory.Edit{directory.RemoveParent{Group: group, Parent: parent}}, err
	case "move":
		return q.typedMove(group)
	case "child":
		name, err := directory.ParseRequiredName("name", q.typed("name"))
		if err != nil {
			return nil, err
		}
		list := []directory.Edit{directory.CreateGroup{Name: name}}
		if group != directory.AllUsers {
			list = append(list, directory.AddParent{Group: directory.Made[directory.GroupID](0), Parent: group})
		}
		return list, nil
	case "rename":
		return q.typedGroupUpdate(group)
	case "delete":
		return []directory.Edit{directory.DeleteGroup{Group: group}}, nil
	}
	parent, err := q.typedGroup("parent")
	return []directory.Edit{directory.AddParent{Group: group, Parent: parent}}, err
}

// typedMove takes a group out of one and puts it into another.
func (q *request) typedMove(group directory.GroupID) ([]directory.Edit, error) {
	from, err := directory.ParseID[directory.GroupID]("from", q.typed("from"))
	if err != nil {
		return nil, err
	}
	to, err := directory.ParseID[directory.GroupID]("parent", q.typed("parent"))
	if err != nil {
		return nil, err
	}
	var list []directory.Edit
	if to != directory.AllUsers {
		list = append(list, directory.AddParent{Group: group, Parent: to})
	}
	if from != directory.AllUsers && from != to {
		list = append(list, directory.RemoveParent{Group: group, Parent: from})
	}
	return list, nil
}

// typedGroupUpdate is what the form about a group's name and description changes.
func (q *request) typedGroupUpdate(group directory.GroupID) ([]directory.Edit, error) {
	g, err := q.dir.Group(q.ctx(), group)
	if err != nil {
		return nil, err
	}
	e := directory.UpdateGroup{Group: group}
	if q.r.PostForm.Has("name") {
		name, err := directory.ParseRequiredName("name", q.typed("name"))
		if err != nil {
			return nil, err
		}
		e.Name = changed(g.Name, name)
	}
	if q.r.PostForm.Has("description") {
		description, err := directory.ParseDescription("description", q.typedLines("description"))
		if err != nil {
			return nil, err
		}
		e.Description = changed(g.Description, description)
	}
	if e == (directory.UpdateGroup{Group: group}) {
		return nil, nil
	}
	return []directory.Edit{e}, nil
}

// changed is a new value of a field, or nil if it is the old one.
func changed[T comparable](old, is T) *T {
	if old == is {
		return nil
	}
	return &is
}

// editUser changes the fields, the state or the roles of a user, or deletes it.
func editUser(q *request) ([]directory.Edit, error) {
	user, err := q.pathUserID()
	if err != nil {
		return nil, err
	}
	yes, no := true, false
	switch q.typed("do") {
	case "disable":
		return []directory.Edit{directory.UpdateUser{User: user, Disabled: &yes}}, nil
	case "enable":
		return []directory.Edit{directory.UpdateUser{User: user, Disabled: &no}}, nil
	case "delete":
		return []directory.Edit{directory.DeleteUser{User: user}}, nil
	case "roles":
		roles, err := q.typedRoles()
		return []directory.Edit{directory.SetUserRoles{User: user, Roles: roles}}, err
	}
	first, err := directory.ParseName("first_name", q.typed("first_name"))
	if err != nil {
		return nil, err
	}
	last, err := directory.ParseName("last_name", q.typed("last_name"))
	if err != nil {
		return nil, err
	}
	email := q.typed("email")
	if email != "" {
		if email, err = directory.ParseEmail("email", email); err != nil {
			return nil, err
		}
	}
	return []directory.Edit{directory.UpdateUser{User: user, FirstName: &first, LastName: &last, ContactEmail: &email}},
		nil
}

func (q *request) typedRoles() ([]directory.RoleID, error) {
	roles := []directory.RoleID{}
	for _, text := range q.r.PostForm["role"] {
		id, err := directory.ParseID[directory.RoleID]("role", text)
		if err != nil {
			return nil, err
		}
		roles = append(roles, id)
	}
	slices.Sort(roles)
	return slices.Compact(roles), nil
}

// newUser makes a person, in a group if one is named.
func newUser(q *request) ([]directory.Edit, error) {
	first, err := directory.ParseName("first_name", q.typed("first_name"))
	if err != nil {
		return nil, err
	}
	last, err := directory.ParseName("last_name", q.typed("last_name"))
	if err != nil {
		return nil, err
	}
	if first+last == "" {
		return nil, directory.Missing("first_name")
	}
	e := directory.CreateUser{Kind: directory.KindPerson, FirstName: first, LastName: last}
	if text := q.typed("email"); text != "" {
		if e.ContactEmail, err = directory.ParseEmail("email", text); err != nil {
			return nil, err
		}
	}
	list := []directory.Edit{e}
	if q.typed("group") != "" {
		group, err := q.typedGroup("group")
		if err != nil {
			return nil, err
		}
		list = append(list, directory.AddMember{Group: group, User: directory.Made[directory.UserID](0)})
	}
	return list, nil
}

// newGroup makes a group that is in no other.
func newGroup(q *request) ([]directory.Edit, error) {
	name, err := directory.ParseRequiredName("name", q.typed("name"))
	return []directory.Edit{directory.CreateGroup{Name: name}}, err
}

// revertChange undoes a change.
func revertChange(q *request) ([]directory.Edit, error) {
	rev, err := directory.ParseID[directory.Revision]("revision", q.r.PathValue("revision"))
	return []directory.Edit{directory.Revert{Revision: rev}}, err
}
