package scim

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// wish adds one operation on a group to w. It does not read the members of the group, unless
// the operation selects them by something other than their ids.
func (q *request) wish(w *groupWish, id directory.GroupID, op operation) error {
	if op.path == "" {
		if op.value.Kind() != '{' {
			return newFault(http.StatusBadRequest, invalidValue, "Without a path the value must be an object of attributes.")
		}
		members, err := rawMembers(op.value)
		if err != nil {
			return err
		}
		for _, m := range members {
			if err := q.wishMember(w, id, op.op, m); err != nil {
				return err
			}
		}
		return nil
	}
	to, err := groupType().target(op.path)
	if err != nil {
		return err
	}
	switch to.attr.Name {
	case "members":
		return q.wishMembers(w, id, op, &to)
	case "displayName", "externalId":
		return w.wishText(to.attr.Name, op.op, op.value)
	case "id":
		if same, _ := groupTextOf(op.value, "id"); op.op == "replace" && same == groupID(id) {
			return nil
		}
	}
	return newFault(http.StatusBadRequest, mutability, quoteFor(op.path)+" cannot be changed by clients.")
}

// wishMember handles one attribute of an operation without a path. It ignores unknown and
// read-only attributes.
func (q *request) wishMember(w *groupWish, id directory.GroupID, op string, m rawMember) error {
	if _, a, sub := groupType().place(m.name); a != nil && (sub == "" || a.sub(sub) != nil) {
		switch a.Name {
		case "members":
			return q.wishMembers(w, id, operation{op: op, value: m.raw}, &target{attr: a, sub: sub})
		case "displayName", "externalId":
			return w.wishText(a.Name, op, m.raw)
		}
	}
	if strings.Contains(m.name, "[") {
		return q.wish(w, id, operation{op: op, path: m.name, value: m.raw})
	}
	return nil
}

// wishText writes or removes a text.
func (w *groupWish) wishText(name, op string, raw jsontext.Value) error {
	text := ""
	if op != "remove" {
		var err error
		if text, err = groupTextOf(raw, name); err != nil {
			return err
		}
	}
	if name == "externalId" {
		w.externalID = &text
		return nil
	}
	if strings.TrimSpace(text) == "" {
		return newFault(http.StatusBadRequest, mutability, "displayName is required and cannot be removed.")
	}
	w.name = &text
	return nil
}

// wishMembers handles an operation on members.
func (q *request) wishMembers(w *groupWish, id directory.GroupID, op operation, to *target) error {
	switch {
	case to.sub != "" || to.where != nil && op.op != "remove":
		return newFault(http.StatusBadRequest, mutability,
			"A member cannot be changed, only added and removed; name members, or members[value eq \"…\"] to remove one.")
	case to.where != nil:
		return q.wishFiltered(w, id, to.where)
	}
	switch op.op {
	case "replace":
		if op.value.Kind() == 'n' {
			w.members.replace(nil)
			return nil
		}
		return w.replaceMembers(op.value)
	case "remove":
		if op.value == nil { // all of them, subject to the guard (RFC 7644, section 3.5.2.2)
			w.members.replace(nil)
			return nil
		}
		return readMembers(op.value, func(m member, _ string) error {
			if m != 0 { // an unknown id is not a member
				w.members.add(m, false)
			}
			return nil
		})
	}
	return readMembers(op.value, func(m member, sent string) error {
		if m == 0 {
			w.members.addUnknown([]string{sent})
			return nil
		}
		w.members.add(m, true)
		return nil
	})
}

// wishFiltered removes the members that a filter selects.
func (q *request) wishFiltered(w *groupWish, id directory.GroupID, f filter) error {
	if ids, ok := valuesIn(f); ok {
		for _, s := range ids {
			if m := parseMember(s); m != 0 {
				w.members.add(m, false)
			}
		}
		return nil
	}
	a, n := groupType().core.attribute("members"), 0
	return q.eachMember(q.dir, id, func(m member) error {
		if n++; n > maxExamined {
			return newFault(http.StatusBadRequest, tooMany,
				"The filter looks at more than 20,000 members; select them by value.")
		}
		o, err := q.memberTree(m)
		if err == nil && matchesElement(a, f, o) {
			w.members.add(m, false)
		}
		return err
	})
}

// memberTree returns an element of the list of members.
func (q *request) memberTree(m member) (*object, error) {
	if id, ok := m.group(); ok {
		g, err := q.dir.Group(q.ctx(), id)
		return of("value", m.String(), "$ref", q.base+"/Groups/"+m.String(), "type", "Group", "display", textOrNil(g.Name)),
			err
	}
	u, err := q.dir.User(q.ctx(), directory.UserID(m))
	if err != nil {
		return nil, err
	}
	return of("value", m.String(), "$ref", q.base+"/Users/"+m.String(), "type", "User", "display", displayOf(&u)), nil
}

// valuesIn returns the ids of a filter that consists of value eq joined by or. ok is false for
// any other filter.
func valuesIn(f filter) (ids []string, ok bool) {
	switch f := f.(type) {
	case comparison:
		if f.op != "eq" || !strings.EqualFold(f.path.name, "value") || f.path.sub != "" {
			return nil, false
		}
		return []string{textOf(f.value)}, true
	case orFilter:
		for _, g := range f {
			more, ok := valuesIn(g)
			if !ok {
				return nil, false
			}
			ids = append(ids, more...)
		}
		return ids, true
	}
	return nil, false
}
