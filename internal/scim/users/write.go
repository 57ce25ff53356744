package users

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/scim/clients"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// Clients write a user by POST, PUT and PATCH.

// putUser replaces the writable part of a user.
func putUser(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	sent, err := q.BodyTree()
	if err != nil {
		return err
	}
	if err := Replace(q, id, sent); err != nil {
		return err
	}
	return replyUser(q, http.StatusOK, id)
}

// Replace replaces the writable part of a user by what was sent.
func Replace(q *protocol.Request, id directory.UserID, sent *resource.Object) error {
	t, err := userType(q)
	if err != nil {
		return err
	}
	want, err := t.Normal(sent)
	if err != nil {
		return err
	}
	named := hasMember(sent, resource.SchemaValues)
	return storeUser(q, id, func(s *userState) (*resource.Object, error) {
		tree := want.Clone()
		if tree.Get("active") == nil { // an absent active lets nobody in and locks nobody out
			tree.Set("active", !s.User.Disabled)
		}
		if have := s.values; !resource.IsEmpty(have) {
			keepValues(tree, have, named)
		}
		return tree, nil
	})
}

// keepValues keeps own values that a body does not mention: all of them if it does not name
// the extension, or else the hidden ones, which no client can repeat.
func keepValues(tree, have *resource.Object, named bool) {
	kept := tree.Child(resource.SchemaValues).Clone()
	if kept == nil {
		kept = &resource.Object{}
	}
	for i, name := range have.Names {
		_, hidden := have.Values[i].(hiddenValue)
		if (hidden || !named) && kept.Index(name) < 0 {
			kept.Names, kept.Values = append(kept.Names, name), append(kept.Values, have.Values[i])
		}
	}
	if resource.IsEmpty(kept) {
		return
	}
	if i := tree.Index(resource.SchemaValues); i >= 0 {
		tree.Values[i] = kept
		return
	}
	tree.Names, tree.Values = append(tree.Names, resource.SchemaValues), append(tree.Values, kept)
}

// hasMember reports whether a body has a member for a schema, even null, or for one of its
// attributes by its full name.
func hasMember(o *resource.Object, urn string) bool {
	for _, name := range o.Names {
		if len(name) >= len(urn) && directory.Fold(name[:len(urn)]) == directory.Fold(urn) {
			return true
		}
	}
	return false
}

// patchUser applies operations to a user.
func patchUser(q *protocol.Request) error {
	id, err := PathID(q)
	if err != nil {
		return err
	}
	raw, err := q.Body()
	if err != nil {
		return err
	}
	if err := Apply(q, id, raw); err != nil {
		return err
	}
	return replyUser(q, http.StatusOK, id)
}

// Apply applies operations to a user.
func Apply(q *protocol.Request, id directory.UserID, raw jsontext.Value) error {
	list, err := resource.Operations(raw)
	if err != nil {
		return err
	}
	t, err := userType(q)
	if err != nil {
		return err
	}
	return storeUser(q, id, func(s *userState) (*resource.Object, error) {
		tree := s.writable()
		tree.Set("id", resource.UserID(id))
		err := t.Apply(tree, list)
		return tree, err
	})
}

// storeUser makes a user what want returns, planned where the change is made.
func storeUser(q *protocol.Request, id directory.UserID, want func(*userState) (*resource.Object, error)) error {
	if _, err := readUser(q, q.Dir, id); err != nil {
		return err
	}
	_, err := commitUser(q, func(now protocol.Directory, known disablings) ([]directory.Edit, error) {
		s, err := readUser(q, now, id)
		if err != nil {
			return nil, err
		}
		if err := q.SameVersion(now, id.Object()); err != nil {
			return nil, err
		}
		tree, err := want(s)
		if err != nil {
			return nil, err
		}
		if err := adopts(s, tree); err != nil {
			return nil, err
		}
		return userEdits(q, s, tree, known)
	})
	return err
}

// adopts refuses to adopt another's user and give it another login name in one request.
func adopts(s *userState, tree *resource.Object) error {
	shown, _ := userNameOf(&s.UserRows)
	if s.externalID == "" && tree.Text("externalId") != "" &&
		directory.Fold(tree.Text("userName")) != directory.Fold(shown) {
		if cleaned, err := directory.ParseName("userName", tree.Text("userName")); err == nil &&
			directory.Fold(cleaned) == directory.Fold(shown) {
			return nil
		}
		return resource.NewFault(http.StatusForbidden, "",
			"A user that this client takes over keeps its userName; send externalId first, and the new userName in a request "+
				"of its own.")
	}
	return nil
}

// createUser creates the user in the body.
func createUser(q *protocol.Request) error {
	sent, err := q.BodyTree()
	if err != nil {
		return err
	}
	id, err := Make(q, sent)
	if err != nil {
		return err
	}
	return replyUser(q, http.StatusCreated, id)
}

// Make creates a user, or restores one that this client disabled.
func Make(q *protocol.Request, sent *resource.Object) (directory.UserID, error) {
	t, err := userType(q)
	if err != nil {
		return 0, err
	}
	want, err := t.Normal(sent)
	if err != nil {
		return 0, err
	}
	if want.Text("userName") == "" {
		return 0, resource.BadRequest(resource.InvalidValue, "userName is required.")
	}
	if want.Get("active") == nil {
		want.Set("active", true)
	}
	var id directory.UserID
	done, err := commitUser(q, func(now protocol.Directory, known disablings) ([]directory.Edit, error) {
		var edits []directory.Edit
		id, edits, err = planCreate(q, now, want, known)
		return edits, err
	})
	if err == nil && id == 0 {
		id = directory.UserID(done.Results[0].ID)
	}
	return id, err
}

// existing returns the user that a POST is about, or nil.
func existing(q *protocol.Request, dir protocol.Directory, want *resource.Object) (*userState, error) {
	if external := want.Text("externalId"); external != "" {
		refs, err := dir.BySource(q.Context(), directory.ObjectUser, q.Client.Source, external)
		if err != nil {
			return nil, err
		}
		if len(refs) > 0 {
			s, err := readUser(q, dir, directory.UserID(refs[0].Object.ID))
			if directory.KindOf(err) != directory.KindNotFound {
				return s, err
			}
		}
	}
	id, err := byUserName(q, dir, want.Text("userName"))
	if err != nil || id == 0 {
		return nil, err
	}
	s, err := readUser(q, dir, id)
	if directory.KindOf(err) == directory.KindNotFound {
		return nil, nil
	}
	return s, err
}

// byUserName finds a user by login name, or returns 0.
func byUserName(q *protocol.Request, dir protocol.Directory, userName string) (directory.UserID, error) {
	kind := directory.CredentialEmail
	clean, ok := asEmail(userName)
	if !ok {
		kind = directory.CredentialUsername
		clean, _ = directory.ParseName("userName", userName)
	}
	if clean == "" {
		return 0, nil
	}
	u, err := dir.UserByIdentifier(q.Context(), kind, clean)
	if directory.KindOf(err) == directory.KindNotFound {
		return 0, nil
	}
	return u.User.ID, err
}

// planCreate plans a POST: a new user, or the return of one that this client disabled. id is 0
// for a new user.
func planCreate(q *protocol.Request, now protocol.Directory, want *resource.Object,
	known disablings) (directory.UserID, []directory.Edit, error) {
	s, err := existing(q, now, want)
	if err != nil {
		return 0, nil, err
	}
	if s == nil {
		if id, err := adoptable(q, now, want); err != nil || id != 0 {
			if err != nil {
				return 0, nil, err
			}
			edits, err := adopt(q, now, id, want, known)
			return id, edits, err
		}
		edits, err := userEdits(q, nil, want, known)
		return 0, edits, err
	}
	taken := resource.NewFault(http.StatusConflict, resource.Uniqueness,
		"userName or externalId belongs to a user who is there already; look it up and update it.")
	if !s.User.Disabled || s.externalID != want.Text("externalId") {
		return 0, nil, taken
	}
	if ok, err := mayEnable(q, s, known); err != nil {
		return 0, nil, err
	} else if !ok {
		return 0, nil, resource.NewFault(http.StatusConflict, resource.Uniqueness,
			"The user is there and was disabled by somebody else than this client, who alone can enable it again.")
	}
	tree := want.Clone()
	keepValues(tree, s.values, false)
	edits, err := userEdits(q, s, tree, known)
	return s.User.ID, edits, err
}

// adoptable finds the one person without a login name whose contact e-mail equals the user
// name, if the client may adopt users, or returns 0.
func adoptable(q *protocol.Request, now protocol.Directory, want *resource.Object) (directory.UserID, error) {
	email, ok := asEmail(want.Text("userName"))
	if !ok || q.Client.Adopt != clients.AdoptContact {
		return 0, nil
	}
	ids, err := now.UsersByEmail(q.Context(), email)
	if err != nil || len(ids) != 1 {
		return 0, err
	}
	u, err := now.User(q.Context(), ids[0])
	if err != nil || IsUser(&u) || u.User.Kind != directory.KindPerson || len(u.AllRoles) > 0 {
		return 0, err
	}
	return ids[0], nil
}

// adopt adopts a user.
func adopt(q *protocol.Request, now protocol.Directory, id directory.UserID, want *resource.Object,
	known disablings) ([]directory.Edit, error) {
	u, err := now.User(q.Context(), id)
	if err != nil {
		return nil, err
	}
	list, err := statesOf(q, now, []directory.UserDetail{u})
	if err != nil {
		return nil, err
	}
	tree := want.Clone()
	tree.Set("active", !u.User.Disabled)
	keepValues(tree, list[0].values, false)
	return userEdits(q, list[0], tree, known)
}
