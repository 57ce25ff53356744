package scim

import (
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/scim/resource"
)

// A userState is a user with everything that this dialect stores about it.
type userState struct {
	directory.UserDetail
	facet      *resource.Object // what was sent and has no field in the directory; may be nil
	externalID string
	values     *resource.Object // own values of attributes, as the extension shows them
	touched    directory.Touch  // of a disabled user who is read alone
}

// facetUser and facetGroup are the kinds of facet that hold what was sent for a user and for a
// group.
const (
	facetUser  = "user"
	facetGroup = "group"
)

// people selects the users of this dialect: persons with a login name.
func people() directory.UsersAnd { return directory.UsersAnd{directory.UsersNamed{}} }

// isUser reports whether a user is a user of this dialect.
func isUser(u *directory.UserDetail) bool {
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
func (q *request) readUser(dir Directory, id directory.UserID) (*userState, error) {
	u, err := dir.User(q.ctx(), id)
	if err != nil {
		return nil, err
	}
	if !isUser(&u) {
		return nil, notFound("user")
	}
	list, err := q.states(dir, []directory.UserDetail{u})
	if err != nil {
		return nil, err
	}
	if u.User.Disabled {
		touched, err := dir.LastChanges(q.ctx(), id.Object())
		if err != nil {
			return nil, err
		}
		list[0].touched = touched[0]
	}
	return list[0], nil
}

// states reads everything about users, in order.
func (q *request) states(dir Directory, users []directory.UserDetail) ([]*userState, error) {
	objects := make([]directory.Object, len(users))
	for i := range users {
		objects[i] = users[i].User.ID.Object()
	}
	facets, err := dir.FacetsOf(q.ctx(), objects)
	if err != nil {
		return nil, err
	}
	sources, err := dir.Sources(q.ctx(), objects...)
	if err != nil {
		return nil, err
	}
	list := make([]*userState, len(users))
	for i := range users {
		s := &userState{UserDetail: users[i], externalID: sourceIn(sources[i], q.client.Source)}
		if s.facet, err = facetIn(facets[objects[i]], facetUser); err != nil {
			return nil, err
		}
		if s.values, err = q.ownValues(dir, &s.UserDetail); err != nil {
			return nil, err
		}
		list[i] = s
	}
	return list, nil
}

// sourceIn returns the id of a user or group in a source.
func sourceIn(list []directory.SourceReference, source string) string {
	for _, ref := range list {
		if ref.Source == source {
			return ref.SourceID
		}
	}
	return ""
}

// facetIn returns the facet of a kind, or nil.
func facetIn(list []directory.Facet, kind string) (*resource.Object, error) {
	for _, f := range list {
		if f.Kind == kind && f.Name == "" {
			return objectIn([]byte(f.Data))
		}
	}
	return nil, nil
}

// writable returns the writable part of a user: the text as sent as long as it means the
// directory's value, or else the directory's value.
func (s *userState) writable() *resource.Object {
	o := s.facet.Clone()
	if o == nil {
		o = &resource.Object{}
	}
	shown, _ := userNameOf(&s.UserRows)
	o.Set("userName", stillMeans(o.Text("userName"), shown, directory.ParseName))
	s.writeNames(o)
	o.Set("emails", s.emails(o.Get("emails")))
	if s.User.Timezone != "" || o.Get("timezone") != nil && fitsName(o.Text("timezone")) {
		o.Set("timezone", textOrNil(stillMeans(o.Text("timezone"), s.User.Timezone, directory.ParseName)))
	}
	if own, ok := s.ownLocale(); ok {
		o.Set("locale", own)
	} else if directory.ParseLocale("locale", o.Text("locale")) == nil {
		o.Remove("locale")
	}
	o.Set("active", !s.User.Disabled)
	o.Set("externalId", textOrNil(s.externalID))
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

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// stillMeans returns the text that was sent if it cleans to the stored one, or else the stored
// one.
func stillMeans(sent, stored string, clean func(field, s string) (string, error)) string {
	if cleaned, err := clean("name", sent); sent != "" && err == nil && cleaned == stored {
		return sent
	}
	return stored
}

// writeNames updates the parts of the name from the directory and adds those that were not
// sent.
func (s *userState) writeNames(o *resource.Object) {
	name := o.Child("name")
	if name == nil {
		name = &resource.Object{}
	}
	name.Set("familyName", textOrNil(stillMeans(name.Text("familyName"), s.User.LastName, directory.ParseName)))
	name.Set("givenName", textOrNil(stillMeans(name.Text("givenName"), s.User.FirstName, directory.ParseName)))
	if name.Text("formatted") == "" {
		name.Set("formatted", textOrNil(s.User.DisplayName()))
	}
	o.Set("name", name)
	if o.Text("displayName") == "" {
		o.Set("displayName", textOrNil(s.User.DisplayName()))
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
func (q *request) showUser(s *userState, touched directory.Touch, p *resource.Projection) (*resource.Object, error) {
	w := s.writable()
	o := resource.NewObject("schemas", resource.Texts(resource.SchemaUser), "id", userID(s.User.ID),
		"externalId", w.Get("externalId"))
	t, err := q.userType()
	if err != nil {
		return nil, err
	}
	for i := range t.Core.Attributes {
		a := &t.Core.Attributes[i]
		if v := w.Get(a.Name); v != nil {
			o.Set(a.Name, v)
		}
		if a.Name == "groups" && p.Wants(resource.SchemaUser, "groups", false) {
			groups, err := q.groupsOf(&s.UserDetail)
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
		effective, err := q.effectiveValues(s.User.ID)
		if err != nil {
			return nil, err
		}
		o.Set(resource.SchemaEffective, effective)
	}
	meta := resource.NewObject("resourceType", "User", "created", resource.Instant(s.User.CreatedAt))
	if touched.Revision != 0 {
		meta.Set("lastModified", resource.Instant(touched.At))
	}
	meta.Set("location", q.base+"/Users/"+userID(s.User.ID))
	meta.Set("version", q.version(touched))
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
func (q *request) groupsOf(u *directory.UserDetail) ([]any, error) {
	var list []any
	seen := map[directory.GroupID]bool{directory.AllUsers: true}
	add := func(id directory.GroupID, how string) error {
		seen[id] = true
		g, err := q.dir.Group(q.ctx(), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil
		}
		list = append(list, resource.NewObject("value", groupID(id), "$ref", q.base+"/Groups/"+groupID(id),
			"display", textOrNil(g.Name),
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
		parents, err := q.dir.ParentsOf(q.ctx(), next[0])
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

// userRoutes lists the routes of users.
func userRoutes() []route {
	return []route{
		on("GET", "/Users", (*request).listUsers),
		on("POST", "/Users", (*request).createUser),
		on("POST", "/Users/.search", (*request).listUsers),
		on("GET", "/Users/{id}", (*request).user),
		on("PUT", "/Users/{id}", (*request).putUser),
		on("PATCH", "/Users/{id}", (*request).patchUser),
		on("DELETE", "/Users/{id}", (*request).deleteUser),
	}
}

// pathUser returns the id of the user in the path.
func (q *request) pathUser() (directory.UserID, error) {
	id, ok := parseUserID(q.r.PathValue("id"))
	if !ok {
		return 0, notFound("user")
	}
	return id, nil
}

// user answers with one user.
func (q *request) user() error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	return q.replyUser(http.StatusOK, id)
}

// replyUser answers with the wanted part of a user.
func (q *request) replyUser(status int, id directory.UserID) error {
	o, err := q.oneUser(id)
	if err != nil {
		return err
	}
	if version := o.Child("meta").Text("version"); q.unmodified(version) {
		return q.unchanged(version)
	}
	t, err := q.userType()
	if err != nil {
		return err
	}
	p := t.Projection(q.query)
	full := o.Child("meta")
	q.w.Header().Set("ETag", full.Text("version"))
	if status == http.StatusCreated {
		q.w.Header().Set("Location", full.Text("location"))
	}
	return q.send(status, t.Cut(o, &p))
}

// oneUser returns the resource of a user.
func (q *request) oneUser(id directory.UserID) (*resource.Object, error) {
	s, err := q.readUser(q.dir, id)
	if err != nil {
		return nil, err
	}
	touched, err := q.dir.LastChanges(q.ctx(), id.Object())
	if err != nil {
		return nil, err
	}
	t, err := q.userType()
	if err != nil {
		return nil, err
	}
	p := t.Projection(q.query)
	return q.showUser(s, touched[0], &p)
}

// deleteUser marks a user deleted.
func (q *request) deleteUser() error {
	id, err := q.pathUser()
	if err != nil {
		return err
	}
	_, err = q.commit(func(now Directory) ([]directory.Edit, error) { return q.planDeleteUser(now, id) })
	if err != nil {
		return err
	}
	return q.gone()
}

func (q *request) planDeleteUser(now Directory, id directory.UserID) ([]directory.Edit, error) {
	if _, err := q.readUser(now, id); err != nil {
		return nil, err
	}
	if err := q.sameVersion(now, id.Object()); err != nil {
		return nil, err
	}
	q.removed.user()
	return []directory.Edit{directory.DeleteUser{User: id}}, nil
}
