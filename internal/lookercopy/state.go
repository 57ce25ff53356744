package lookercopy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// A Missed is something that cannot be copied.
type Missed struct{ Kind, Name, Why string }

// A Copy is the content of a source as the state that a target should have.
type Copy struct {
	State  *desired.State
	Missed []Missed

	source     *Snapshot
	origin     string
	attributes map[string]string          // keys of copied attributes by id in the source
	names      map[string]string          // names of objects for people, by kind and key
	powers     map[string]map[string]bool // names of permissions by kind and key
	emails     map[string]string          // login e-mails, folded, by key of users
}

// NewCopy returns the state that a target should have after copying a source. origin is the
// source of the copied objects' ids. Other groups, roles and parents of the target stay.
func NewCopy(source *Snapshot, origin string) *Copy {
	c := &Copy{
		State: &desired.State{HasUsers: true}, source: source, origin: origin,
		attributes: map[string]string{}, names: map[string]string{}, powers: map[string]map[string]bool{},
		emails: map[string]string{},
	}
	c.takeRoles()
	c.takeAttributes()
	c.takeGroups()
	c.takeUsers()
	return c
}

func (c *Copy) miss(kind, name, why string) {
	c.Missed = append(c.Missed, Missed{kind, name, why})
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// entry returns the entry of an object by its id in the source.
func (c *Copy) entry(kind, id, name string) desired.Entry {
	key := "source:" + c.origin + "/" + id
	c.names[kind+" "+key] = name
	return desired.Entry{Key: key, Unnamed: true, Sources: map[string]string{c.origin: id}, Adds: true}
}

// NameOf returns the name of an object of the state for people.
func (c *Copy) NameOf(kind, key string) string {
	return cmp.Or(c.names[kind+" "+key], key)
}

func (c *Copy) keyOf(id string) string { return "source:" + c.origin + "/" + id }

// allUsersKey is the key of the group of everybody, which is the same everywhere.
const allUsersKey = "id:" + allUsers

func (c *Copy) groupKey(id string) string {
	if id == allUsers {
		return allUsersKey
	}
	return c.keyOf(id)
}

// isBuiltIn reports whether a role of the source is the built-in Admin, which is always the
// target's built-in Admin.
func isBuiltIn(r *role) bool {
	return r.PermissionSet.BuiltIn && r.PermissionSet.AllAccess && r.Name == "Admin"
}

const adminKey = "id:2"

func (c *Copy) takeRoles() {
	for i := range c.source.roles {
		r := &c.source.roles[i]
		if isBuiltIn(r) {
			c.powers["role "+adminKey] = map[string]bool{everything: true}
			continue
		}
		e := c.entry("role", r.ID, r.Name)
		e.Name = &r.Name
		one := desired.Role{Entry: e}
		permissions := append([]string{}, r.PermissionSet.Permissions...)
		one.Permissions, one.PermissionSet = &permissions, &r.PermissionSet.Name
		switch {
		case r.PermissionSet.AllAccess:
			c.miss("role", r.Name, "has a permission set of everything and is not the built-in Admin; it is not copied")
			continue
		case !r.ModelSet.AllAccess:
			models := append([]string{}, r.ModelSet.Models...)
			one.Models, one.ModelSet = &models, &r.ModelSet.Name
		}
		c.powers["role "+e.Key] = setOf(permissions)
		c.State.Roles = append(c.State.Roles, one)
	}
	used := map[string]bool{}
	for i := range c.source.roles {
		used["p"+c.source.roles[i].PermissionSet.ID], used["m"+c.source.roles[i].ModelSet.ID] = true, true
	}
	for _, s := range c.source.permissions {
		if !used["p"+s.ID] && !s.BuiltIn {
			c.miss("permission set", s.Name, "no role has it")
		}
	}
	for _, s := range c.source.models {
		if !used["m"+s.ID] && !s.BuiltIn {
			c.miss("model set", s.Name, "no role has it")
		}
	}
}

// everything stands for all permissions.
const everything = "*"

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}

// roleKeys returns the roles of somebody, given what the source says about each.
func (c *Copy) roleKeys(has func(r *role) bool) *[]string {
	keys := []string{}
	for i := range c.source.roles {
		r := &c.source.roles[i]
		switch {
		case !has(r):
		case isBuiltIn(r):
			keys = append(keys, adminKey)
		case !r.PermissionSet.AllAccess:
			keys = append(keys, c.keyOf(r.ID))
		}
	}
	return &keys
}

// wireType returns our name of a type of the API.
func wireType(t string) string {
	if rest, ok := strings.CutPrefix(t, "advanced_"); ok {
		return rest
	}
	return t
}

func (c *Copy) takeAttributes() {
	for i := range c.source.attributes {
		a := &c.source.attributes[i]
		if a.IsSystem {
			continue
		}
		name := strings.ToLower(a.Name)
		c.attributes[a.ID] = name
		c.names["attribute "+name] = a.Name
		one := desired.Attribute{Entry: desired.Entry{Key: name, Adds: true}}
		if !a.IsPermanent {
			one.Sources = map[string]string{c.origin: a.ID}
			one.Type, one.Label = new(wireType(a.Type)), &a.Label
			one.UserCanView, one.UserCanEdit = new(a.UserCanView || a.UserCanEdit), new(a.UserCanEdit)
			c.takeDefault(a, &one)
		}
		if order := c.orderOf(a); len(order) > 1 {
			one.Order = &order
		}
		c.State.Attributes = append(c.State.Attributes, one)
	}
}

func (c *Copy) takeDefault(a *attribute, one *desired.Attribute) {
	switch {
	case a.Hidden:
		one.Hidden = new(true)
		if len(a.values) > 0 || text(a.Default) != "" {
			c.miss("attribute", a.Name, "its values are hidden and cannot be read; set them again")
		}
		if text(a.Whitelist) != "" {
			data, err := json.Marshal(*a.Whitelist)
			if err != nil {
				c.miss("attribute", a.Name, "its whitelist cannot be written: "+err.Error())
				return
			}
			one.Facets = []directory.Facet{{Dialect: "looker", Kind: "hidden_value_domain_whitelist", Data: string(data)}}
		}
	case text(a.Default) != "":
		one.Default = &desired.Value{Value: directory.Value{Text: *a.Default}}
	default:
		one.Default = &desired.Value{Clear: true}
	}
}

// orderOf returns the groups with values of an attribute, strongest first.
func (c *Copy) orderOf(a *attribute) []string {
	var order []string
	seen := map[string]bool{}
	for _, v := range a.values {
		if !a.Hidden && v.Value != nil && !seen[v.GroupID] {
			seen[v.GroupID] = true
			order = append(order, c.groupKey(v.GroupID))
		}
	}
	return order
}

func (c *Copy) takeGroups() {
	values := map[string][]desired.Assigned{}
	for i := range c.source.attributes {
		a := &c.source.attributes[i]
		if a.IsSystem || a.Hidden {
			continue
		}
		seen := map[string]bool{}
		for _, v := range a.values {
			if v.Value == nil || seen[v.GroupID] {
				continue
			}
			seen[v.GroupID] = true
			values[v.GroupID] = append(values[v.GroupID], assigned(c.attributes[a.ID], *v.Value))
		}
	}
	for i := range c.source.groups {
		g := &c.source.groups[i]
		if g.ID == allUsers {
			c.names["group "+allUsersKey] = g.Name
			c.State.Groups = append(c.State.Groups, desired.Group{
				Entry: desired.Entry{Key: allUsersKey, ID: 1, Unnamed: true, Adds: true}, Values: values[g.ID],
			})
			continue
		}
		if g.ExternallyManaged {
			c.miss("group", g.Name, "who is in it is managed elsewhere; it is copied as it is now")
		}
		e := c.entry("group", g.ID, g.Name)
		e.Name = &g.Name
		one := desired.Group{Entry: e, Values: values[g.ID]}
		parents := []string{}
		for _, parent := range g.Parents {
			if parent != allUsers {
				parents = append(parents, c.keyOf(parent))
			}
		}
		one.Parents = &parents
		one.Roles = c.roleKeys(func(r *role) bool { return contains(r.groups, g.ID) })
		c.State.Groups = append(c.State.Groups, one)
	}
	for i := range c.source.groups {
		c.powers["group "+c.groupKey(c.source.groups[i].ID)] = c.powersOfGroup(c.source.groups[i].ID)
	}
}

func assigned(attribute, value string) desired.Assigned {
	return desired.Assigned{Attribute: attribute, Value: desired.Value{Value: directory.Value{Text: value}}}
}

// powersOfGroup returns the permissions that a group of the source conveys: its own and those
// of its ancestors.
func (c *Copy) powersOfGroup(id string) map[string]bool {
	powers, seen := map[string]bool{}, map[string]bool{}
	parents := map[string][]string{}
	for i := range c.source.groups {
		parents[c.source.groups[i].ID] = c.source.groups[i].Parents
	}
	for next := []string{id}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		next = append(next, parents[at]...)
		c.addPowers(powers, func(r *role) bool { return contains(r.groups, at) })
	}
	return powers
}

func (c *Copy) addPowers(powers map[string]bool, has func(r *role) bool) {
	for _, key := range *c.roleKeys(has) {
		for name := range c.powers["role "+key] {
			powers[name] = true
		}
	}
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

func (c *Copy) takeUsers() {
	hidden := map[string]bool{}
	for i := range c.source.attributes {
		hidden[c.source.attributes[i].ID] = c.source.attributes[i].Hidden
	}
	for i := range c.source.users {
		u := &c.source.users[i]
		name := nameOf(u)
		e := c.entry("user", u.ID, name)
		one := desired.User{
			Entry: e, FirstName: new(text(u.FirstName)), LastName: new(text(u.LastName)), Disabled: &u.IsDisabled,
			Identities: map[directory.CredentialKind]string{},
		}
		powers := map[string]bool{}
		switch {
		case u.LoginEmail != nil && text(u.LoginEmail.Email) != "":
			one.Email = u.LoginEmail.Email
			c.emails[e.Key] = directory.Fold(*one.Email)
		case text(u.Email) != "":
			one.ContactEmail = u.Email
		}
		groups := []desired.Member{}
		for _, g := range u.GroupIDs {
			for name := range c.powers["group "+c.groupKey(g)] {
				powers[name] = true
			}
			if g != allUsers {
				groups = append(groups, desired.Member{Group: c.keyOf(g)})
			}
		}
		one.Groups = &groups
		holds := func(r *role) bool { return contains(r.users, u.ID) }
		one.Roles = c.roleKeys(holds)
		c.addPowers(powers, holds)
		c.powers["user "+e.Key] = powers
		for _, v := range u.values {
			attribute := c.attributes[v.AttributeID]
			switch {
			case v.Hidden || hidden[v.AttributeID]:
				c.miss("value of a user", name, "its value of "+v.Name+" is hidden and cannot be read; set it again")
			case attribute != "" && v.Value != nil:
				one.Values = append(one.Values, assigned(attribute, *v.Value))
			}
		}
		c.identities(u, &one)
		if n := len(u.API3); n > 0 {
			c.miss("credentials", name, fmt.Sprintf("secrets cannot be read; make new API credentials (%d)", n))
		}
		c.State.Users = append(c.State.Users, one)
	}
}

func (*Copy) identities(u *user, one *desired.User) {
	identity := func(kind directory.CredentialKind, account *string) {
		if text(account) != "" {
			one.Identities[kind] = *account
		}
	}
	if u.Google != nil {
		identity(directory.CredentialGoogle, u.Google.ID)
	}
	if u.LDAP != nil {
		identity(directory.CredentialLDAP, u.LDAP.ID)
	}
	if u.SAML != nil {
		identity(directory.CredentialSAML, u.SAML.ID)
	}
	if u.OIDC != nil {
		identity(directory.CredentialOIDC, u.OIDC.ID)
	}
}

// nameOf returns the name of a user for people.
func nameOf(u *user) string {
	return cmp.Or(text(u.Email), strings.TrimSpace(text(u.FirstName)+" "+text(u.LastName)), "user "+u.ID)
}
