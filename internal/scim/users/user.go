package users

import (
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// DisplayName returns the display name of a user.
func DisplayName(u *directory.UserDetail) string {
	if name := u.User.DisplayName(); name != "" {
		return name
	}
	name, _ := userNameOf(&u.UserRows)
	return name
}

// A userState is a user with everything that this dialect stores about it.
type userState struct {
	directory.UserDetail
	facet      *resource.Object // what was sent and has no field in the directory; may be nil
	externalID string
	values     *resource.Object // own values of attributes, as the extension shows them
	touched    directory.Touch  // of a disabled user who is read alone
}

// People selects the users of this dialect: persons with a login name.
func People() directory.UsersAnd { return directory.UsersAnd{directory.UsersNamed{}} }

// IsUser reports whether a user is a user of this dialect.
func IsUser(u *directory.UserDetail) bool {
	_, named := userNameOf(&u.UserRows)
	return named && u.User.Kind == directory.KindPerson
}

// userNameOf returns the login name as it was written.
func userNameOf(rows *directory.UserRows) (string, bool) {
	for _, kind := range []directory.CredentialKind{directory.CredentialEmail, directory.CredentialUsername} {
		if c, ok := rows.Credential(kind); ok {
			return c.Shown, true
		}
	}
	return "", false
}

// loginEmail returns the login name if it is an e-mail address.
func loginEmail(rows *directory.UserRows) string {
	c, _ := rows.Credential(directory.CredentialEmail)
	return c.Shown
}

// readUser reads one user.
func readUser(q *protocol.Request, dir protocol.Directory, id directory.UserID) (*userState, error) {
	u, err := dir.User(q.Context(), id)
	if err != nil {
		return nil, err
	}
	if !IsUser(&u) {
		return nil, protocol.NotFound("user")
	}
	list, err := statesOf(q, dir, []directory.UserDetail{u})
	if err != nil {
		return nil, err
	}
	if u.User.Disabled {
		touched, err := dir.LastChanges(q.Context(), id.Object())
		if err != nil {
			return nil, err
		}
		list[0].touched = touched[0]
	}
	return list[0], nil
}

// statesOf reads everything about users, in order.
func statesOf(q *protocol.Request, dir protocol.Directory, users []directory.UserDetail) ([]*userState, error) {
	objects := make([]directory.Object, len(users))
	for i := range users {
		objects[i] = users[i].User.ID.Object()
	}
	facets, err := dir.FacetsOf(q.Context(), objects)
	if err != nil {
		return nil, err
	}
	sources, err := dir.Sources(q.Context(), objects...)
	if err != nil {
		return nil, err
	}
	list := make([]*userState, len(users))
	for i := range users {
		s := &userState{UserDetail: users[i], externalID: protocol.ReferenceIn(sources[i], q.Client.Source)}
		if s.facet, err = resource.Stored(facets[objects[i]], resource.FacetUser); err != nil {
			return nil, err
		}
		if s.values, err = ownValues(q, dir, &s.UserDetail); err != nil {
			return nil, err
		}
		list[i] = s
	}
	return list, nil
}

// writable returns the writable part of a user: the text as sent as long as it means the
// directory's value, or else the directory's value.
func (s *userState) writable() *resource.Object {
	o := s.facet.Clone()
	if o == nil {
		o = &resource.Object{}
	}
	shown, _ := userNameOf(&s.UserRows)
	o.Set("userName", resource.StillMeans(o.Text("userName"), shown, directory.ParseName))
	s.writeNames(o)
	o.Set("emails", s.emails(o.Get("emails")))
	if s.User.Timezone != "" || o.Get("timezone") != nil && fitsName(o.Text("timezone")) {
		o.Set("timezone", resource.TextOrNil(resource.StillMeans(o.Text("timezone"), s.User.Timezone, directory.ParseName)))
	}
	if own, ok := s.ownLocale(); ok {
		o.Set("locale", own)
	} else if directory.ParseLocale("locale", o.Text("locale")) == nil {
		o.Remove("locale")
	}
	o.Set("active", !s.User.Disabled)
	o.Set("externalId", resource.TextOrNil(s.externalID))
	o.Remove(resource.SchemaValues)
	if !resource.IsEmpty(s.values) {
		o.Set(resource.SchemaValues, s.values.Clone())
	}
	return o
}

func fitsName(s string) bool {
	_, err := directory.ParseName("name", s)
	return err == nil
}

// writeNames updates the parts of the name from the directory and adds those that were not
// sent.
func (s *userState) writeNames(o *resource.Object) {
	name := o.Child("name")
	if name == nil {
		name = &resource.Object{}
	}
	name.Set("familyName", resource.TextOrNil(resource.StillMeans(name.Text("familyName"), s.User.LastName,
		directory.ParseName)))
	name.Set("givenName", resource.TextOrNil(resource.StillMeans(name.Text("givenName"), s.User.FirstName,
		directory.ParseName)))
	if name.Text("formatted") == "" {
		name.Set("formatted", resource.TextOrNil(s.User.DisplayName()))
	}
	o.Set("name", name)
	if o.Text("displayName") == "" {
		o.Set("displayName", resource.TextOrNil(s.User.DisplayName()))
	}
}

func (s *userState) ownLocale() (string, bool) {
	for _, v := range s.Values {
		if v.Attribute == directory.AttrLocale {
			return v.Value.Text, true
		}
	}
	return "", false
}

// emails returns the list that was sent, updated from the directory. Without a list it is the
// contact e-mail, or the login name if that is an address.
func (s *userState) emails(sent any) any {
	address := s.User.ContactEmail
	if address == "" {
		address = loginEmail(&s.UserRows)
	}
	list, _ := sent.([]any)
	if len(list) == 0 {
		return defaultEmails(address)
	}
	i := contactIn(list)
	e, ok := list[i].(*resource.Object)
	if !ok {
		return list
	}
	written, err := directory.ParseEmail("emails", e.Text("value"))
	if err != nil || written == address || s.User.ContactEmail == "" &&
		directory.Fold(written) == directory.Fold(address) {
		return list
	}
	list = slices.Clone(list)
	if address == "" {
		return append(list[:i:i], list[i+1:]...)
	}
	e = e.Clone()
	e.Set("value", address)
	list[i] = e
	return list
}

func defaultEmails(address string) any {
	if address == "" {
		return nil
	}
	return []any{resource.NewObject("value", address, "type", "work", "primary", true)}
}

// contactIn returns the index of the element that becomes the contact e-mail: the one of type
// work, or else the primary one, or else the first. Providers look users up by the work
// e-mail, and only login and contact e-mail have an index.
func contactIn(list []any) int {
	for i, e := range list {
		if o, ok := e.(*resource.Object); ok && directory.Fold(o.Text("type")) == "work" {
			return i
		}
	}
	for i, e := range list {
		if o, ok := e.(*resource.Object); ok && o.Get("primary") == true {
			return i
		}
	}
	return 0
}

// contactOf returns the contact e-mail of a list beside a login name, or "" if it equals the
// login name or is no address.
func contactOf(emails any, userName string) string {
	list, _ := emails.([]any)
	if len(list) == 0 {
		return ""
	}
	o, _ := list[contactIn(list)].(*resource.Object)
	if o == nil {
		return ""
	}
	address, err := directory.ParseEmail("emails", o.Text("value"))
	if err != nil || directory.Fold(address) == directory.Fold(userName) {
		return ""
	}
	return address
}

// showUser returns the complete resource of a user.
func showUser(q *protocol.Request, s *userState, touched directory.Touch, p *resource.Projection) (*resource.Object,
	error) {
	w := s.writable()
	o := resource.NewObject("schemas", resource.Texts(resource.SchemaUser), "id", resource.UserID(s.User.ID),
		"externalId", w.Get("externalId"))
	t, err := userType(q)
	if err != nil {
		return nil, err
	}
	for i := range t.Core.Attributes {
		a := &t.Core.Attributes[i]
		if v := w.Get(a.Name); v != nil {
			o.Set(a.Name, v)
		}
		if a.Name == "groups" && p.Wants(resource.SchemaUser, "groups", false) {
			groups, err := groupsOf(q, &s.UserDetail)
			if err != nil {
				return nil, err
			}
			o.Set("groups", groups)
		}
	}
	for _, urn := range []string{resource.SchemaEnterprise, resource.SchemaValues} {
		if inner := shownValues(w.Child(urn)); !resource.IsEmpty(inner) {
			o.Set(urn, inner)
		}
	}
	if p.Wants(resource.SchemaEffective, "", true) || wantsAny(p, resource.SchemaEffective) {
		effective, err := effectiveValues(q, s.User.ID)
		if err != nil {
			return nil, err
		}
		o.Set(resource.SchemaEffective, effective)
	}
	meta := resource.NewObject("resourceType", "User", "created", resource.Instant(s.User.CreatedAt))
	if touched.Revision != 0 {
		meta.Set("lastModified", resource.Instant(touched.At))
	}
	meta.Set("location", q.Base+"/Users/"+resource.UserID(s.User.ID))
	meta.Set("version", q.Version(touched))
	o.Set("meta", meta)
	return o, nil
}

// wantsAny reports whether a projection names any attribute of a schema.
func wantsAny(p *resource.Projection, urn string) bool {
	for _, n := range p.Only {
		if n.URN == urn {
			return true
		}
	}
	return false
}

// groupsOf returns the groups that a user is in, directly and indirectly, without All Users.
func groupsOf(q *protocol.Request, u *directory.UserDetail) ([]any, error) {
	var list []any
	seen := map[directory.GroupID]bool{directory.AllUsers: true}
	add := func(id directory.GroupID, how string) error {
		seen[id] = true
		g, err := q.Dir.Group(q.Context(), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil
		}
		list = append(list, resource.NewObject("value", resource.GroupID(id), "$ref", q.Base+"/Groups/"+resource.GroupID(id),
			"display", resource.TextOrNil(g.Name),
			"type", how))
		return err
	}
	var next []directory.GroupID
	for _, m := range u.Memberships {
		if !seen[m.Group] {
			if err := add(m.Group, "direct"); err != nil {
				return nil, err
			}
			next = append(next, m.Group)
		}
	}
	for len(next) > 0 {
		parents, err := q.Dir.ParentsOf(q.Context(), next[0])
		if err != nil {
			return nil, err
		}
		next = next[1:]
		for _, id := range parents {
			if !seen[id] {
				if err := add(id, "indirect"); err != nil {
					return nil, err
				}
				next = append(next, id)
			}
		}
	}
	return list, nil
}

// Routes lists the routes of users.
func Routes() []protocol.Route {
	return []protocol.Route{
		protocol.On("GET", "/Users", listUsers),
		protocol.On("POST", "/Users", createUser),
		protocol.On("POST", "/Users/.search", listUsers),
		protocol.On("GET", "/Users/{id}", user),
		protocol.On("PUT", "/Users/{id}", putUser),
		protocol.On("PATCH", "/Users/{id}", patchUser),
		protocol.On("DELETE", "/Users/{id}", deleteUser),
	}
}

// PathID returns the id of the user in the path.
func PathID(q *protocol.Request) (directory.UserID, error) {
	id, ok := resource.ParseUserID(q.R.PathValue("id"))
	if !ok {
		return 0, protocol.NotFound("user")
	}
	return id, nil
}

// user answers with one user.
func user(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	return replyUser(q, http.StatusOK, id)
}

// replyUser answers with the wanted part of a user.
func replyUser(q *protocol.Request, status int, id directory.UserID) error {
	o, err := oneUser(q, id)
	if err != nil {
		return err
	}
	if version := o.Child("meta").Text("version"); q.Unmodified(version) {
		return q.Unchanged(version)
	}
	t, err := userType(q)
	if err != nil {
		return err
	}
	p := t.Projection(q.Query)
	full := o.Child("meta")
	q.W.Header().Set("ETag", full.Text("version"))
	if status == http.StatusCreated {
		q.W.Header().Set("Location", full.Text("location"))
	}
	return q.Send(status, t.Cut(o, &p))
}

// oneUser returns the resource of a user.
func oneUser(q *protocol.Request, id directory.UserID) (*resource.Object, error) {
	s, err := readUser(q, q.Dir, id)
	if err != nil {
		return nil, err
	}
	touched, err := q.Dir.LastChanges(q.Context(), id.Object())
	if err != nil {
		return nil, err
	}
	t, err := userType(q)
	if err != nil {
		return nil, err
	}
	p := t.Projection(q.Query)
	return showUser(q, s, touched[0], &p)
}

// deleteUser marks the user in the path deleted.
func deleteUser(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	if err := Delete(q, id); err != nil {
		return err
	}
	return q.Gone()
}

// Delete marks a user deleted.
func Delete(q *protocol.Request, id directory.UserID) error {
	_, err := q.Commit(func(now protocol.Directory) ([]directory.Edit, error) {
		if _, err := readUser(q, now, id); err != nil {
			return nil, err
		}
		if err := q.SameVersion(now, id.Object()); err != nil {
			return nil, err
		}
		q.Removed.User()
		return []directory.Edit{directory.DeleteUser{User: id}}, nil
	})
	return err
}
