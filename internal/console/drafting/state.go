package drafting

import (
	"fmt"
	"slices"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// Stored returns the current state of the field that an edit changes, and whether the edit
// would leave it the same. An empty text means that the edit cannot conflict.
func Stored(q *pagekit.Request, edit directory.Edit) (before string, same bool, err error) {
	switch e := edit.(type) {
	case directory.SetGroupValue, directory.DeleteGroupValue, directory.SetUserValue, directory.DeleteUserValue:
		return storedValue(q, edit)
	case directory.UpdateUser:
		u, err := q.Dir.WholeUser(q.Context(), e.User)
		if err != nil {
			return "gone", false, ifThere(err)
		}
		was := userFields(&u.User)
		return was, was == userFields(updatedUser(u.User, e)), nil
	case directory.UpdateGroup:
		g, err := q.Dir.Group(q.Context(), e.Group)
		if err != nil {
			return "gone", false, ifThere(err)
		}
		after := g
		if e.Name != nil {
			after.Name = *e.Name
		}
		if e.Description != nil {
			after.Description = *e.Description
		}
		return groupText(&g), groupText(&g) == groupText(&after), nil
	case directory.UpdateAttribute:
		a, err := q.Dir.Attribute(q.Context(), e.Attribute)
		if err != nil {
			return "gone", false, ifThere(err)
		}
		return definitionText(&a), false, nil
	case directory.SetUserRoles:
		u, err := q.Dir.WholeUser(q.Context(), e.User)
		if err != nil {
			return "gone", false, ifThere(err)
		}
		return fmt.Sprint("the roles ", u.Roles), slices.Equal(u.Roles, e.Roles), nil
	case directory.SetGroupRoles:
		list, err := q.Dir.GroupDetails(q.Context(), []directory.GroupID{e.Group})
		if err != nil || len(list) == 0 {
			return "gone", false, err
		}
		return fmt.Sprint("the roles ", list[0].Roles), slices.Equal(list[0].Roles, e.Roles), nil
	}
	return "", false, nil
}

// ifThere ignores that an object does not exist, because that is a state, too.
func ifThere(err error) error {
	if directory.KindOf(err) == directory.KindNotFound {
		return nil
	}
	return err
}

func userFields(u *directory.User) string {
	state := "enabled"
	if u.Disabled {
		state = "disabled"
	}
	return fmt.Sprintf("%s, %s, %s, %s, %s", u.FirstName, u.LastName, u.ContactEmail, u.Timezone, state)
}

func updatedUser(u directory.User, e directory.UpdateUser) *directory.User {
	for _, f := range []struct{ to, from *string }{
		{&u.FirstName, e.FirstName}, {&u.LastName, e.LastName}, {&u.ContactEmail, e.ContactEmail}, {&u.Timezone, e.Timezone},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if e.Disabled != nil {
		u.Disabled = *e.Disabled
	}
	return &u
}

func groupText(g *directory.Group) string {
	if g.Description == "" {
		return "the name " + g.Name
	}
	return "the name " + g.Name + ", the description " + g.Description
}

func definitionText(a *directory.Attribute) string {
	return fmt.Sprintf("%s, %s, %s, %s, %s, %t, %t, %t, %s, %s", a.Name, a.Label, a.Type, a.Rule, a.UserValueMode,
		a.Hidden, a.UserCanView, a.UserCanEdit,
		a.Description, sentence.ConstraintText(&a.Constraints))
}

// noValue is the state of a field without a value.
const noValue = "no value"

func storedValue(q *pagekit.Request, edit directory.Edit) (before string, same bool, err error) {
	switch e := edit.(type) {
	case directory.SetGroupValue:
		v, a, err := GroupValue(q, e.Group, e.Attribute)
		if err != nil || v == nil {
			return noValue, false, err
		}
		same = !a.Hidden && v.Value.Equal(e.Value) && (e.Window == nil || *e.Window == v.Window) &&
			(e.Rank == nil || *e.Rank == v.Rank)
		return valueState(q, &a, v.Value, v.Window), same, nil
	case directory.DeleteGroupValue:
		v, a, err := GroupValue(q, e.Group, e.Attribute)
		if err != nil || v == nil {
			return noValue, true, err
		}
		return valueState(q, &a, v.Value, v.Window), false, nil
	case directory.SetUserValue:
		v, a, err := UserValue(q, e.User, e.Attribute)
		if err != nil || v == nil {
			return noValue, false, err
		}
		same = !a.Hidden && v.Value.Equal(e.Value) && (e.Window == nil || *e.Window == v.Window)
		return valueState(q, &a, v.Value, v.Window), same, nil
	case directory.DeleteUserValue:
		v, a, err := UserValue(q, e.User, e.Attribute)
		if err != nil || v == nil {
			return noValue, true, err
		}
		return valueState(q, &a, v.Value, v.Window), false, nil
	}
	return "", false, nil
}

// valueState describes a value without revealing a hidden one. A hidden value that was set
// again counts as another one.
func valueState(q *pagekit.Request, a *directory.Attribute, v directory.Value, w directory.Window) string {
	text := sentence.ValueOf(a, v, q.Language).Text()
	if v.Sealed != 0 {
		text = "hidden value " + sentence.Itoa(v.Sealed)
	}
	if !w.Always() {
		text += sentence.WindowText(w)
	}
	return text
}

// GroupValue returns the value of a group for an attribute, or nil.
func GroupValue(q *pagekit.Request, group directory.GroupID,
	attribute directory.AttributeID) (*directory.RankedValue, directory.Attribute, error) {
	a, err := q.Dir.Attribute(q.Context(), attribute)
	if err != nil {
		return nil, a, ifThere(err)
	}
	list, err := q.Dir.WholeValuesOf(q.Context(), group)
	if err != nil {
		return nil, a, ifThere(err)
	}
	for i := range list {
		if list[i].Attribute == attribute {
			return &list[i], a, nil
		}
	}
	return nil, a, nil
}

// UserValue returns the own value of a user for an attribute, or nil.
func UserValue(q *pagekit.Request, user directory.UserID,
	attribute directory.AttributeID) (*directory.UserValue, directory.Attribute, error) {
	a, err := q.Dir.Attribute(q.Context(), attribute)
	if err != nil {
		return nil, a, ifThere(err)
	}
	u, err := q.Dir.WholeUser(q.Context(), user)
	if err != nil {
		return nil, a, ifThere(err)
	}
	for i := range u.Values {
		if u.Values[i].Attribute == attribute {
			return &u.Values[i], a, nil
		}
	}
	return nil, a, nil
}
