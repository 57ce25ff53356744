package users

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// candidates returns a superset of the users that a filter selects, found by an index. ok is
// false if none helps. Providers send such a filter for every user they know.
func candidates(q *protocol.Request, f resource.Filter) (ids []directory.UserID, ok bool, err error) {
	switch f := f.(type) {
	case resource.AndFilter:
		for _, g := range f {
			if ids, ok, err = candidates(q, g); ok || err != nil {
				return ids, ok, err
			}
		}
	case resource.OrFilter:
		for _, g := range f {
			more, ok, err := candidates(q, g)
			if !ok || err != nil {
				return nil, false, err
			}
			ids = append(ids, more...)
		}
		slices.Sort(ids)
		return slices.Compact(ids), true, nil
	case resource.Comparison:
		if text, isText := f.Value.(string); isText && f.Op == "eq" {
			return indexed(q, f.Path, text)
		}
		if n, isNumber := f.Value.(resource.Number); isNumber && f.Op == "eq" {
			return indexed(q, f.Path, string(n))
		}
	case resource.ElementFilter:
		value, found := "", false
		list := []resource.Filter{f.Inner}
		if all, isAnd := f.Inner.(resource.AndFilter); isAnd {
			list = all
		}
		for _, g := range list {
			c, isComparison := g.(resource.Comparison)
			if isComparison && c.Op == "eq" && strings.EqualFold(c.Path.Name, "value") {
				value, found = resource.TextOf(c.Value), true
			}
		}
		if f.Then != nil && f.Then.Op == "eq" && strings.EqualFold(f.Then.Path.Name, "value") {
			value, found = resource.TextOf(f.Then.Value), true
		}
		if found && coreName(f.Path) == "emails" {
			return indexed(q, f.Path, value)
		}
	}
	return nil, false, nil
}

// coreName returns the lower-case name of a core attribute without its URN.
func coreName(p resource.AttrPath) string {
	s := strings.ToLower(p.String())
	return strings.TrimPrefix(s, strings.ToLower(resource.SchemaUser)+":")
}

// asEmail cleans an e-mail address. ok is false if the text is no address.
func asEmail(s string) (email string, ok bool) {
	email, err := directory.ParseEmail("emails", s)
	return email, err == nil
}

// indexed looks a value up in the index of an attribute, if it has one.
func indexed(q *protocol.Request, p resource.AttrPath, value string) ([]directory.UserID, bool, error) {
	switch coreName(p) {
	case "id":
		if id, ok := resource.ParseUserID(value); ok {
			return []directory.UserID{id}, true, nil
		}
		return nil, true, nil
	case "username":
		id, err := byUserName(q, q.Dir, value)
		if id == 0 {
			return nil, true, err
		}
		return []directory.UserID{id}, true, err
	case "externalid":
		if !q.IsReference(value) {
			return nil, true, nil
		}
		refs, err := q.Dir.BySource(q.Context(), directory.ObjectUser, q.Client.Source, value)
		ids := make([]directory.UserID, len(refs))
		for i := range refs {
			ids[i] = directory.UserID(refs[i].Object.ID)
		}
		return ids, true, err
	case "emails", "emails.value":
		email, ok := asEmail(value)
		if !ok {
			return nil, false, nil // no index contains what is not an address
		}
		ids, err := q.Dir.UsersOfEmail(q.Context(), email)
		return ids, true, err
	}
	return nil, false, nil
}

// translate converts a filter to one of the directory, as far as possible. exact reports that
// both select the same users; otherwise the matches are checked one by one.
func translate(q *protocol.Request, f resource.Filter) (where directory.UserFilter, exact bool, err error) {
	switch f := f.(type) {
	case nil:
		return directory.UsersAnd{}, true, nil
	case resource.AndFilter:
		all := directory.UsersAnd{}
		exact = true
		for _, g := range f {
			part, ok, err := translate(q, g)
			if err != nil {
				return nil, false, err
			}
			all, exact = append(all, part), exact && ok
		}
		return all, exact, nil
	case resource.OrFilter:
		any := directory.UsersOr{}
		for _, g := range f {
			part, ok, err := translate(q, g)
			if err != nil {
				return nil, false, err
			}
			if !ok {
				return directory.UsersAnd{}, false, nil
			}
			any = append(any, part)
		}
		return any, true, nil
	case resource.Comparison:
		return translateOne(q, f)
	case resource.ElementFilter:
		if c, ok := f.Inner.(resource.Comparison); ok && f.Then == nil && coreName(f.Path) == "groups" &&
			strings.EqualFold(c.Path.Name, "value") && c.Op == "eq" {
			return inGroups(q, resource.TextOf(c.Value))
		}
	}
	return directory.UsersAnd{}, false, nil
}

func translateOne(q *protocol.Request, c resource.Comparison) (directory.UserFilter, bool, error) {
	switch name := coreName(c.Path); name {
	case "active":
		b, ok := resource.BoolOf(c.Value)
		switch {
		case ok && c.Op == "eq":
			return directory.UsersEnabled(b), true, nil
		case ok && c.Op == "ne":
			return directory.UsersEnabled(!b), true, nil
		}
	case "name.givenname", "name.familyname":
		field := directory.FieldFirstName
		if name == "name.familyname" {
			field = directory.FieldLastName
		}
		where, ok := likeField(field, c)
		return where, ok, nil
	case "groups", "groups.value":
		if c.Op == "eq" {
			return inGroups(q, resource.TextOf(c.Value))
		}
	}
	return directory.UsersAnd{}, false, nil
}

// likeField compares a text of a user. Patterns cannot escape their wildcards.
func likeField(field directory.UserField, c resource.Comparison) (directory.UserFilter, bool) {
	none := directory.UsersAnd{}
	if c.Op == "pr" {
		return directory.UsersEmpty{Field: field}, true
	}
	text, ok := c.Value.(string)
	if !ok || text == "" || strings.ContainsAny(text, "%_") {
		return none, false
	}
	switch c.Op {
	case "eq":
	case "sw":
		text += "%"
	case "ew":
		text = "%" + text
	case "co":
		text = "%" + text + "%"
	default:
		return none, false
	}
	pattern, err := directory.ParsePattern("filter", text)
	if err != nil || strings.TrimSpace(text) != text {
		return none, false
	}
	return directory.UsersLike{Field: field, Pattern: pattern}, true
}

// inGroups selects the users of a group and of its subgroups.
func inGroups(q *protocol.Request, value string) (directory.UserFilter, bool, error) {
	id, ok := resource.ParseGroupID(value)
	if !ok || !strings.HasPrefix(value, "g") {
		return directory.UsersOr{}, true, nil
	}
	list, seen := []directory.GroupID{id}, map[directory.GroupID]bool{id: true}
	for i := 0; i < len(list); i++ {
		children, err := q.Dir.ChildGroups(q.Context(), list[i])
		if directory.KindOf(err) == directory.KindNotFound {
			return directory.UsersOr{}, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		for _, c := range children {
			if !seen[c.ID] {
				seen[c.ID] = true
				list = append(list, c.ID)
			}
		}
	}
	return directory.UsersIn{Groups: list}, true, nil
}
