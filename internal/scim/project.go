package scim

import (
	"net/url"
	"strings"
)

// A projection says which attributes a client wants.
type projection struct {
	only     []name // nil means the default attributes
	without  []name
	explicit bool // attributes was given
}

// A name is an attribute in a list, optionally with its schema and a sub-attribute. The
// attribute is empty for a whole schema.
type name struct{ urn, attr, sub string }

// projection reads attributes and excludedAttributes. If both are given, the former wins.
// Unknown names are ignored.
func (t *resourceType) projection(query url.Values) projection {
	var p projection
	if list := query["attributes"]; len(list) > 0 && strings.Join(list, "") != "" {
		p.explicit, p.only = true, t.namesIn(list)
		return p
	}
	p.without = t.namesIn(query["excludedAttributes"])
	return p
}

// namesIn parses a list of names. It ignores a filter behind a name, because Entra asks for
// emails[type eq "work"].
func (t *resourceType) namesIn(list []string) []name {
	var names []name
	for _, part := range splitNames(strings.Join(list, ",")) {
		part = strings.TrimSpace(part)
		if head, _, bracketed := strings.Cut(part, "["); bracketed {
			part = head
		}
		s, a, sub := t.place(part)
		switch {
		case s == nil:
		case a == nil:
			names = append(names, name{urn: s.URN})
		default:
			names = append(names, name{s.URN, a.Name, sub})
		}
	}
	return names
}

// splitNames splits at commas outside brackets.
func splitNames(s string) []string {
	var list []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth <= 0 {
				list = append(list, s[from:i])
				from = i + 1
			}
		}
	}
	return append(list, s[from:])
}

// wants reports whether an attribute is returned. An attribute that is returned on request
// only must be named, alone or by its schema.
func (p *projection) wants(urn, attr string, onRequest bool) bool {
	if p.explicit {
		for _, n := range p.only {
			if n.urn == urn && (n.attr == "" || n.attr == attr) {
				return true
			}
		}
		return false
	}
	if onRequest {
		return false
	}
	for _, n := range p.without {
		if n.urn == urn && n.sub == "" && (n.attr == "" || n.attr == attr) {
			return false
		}
	}
	return true
}

// cut returns the wanted part of a resource, with schemas that say what it contains. id and
// schemas are always returned.
func (t *resourceType) cut(o *object, p *projection) *object {
	out := of("schemas", texts(t.core.URN), "id", o.get("id"))
	extensions := map[string]bool{}
	for _, s := range t.extensions {
		extensions[s.URN] = true
	}
	urns := []string{t.core.URN}
	for i, key := range o.names {
		switch {
		case key == "schemas" || key == "id":
		case extensions[key]:
			inner, _ := o.values[i].(*object)
			shown := &object{}
			if inner != nil {
				for j, attr := range inner.names {
					if p.wants(key, attr, key == schemaEffective) {
						shown.set(attr, p.parts(key, attr, inner.values[j]))
					}
				}
			}
			if !isEmpty(shown) {
				out.set(key, shown)
				urns = append(urns, key)
			}
		case p.wants(t.core.URN, key, false):
			v := p.parts(t.core.URN, key, o.values[i])
			out.names, out.values = append(out.names, key), append(out.values, v) // a list may be empty
		}
	}
	out.values[0] = texts(urns...)
	return out
}

// parts returns the wanted sub-attributes of an attribute.
func (p *projection) parts(urn, attr string, v any) any {
	var only, without []string
	for _, n := range p.only {
		if n.urn == urn && n.attr == attr {
			if n.sub == "" {
				return v
			}
			only = append(only, n.sub)
		}
	}
	for _, n := range p.without {
		if n.urn == urn && n.attr == attr && n.sub != "" {
			without = append(without, n.sub)
		}
	}
	if only == nil && without == nil {
		return v
	}
	one := func(e any) any {
		o, ok := e.(*object)
		if !ok {
			return e
		}
		out := &object{}
		for i, key := range o.names {
			if only == nil && !foldIn(without, key) || only != nil && foldIn(only, key) {
				out.set(key, o.values[i])
			}
		}
		return out
	}
	list, ok := v.([]any)
	if !ok {
		return one(v)
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = one(list[i])
	}
	return out
}

func foldIn(list []string, s string) bool {
	for _, e := range list {
		if strings.EqualFold(e, s) {
			return true
		}
	}
	return false
}
