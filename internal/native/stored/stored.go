// Package stored renders the objects of a directory as they are stored, for tools that compare and copy directories:
// texts as they were written, rows that are not in force, and references as ids.
package stored

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/render"
	"cohort/internal/view"
)

// A Value is a value of an owner, or a default. It has exactly one of text, texts and
// hidden.
type Value struct {
	Attribute string            `json:"attribute,omitempty"` // id
	Text      *string           `json:"text,omitempty"`
	Texts     map[string]string `json:"texts,omitempty"` // by language
	Hidden    bool              `json:"hidden,omitzero"`
	Rank      int               `json:"rank,omitzero"`
	StartsAt  string            `json:"starts_at,omitempty"`
	ExpiresAt string            `json:"expires_at,omitempty"`
}

// valueOf renders a value. The id of a default is 0 and is not shown.
func valueOf(id directory.AttributeID, v directory.Value, w directory.Window) Value {
	s := Value{StartsAt: render.Time(w.StartsAt), ExpiresAt: render.Time(w.ExpiresAt)}
	if id != 0 {
		s.Attribute = directory.FormatID(id)
	}
	switch {
	case v.Sealed != 0:
		s.Hidden = true
	case len(v.Texts) > 0:
		s.Texts = make(map[string]string, len(v.Texts))
		for _, t := range v.Texts {
			s.Texts[string(t.Language)] = t.Text
		}
	default:
		s.Text = &v.Text
	}
	return s
}

// An Attribute is the definition of an attribute.
type Attribute struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Label         string            `json:"label"`
	Type          string            `json:"type"`
	Rule          string            `json:"rule"`
	UserValueMode string            `json:"user_value_mode"`
	Default       *Value            `json:"default,omitempty"`
	Hidden        bool              `json:"hidden"`
	UserCanView   bool              `json:"user_can_view"`
	UserCanEdit   bool              `json:"user_can_edit"`
	System        bool              `json:"system"`
	Permanent     bool              `json:"permanent"`
	Sources       map[string]string `json:"sources"`
	Description   string            `json:"description"`
	render.Constraints
}

// A Role grants a permission set on a model set.
type Role struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PermissionSet string            `json:"permission_set"`
	ModelSet      string            `json:"model_set"`
	BuiltIn       bool              `json:"built_in"`
	Sources       map[string]string `json:"sources"`
}

// A Set is a permission set or a model set.
type Set struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Names   []string `json:"names"` // of the permissions or models
	BuiltIn bool     `json:"built_in"`
}

// sourcesAll returns the sources of objects, in order.
func sourcesAll(
	ctx context.Context, dir *view.View, n int, object func(i int) directory.Object,
) ([]map[string]string, error) {
	objects := make([]directory.Object, n)
	for i := range objects {
		objects[i] = object(i)
	}
	lists, err := dir.Sources(ctx, objects...)
	if err != nil {
		return nil, err
	}
	sources := make([]map[string]string, n)
	for i := range lists {
		sources[i] = render.Sources(lists[i])
	}
	return sources, nil
}

// Definitions are attributes, roles and sets.
type Definitions struct {
	Language       string      `json:"language"` // of texts without one
	Attributes     []Attribute `json:"attributes"`
	Roles          []Role      `json:"roles"`
	PermissionSets []Set       `json:"permission_sets"`
	ModelSets      []Set       `json:"model_sets"`
}

// DefinitionsOf renders the definitions of a directory of a language.
func DefinitionsOf(ctx context.Context, dir *view.View, language directory.Language) (*Definitions, error) {
	out := &Definitions{Language: string(language), PermissionSets: []Set{}, ModelSets: []Set{}}
	var err error
	if out.Attributes, err = attributes(ctx, dir); err != nil {
		return nil, err
	}
	if out.Roles, err = roles(ctx, dir); err != nil {
		return nil, err
	}
	permissionSets, err := dir.PermissionSets(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range permissionSets {
		out.PermissionSets = append(out.PermissionSets,
			Set{directory.FormatID(s.ID), s.Name, listOf(s.Permissions), s.BuiltIn})
	}
	modelSets, err := dir.ModelSets(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range modelSets {
		out.ModelSets = append(out.ModelSets,
			Set{directory.FormatID(s.ID), s.Name, listOf(s.Models), s.BuiltIn})
	}
	return out, nil
}

func listOf(names []string) []string { return append([]string{}, names...) }

func attributes(ctx context.Context, dir *view.View) ([]Attribute, error) {
	attributes, err := dir.Attributes(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := sourcesAll(ctx, dir, len(attributes),
		func(i int) directory.Object { return attributes[i].ID.Object() })
	if err != nil {
		return nil, err
	}
	list := make([]Attribute, len(attributes))
	for i := range attributes {
		a := &attributes[i]
		list[i] = Attribute{
			ID: directory.FormatID(a.ID), Name: a.Name, Label: a.Label, Type: string(a.Type), Rule: string(a.Rule),
			UserValueMode: string(a.UserValueMode), Hidden: a.Hidden, UserCanView: a.UserCanView, UserCanEdit: a.UserCanEdit,
			System: a.System, Permanent: a.Permanent, Sources: sources[i],
			Description: a.Description, Constraints: render.ConstraintsOf(&a.Constraints),
		}
		if a.HasDefault() {
			v := valueOf(0, a.Default, directory.Window{})
			list[i].Default = &v
		}
	}
	return list, nil
}

func roles(ctx context.Context, dir *view.View) ([]Role, error) {
	roles, err := dir.AllRoles(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := sourcesAll(ctx, dir, len(roles),
		func(i int) directory.Object { return roles[i].Role.ID.Object() })
	if err != nil {
		return nil, err
	}
	list := make([]Role, len(roles))
	for i := range roles {
		r := &roles[i].Role
		list[i] = Role{
			directory.FormatID(r.ID), r.Name, directory.FormatID(r.PermissionSet), directory.FormatID(r.ModelSet), r.BuiltIn,
			sources[i],
		}
	}
	return list, nil
}

// A Group is a group with its own values.
type Group struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Language    string            `json:"language"`
	Parents     []string          `json:"parents"`
	Roles       []string          `json:"roles"`
	Sources     map[string]string `json:"sources"`
	Values      []Value           `json:"values"`
	Members     int64             `json:"members"`
}

// Groups renders groups, in order.
func Groups(ctx context.Context, dir *view.View, ids []directory.GroupID) ([]Group, error) {
	details, err := dir.GroupDetails(ctx, ids)
	if err != nil {
		return nil, err
	}
	sources, err := sourcesAll(ctx, dir, len(details),
		func(i int) directory.Object { return details[i].Group.ID.Object() })
	if err != nil {
		return nil, err
	}
	list := []Group{}
	for i := range details {
		d := &details[i]
		g := Group{
			ID: directory.FormatID(d.Group.ID), Name: d.Group.Name, Description: d.Group.Description,
			Language: string(d.Group.Language), Parents: render.IDs(d.Parents), Roles: render.IDs(d.Roles),
			Sources: sources[i], Values: []Value{}, Members: d.Members,
		}
		values, err := dir.WholeValuesOf(ctx, d.Group.ID)
		if err != nil {
			return nil, err
		}
		for k := range values {
			v := valueOf(values[k].Attribute, values[k].Value, values[k].Window)
			v.Rank = values[k].Rank
			g.Values = append(g.Values, v)
		}
		list = append(list, g)
	}
	return list, nil
}

// A Membership is a group that a user is directly in.
type Membership struct {
	Group     string `json:"group"` // id
	StartsAt  string `json:"starts_at,omitempty"`
	ExpiresAt string `json:"expires_at,omitempty"`
}

// A User is a user with its own values and memberships.
type User struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"`
	FirstName    string            `json:"first_name"`
	LastName     string            `json:"last_name"`
	Email        string            `json:"email"`
	ContactEmail string            `json:"contact_email"`
	Timezone     string            `json:"timezone"`
	Language     string            `json:"language"`
	Disabled     bool              `json:"disabled"`
	Groups       []Membership      `json:"groups"`
	Values       []Value           `json:"values"`
	Roles        []string          `json:"roles"`
	Sources      map[string]string `json:"sources"`
	Identities   map[string]string `json:"identities"` // accounts elsewhere, by kind
}

// Users renders users, in order.
func Users(ctx context.Context, dir *view.View, users []directory.UserDetail) ([]User, error) {
	sources, err := sourcesAll(ctx, dir, len(users),
		func(i int) directory.Object { return users[i].User.ID.Object() })
	if err != nil {
		return nil, err
	}
	list := []User{}
	for i := range users {
		list = append(list, userOf(&users[i], sources[i]))
	}
	return list, nil
}

func userOf(d *directory.UserDetail, sources map[string]string) User {
	login, _ := d.Credential(directory.CredentialEmail)
	u := User{
		ID: directory.FormatID(d.User.ID), Kind: string(d.User.Kind), FirstName: d.User.FirstName, LastName: d.User.LastName,
		Email: login.Shown, ContactEmail: d.User.ContactEmail, Timezone: d.User.Timezone, Language: string(d.User.Language),
		Disabled: d.User.Disabled, Groups: []Membership{}, Values: []Value{}, Roles: render.IDs(d.Roles),
		Sources:    sources,
		Identities: map[string]string{},
	}
	for _, c := range d.Credentials {
		if c.Kind != directory.CredentialEmail && c.Kind != directory.CredentialAPI {
			u.Identities[string(c.Kind)] = c.Identifier
		}
	}
	for _, m := range d.Memberships {
		u.Groups = append(u.Groups, Membership{directory.FormatID(m.Group), render.Time(m.StartsAt),
			render.Time(m.ExpiresAt)})
	}
	for _, v := range d.Values {
		u.Values = append(u.Values, valueOf(v.Attribute, v.Value, v.Window))
	}
	return u
}
