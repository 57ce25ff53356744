package desired

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/directory"
)

func (d *differ) user(u *LiveUser) {
	was := find(d.before.Users, u.ID, func(l *LiveUser) directory.UserID { return l.ID })
	fresh := was == nil
	d.any = fresh
	if fresh {
		was = &LiveUser{Kind: directory.KindPerson}
	}
	out := User{}
	differs(d, &out.Kind, was.Kind, u.Kind, asText)
	differs(d, &out.FirstName, was.FirstName, u.FirstName, asIs)
	differs(d, &out.LastName, was.LastName, u.LastName, asIs)
	differs(d, &out.ContactEmail, was.ContactEmail, u.ContactEmail, asIs)
	differs(d, &out.Timezone, was.Timezone, u.Timezone, asIs)
	differs(d, &out.Language, was.Language, u.Language, asText)
	differs(d, &out.Disabled, was.Disabled, u.Disabled, asIs)
	if !slices.Equal(was.Memberships, u.Memberships) {
		out.Groups, d.any = new(d.members(was.Memberships, u.Memberships)), true
	}
	if !sameSet(was.Roles, u.Roles) {
		out.Roles, d.any = d.roleKeys(u.Roles), true
	}
	out.Values = d.values(was.Values, u.Values)
	if !d.any {
		return
	}
	var why string
	if fresh {
		why = d.enterNew(&out, u)
	} else {
		why = d.enter(&out, was)
	}
	if why == "" && d.taken[out.Key] {
		why = "another user of the file has this key"
	}
	if why != "" {
		d.leave("user", userLabel(u), why)
		return
	}
	d.taken[out.Key] = true
	d.state.Users = append(d.state.Users, out)
}

// members are all memberships of a user.
func (d *differ) members(was, is []LiveMember) []Member {
	list := make([]Member, 0, len(is))
	for _, m := range is {
		ref := d.groupRef(m.Group)
		if ref == "" {
			continue
		}
		old := find(was, m.Group, func(l *LiveMember) directory.GroupID { return l.Group })
		list = append(list, Member{Group: ref, Bounds: boundsOf(m.Window, old != nil && old.Window != m.Window)})
	}
	slices.SortFunc(list, func(a, b Member) int { return strings.Compare(a.Group, b.Group) })
	return list
}

// enter names a user that is there by what a plan finds it by: the login e-mail, a
// source id, the contact e-mail or the name, where nobody else has it. It says why
// that cannot be.
func (d *differ) enter(out *User, was *LiveUser) (why string) {
	source := bySource(was.Sources)
	switch {
	case was.Email != "":
		out.Entry = Entry{Key: was.Email}
	case source.Key != "":
		out.Entry = source
	case d.alike(was) > 1:
		return "another user has this e-mail or name; give it a source id, so that a file can mean it"
	case was.ContactEmail != "":
		out.Entry = Entry{Key: was.ContactEmail}
	case out.FirstName != nil || out.LastName != nil || out.ContactEmail != nil:
		return "a user without an e-mail and a source id is found by its name, which changes"
	default:
		out.Entry = Entry{Key: userLabel(was)}
		out.FirstName, out.LastName = &was.FirstName, &was.LastName
	}
	return ""
}

// enterNew names a user that is to be made. A key with an @ would be its login e-mail.
func (d *differ) enterNew(out *User, u *LiveUser) (why string) {
	out.Entry = Entry{Key: cmp.Or((&directory.User{FirstName: u.FirstName, LastName: u.LastName}).DisplayName(),
		u.ContactEmail)}
	switch {
	case out.Key == "":
		return "it has no name and no e-mail"
	case d.alike(u) > 0:
		return "another user has this e-mail or name, and the file would mean that one"
	case strings.Contains(out.Key, "@"):
		out.Email = new("")
	}
	return ""
}

// alike counts the users who are there and whom a plan would find where it looks for
// one by its contact e-mail, or by its name.
func (d *differ) alike(u *LiveUser) int {
	if d.found == nil {
		d.found = map[string]int{}
		for i := range d.before.Users {
			if other := &d.before.Users[i]; other.Email == "" {
				d.found[foundBy(other)]++
			}
		}
	}
	return d.found[foundBy(u)]
}

func foundBy(u *LiveUser) string {
	if u.ContactEmail != "" {
		return "contact " + directory.Fold(u.ContactEmail)
	}
	return "name " + u.FirstName + "\n" + u.LastName
}
