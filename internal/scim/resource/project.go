package resource

import (
	"net/url"
	"strings"
)

// A Projection says which attributes a client wants.
type Projection struct {
	Only     []Name // nil means the default attributes
	without  []Name
	Explicit bool // attributes was given
}

// A Name is an attribute in a list, optionally with its schema and a sub-attribute. The
// Attribute is empty for a whole schema.
type Name struct{ URN, Attr, sub string }

// Projection reads attributes and excludedAttributes. If both are given, the former wins.
// Unknown names are ignored.
func (t *Type) Projection(query url.Values) Projection {
	var p Projection
	if list := query["attributes"]; len(list) > 0 && strings.Join(list, "") != "" {
		p.Explicit, p.Only = true, t.namesIn(list)
		return p
	}
	p.without = t.namesIn(query["excludedAttributes"])
	return p
}

// namesIn parses a list of names. It ignores a filter behind a name, because Entra asks for
// emails[type eq "work"].
func (t *Type) namesIn(list []string) []Name {
	var names []Name
	for _, part := range splitNames(strings.Join(list, ",")) {
		part = strings.TrimSpace(part)
		if head, _, bracketed := strings.Cut(part, "["); bracketed {
			part = head
		}
		s, a, sub := t.Place(part)
		switch {
		case s == nil:
		case a == nil:
			names = append(names, Name{URN: s.URN})
		default:
			names = append(names, Name{s.URN, a.Name, sub})
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

// Wants reports whether an attribute is returned. An attribute that is returned on request
// Only must be named, alone or by its schema.
func (p *Projection) Wants(urn, attr string, onRequest bool) bool {
	if p.Explicit {
		for _, n := range p.Only {
			if n.URN == urn && (n.Attr == "" || n.Attr == attr) {
				return true
			}
		}
		return false
	}
	if onRequest {
		return false
	}
	for _, n := range p.without {
		if n.URN == urn && n.sub == "" && (n.Attr == "" || n.Attr == attr) {
			return false
		}
	}
	return true
}

// Cut returns the wanted part of a resource, with schemas that say what it contains. id and
// schemas are always returned.
func (t *Type) Cut(o *Object, p *Projection) *Object {
	out := NewObject("schemas", Texts(t.Core.URN), "id", o.Get("id"))
	extensions := map[string]bool{}
	for _, s := range t.Extensions {
		extensions[s.URN] = true
	}
	urns := []string{t.Core.URN}
	for i, key := range o.Names {
		switch {
		case key == "schemas" || key == "id":
		case extensions[key]:
			inner, _ := o.Values[i].(*Object)
			shown := &Object{}
			if inner != nil {
				for j, attr := range inner.Names {
					if p.Wants(key, attr, key == SchemaEffective) {
						shown.Set(attr, p.parts(key, attr, inner.Values[j]))
					}
				}
			}
			if !IsEmpty(shown) {
				out.Set(key, shown)
				urns = append(urns, key)
			}
		case p.Wants(t.Core.URN, key, false):
			v := p.parts(t.Core.URN, key, o.Values[i])
			out.Names, out.Values = append(out.Names, key), append(out.Values, v) // a list may be empty
		}
	}
	out.Values[0] = Texts(urns...)
	return out
}

// parts returns the wanted sub-attributes of an attribute.
func (p *Projection) parts(urn, attr string, v any) any {
	var only, without []string
	for _, n := range p.Only {
		if n.URN == urn && n.Attr == attr {
			if n.sub == "" {
				return v
			}
			only = append(only, n.sub)
		}
	}
	for _, n := range p.without {
		if n.URN == urn && n.Attr == attr && n.sub != "" {
			without = append(without, n.sub)
		}
	}
	if only == nil && without == nil {
		return v
	}
	one := func(e any) any {
		o, ok := e.(*Object)
		if !ok {
			return e
		}
		out := &Object{}
		for i, key := range o.Names {
			if only == nil && !foldIn(without, key) || only != nil && foldIn(only, key) {
				out.Set(key, o.Values[i])
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
