package lookercopy

import (
	"encoding/json"
	"fmt"
	"slices"
)

// planUsers makes the users that are not there. One is known again by its
// e-mail or, without one, by its id in the source.
func (p *Plan) planUsers() (steps []step) {
	byEmail := map[string]string{}
	for _, u := range p.target.users {
		if email := fold(text(u.Email)); email != "" {
			byEmail[email] = u.ID
		}
	}
	for i := range p.source.users {
		u := &p.source.users[i]
		email := fold(text(u.Email))
		if there := byEmail[email]; email != "" && there != "" {
			p.users[u.ID] = there
			steps = append(steps, one("user", nameOf(u), "update", func() Edit {
				return Edit{"edit": "update_user", "user": there, "first_name": text(u.FirstName), "last_name": text(u.LastName)}
			}))
			continue
		}
		if there := p.users[u.ID]; there != "" {
			continue // found by its id before the plan was made
		}
		steps = append(steps, step{
			kind: "user", name: nameOf(u), verb: "create",
			made:  func(id string) { p.users[u.ID] = id },
			edits: func(first int) []Edit { return p.createUser(u, first) },
		})
	}
	return steps
}

func (p *Plan) createUser(u *user, first int) []Edit {
	create := Edit{"edit": "create_user", "kind": "person", "first_name": text(u.FirstName), "last_name": text(u.LastName)}
	if u.IsDisabled {
		create["disabled"] = true
	}
	made := fmt.Sprintf("$%d", first)
	edits := []Edit{create, {"edit": "set_source", "object": "user:" + made, "source": p.origin, "source_id": u.ID}}
	switch {
	case u.LoginEmail != nil && text(u.LoginEmail.Email) != "":
		edits = append(edits, Edit{"edit": "set_login_email", "user": made, "email": *u.LoginEmail.Email})
	case text(u.Email) != "":
		create["contact_email"] = *u.Email
	}
	return edits
}

// planPossessions gives users their groups, values, roles and identities.
func (p *Plan) planPossessions() (steps []step) {
	names := map[string]attribute{}
	for _, a := range p.source.attributes {
		names[a.ID] = a
	}
	for i := range p.source.users {
		u := &p.source.users[i]
		if n := len(u.API3); n > 0 {
			p.miss("credentials", nameOf(u), fmt.Sprintf("secrets cannot be read; make new API credentials (%d)", n))
		}
		for _, v := range u.values {
			if v.Hidden {
				p.miss("value of a user", nameOf(u), "its value of "+v.Name+" is hidden and cannot be read; set it again")
			}
		}
		roles := holds(p.source.roles, func(r role) bool { return slices.Contains(r.users, u.ID) })
		steps = append(steps, step{
			kind: "user's groups, values and roles", name: nameOf(u), verb: "set",
			edits: func(int) []Edit { return p.possessions(u, names, roles) },
		})
	}
	return steps
}

func (p *Plan) possessions(u *user, attributes map[string]attribute, roles []string) (edits []Edit) {
	id := p.users[u.ID]
	if id == "" {
		return nil // it was refused, which has been said
	}
	for _, g := range u.GroupIDs {
		if there := p.groups[g]; g != allUsers && there != "" {
			edits = append(edits, Edit{"edit": "add_member", "group": there, "user": id})
		}
	}
	for _, v := range u.values {
		if there := p.attributes[v.AttributeID]; !v.Hidden && there != "" && v.Value != nil && !attributes[v.AttributeID].IsSystem {
			edits = append(edits, Edit{"edit": "set_user_value", "user": id, "attribute": there, "value": *v.Value})
		}
	}
	if len(roles) > 0 {
		have := holds(p.target.roles, func(r role) bool { return slices.Contains(r.users, id) })
		edits = append(edits, Edit{"edit": "set_user_roles", "user": id, "roles": p.union(have, roles)})
	}
	identity := func(kind string, account *string) {
		if text(account) != "" {
			edits = append(edits, Edit{"edit": "set_identity", "user": id, "kind": kind, "identifier": *account})
		}
	}
	if u.Google != nil {
		identity("google", u.Google.ID)
	}
	if u.LDAP != nil {
		identity("ldap", u.LDAP.ID)
	}
	if u.SAML != nil {
		identity("saml", u.SAML.ID)
	}
	if u.OIDC != nil {
		identity("oidc", u.OIDC.ID)
	}
	return edits
}

// quote is a text as JSON.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // no text fails
	}
	return string(b)
}
