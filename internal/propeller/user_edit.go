package propeller

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// A userInput is a user in a request.
type userInput struct {
	at       string
	node     *schema.Node
	settings map[string]string
	parent   *parentInput
	subs     subInput
}

func newUserInput(at string, n *schema.Node) (*userInput, error) {
	in := &userInput{at: at, node: n, settings: document.Given(document.UserFields(), n)}
	var err error
	if in.parent, err = newParentInput(at, n); err != nil {
		return nil, err
	}
	if err := document.CheckSource(at, n); err != nil {
		return nil, err
	}
	if l, p := n.Str("language"), n.Str("primaryLanguage"); l != nil && p != nil && !strings.EqualFold(*l, *p) {
		return nil, fault.New(fault.Payload, at+"/language: must be the same as primaryLanguage")
	}
	in.subs, err = newSubInput(at, n)
	return in, err
}

// language returns the user's language, if it was sent.
func (in *userInput) language() *directory.Language {
	text := cmp.Or(in.node.Str("primaryLanguage"), in.node.Str("language"))
	if text == nil {
		return nil
	}
	l := directory.Language(strings.ToUpper(*text))
	return &l
}

// edits implements upsert.
func (in *userInput) edits(w *writing, newID int64, d bulk.Directives) ([]directory.Edit, error) {
	o := w.object(directory.ObjectUser)
	if w.id == 0 {
		d = bulk.Directives{}
		in.create(w, newID)
	} else if err := in.update(w, d); err != nil {
		return nil, err
	}
	if err := w.load(o); err != nil {
		return nil, err
	}
	if err := in.checkReadOnly(w, o); err != nil {
		return nil, err
	}
	if err := in.place(w, o, d); err != nil {
		return nil, err
	}
	if err := w.setSource(o, in.node); err != nil {
		return nil, err
	}
	settings, err := in.fullName(w, d)
	if err != nil {
		return nil, err
	}
	if err := w.settings(o, document.UserFields(), settings, d); err != nil {
		return nil, err
	}
	err = in.subs.edits(w, o)
	return w.edit, err
}

// place puts a user into the requested usergroup.
func (in *userInput) place(w *writing, o directory.Object, d bulk.Directives) error {
	if in.parent == nil || w.id != 0 && d.SkipMove {
		return nil
	}
	now := directory.GroupID(0)
	if w.id != 0 {
		u, err := w.dir.User(w.ctx, directory.UserID(w.id))
		if err != nil || len(u.Memberships) > 0 && slices.Contains(d.SkipIfNotEmpty, "parent") {
			return err
		}
		if len(u.Memberships) > 0 {
			now = u.Memberships[0].Group
		}
	}
	group, err := in.parent.group(w)
	if err != nil || group == now {
		return err
	}
	w.add(directory.SetFirstGroup{User: directory.UserID(o.ID), Group: group})
	return nil
}

func (in *userInput) create(w *writing, newID int64) {
	create := directory.CreateUser{
		ID: directory.UserID(newID), FirstName: in.node.TextOr("firstName", ""), LastName: in.node.TextOr("lastName", ""),
		ContactEmail: in.node.TextOr("email", ""),
	}
	if l := in.language(); l != nil {
		create.Language = *l
	}
	w.add(create)
}

// update sets names, language and e-mail. The e-mail that changes is the one that is shown:
// the login e-mail if there is one, or else the contact e-mail.
func (in *userInput) update(w *writing, d bulk.Directives) error {
	u, err := w.dir.User(w.ctx, directory.UserID(w.id))
	if err != nil {
		return err
	}
	sent := func(name, current string) *string {
		text := in.node.Str(name)
		if text == nil || *text == current || d.Skips(name, current) {
			return nil
		}
		return text
	}
	update := directory.UpdateUser{
		User: u.User.ID, FirstName: sent("firstName", u.User.FirstName), LastName: sent("lastName", u.User.LastName),
		Language: in.language(),
	}
	current := u.User.Language
	if l := update.Language; l != nil && (*l == current || d.Skips("primaryLanguage", string(current)) ||
		d.Skips("language", string(current))) {
		update.Language = nil
	}
	_, logsIn := u.Credential(directory.CredentialEmail)
	email := sent("email", u.Email())
	switch {
	case email == nil || *email == u.Email():
	case logsIn && *email == "":
		return fault.New(fault.Payload, in.at+"/email: is the e-mail that the user logs in with; it cannot be empty")
	case logsIn:
		w.add(directory.SetLoginEmail{User: u.User.ID, Email: *email})
	default:
		update.ContactEmail = email
	}
	w.add(update)
	return nil
}

// fullName returns the settings that were sent, without a full name that equals the one made
// of the other names.
func (in *userInput) fullName(w *writing, d bulk.Directives) (map[string]string, error) {
	full, ok := in.settings[document.FieldFullName]
	if !ok {
		return in.settings, nil
	}
	if slices.Contains(d.SkipIfNotEmpty, document.FieldFullName) {
		d.SkipIfNotEmpty = slices.DeleteFunc(slices.Clone(d.SkipIfNotEmpty),
			func(s string) bool { return s == document.FieldFullName })
		if shown, err := w.shownFullName(); err != nil || shown != "" {
			kept := maps.Clone(in.settings)
			delete(kept, document.FieldFullName)
			return kept, err
		}
	}
	first, middle, last := in.node.TextOr("firstName", ""), w.stored.Settings[document.FieldMiddleName],
		in.node.TextOr("lastName", "")
	if w.id != 0 {
		u, err := w.dir.User(w.ctx, directory.UserID(w.id))
		if err != nil {
			return nil, err
		}
		first, last = in.node.TextOr("firstName", u.User.FirstName), in.node.TextOr("lastName", u.User.LastName)
	}
	if m, ok := in.settings[document.FieldMiddleName]; ok {
		middle = m
	}
	settings := maps.Clone(in.settings)
	if full == document.FullName(first, middle, last) {
		settings[document.FieldFullName] = ""
	}
	return settings, nil
}

// shownFullName returns the full name that the user is shown with. It is empty for a new user.
func (w *writing) shownFullName() (string, error) {
	if w.id == 0 {
		return "", nil
	}
	u, err := w.dir.User(w.ctx, directory.UserID(w.id))
	return w.stored.FullName(&u.User), err
}

func (in *userInput) checkReadOnly(w *writing, o directory.Object) error {
	if !slices.Contains(in.node.Names, "sources") {
		return nil
	}
	shown := map[string]any{"sources": []document.SourceBody{}}
	if w.id != 0 {
		var err error
		if shown["sources"], err = showSources(w.ctx, w.dir, o); err != nil {
			return err
		}
	}
	return schema.CheckReadOnly(in.at, in.node, shown, "sources")
}

// createUser creates a user.
func (q *request) createUser() error {
	return q.createOne(users(), document.UserShape(), readUser)
}

// updateUser changes the members that the body names.
func (q *request) updateUser() error {
	return q.updateOne(users(), document.UserShape(), readUser)
}

// deleteUser deletes a user.
func (q *request) deleteUser() error {
	return q.deleteOne(users(), func(id int64) (directory.Edit, error) {
		return directory.DeleteUser{User: directory.UserID(id)}, nil
	})
}

// bulkUsersByID creates or changes many users, found by id.
func (q *request) bulkUsersByID() error { return q.bulkUsers(document.KeyID) }

// bulkUsersBySource creates or changes many users, found by source and source id.
func (q *request) bulkUsersBySource() error { return q.bulkUsers(document.KeySourceID) }

func (q *request) bulkUsers(key string) error {
	form := upsertForm("users", key, document.UserShape(), document.UserSkippable())
	return q.upsert(users(), "users", key, form,
		func(at string, n *schema.Node) (upsert, error) { return newUserInput(at, n) })
}
