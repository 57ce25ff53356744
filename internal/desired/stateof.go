package desired

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// Omitted counts what the state of a live directory leaves out.
type Omitted struct {
	Hidden int `json:"hidden_values"`
}

// StateOf returns the complete state of a live directory, by name: without ids, times and
// marks, so that two equal directories have equal states.
func StateOf(live *Live, users bool) (*State, Omitted) {
	n := newNamer(live)
	s := &State{HasUsers: users}
	for i := range live.Attributes {
		a := &live.Attributes[i]
		if !a.System {
			s.Attributes = append(s.Attributes, n.attribute(a))
		}
	}
	for i := range live.Roles {
		if !live.Roles[i].BuiltIn {
			s.Roles = append(s.Roles, n.role(&live.Roles[i]))
		}
	}
	for i := range live.Groups {
		g := &live.Groups[i]
		group := n.group(g)
		if g.ID == directory.AllUsers {
			if len(group.Values) == 0 {
				continue
			}
			group = Group{Entry: Entry{Key: g.Name}, Values: group.Values}
		}
		s.Groups = append(s.Groups, group)
	}
	if users {
		keys := userKeys(live.Users)
		for i := range live.Users {
			s.Users = append(s.Users, n.user(&live.Users[i], keys[i]))
		}
	}
	sortState(s)
	return s, n.omitted
}

func sortState(s *State) {
	slices.SortFunc(s.Attributes, func(a, b Attribute) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.Groups, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.Roles, func(a, b Role) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.Users, func(a, b User) int { return cmp.Compare(a.Key, b.Key) })
}

// A namer gives live objects keys.
type namer struct {
	live       *Live
	groups     map[directory.GroupID]string
	roles      map[directory.RoleID]string
	attributes map[directory.AttributeID]*LiveAttribute
	omitted    Omitted
}

func newNamer(live *Live) *namer {
	n := &namer{
		live: live, groups: map[directory.GroupID]string{}, roles: map[directory.RoleID]string{},
		attributes: map[directory.AttributeID]*LiveAttribute{},
	}
	n.name()
	return n
}

func (n *namer) name() {
	for i := range n.live.Attributes {
		n.attributes[n.live.Attributes[i].ID] = &n.live.Attributes[i]
	}
	for _, r := range n.live.Roles {
		n.roles[r.ID] = r.Name
	}
	byID := map[directory.GroupID]*LiveGroup{}
	for i := range n.live.Groups {
		byID[n.live.Groups[i].ID] = &n.live.Groups[i]
	}
	names := make([]string, len(n.live.Groups))
	for i := range names {
		names[i] = n.live.Groups[i].Name
	}
	// A name that several groups share becomes the path through first parents.
	for round := 0; round < directory.MaxNestingDepth && len(repeated(names)) > 0; round++ {
		again := repeated(names)
		for i, name := range names {
			if !again[name] {
				continue
			}
			at := &n.live.Groups[i]
			for range round {
				if at != nil && len(at.Parents) > 0 {
					at = byID[at.Parents[0]]
				} else {
					at = nil
				}
			}
			if at != nil && len(at.Parents) > 0 && byID[at.Parents[0]] != nil {
				names[i] = byID[at.Parents[0]].Name + "/" + name
			}
		}
	}
	names = numbered(names, "group")
	for i := range names {
		n.groups[n.live.Groups[i].ID] = names[i]
	}
}

func repeated(names []string) map[string]bool {
	seen, again := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		again[name] = seen[name]
		seen[name] = true
	}
	maps.DeleteFunc(again, func(_ string, twice bool) bool { return !twice })
	return again
}

// numbered makes duplicate names unique, and names what has none.
func numbered(names []string, kind string) []string {
	out, used, count := slices.Clone(names), map[string]bool{}, map[string]int{}
	for _, name := range names {
		used[name] = true
	}
	taken := map[string]bool{}
	for i, name := range out {
		base := cmp.Or(name, "unnamed "+kind)
		for taken[out[i]] || out[i] == "" || out[i] != name && used[out[i]] {
			count[base]++
			out[i] = base
			if count[base] > 1 || name == "" {
				out[i] = fmt.Sprintf("%s (%d)", base, count[base])
			}
		}
		taken[out[i]] = true
	}
	return out
}

func userKeys(users []LiveUser) []string {
	keys := make([]string, len(users))
	for i := range users {
		keys[i] = userLabel(&users[i])
	}
	return numbered(keys, "user")
}

// ownSources returns the source references that are not marks.
func ownSources(sources map[string]string) map[string]string {
	own := map[string]string{}
	for source, id := range sources {
		if !IsMark(source) {
			own[source] = id
		}
	}
	if len(own) == 0 {
		return nil
	}
	return own
}

// named returns the entry of an object, with its name if the key differs.
func named(key, name string, sources map[string]string) Entry {
	e := Entry{Key: key, Sources: ownSources(sources)}
	if key != name {
		e.Name = &name
	}
	return e
}

// constraints copies the constraints and the description of an attribute, as far as there are
// any.
func (a *Attribute) constraints(live *LiveAttribute) {
	for to, text := range map[**string]string{
		&a.Description: live.Description, &a.Pattern: live.Pattern, &a.Least: live.Least, &a.Greatest: live.Greatest,
	} {
		if text != "" {
			*to = &text
		}
	}
	if len(live.Allowed) > 0 {
		a.Allowed = &live.Allowed
	}
	if live.MaxLength != 0 {
		a.MaxLength = &live.MaxLength
	}
}

func (n *namer) attribute(a *LiveAttribute) Attribute {
	out := Attribute{Entry: Entry{Key: a.Name, Sources: ownSources(a.Sources)}}
	if a.Permanent {
		out.Sources = nil
	} else {
		out.Type, out.Label, out.Rule = new(string(a.Type)), new(a.Label), new(string(a.Rule))
		out.UserValueMode, out.Hidden = new(string(a.UserValueMode)), new(a.Hidden)
		out.UserCanView, out.UserCanEdit = new(a.UserCanView), new(a.UserCanEdit)
		out.constraints(a)
	}
	switch {
	case a.HasSecret:
		out.Default = &Value{Keep: true}
		n.omitted.Hidden++
	case a.HasDefault():
		out.Default = &Value{Value: a.Default}
	default:
		out.Default = &Value{Clear: true}
	}
	type ranked struct {
		key  string
		rank int
	}
	var list []ranked
	for i := range n.live.Groups {
		g := &n.live.Groups[i]
		if v := liveValue(g.Values, a.ID); v != nil {
			list = append(list, ranked{n.groups[g.ID], v.Rank})
		}
	}
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
		order := make([]string, len(list))
		for i := range list {
			order[i] = list[i].key
		}
		out.Order = &order
	}
	return out
}

func (n *namer) role(r *LiveRole) Role {
	out := Role{Entry: named(n.roles[r.ID], r.Name, r.Sources)}
	for i := range n.live.PermissionSets {
		s := &n.live.PermissionSets[i]
		if s.ID != int64(r.PermissionSet) {
			continue
		}
		if !s.BuiltIn {
			out.Permissions = new(append([]string{}, s.Names...))
		}
		if s.Name != r.Name {
			out.PermissionSet = &s.Name
		}
	}
	for i := range n.live.ModelSets {
		if s := &n.live.ModelSets[i]; s.ID == int64(r.ModelSet) && !s.BuiltIn {
			out.Models = new(append([]string{}, s.Names...))
			if s.Name != r.Name {
				out.ModelSet = &s.Name
			}
		}
	}
	return out
}

func (n *namer) roleKeys(ids []directory.RoleID) *[]string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = n.roles[id]
	}
	slices.Sort(keys)
	return &keys
}

func (n *namer) group(g *LiveGroup) Group {
	out := Group{Entry: named(n.groups[g.ID], g.Name, g.Sources), Roles: n.roleKeys(g.Roles), Values: n.values(g.Values)}
	if g.Language != "" {
		out.Language = new(string(g.Language))
	}
	if g.Description != "" {
		out.Description = &g.Description
	}
	parents := make([]string, len(g.Parents))
	for i, id := range g.Parents {
		parents[i] = n.groups[id]
	}
	out.Parents = &parents
	return out
}

func (n *namer) values(values []LiveValue) []Assigned {
	var list []Assigned
	for i := range values {
		v := &values[i]
		a := n.attributes[v.Attribute]
		if a == nil {
			continue
		}
		one := Assigned{Attribute: a.Name, Value: Value{Value: v.Value, Keep: v.Hidden}}
		if v.Hidden {
			n.omitted.Hidden++
		}
		if v.StartsAt != 0 {
			one.From = new(v.StartsAt)
		}
		if v.ExpiresAt != 0 {
			one.Until = new(v.ExpiresAt)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Assigned) int { return strings.Compare(a.Attribute, b.Attribute) })
	return list
}

func (n *namer) user(u *LiveUser, key string) User {
	out := User{
		Entry:     Entry{Key: key, Sources: ownSources(u.Sources)},
		FirstName: new(u.FirstName), LastName: new(u.LastName), Disabled: new(u.Disabled), Values: n.values(u.Values),
		Roles: n.roleKeys(u.Roles),
	}
	if u.Kind != directory.KindPerson {
		out.Kind = new(string(u.Kind))
	}
	for field, value := range map[**string]string{
		&out.ContactEmail: u.ContactEmail, &out.Timezone: u.Timezone, &out.Language: string(u.Language),
	} {
		if value != "" {
			*field = &value
		}
	}
	if u.Email != key && (u.Email != "" || strings.Contains(key, "@")) {
		out.Email = new(u.Email)
	}
	groups := []Member{}
	for _, m := range u.Memberships {
		one := Member{Group: n.groups[m.Group]}
		if m.StartsAt != 0 {
			one.From = new(m.StartsAt)
		}
		if m.ExpiresAt != 0 {
			one.Until = new(m.ExpiresAt)
		}
		groups = append(groups, one)
	}
	slices.SortFunc(groups, func(a, b Member) int { return strings.Compare(a.Group, b.Group) })
	out.Groups = &groups
	return out
}
