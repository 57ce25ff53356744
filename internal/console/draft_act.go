package console

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// draftedEdit is the edit of a field in the draft, or nil.
func (q *request) draftedEdit(key string) directory.Edit {
	d, err := q.draft()
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(d.entries, func(e entry) bool { return keyOf(e.edits[0]) == key })
	if i < 0 {
		return nil
	}
	return d.entries[i].edits[0]
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
		user, err := directory.ParseID[directory.UserID]("user", q.typed("user"))
		return []directory.Edit{directory.RemoveMember{Group: group, User: user}}, err
	}
	user, err := q.typedUser("user")
	return []directory.Edit{directory.AddMember{Group: group, User: user}}, err
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
		name, err := directory.ParseRequiredName("name", q.typed("name"))
		return []directory.Edit{directory.UpdateGroup{Group: group, Name: &name}}, err
	case "delete":
		return []directory.Edit{directory.DeleteGroup{Group: group}}, nil
	}
	parent, err := q.typedGroup("parent")
	return []directory.Edit{directory.AddParent{Group: group, Parent: parent}}, err
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
	return []directory.Edit{directory.UpdateUser{User: user, FirstName: &first, LastName: &last, ContactEmail: &email}}, nil
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

// newAttribute makes an attribute.
func newAttribute(q *request) ([]directory.Edit, error) {
	name, err := directory.ParseAttributeName("name", strings.ToLower(q.typed("name")))
	if err != nil {
		return nil, err
	}
	label, err := directory.ParseName("label", q.typed("label"))
	if err != nil {
		return nil, err
	}
	t, err := directory.ParseType("type", q.typed("type"))
	if err != nil {
		return nil, err
	}
	hidden := q.typed("hidden") != ""
	rule, err := directory.ParseRule(q.typed("rule"), t, hidden)
	if err != nil {
		return nil, err
	}
	e := directory.CreateAttribute{Name: name, Label: label, Type: t, Rule: rule, Hidden: hidden, UserCanView: q.typed("view") != ""}
	if text := q.typed("value"); text != "" {
		v, err := q.typedValue(&directory.Attribute{Type: t}, directory.Value{})
		if err != nil {
			return nil, err
		}
		e.Default = &v
	}
	return []directory.Edit{e}, nil
}

// editAttribute changes the definition of an attribute, or deletes it.
func editAttribute(q *request) ([]directory.Edit, error) {
	a, err := q.dir.AttributeByName(q.ctx(), strings.ToLower(q.r.PathValue("attribute")))
	if err != nil {
		return nil, err
	}
	if q.typed("do") == "delete" {
		return []directory.Edit{directory.DeleteAttribute{Attribute: a.ID}}, nil
	}
	e := directory.UpdateAttribute{Attribute: a.ID}
	label, err := directory.ParseName("label", q.typed("label"))
	if err != nil {
		return nil, err
	}
	if label != a.Label {
		e.Label = &label
	}
	t, err := directory.ParseType("type", q.typed("type"))
	if err != nil {
		return nil, err
	}
	rule, err := directory.ParseRule(q.typed("rule"), t, a.Hidden)
	if err != nil {
		return nil, err
	}
	mode, err := directory.ParseUserValueMode("user_value_mode", q.typed("user_value_mode"))
	if err != nil {
		return nil, err
	}
	if t != a.Type {
		e.Type = &t
	}
	if rule != a.Rule {
		e.Rule = &rule
	}
	if mode != a.UserValueMode {
		e.UserValueMode = &mode
	}
	if view := q.typed("view") != ""; view != a.UserCanView {
		e.UserCanView = &view
	}
	if edit := q.typed("edit") != ""; edit != a.UserCanEdit {
		e.UserCanEdit = &edit
	}
	if m := directory.Misfits(q.typed("misfits")); m == directory.DropMisfits || m == directory.ConvertMisfits {
		e.Misfits = m
	}
	if !a.Hidden {
		if err := q.typedDefault(&e, &a, t); err != nil {
			return nil, err
		}
	}
	if e == (directory.UpdateAttribute{Attribute: a.ID, Misfits: e.Misfits}) {
		return nil, nil
	}
	return []directory.Edit{e}, nil
}

func (q *request) typedDefault(e *directory.UpdateAttribute, a *directory.Attribute, t directory.Type) error {
	shown := *a
	shown.Type = t
	v := directory.Value{}
	if q.typed("value") != "" {
		var err error
		if v, err = q.typedValue(&shown, a.Default); err != nil {
			return err
		}
	}
	if !v.Equal(a.Default) {
		e.Default = &v
	}
	return nil
}

// revertChange undoes a change.
func revertChange(q *request) ([]directory.Edit, error) {
	rev, err := directory.ParseID[directory.Revision]("revision", q.r.PathValue("revision"))
	return []directory.Edit{directory.Revert{Revision: rev}}, err
}
