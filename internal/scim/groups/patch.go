package groups

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
)

// wish adds one operation on a group to w. It does not read the members of the group, unless
// the operation selects them by something other than their ids.
func wish(q *protocol.Request, w *groupWish, id directory.GroupID, op resource.Operation) error {
	if op.Path == "" {
		if op.Value.Kind() != '{' {
			return resource.BadRequest(resource.InvalidValue, "Without a path the value must be an object of attributes.")
		}
		members, err := resource.RawMembers(op.Value)
		if err != nil {
			return err
		}
		for _, m := range members {
			if err := wishMember(q, w, id, op.Op, m); err != nil {
				return err
			}
		}
		return nil
	}
	to, err := groupType().Target(op.Path)
	if err != nil {
		return err
	}
	switch to.Attr.Name {
	case "members":
		return wishMembers(q, w, id, op, &to)
	case "displayName", "externalId":
		return w.wishText(to.Attr.Name, op.Op, op.Value)
	case "id":
		if same, _ := groupTextOf(op.Value, "id"); op.Op == "replace" && same == resource.GroupID(id) {
			return nil
		}
	}
	return resource.BadRequest(resource.Mutability, resource.QuoteFor(op.Path)+" cannot be changed by clients.")
}

// wishMember handles one attribute of an operation without a path. It ignores unknown and
// read-only attributes.
func wishMember(q *protocol.Request, w *groupWish, id directory.GroupID, op string, m resource.RawMember) error {
	if _, a, sub := groupType().Place(m.Name); a != nil && (sub == "" || a.SubAttribute(sub) != nil) {
		switch a.Name {
		case "members":
			return wishMembers(q, w, id, resource.Operation{Op: op, Value: m.Raw}, &resource.Target{Attr: a, Sub: sub})
		case "displayName", "externalId":
			return w.wishText(a.Name, op, m.Raw)
		}
	}
	if strings.Contains(m.Name, "[") {
		return wish(q, w, id, resource.Operation{Op: op, Path: m.Name, Value: m.Raw})
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
		return resource.BadRequest(resource.Mutability, "displayName is required and cannot be removed.")
	}
	w.name = &text
	return nil
}

// wishMembers handles an operation on members.
func wishMembers(q *protocol.Request, w *groupWish, id directory.GroupID, op resource.Operation,
	to *resource.Target) error {
	switch {
	case to.Sub != "" || to.Where != nil && op.Op != "remove":
		return resource.BadRequest(resource.Mutability,
			"A member cannot be changed, only added and removed; name members, or members[value eq \"…\"] to remove one.")
	case to.Where != nil:
		return wishFiltered(q, w, id, to.Where)
	}
	switch op.Op {
	case "replace":
		if op.Value.Kind() == 'n' {
			w.members.replace(nil)
			return nil
		}
		return w.replaceMembers(op.Value)
	case "remove":
		if op.Value == nil { // all of them, subject to the guard (RFC 7644, section 3.5.2.2)
			w.members.replace(nil)
			return nil
		}
		return readMembers(op.Value, func(m resource.Member, _ string) error {
			if m != 0 { // an unknown id is not a member
				w.members.add(m, false)
			}
			return nil
		})
	}
	return readMembers(op.Value, func(m resource.Member, sent string) error {
		if m == 0 {
			w.members.addUnknown([]string{sent})
			return nil
		}
		w.members.add(m, true)
		return nil
	})
}

// wishFiltered removes the members that a filter selects.
func wishFiltered(q *protocol.Request, w *groupWish, id directory.GroupID, f resource.Filter) error {
	if ids, ok := valuesIn(f); ok {
		for _, s := range ids {
			if m := resource.ParseMember(s); m != 0 {
				w.members.add(m, false)
			}
		}
		return nil
	}
	a, n := groupType().Core.Attribute("members"), 0
	return eachMember(q, q.Dir, id, func(m resource.Member) error {
		if n++; n > protocol.MaxExamined {
			return resource.BadRequest(resource.TooMany,
				"The filter looks at more than 20,000 members; select them by value.")
		}
		o, err := memberTree(q, m)
		if err == nil && resource.MatchesElement(a, f, o) {
			w.members.add(m, false)
		}
		return err
	})
}

// memberTree returns an element of the list of members.
func memberTree(q *protocol.Request, m resource.Member) (*resource.Object, error) {
	if id, ok := m.Group(); ok {
		g, err := q.Dir.Group(q.Context(), id)
		return resource.NewObject("value", m.String(), "$ref", q.Base+"/Groups/"+m.String(), "type", "Group",
				"display", resource.TextOrNil(g.Name)),
			err
	}
	u, err := q.Dir.User(q.Context(), directory.UserID(m))
	if err != nil {
		return nil, err
	}
	return resource.NewObject("value", m.String(), "$ref", q.Base+"/Users/"+m.String(), "type", "User",
		"display", users.DisplayName(&u)), nil
}

// valuesIn returns the ids of a filter that consists of value eq joined by or. ok is false for
// any other filter.
func valuesIn(f resource.Filter) (ids []string, ok bool) {
	switch f := f.(type) {
	case resource.Comparison:
		if f.Op != "eq" || !strings.EqualFold(f.Path.Name, "value") || f.Path.Sub != "" {
			return nil, false
		}
		return []string{resource.TextOf(f.Value)}, true
	case resource.OrFilter:
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
