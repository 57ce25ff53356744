package propeller

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// A userInput is a user as it was sent.
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
	members["primaryLanguage"] = &shape{types: []wireType{typeString}, pattern: "^[A-Za-z]{2}$", fits: func(s string) bool {
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

// language is the user's language, if it was sent.
func (in *userInput) language() *directory.Language {
	text := cmp.Or(in.node.str("primaryLanguage"), in.node.str("language"))
	if text == nil {
		return nil
	}
	l := directory.Language(strings.ToUpper(*text))
	return &l
}

// edits works out what makes a user as it was sent. id is 0 if it is to be made,
// as newID if that is not 0.
func (in *userInput) edits(ctx context.Context, now Directory, id, newID int64, d directives, standard directory.Language) ([]directory.Edit, error) {
	w := &writing{ctx: ctx, dir: now, standard: standard, id: id}
	o := w.object(directory.ObjectUser)
	if id == 0 {
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
	if err := in.place(w, o, d, standard); err != nil {
		return nil, err
	}
	if sourceID := in.node.str(keySourceID); sourceID != nil {
		w.add(directory.SetSource{Object: o, Source: in.node.textOr("source", ""), SourceID: *sourceID})
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

// place puts a user into the usergroup that it is to be in.
func (in *userInput) place(w *writing, o directory.Object, d directives, standard directory.Language) error {
	if in.parent == nil || w.id != 0 && d.skipMove {
		return nil
	}
	if w.id != 0 && slices.Contains(d.skipIfNotEmpty, "parent") {
		if u, err := w.dir.User(w.ctx, directory.UserID(w.id)); err != nil || len(u.Memberships) > 0 {
			return err
		}
	}
	group, err := in.parent.group(w, standard)
	if err != nil {
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

// update sets names, language and e-mail. The e-mail that is shown is the one
// that is set: the login e-mail if there is one, else the contact one.
func (in *userInput) update(w *writing, d directives) error {
	u, err := w.dir.User(w.ctx, directory.UserID(w.id))
	if err != nil {
		return err
	}
	sent := func(name, current string) *string {
		if d.skips(name, current) {
			return nil
		}
		return in.node.str(name)
	}
	update := directory.UpdateUser{
		User: u.User.ID, FirstName: sent("firstName", u.User.FirstName), LastName: sent("lastName", u.User.LastName), Language: in.language(),
	}
	if current := string(u.User.Language); d.skips("primaryLanguage", current) || d.skips("language", current) {
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

// fullName are the settings that were sent, without a full name that the other
// names make anyway.
func (in *userInput) fullName(w *writing, d directives) (map[string]string, error) {
	full, ok := in.settings[fieldFullName]
	if !ok {
		return in.settings, nil
	}
	if slices.Contains(d.skipIfNotEmpty, fieldFullName) {
		d.skipIfNotEmpty = slices.DeleteFunc(slices.Clone(d.skipIfNotEmpty), func(s string) bool { return s == fieldFullName })
		if shown, err := w.shownFullName(); err != nil || shown != "" {
			kept := maps.Clone(in.settings)
			delete(kept, fieldFullName)
			return kept, err
		}
	}
	first, middle, last := in.node.textOr("firstName", ""), w.keep.settings[fieldMiddleName], in.node.textOr("lastName", "")
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

// shownFullName is the full name that the user is shown with; of one that is yet
// to be made it is empty.
func (w *writing) shownFullName() (string, error) {
	if w.id == 0 {
		return "", nil
	}
	u, err := w.dir.User(w.ctx, directory.UserID(w.id))
	return w.keep.fullName(&u.User), err
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

// createUser makes a user.
func (q *request) createUser() error {
	n, err := q.body(userShape())
	if err != nil {
		return err
	}
	in, err := newUserInput("#", n)
	if err != nil {
		return err
	}
	done, err := q.commit(func(now Directory) ([]directory.Edit, error) {
		return in.edits(q.ctx(), now, 0, 0, directives{}, q.Language)
	})
	if err != nil {
		return users().refusal(err, "", n.textOr(keySourceID, ""))
	}
	return q.written(http.StatusCreated, n, in.parent, directory.UserID(done.Results[0].ID).Object(), "User created")
}

// updateUser changes what the body names.
func (q *request) updateUser() error {
	l, err := q.lookup(users(), false)
	if err != nil {
		return err
	}
	n, err := q.body(updateShape(userShape()))
	if err != nil {
		return err
	}
	in, err := newUserInput("#", n)
	if err != nil {
		return err
	}
	var id int64
	_, err = q.commit(func(now Directory) (_ []directory.Edit, err error) {
		if id, err = l.find(q.ctx(), now, q.Language); err != nil {
			return nil, err
		}
		if err := checkReadOnly("#", n, map[string]any{keyID: id}, keyID); err != nil {
			return nil, err
		}
		return in.edits(q.ctx(), now, id, 0, directives{}, q.Language)
	})
	if err != nil {
		return users().refusal(err, "", n.textOr(keySourceID, ""))
	}
	return q.written(http.StatusOK, n, in.parent, directory.UserID(id).Object(), "User updated")
}

// deleteUser deletes a user.
func (q *request) deleteUser() error {
	l, err := q.lookup(users(), false)
	if err != nil {
		return err
	}
	_, err = q.commit(func(now Directory) ([]directory.Edit, error) {
		id, err := l.find(q.ctx(), now, q.Language)
		return []directory.Edit{directory.DeleteUser{User: directory.UserID(id)}}, err
	})
	if err != nil {
		return err
	}
	return q.deleted("User deleted")
}

// bulkUsersByID makes or changes many users, found by id.
func (q *request) bulkUsersByID() error { return q.bulkUsers(keyID) }

// bulkUsersBySource does it by source and source id.
func (q *request) bulkUsersBySource() error { return q.bulkUsers(keySourceID) }

func (q *request) bulkUsers(key string) error {
	item := subShapes(userShape())
	if key == keyID {
		item.members[keyID] = idShape(0)
		item.required = []string{keyID}
	} else {
		item.required = []string{keySourceID, "source"}
	}
	n, items, err := q.bulkBody(bulkShape("users", item, userSkippable()), "users", key)
	if err != nil {
		return err
	}
	d := readDirectives(n.members["directives"])
	plans, results := make([]plan, len(items)), make([]bulkResult, len(items))
	for i, item := range items {
		results[i] = bulkResult{LookupKey: key, Key: item.members[key].raw}
		in, err := newUserInput("#/users/"+strconv.Itoa(i), item)
		if plans[i] = refused(err); plans[i] == nil && err != nil {
			return err
		}
		if err == nil {
			plans[i] = q.upsertUser(in, key, d, &results[i])
		}
	}
	err = q.runBulk(plans, results, func(i int, err error) error {
		return users().refusal(err, items[i].textOr(keyID, ""), items[i].textOr(keySourceID, ""))
	})
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, results, len(results), "Completed")
}

// upsertUser changes the user that has the key of an item, or makes it.
func (q *request) upsertUser(in *userInput, key string, d directives, result *bulkResult) plan {
	return func(now Directory) ([]directory.Edit, error) {
		id, newID, err := q.upsertID(now, users(), in.node, key)
		if err != nil {
			return nil, err
		}
		if result.settle(id, id == 0); id == 0 && d.skipCreate {
			result.Message = "User skipped. It does not exist and is not created."
			return nil, nil
		}
		return in.edits(q.ctx(), now, id, newID, d, q.Language)
	}
}
