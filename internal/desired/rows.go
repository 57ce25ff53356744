package desired

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
)

// Rows builds a snapshot from the rows of a directory, in any order. They must not contain
// rows that are marked deleted.
type Rows struct {
	users       bool
	live        Live
	groups      map[directory.GroupID]*LiveGroup
	people      map[directory.UserID]*LiveUser
	nestings    []directory.Nesting
	groupValues []directory.GroupValue
	memberships []directory.Membership
	attached    []directory.Row // rows of objects that may come later
}

// NewRows begins a snapshot, with users or without.
func NewRows(users bool) *Rows {
	return &Rows{users: users, groups: map[directory.GroupID]*LiveGroup{}, people: map[directory.UserID]*LiveUser{}}
}

// Add adds a row.
func (r *Rows) Add(row directory.Row) {
	switch row := row.(type) {
	case directory.Group:
		r.groups[row.ID] = &LiveGroup{ID: row.ID, Name: row.Name, Description: row.Description, Language: row.Language,
			Sources: map[string]string{}}
	case directory.Nesting:
		r.nestings = append(r.nestings, row)
	case directory.Attribute:
		r.live.Attributes = append(r.live.Attributes, LiveAttribute{Attribute: row, HasSecret: row.Default.Sealed != 0,
			Sources: map[string]string{}})
	case directory.GroupValue:
		r.groupValues = append(r.groupValues, row)
	case directory.PermissionSet:
		r.live.PermissionSets = append(r.live.PermissionSets, LiveSet{int64(row.ID), row.Name, row.Permissions, row.BuiltIn})
	case directory.ModelSet:
		r.live.ModelSets = append(r.live.ModelSets, LiveSet{int64(row.ID), row.Name, row.Models, row.BuiltIn})
	case directory.Role:
		r.live.Roles = append(r.live.Roles, LiveRole{row.ID, row.Name, row.PermissionSet, row.ModelSet, row.BuiltIn,
			map[string]string{}})
	case directory.User:
		if r.users {
			r.people[row.ID] = &LiveUser{
				ID: row.ID, Kind: row.Kind, FirstName: row.FirstName, LastName: row.LastName, ContactEmail: row.ContactEmail,
				Timezone: row.Timezone, Language: row.Language, Disabled: row.Disabled, Sources: map[string]string{},
				Identities: map[string]string{},
			}
		}
	case directory.Membership:
		r.memberships = append(r.memberships, row)
	case directory.GroupRole, directory.UserValue, directory.UserRole, directory.Credential, directory.SourceReference:
		r.attached = append(r.attached, row)
	}
}

// Live returns the snapshot.
func (r *Rows) Live() *Live {
	slices.SortFunc(r.nestings, func(a, b directory.Nesting) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Parent, b.Parent))
	})
	for _, n := range r.nestings {
		if g := r.groups[n.Group]; g != nil {
			g.Parents = append(g.Parents, n.Parent)
		}
	}
	r.rankValues()
	slices.SortFunc(r.memberships, func(a, b directory.Membership) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Group, b.Group))
	})
	for _, m := range r.memberships {
		if u := r.people[m.User]; u != nil {
			u.Memberships = append(u.Memberships, LiveMember{m.Group, m.Window})
		}
		if g := r.groups[m.Group]; g != nil {
			g.Members++
		}
	}
	sources := map[directory.Object]map[string]string{}
	for _, row := range r.attached {
		r.attach(row, sources)
	}
	for i := range r.live.Attributes {
		r.live.Attributes[i].Sources = sources[r.live.Attributes[i].ID.Object()]
	}
	for i := range r.live.Roles {
		r.live.Roles[i].Sources = sources[r.live.Roles[i].ID.Object()]
	}
	for _, g := range r.groups {
		g.Sources = sources[g.ID.Object()]
		r.live.Groups = append(r.live.Groups, *g)
	}
	for _, u := range r.people {
		u.Sources = sources[u.ID.Object()]
		r.live.Users = append(r.live.Users, *u)
	}
	slices.SortFunc(r.live.Groups, func(a, b LiveGroup) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(r.live.Users, func(a, b LiveUser) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(r.live.Attributes, func(a, b LiveAttribute) int { return cmp.Compare(a.ID, b.ID) })
	return &r.live
}

// rankValues gives group values their ranks, in the order of their keys.
func (r *Rows) rankValues() {
	slices.SortFunc(r.groupValues, func(a, b directory.GroupValue) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Group, b.Group))
	})
	ranks := map[directory.AttributeID]int{}
	for _, v := range r.groupValues {
		if g := r.groups[v.Group]; g != nil {
			ranks[v.Attribute]++
			g.Values = append(g.Values, LiveValue{
				Attribute: v.Attribute, Value: v.Value, Hidden: v.Value.Sealed != 0, Rank: ranks[v.Attribute], Window: v.Window,
			})
		}
	}
}

func (r *Rows) attach(row directory.Row, sources map[directory.Object]map[string]string) {
	switch row := row.(type) {
	case directory.GroupRole:
		if g := r.groups[row.Group]; g != nil {
			g.Roles = append(g.Roles, row.Role)
		}
	case directory.UserValue:
		if u := r.people[row.User]; u != nil {
			u.Values = append(u.Values, LiveValue{Attribute: row.Attribute, Value: row.Value, Hidden: row.Value.Sealed != 0,
				Window: row.Window})
		}
	case directory.UserRole:
		if u := r.people[row.User]; u != nil {
			u.Roles = append(u.Roles, row.Role)
		}
	case directory.Credential:
		u := r.people[row.User]
		switch {
		case u == nil, row.Kind == directory.CredentialAPI:
		case row.Kind == directory.CredentialEmail:
			u.Email = row.Shown
		default:
			u.Identities[string(row.Kind)] = row.Identifier
		}
	case directory.SourceReference:
		if sources[row.Object] == nil {
			sources[row.Object] = map[string]string{}
		}
		sources[row.Object][row.Source] = row.SourceID
	}
}
