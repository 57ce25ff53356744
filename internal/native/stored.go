package native

import (
	"net/http"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// Stored objects are for tools that compare and copy directories: texts as they were written,
// rows that are not in force, and references as ids.

// A storedValue is a value of an owner, or a default. It has exactly one of text, texts and
// hidden.
type storedValue struct {
	Attribute string            `json:"attribute,omitempty"` // id
	Text      *string           `json:"text,omitempty"`
	Texts     map[string]string `json:"texts,omitempty"` // by language
	Hidden    bool              `json:"hidden,omitzero"`
	Rank      int               `json:"rank,omitzero"`
	StartsAt  string            `json:"starts_at,omitempty"`
	ExpiresAt string            `json:"expires_at,omitempty"`
}

func storedOf(id directory.AttributeID, v directory.Value, w directory.Window) storedValue {
	s := storedValue{Attribute: optionalID(id), StartsAt: render.Time(w.StartsAt), ExpiresAt: render.Time(w.ExpiresAt)}
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

type storedAttribute struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Label         string            `json:"label"`
	Type          string            `json:"type"`
	Rule          string            `json:"rule"`
	UserValueMode string            `json:"user_value_mode"`
	Default       *storedValue      `json:"default,omitempty"`
	Hidden        bool              `json:"hidden"`
	UserCanView   bool              `json:"user_can_view"`
	UserCanEdit   bool              `json:"user_can_edit"`
	System        bool              `json:"system"`
	Permanent     bool              `json:"permanent"`
	Sources       map[string]string `json:"sources"`
	Description   string            `json:"description"`
	constraintsBody
}

type storedRole struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PermissionSet string            `json:"permission_set"`
	ModelSet      string            `json:"model_set"`
	BuiltIn       bool              `json:"built_in"`
	Sources       map[string]string `json:"sources"`
}

// A storedSet is a permission set or a model set.
type storedSet struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Names   []string `json:"names"` // of the permissions or models
	BuiltIn bool     `json:"built_in"`
}

// sourcesAll returns the sources of objects, in order.
func (q *request) sourcesAll(n int, object func(i int) directory.Object) ([]map[string]string, error) {
	objects := make([]directory.Object, n)
	for i := range objects {
		objects[i] = object(i)
	}
	lists, err := q.dir.Sources(q.ctx(), objects...)
	if err != nil {
		return nil, err
	}
	sources := make([]map[string]string, n)
	for i := range lists {
		sources[i] = sourcesOf(lists[i])
	}
	return sources, nil
}

// storedDefinitions answers with attributes, roles and sets.
func (a *api) storedDefinitions(q *request) error {
	out := struct {
		Language       string            `json:"language"` // of texts without one
		Attributes     []storedAttribute `json:"attributes"`
		Roles          []storedRole      `json:"roles"`
		PermissionSets []storedSet       `json:"permission_sets"`
		ModelSets      []storedSet       `json:"model_sets"`
	}{Language: string(a.Language), Attributes: []storedAttribute{}, Roles: []storedRole{}, PermissionSets: []storedSet{},
		ModelSets: []storedSet{}}
	var err error
	if out.Attributes, err = q.storedAttributes(); err != nil {
		return err
	}
	if out.Roles, err = q.storedRoles(); err != nil {
		return err
	}
	permissionSets, err := q.dir.PermissionSets(q.ctx())
	if err != nil {
		return err
	}
	for _, s := range permissionSets {
		out.PermissionSets = append(out.PermissionSets, storedSet{directory.FormatID(s.ID), s.Name, listOf(s.Permissions),
			s.BuiltIn})
	}
	modelSets, err := q.dir.ModelSets(q.ctx())
	if err != nil {
		return err
	}
	for _, s := range modelSets {
		out.ModelSets = append(out.ModelSets, storedSet{directory.FormatID(s.ID), s.Name, listOf(s.Models), s.BuiltIn})
	}
	return q.reply(http.StatusOK, out)
}

func listOf(names []string) []string { return append([]string{}, names...) }

func (q *request) storedAttributes() ([]storedAttribute, error) {
	attributes, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return nil, err
	}
	sources, err := q.sourcesAll(len(attributes), func(i int) directory.Object { return attributes[i].ID.Object() })
	if err != nil {
		return nil, err
	}
	list := make([]storedAttribute, len(attributes))
	for i := range attributes {
		a := &attributes[i]
		list[i] = storedAttribute{
			ID: directory.FormatID(a.ID), Name: a.Name, Label: a.Label, Type: string(a.Type), Rule: string(a.Rule),
			UserValueMode: string(a.UserValueMode), Hidden: a.Hidden, UserCanView: a.UserCanView, UserCanEdit: a.UserCanEdit,
			System: a.System, Permanent: a.Permanent, Sources: sources[i],
			Description: a.Description, constraintsBody: constraintsOf(&a.Constraints),
		}
		if a.HasDefault() {
			v := storedOf(0, a.Default, directory.Window{})
			list[i].Default = &v
		}
	}
	return list, nil
}

func (q *request) storedRoles() ([]storedRole, error) {
	roles, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return nil, err
	}
	sources, err := q.sourcesAll(len(roles), func(i int) directory.Object { return roles[i].Role.ID.Object() })
	if err != nil {
		return nil, err
	}
	list := make([]storedRole, len(roles))
	for i := range roles {
		r := &roles[i].Role
		list[i] = storedRole{
			directory.FormatID(r.ID), r.Name, directory.FormatID(r.PermissionSet), directory.FormatID(r.ModelSet), r.BuiltIn,
			sources[i],
		}
	}
	return list, nil
}

type storedGroup struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Language    string            `json:"language"`
	Parents     []string          `json:"parents"`
	Roles       []string          `json:"roles"`
	Sources     map[string]string `json:"sources"`
	Values      []storedValue     `json:"values"`
	Members     int64             `json:"members"`
}

// storedGroups lists groups by id.
func (a *api) storedGroups(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	groups, err := q.dir.GroupsAfter(q.ctx(), directory.GroupID(at.parts[0]), limit+1, nil)
	if err != nil {
		return err
	}
	out := struct {
		Groups []storedGroup `json:"groups"`
		Next   string        `json:"next,omitempty"`
	}{Groups: []storedGroup{}}
	var ids []directory.GroupID
	for i := range groups {
		if len(ids) == limit {
			out.Next = q.next(int64(ids[limit-1]))
			break
		}
		ids = append(ids, groups[i].ID)
	}
	details, err := q.dir.GroupDetails(q.ctx(), ids)
	if err != nil {
		return err
	}
	sources, err := q.sourcesAll(len(details), func(i int) directory.Object { return details[i].Group.ID.Object() })
	if err != nil {
		return err
	}
	for i := range details {
		d := &details[i]
		g := storedGroup{
			ID: directory.FormatID(d.Group.ID), Name: d.Group.Name, Description: d.Group.Description,
			Language: string(d.Group.Language),
			Parents:  idsOf(d.Parents), Roles: idsOf(d.Roles), Sources: sources[i], Values: []storedValue{}, Members: d.Members,
		}
		values, err := q.dir.WholeValuesOf(q.ctx(), d.Group.ID)
		if err != nil {
			return err
		}
		for k := range values {
			v := storedOf(values[k].Attribute, values[k].Value, values[k].Window)
			v.Rank = values[k].Rank
			g.Values = append(g.Values, v)
		}
		out.Groups = append(out.Groups, g)
	}
	return q.reply(http.StatusOK, out)
}

// A storedMembership is a group that a user is directly in.
type storedMembership struct {
	Group     string `json:"group"` // id
	StartsAt  string `json:"starts_at,omitempty"`
	ExpiresAt string `json:"expires_at,omitempty"`
}

type storedUser struct {
	ID           string             `json:"id"`
	Kind         string             `json:"kind"`
	FirstName    string             `json:"first_name"`
	LastName     string             `json:"last_name"`
	Email        string             `json:"email"`
	ContactEmail string             `json:"contact_email"`
	Timezone     string             `json:"timezone"`
	Language     string             `json:"language"`
	Disabled     bool               `json:"disabled"`
	Groups       []storedMembership `json:"groups"`
	Values       []storedValue      `json:"values"`
	Roles        []string           `json:"roles"`
	Sources      map[string]string  `json:"sources"`
	Identities   map[string]string  `json:"identities"` // accounts elsewhere, by kind
}

// storedUsers lists users by id.
func (a *api) storedUsers(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	where := directory.UsersAnd{directory.UsersAfter(at.parts[0])}
	users, err := q.dir.WholeUsers(q.ctx(), directory.UserQuery{Where: where, Limit: limit + 1, Uncounted: true})
	if err != nil {
		return err
	}
	out := struct {
		Users []storedUser `json:"users"`
		Next  string       `json:"next,omitempty"`
	}{Users: []storedUser{}}
	if len(users) > limit {
		users = users[:limit]
		out.Next = q.next(int64(users[limit-1].User.ID))
	}
	sources, err := q.sourcesAll(len(users), func(i int) directory.Object { return users[i].User.ID.Object() })
	if err != nil {
		return err
	}
	for i := range users {
		out.Users = append(out.Users, storedUserOf(&users[i], sources[i]))
	}
	return q.reply(http.StatusOK, out)
}

func storedUserOf(d *directory.UserDetail, sources map[string]string) storedUser {
	login, _ := d.Credential(directory.CredentialEmail)
	u := storedUser{
		ID: directory.FormatID(d.User.ID), Kind: string(d.User.Kind), FirstName: d.User.FirstName, LastName: d.User.LastName,
		Email: login.Shown, ContactEmail: d.User.ContactEmail, Timezone: d.User.Timezone, Language: string(d.User.Language),
		Disabled: d.User.Disabled, Groups: []storedMembership{}, Values: []storedValue{}, Roles: idsOf(d.Roles),
		Sources:    sources,
		Identities: map[string]string{},
	}
	for _, c := range d.Credentials {
		if c.Kind != directory.CredentialEmail && c.Kind != directory.CredentialAPI {
			u.Identities[string(c.Kind)] = c.Identifier
		}
	}
	for _, m := range d.Memberships {
		u.Groups = append(u.Groups, storedMembership{directory.FormatID(m.Group), render.Time(m.StartsAt),
			render.Time(m.ExpiresAt)})
	}
	for _, v := range d.Values {
		u.Values = append(u.Values, storedOf(v.Attribute, v.Value, v.Window))
	}
	return u
}
