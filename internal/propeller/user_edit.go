package propeller

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A userInput is a user in a request.
type userInput struct {
	at       string
	node     *node
	settings map[string]string
	parent   *parentInput
	subs     subInput
}

func userShape() *shape {
	members := shapesOf(userFields())
	maps.Copy(members, sourceShapes())
	members["firstName"], members["lastName"] = textShape(directory.MaxNameLen), textShape(directory.MaxNameLen)
	members["email"] = textShape(directory.MaxNameLen)
	members["primaryLanguage"] = &shape{types: []wireType{typeString}, pattern: "^[A-Za-z]{2}$",
		fits: func(s string) bool {
			return s == "" || isLanguage(s)
		}}
	members["parent"] = parentShape()
	members["sources"] = anyShape()
	return &shape{types: []wireType{typeObject}, members: members}
}

func newUserInput(at string, n *node) (*userInput, error) {
	in := &userInput{at: at, node: n, settings: given(userFields(), n)}
	var err error
	if in.parent, err = newParentInput(at, n); err != nil {
		return nil, err
	}
	if err := checkPair(at, n); err != nil {
		return nil, err
	}
	if l, p := n.str("language"), n.str("primaryLanguage"); l != nil && p != nil && !strings.EqualFold(*l, *p) {
		return nil, newFault(codePayload, at+"/language: must be the same as primaryLanguage")
	}
	in.subs, err = newSubInput(at, n)
	return in, err
}

// language returns the user's language, if it was sent.
func (in *userInput) language() *directory.Language {
	text := cmp.Or(in.node.str("primaryLanguage"), in.node.str("language"))
	if text == nil {
		return nil
	}
	l := directory.Language(strings.ToUpper(*text))
	return &l
}

// edits implements upsert.
func (in *userInput) edits(w *writing, newID int64, d directives) ([]directory.Edit, error) {
	o := w.object(directory.ObjectUser)
	if w.id == 0 {
		d = directives{}
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
	if err := w.settings(o, userFields(), settings, d); err != nil {
		return nil, err
	}
	err = in.subs.edits(w, o)
	return w.edit, err
}

// place puts a user into the requested usergroup.
func (in *userInput) place(w *writing, o directory.Object, d directives) error {
	if in.parent == nil || w.id != 0 && d.skipMove {
		return nil
	}
	now := directory.GroupID(0)
	if w.id != 0 {
		u, err := w.dir.User(w.ctx, directory.UserID(w.id))
		if err != nil || len(u.Memberships) > 0 && slices.Contains(d.skipIfNotEmpty, "parent") {
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
		ID: directory.UserID(newID), FirstName: in.node.textOr("firstName", ""), LastName: in.node.textOr("lastName", ""),
		ContactEmail: in.node.textOr("email", ""),
	}
	if l := in.language(); l != nil {
		create.Language = *l
	}
	w.add(create)
}

// update sets names, language and e-mail. The e-mail that changes is the one that is shown:
// the login e-mail if there is one, or else the contact e-mail.
func (in *userInput) update(w *writing, d directives) error {
	u, err := w.dir.User(w.ctx, directory.UserID(w.id))
	if err != nil {
		return err
	}
	sent := func(name, current string) *string {
		text := in.node.str(name)
		if text == nil || *text == current || d.skips(name, current) {
			return nil
		}
		return text
	}
	update := directory.UpdateUser{
		User: u.User.ID, FirstName: sent("firstName", u.User.FirstName), LastName: sent("lastName", u.User.LastName),
		Language: in.language(),
	}
	current := u.User.Language
	if l := update.Language; l != nil && (*l == current || d.skips("primaryLanguage", string(current)) ||
		d.skips("language", string(current))) {
		update.Language = nil
	}
	_, logsIn := u.Credential(directory.CredentialEmail)
	email := sent("email", u.Email())
	switch {
	case email == nil || *email == u.Email():
	case logsIn && *email == "":
		return newFault(codePayload, in.at+"/email: is the e-mail that the user logs in with; it cannot be empty")
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
func (in *userInput) fullName(w *writing, d directives) (map[string]string, error) {
	full, ok := in.settings[fieldFullName]
	if !ok {
		return in.settings, nil
	}
	if slices.Contains(d.skipIfNotEmpty, fieldFullName) {
		d.skipIfNotEmpty = slices.DeleteFunc(slices.Clone(d.skipIfNotEmpty),
			func(s string) bool { return s == fieldFullName })
		if shown, err := w.shownFullName(); err != nil || shown != "" {
			kept := maps.Clone(in.settings)
			delete(kept, fieldFullName)
			return kept, err
		}
	}
	first, middle, last := in.node.textOr("firstName", ""), w.stored.settings[fieldMiddleName],
		in.node.textOr("lastName", "")
	if w.id != 0 {
		u, err := w.dir.User(w.ctx, directory.UserID(w.id))
		if err != nil {
			return nil, err
		}
		first, last = in.node.textOr("firstName", u.User.FirstName), in.node.textOr("lastName", u.User.LastName)
	}
	if m, ok := in.settings[fieldMiddleName]; ok {
		middle = m
	}
	settings := maps.Clone(in.settings)
	if full == fullName(first, middle, last) {
		settings[fieldFullName] = ""
	}
	return settings, nil
}

// shownFullName returns the full name that the user is shown with. It is empty for a new user.
func (w *writing) shownFullName() (string, error) {
	if w.id == 0 {
		return "", nil
	}
	u, err := w.dir.User(w.ctx, directory.UserID(w.id))
	return w.stored.fullName(&u.User), err
}

func (in *userInput) checkReadOnly(w *writing, o directory.Object) error {
	if !slices.Contains(in.node.names, "sources") {
		return nil
	}
	shown := map[string]any{"sources": []sourceBody{}}
	if w.id != 0 {
		var err error
		if shown["sources"], err = showSources(w.ctx, w.dir, o); err != nil {
			return err
		}
	}
	return checkReadOnly(in.at, in.node, shown, "sources")
}

// createUser creates a user.
func (q *request) createUser() error {
	return q.createOne(users(), userShape(), readUser)
}

// updateUser changes the members that the body names.
func (q *request) updateUser() error {
	return q.updateOne(users(), userShape(), readUser)
}

// deleteUser deletes a user.
func (q *request) deleteUser() error {
	return q.deleteOne(users(), func(id int64) (directory.Edit, error) {
		return directory.DeleteUser{User: directory.UserID(id)}, nil
	})
}

// bulkUsersByID creates or changes many users, found by id.
func (q *request) bulkUsersByID() error { return q.bulkUsers(keyID) }

// bulkUsersBySource creates or changes many users, found by source and source id.
func (q *request) bulkUsersBySource() error { return q.bulkUsers(keySourceID) }

func (q *request) bulkUsers(key string) error {
	form := upsertForm("users", key, userShape(), userSkippable())
	return q.upsert(users(), "users", key, form, func(at string, n *node) (upsert, error) { return newUserInput(at, n) })
}
