package desired

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cohort/internal/directory"
)

func shownTime(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(time.RFC3339Nano)
}

// planUsers creates and changes users, each in one step.
func (p *planner) planUsers() {
	for _, i := range p.userOrder() {
		u := &p.state.Users[i]
		t := p.users.byKey[u.Key]
		if t.skip || t.live != nil && p.opt.CreateOnly {
			continue
		}
		p.begin("user", u.Key, u.Place)
		problems := len(p.plan.Problems)
		if t.live == nil {
			p.createUser(u, t)
		} else {
			p.updateUser(u, t)
		}
		p.planMemberships(u, t)
		p.planUserValues(u, t)
		if u.Roles != nil {
			p.planUserRoles(u, t)
		}
		p.planIdentities(u, t)
		if len(p.plan.Problems) > problems {
			p.forget() // a user is done completely or not at all
		} else if email := u.email(); t.live != nil && email != "" && directory.Fold(email) != directory.Fold(t.live.Email) {
			p.givenUp[t.id] = true
		}
	}
}

func (p *planner) createUser(u *User, t *target[LiveUser, directory.UserID]) {
	p.item(Create, "", "", "", "")
	t.id = directory.Made[directory.UserID](p.edit(directory.CreateUser{
		Kind: directory.UserKind(text(u.Kind)), FirstName: text(u.FirstName), LastName: text(u.LastName),
		ContactEmail: text(u.ContactEmail), Timezone: text(u.Timezone), Language: directory.Language(text(u.Language)),
		Disabled: text(u.Disabled),
	}))
	if email := u.email(); email != "" && p.loginIsFree(u, t, email) {
		p.edit(directory.SetLoginEmail{User: t.id, Email: email, New: true})
	}
	p.sources(t.id.Object(), nil, &u.Entry, true)
}

func (p *planner) updateUser(u *User, t *target[LiveUser, directory.UserID]) {
	have, id := t.live, shownID(t.id)
	p.tally.users.of++
	if u.Groups != nil {
		p.tally.memberships.of += len(have.Memberships)
	}
	update := directory.UpdateUser{User: t.id}
	change(p, id, "first_name", have.FirstName, u.FirstName, &update.FirstName)
	change(p, id, "last_name", have.LastName, u.LastName, &update.LastName)
	change(p, id, "contact_email", have.ContactEmail, u.ContactEmail, &update.ContactEmail)
	change(p, id, "timezone", have.Timezone, u.Timezone, &update.Timezone)
	change(p, id, "language", have.Language, (*directory.Language)(u.Language), &update.Language)
	change(p, id, "disabled", have.Disabled, u.Disabled, &update.Disabled)
	if update.Disabled != nil && *update.Disabled {
		p.tally.users.removed++
	}
	if len(p.open.Items) > 0 {
		p.edit(update)
	}
	if u.Kind != nil && *u.Kind != string(have.Kind) {
		p.problem("user", &u.Entry, "is of the kind %s, which cannot be changed", have.Kind)
	}
	p.sources(t.id.Object(), have.Sources, &u.Entry, true)
	email := u.email()
	switch {
	case email == "" && (u.Email == nil || have.Email == ""):
	case email == "":
		p.problem("user", &u.Entry, "logs in with %s; a login e-mail is removed through its credential", have.Email)
	case u.Email == nil && have.Email == "" && strings.EqualFold(email, have.ContactEmail):
		// The key is the contact e-mail.
	case u.Email == nil && directory.Fold(email) == directory.Fold(have.Email):
		// The case of a key does not matter.
	case email != have.Email && p.loginIsFree(u, t, email):
		p.edit(directory.SetLoginEmail{User: t.id, Email: email})
		p.item(Change, id, "email", have.Email, email)
	}
}

// planMemberships adds the wanted groups of a user, and removes the others.
func (p *planner) planMemberships(u *User, t *target[LiveUser, directory.UserID]) {
	if u.Groups == nil {
		return
	}
	have := map[directory.GroupID]directory.Window{}
	if t.live != nil {
		for _, m := range t.live.Memberships {
			have[m.Group] = m.Window
		}
	}
	wanted := map[directory.GroupID]bool{}
	for i := range *u.Groups {
		m := &(*u.Groups)[i]
		g := refer(p, &p.groups, &u.Entry, "user", m.Group)
		if g == nil || g.skip || g.id == directory.AllUsers {
			continue
		}
		wanted[g.id] = true
		window, is := have[g.id]
		target := m.over(window)
		if _, err := directory.ParseWindow(target.StartsAt, target.ExpiresAt); err != nil {
			p.problem("user", &u.Entry, "group %s: %s", m.Group, err)
			continue
		}
		if is && target == window {
			continue
		}
		edit := directory.AddMember{Group: g.id, User: t.id}
		if target != window {
			edit.Window = &target
		}
		p.edit(edit)
		before := ""
		if is {
			before = withWindow(m.Group, window)
		}
		p.item(Change, shownID(t.id), "groups", before, withWindow(m.Group, target))
	}
	if t.live == nil {
		return
	}
	for _, m := range t.live.Memberships {
		if !wanted[m.Group] && (!u.Adds || p.ownsGroup(m.Group)) {
			p.tally.memberships.removed++
			p.edit(directory.RemoveMember{Group: m.Group, User: t.id})
			p.item(Change, shownID(t.id), "groups", withWindow(p.groupName(m.Group), m.Window), "")
		}
	}
}

func (p *planner) planUserValues(u *User, t *target[LiveUser, directory.UserID]) {
	var values []LiveValue
	if t.live != nil {
		values = t.live.Values
	}
	wanted := p.unnamed(u.Values, values)
	for i := range wanted {
		want := &wanted[i]
		id, ok := p.attribute("user", &u.Entry, want)
		if !ok {
			continue
		}
		have := liveValue(values, id)
		w, ok := p.compare("user", &u.Entry, want, id, have)
		field := "values." + want.Attribute
		switch {
		case !ok:
		case w.remove:
			p.edit(directory.DeleteUserValue{User: t.id, Attribute: id})
			p.item(Change, shownID(t.id), field, w.before, "")
		case w.write:
			i := p.edit(directory.SetUserValue{User: t.id, Attribute: id, Value: w.value, Window: w.window})
			p.plan.secrets[i] = w.secret
			p.item(Change, shownID(t.id), field, w.before, w.after)
		}
	}
}

func (p *planner) planUserRoles(u *User, t *target[LiveUser, directory.UserID]) {
	var have []directory.RoleID
	if t.live != nil {
		have = t.live.Roles
	}
	if roles, ok := p.roleIDs("user", &u.Entry, *u.Roles, have); ok && !sameSet(roles, have) {
		p.edit(directory.SetUserRoles{User: t.id, Roles: roles})
		p.item(Change, shownID(t.id), "roles", listed(p.roleNames(have)), listed(p.roleNames(roles)))
	}
}

// planIdentities links a user to accounts elsewhere.
func (p *planner) planIdentities(u *User, t *target[LiveUser, directory.UserID]) {
	for _, kind := range slices.Sorted(maps.Keys(u.Identities)) {
		have := ""
		if t.live != nil {
			have = t.live.Identities[string(kind)]
		}
		if want := u.Identities[kind]; want != have {
			p.edit(directory.SetIdentity{User: t.id, Kind: kind, Identifier: want})
			p.item(Change, shownID(t.id), "identity "+string(kind), have, want)
		}
	}
}

// loginIsFree reports whether no other user logs in with an e-mail.
func (p *planner) loginIsFree(u *User, t *target[LiveUser, directory.UserID], email string) bool {
	for _, other := range p.users.byName["login "+directory.Fold(email)] {
		if other.id == t.id || p.givenUp[other.id] {
			continue
		}
		if t.live != nil && p.opt.LeaveTaken {
			p.plan.Left = append(p.plan.Left, Problem{u.Place, "user", u.Key,
				fmt.Sprintf("keeps its login e-mail: %s is that of user %d, who is another one", email, int64(other.id))})
			return false
		}
		if wanted, ok := p.wantsOther(other.id, email); ok {
			p.problem("user", &u.Entry, "takes the login e-mail %s of user %d, who takes %s, which is not free before: give "+
				"one of them another address first", email, int64(other.id), wanted)
			return false
		}
		p.problem("user", &u.Entry, "has the login e-mail %s of user %d, who is another one", email, int64(other.id))
		return false
	}
	return true
}
