package users

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// userEdits returns the edits that make a user what a tree says. have is nil for a new user.
func userEdits(q *protocol.Request, have *userState, want *resource.Object, known disablings) ([]directory.Edit,
	error) {
	p := &userPlan{q: q, have: have, want: want, known: known}
	if have != nil {
		p.id = have.User.ID
	} else {
		p.id = directory.Made[directory.UserID](0)
	}
	for _, step := range []func() error{p.fields, p.userName, p.external, p.locale, p.values, p.facet} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.edits, nil
}

// A userPlan collects the edits of one user.
type userPlan struct {
	q     *protocol.Request
	have  *userState
	want  *resource.Object
	known disablings
	id    directory.UserID
	edits []directory.Edit

	first, last, zone, contact string // as the directory stores them
}

func (p *userPlan) add(e directory.Edit) { p.edits = append(p.edits, e) }

// fields plans what the fields of the user hold.
func (p *userPlan) fields() error {
	name := p.want.Child("name")
	userName := p.want.Text("userName")
	if userName == "" {
		return resource.BadRequest(resource.InvalidValue, "userName is required.")
	}
	var err error
	if p.first, err = directory.ParseName("first_name", name.Text("givenName")); err != nil {
		return err
	}
	if p.last, err = directory.ParseName("last_name", name.Text("familyName")); err != nil {
		return err
	}
	if p.zone, err = directory.ParseName("timezone", p.want.Text("timezone")); err != nil {
		p.zone = "" // the facet stores what the field does not accept
	}
	p.contact = contactOf(p.want.Get("emails"), userName)
	disabled := p.want.Get("active") == false
	if p.have == nil {
		p.add(directory.CreateUser{
			Kind: directory.KindPerson, FirstName: p.first, LastName: p.last, ContactEmail: p.contact, Timezone: p.zone,
			Disabled: disabled,
		})
		return nil
	}
	u, e, changed := &p.have.User, directory.UpdateUser{User: p.id}, false
	set := func(to **string, have, want string) {
		if have != want {
			*to, changed = &want, true
		}
	}
	set(&e.FirstName, u.FirstName, p.first)
	set(&e.LastName, u.LastName, p.last)
	set(&e.ContactEmail, u.ContactEmail, p.contact)
	set(&e.Timezone, u.Timezone, p.zone)
	if u.Disabled != disabled {
		e.Disabled, changed = &disabled, true
		if disabled {
			p.q.Removed.User()
		} else if ok, err := mayEnable(p.q, p.have, p.known); err != nil {
			return err
		} else if !ok {
			return resource.NewFault(http.StatusForbidden, "",
				"The user was disabled by somebody else than this client, who alone can enable it again: in the console, or with "+
					"cohort user set.")
		}
	}
	if changed {
		p.add(e)
	}
	return nil
}

// userName plans the login name. An e-mail address is a login e-mail; any other text is a
// credential of another kind.
func (p *userPlan) userName() error {
	sent := p.want.Text("userName")
	email, err := directory.ParseEmail("email", sent)
	isEmail := err == nil
	if !isEmail {
		if email, err = directory.ParseRequiredName("identifier", sent); err != nil {
			return err
		}
	}
	kind, other := directory.CredentialEmail, directory.CredentialUsername
	if !isEmail {
		kind, other = other, kind
	}
	if p.have != nil {
		if c, ok := p.have.Credential(kind); ok && c.Shown == email {
			return nil
		}
	}
	if isEmail {
		p.add(directory.SetLoginEmail{User: p.id, Email: email})
	} else {
		p.add(directory.SetIdentity{User: p.id, Kind: kind, Identifier: email})
	}
	if p.have != nil {
		if c, ok := p.have.Credential(other); ok {
			p.add(directory.DeleteCredential{User: p.id, Credential: c.ID})
		}
	}
	return nil
}

// external plans the client's reference.
func (p *userPlan) external() error {
	had := ""
	if p.have != nil {
		had = p.have.externalID
	}
	p.edits = append(p.edits, protocol.ReferenceEdits(p.id.Object(), p.q.Client.Source, had, p.want.Text("externalId"))...)
	return nil
}

// locale plans the user's own value of the attribute locale. A text that is no locale is
// stored in the facet.
func (p *userPlan) locale() error {
	want := p.want.Text("locale")
	fits := want != "" && directory.ParseLocale("locale", want) == nil
	own, has := "", false
	if p.have != nil {
		own, has = p.have.ownLocale()
	}
	switch {
	case fits && (!has || own != want):
		p.add(directory.SetUserValue{User: p.id, Attribute: directory.AttrLocale, Value: directory.Value{Text: want},
			Vendor: true})
	case !fits && has:
		p.add(directory.DeleteUserValue{User: p.id, Attribute: directory.AttrLocale})
	}
	return nil
}

// values plans the user's own values of attributes.
func (p *userPlan) values() error {
	var had *resource.Object
	if p.have != nil {
		had = p.have.values
	}
	edits, err := valueEdits(p.q, p.id, had, p.want.Child(resource.SchemaValues))
	p.edits = append(p.edits, edits...)
	return err
}

// facet plans what has no field in the directory, and what was sent in another form than the
// field has.
func (p *userPlan) facet() error {
	keep := p.want.Clone()
	for _, name := range []string{"externalId", "active", resource.SchemaValues, "schemas", "id", "meta", "groups"} {
		keep.Remove(name)
	}
	drop := func(o *resource.Object, name, field string) {
		if o != nil && o.Text(name) == field {
			o.Remove(name)
		}
	}
	shown, err := directory.ParseName("userName", keep.Text("userName"))
	if err == nil {
		drop(keep, "userName", shown)
	}
	computed := (&directory.User{FirstName: p.first, LastName: p.last}).DisplayName()
	drop(keep, "displayName", computed)
	drop(keep, "timezone", p.zone)
	if directory.ParseLocale("locale", keep.Text("locale")) == nil {
		keep.Remove("locale")
	}
	if name := keep.Child("name").Clone(); name != nil {
		drop(name, "givenName", p.first)
		drop(name, "familyName", p.last)
		drop(name, "formatted", computed)
		keep.Set("name", name)
	}
	address := p.contact
	if address == "" {
		if email, err := directory.ParseEmail("email", p.want.Text("userName")); err == nil {
			address = email
		}
	}
	if resource.Same(keep.Get("emails"), defaultEmails(address)) {
		keep.Remove("emails")
	}
	var had *resource.Object
	if p.have != nil {
		had = p.have.facet
	}
	edit, err := resource.StoreEdit(p.id.Object(), resource.FacetUser, had, keep)
	if edit != nil {
		p.add(edit)
	}
	return err
}

// errWho asks who disabled a user. It must be found out beside the writer before the change
// can be planned.
type errWho struct{ user directory.UserID }

// Error returns the text for the log.
func (e errWho) Error() string {
	return "who has disabled user " + resource.UserID(e.user) + " is not known"
}

// Unwrap makes the error temporary, for the case that the user keeps being disabled.
func (errWho) Unwrap() error {
	return directory.Unavailable(time.Second, "the user is disabled and enabled all the time; try again", nil)
}

// disabling says who disabled a user, as of the last change of the user.
type disabling struct {
	by directory.UserID
	at directory.Revision
}

// mayEnable reports whether this client may enable a disabled user: only if the client
// disabled it. An administrator's decision stands.
func mayEnable(q *protocol.Request, s *userState, known disablings) (bool, error) {
	d, ok := known[s.User.ID]
	if !ok || d.at != s.touched.Revision {
		return false, errWho{s.User.ID}
	}
	return d.by == q.Caller(), nil
}

// disablings say who disabled users, as far as it was needed.
type disablings map[directory.UserID]disabling

// A userChange returns the edits of a change of a user, given the directory that the change
// applies to and who disabled users. It may run more than once.
type userChange func(now protocol.Directory, known disablings) ([]directory.Edit, error)

// commitUser is commit for a change that may fail with errWho.
func commitUser(q *protocol.Request, change userChange) (done directory.Committed, err error) {
	const tries = 5
	var known disablings
	for range tries {
		done, err = q.Commit(func(now protocol.Directory) ([]directory.Edit, error) { return change(now, known) })
		who, ok := errors.AsType[errWho](err)
		if !ok {
			return done, err
		}
		if known == nil {
			known = disablings{}
		}
		d, failed := whoDisabled(q, who.user)
		if failed != nil {
			return done, failed
		}
		known[who.user] = d
	}
	return done, err
}

// whoDisabled finds out who disabled a user.
func whoDisabled(q *protocol.Request, id directory.UserID) (disabling, error) {
	q.CloseView()
	o, system := id.Object(), q.Directory(directory.System(resource.Dialect))
	touched, err := system.LastChanges(q.Context(), o)
	if err != nil {
		return disabling{}, err
	}
	changes, err := history.Changes(q.Context(), system, directory.ChangeQuery{Object: &o, Newest: true,
		Limit: maxLookBack})
	if err != nil {
		return disabling{}, err
	}
	return disabling{disabler(changes, id), touched[0].Revision}, nil
}

// disabler returns who made the latest change that disabled a user, given the changes that
// touched it, newest first, or 0 if it is not known. A revert disables a user whom the
// reverted change enabled.
func disabler(changes []directory.CommittedChange, id directory.UserID) directory.UserID {
	for _, c := range changes {
		for _, e := range c.Edits {
			if disables(e, id) {
				return c.Caller
			}
			revert, ok := e.(directory.Revert)
			if !ok {
				continue
			}
			at := slices.IndexFunc(changes, func(c directory.CommittedChange) bool { return c.Revision == revert.Revision })
			if at < 0 {
				continue // the edit did not touch the user
			}
			for _, undone := range changes[at].Edits {
				if _, again := undone.(directory.Revert); again {
					return 0
				}
				if u, ok := undone.(directory.UpdateUser); ok && u.User == id && u.Disabled != nil && !*u.Disabled {
					return c.Caller
				}
			}
		}
	}
	return 0
}

// maxLookBack is how many changes of a user are examined.
const maxLookBack = 200

// disables reports whether an edit disables a user or creates a disabled one.
func disables(e directory.Edit, id directory.UserID) bool {
	switch e := e.(type) {
	case directory.UpdateUser:
		return e.User == id && e.Disabled != nil && *e.Disabled
	case directory.CreateUser:
		return e.Disabled
	}
	return false
}
