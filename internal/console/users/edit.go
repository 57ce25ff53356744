package users

import (
	"cohort/internal/console/drafting"
	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/values"
	"cohort/internal/directory"
)

// editUserGroups adds a user to a group, or removes it from one.
func editUserGroups(q *pagekit.Request) ([]directory.Edit, error) {
	user, err := q.PathUserID()
	if err != nil {
		return nil, err
	}
	if q.Typed("do") == "remove" {
		group, err := directory.ParseID[directory.GroupID]("group", q.Typed("group"))
		return []directory.Edit{directory.RemoveMember{Group: group, User: user}}, err
	}
	group, err := search.TypedGroup(q, "group")
	if err != nil {
		return nil, err
	}
	w, err := values.TypedWindow(q, directory.Window{})
	return []directory.Edit{directory.AddMember{Group: group, User: user, Window: w}}, err
}

// editUsers creates a user, or changes the selected ones.
func editUsers(q *pagekit.Request) ([]directory.Edit, error) {
	switch do := q.Typed("do"); do {
	case "disable", "enable":
		return drafting.ChosenUsers(q, func(user directory.UserID) directory.Edit {
			return directory.UpdateUser{User: user, Disabled: new(do == "disable")}
		})
	case "add":
		group, err := search.TypedGroup(q, "group")
		if err != nil {
			return nil, err
		}
		return drafting.ChosenUsers(q, func(user directory.UserID) directory.Edit {
			return directory.AddMember{Group: group,
				User: user}
		})
	}
	return newUser(q)
}

// newUser creates a person, in a group if the form names one.
func newUser(q *pagekit.Request) ([]directory.Edit, error) {
	first, err := directory.ParseName("first_name", q.Typed("first_name"))
	if err != nil {
		return nil, err
	}
	last, err := directory.ParseName("last_name", q.Typed("last_name"))
	if err != nil {
		return nil, err
	}
	if first+last == "" {
		return nil, directory.Missing("first_name")
	}
	e := directory.CreateUser{Kind: directory.KindPerson, FirstName: first, LastName: last}
	if text := q.Typed("email"); text != "" {
		if e.ContactEmail, err = directory.ParseEmail("email", text); err != nil {
			return nil, err
		}
	}
	list := []directory.Edit{e}
	if q.Typed("group") != "" {
		group, err := search.TypedGroup(q, "group")
		if err != nil {
			return nil, err
		}
		list = append(list, directory.AddMember{Group: group, User: directory.Made[directory.UserID](0)})
	}
	return list, nil
}
