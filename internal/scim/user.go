package scim

import (
	"net/http"
	"slices"

	"cohort/internal/directory"
)

// A userState is a user with everything that this dialect stores about it.
type userState struct {
	directory.UserDetail
	facet      *object // what was sent and has no field in the directory; may be nil
	externalID string
	values     *object         // own values of attributes, as the extension shows them
	touched    directory.Touch // of a disabled user who is read alone
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
func facetIn(list []directory.Facet, kind string) (*object, error) {
	for _, f := range list {
		if f.Kind == kind && f.Name == "" {
			return objectIn([]byte(f.Data))
		}
	}
	return nil, nil
}

// writable returns the writable part of a user: the text as sent as long as it means the
// directory's value, or else the directory's value.
func (s *userState) writable() *object {
	o := s.facet.clone()
	if o == nil {
		o = &object{}
	}
	shown, _ := userNameOf(&s.UserRows)
	o.set("userName", stillMeans(o.text("userName"), shown, directory.ParseName))
	s.writeNames(o)
	o.set("emails", s.emails(o.get("emails")))
	if s.User.Timezone != "" || o.get("timezone") != nil && fitsName(o.text("timezone")) {
		o.set("timezone", textOrNil(stillMeans(o.text("timezone"), s.User.Timezone, directory.ParseName)))
	}
	if own, ok := s.ownLocale(); ok {
		o.set("locale", own)
	} else if directory.ParseLocale("locale", o.text("locale")) == nil {
		o.remove("locale")
	}
	o.set("active", !s.User.Disabled)
	o.set("externalId", textOrNil(s.externalID))
	o.remove(schemaValues)
	if !isEmpty(s.values) {
		o.set(schemaValues, s.values.clone())
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
func (s *userState) writeNames(o *object) {
	name := o.child("name")
	if name == nil {
		name = &object{}
	}
	name.set("familyName", textOrNil(stillMeans(name.text("familyName"), s.User.LastName, directory.ParseName)))
	name.set("givenName", textOrNil(stillMeans(name.text("givenName"), s.User.FirstName, directory.ParseName)))
	if name.text("formatted") == "" {
		name.set("formatted", textOrNil(s.User.DisplayName()))
	}
	o.set("name", name)
	if o.text("displayName") == "" {
		o.set("displayName", textOrNil(s.User.DisplayName()))
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
	e, ok := list[i].(*object)
	if !ok {
		return list
	}
	written, err := directory.ParseEmail("emails", e.text("value"))
	if err != nil || written == address || s.User.ContactEmail == "" &&
		directory.Fold(written) == directory.Fold(address) {
		return list
	}
	list = slices.Clone(list)
	if address == "" {
		return append(list[:i:i], list[i+1:]...)
	}
	e = e.clone()
	e.set("value", address)
	list[i] = e
	return list
}

func defaultEmails(address string) any {
	if address == "" {
		return nil
	}
	return []any{of("value", address, "type", "work", "primary", true)}
}

// contactIn returns the index of the element that becomes the contact e-mail: the one of type
// work, or else the primary one, or else the first. Providers look users up by the work
// e-mail, and only login and contact e-mail have an index.
func contactIn(list []any) int {
	for i, e := range list {
		if o, ok := e.(*object); ok && directory.Fold(o.text("type")) == "work" {
			return i
		}
	}
	for i, e := range list {
		if o, ok := e.(*object); ok && o.get("primary") == true {
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
	o, _ := list[contactIn(list)].(*object)
	if o == nil {
		return ""
	}
	address, err := directory.ParseEmail("emails", o.text("value"))
	if err != nil || directory.Fold(address) == directory.Fold(userName) {
		return ""
	}
	return address
}

// showUser returns the complete resource of a user.
func (q *request) showUser(s *userState, touched directory.Touch, p *projection) (*object, error) {
	w := s.writable()
	o := of("schemas", texts(schemaUser), "id", userID(s.User.ID), "externalId", w.get("externalId"))
	t, err := q.userType()
	if err != nil {
		return nil, err
	}
	for i := range t.core.Attributes {
		a := &t.core.Attributes[i]
		if v := w.get(a.Name); v != nil {
			o.set(a.Name, v)
		}
		if a.Name == "groups" && p.wants(schemaUser, "groups", false) {
			groups, err := q.groupsOf(&s.UserDetail)
			if err != nil {
				return nil, err
			}
			o.set("groups", groups)
		}
	}
	for _, urn := range []string{schemaEnterprise, schemaValues} {
		if inner := shownValues(w.child(urn)); !isEmpty(inner) {
			o.set(urn, inner)
		}
	}
	if p.wants(schemaEffective, "", true) || wantsAny(p, schemaEffective) {
		effective, err := q.effectiveValues(s.User.ID)
		if err != nil {
			return nil, err
		}
		o.set(schemaEffective, effective)
	}
	meta := of("resourceType", "User", "created", instant(s.User.CreatedAt))
	if touched.Revision != 0 {
		meta.set("lastModified", instant(touched.At))
	}
	meta.set("location", q.base+"/Users/"+userID(s.User.ID))
	meta.set("version", q.version(touched))
	o.set("meta", meta)
	return o, nil
}

// wantsAny reports whether a projection names any attribute of a schema.
func wantsAny(p *projection, urn string) bool {
	for _, n := range p.only {
		if n.urn == urn {
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
		list = append(list, of("value", groupID(id), "$ref", q.base+"/Groups/"+groupID(id), "display", textOrNil(g.Name),
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
	if version := o.child("meta").text("version"); q.unmodified(version) {
		return q.unchanged(version)
	}
	t, err := q.userType()
	if err != nil {
		return err
	}
	p := t.projection(q.query)
	full := o.child("meta")
	q.w.Header().Set("ETag", full.text("version"))
	if status == http.StatusCreated {
		q.w.Header().Set("Location", full.text("location"))
	}
	return q.send(status, t.cut(o, &p))
}

// oneUser returns the resource of a user.
func (q *request) oneUser(id directory.UserID) (*object, error) {
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
	p := t.projection(q.query)
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
