package native

import (
	"fmt"
	"strconv"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// A selector names an object: by id, an attribute by name in any case, a user by
// email:ada@example.com, a user or group by name:EMEA, any of them by source:erp/4711.

func (q *request) pathUser() (directory.UserID, error) {
	return q.selectUser("user", q.r.PathValue("user"))
}
func (q *request) pathGroup() (directory.GroupID, error) {
	return q.selectGroup("group", q.r.PathValue("group"))
}
func (q *request) pathAttribute() (directory.Attribute, error) {
	return q.selectAttribute("attribute", q.r.PathValue("attribute"))
}

func (q *request) selectUser(field, text string) (directory.UserID, error) {
	if email, ok := strings.CutPrefix(text, "email:"); ok {
		ids, err := q.dir.UsersByEmail(q.ctx(), email)
		if err != nil {
			return 0, err
		}
		return only(field, "this e-mail", text, ids)
	}
	if name, ok := strings.CutPrefix(text, "name:"); ok {
		ids, err := q.dir.UsersByName(q.ctx(), name)
		if err != nil {
			return 0, err
		}
		return only(field, "this name", text, ids)
	}
	if id, ok, err := bySource[directory.UserID](q, field, directory.ObjectUser, text); ok || err != nil {
		return id, err
	}
	return selectID[directory.UserID](field, text, "or email:, name: or source: and what to look for")
}

func (q *request) selectGroup(field, text string) (directory.GroupID, error) {
	if name, ok := strings.CutPrefix(text, "name:"); ok {
		ids, err := q.dir.GroupsByName(q.ctx(), name)
		if err != nil {
			return 0, err
		}
		return only(field, "this name", text, ids)
	}
	if id, ok, err := bySource[directory.GroupID](q, field, directory.ObjectGroup, text); ok || err != nil {
		return id, err
	}
	return selectID[directory.GroupID](field, text, "or name: or source: and what to look for")
}

func (q *request) selectAttribute(field, text string) (directory.Attribute, error) {
	id, ok, err := bySource[directory.AttributeID](q, field, directory.ObjectAttribute, text)
	if err != nil {
		return directory.Attribute{}, err
	}
	if !ok {
		if id, err = directory.ParseID[directory.AttributeID](field, text); err != nil {
			name := strings.ToLower(strings.TrimPrefix(text, "name:"))
			if _, err := directory.ParseAttributeName(field, name); err != nil {
				return directory.Attribute{}, &directory.Error{Kind: directory.KindNotFound, Field: field,
					Msg: "must be an id or a name"}
			}
			return q.dir.AttributeByName(q.ctx(), name)
		}
	}
	return q.dir.Attribute(q.ctx(), id)
}

// selectRole finds a role by its id or by name:.
func (q *request) selectRole(field, text string) (directory.RoleID, error) {
	name, ok := strings.CutPrefix(text, "name:")
	if !ok {
		return directory.ParseID[directory.RoleID](field, text)
	}
	roles, err := q.dir.AllRoles(q.ctx())
	if err != nil {
		return 0, err
	}
	for _, r := range roles {
		if directory.Fold(r.Role.Name) == directory.Fold(name) {
			return r.Role.ID, nil
		}
	}
	return 0, selectsNothing(field, text)
}

// selectID parses an id. A text that is no id is not found.
func selectID[T directory.ID](field, text, or string) (T, error) {
	id, err := directory.ParseID[T](field, text)
	if err != nil {
		return 0, &directory.Error{Kind: directory.KindNotFound, Field: field, Msg: "must be an id, " + or}
	}
	return id, nil
}

// bySource finds the object of a selector such as source:erp/4711. ok is false if the text is
// no such selector.
func bySource[T directory.ID](q *request, field string, kind directory.ObjectKind,
	text string) (id T, ok bool, err error) {
	key, ok := strings.CutPrefix(text, "source:")
	if !ok {
		return 0, false, nil
	}
	source, sourceID, _ := strings.Cut(key, "/")
	if source == "" || sourceID == "" {
		return 0, true, &directory.Error{Kind: directory.KindNotFound, Field: field,
			Msg: "must be of the form source:erp/4711"}
	}
	if kind == directory.ObjectUser {
		user, err := q.dir.UserBySource(q.ctx(), source, sourceID)
		return T(user), true, err
	}
	refs, err := q.dir.BySource(q.ctx(), kind, source, sourceID)
	if err != nil {
		return 0, true, err
	}
	ids := make([]T, len(refs))
	for i, ref := range refs {
		ids[i] = T(ref.Object.ID)
	}
	id, err = only(field, "this source id", text, ids)
	return id, true, err
}

// only returns the one element of a list. An empty list is not found; several elements are a
// conflict that lists them.
func only[T directory.ID](field, what, text string, ids []T) (T, error) {
	switch len(ids) {
	case 0:
		return 0, selectsNothing(field, text)
	case 1:
		return ids[0], nil
	}
	list := make([]string, 0, 10)
	for _, id := range ids[:min(len(ids), cap(list))] {
		list = append(list, directory.FormatID(id))
	}
	return 0, &directory.Error{
		Kind: directory.KindConflict, Field: field, Code: directory.CodeAmbiguous, Choices: list,
		Msg: fmt.Sprintf("is not clear: %d have %s; use one of the ids %s", len(ids), what, strings.Join(list, ", ")),
	}
}

// selectsNothing reports a selector that no object has.
func selectsNothing(field, text string) error {
	return directory.NotFound(field, strconv.Quote(render.Shorten(text, directory.MaxNameLen)))
}
