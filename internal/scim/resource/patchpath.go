package resource

import (
	"strings"
)

// A Target is what the path of a PATCH operation names.
type Target struct {
	schema *Schema
	Attr   *Attribute // nil for a whole extension
	Where  Filter     // selects elements; nil selects all
	Sub    string     // a sub-attribute of the attribute or of its elements
}

func errPath(path, what string) error {
	return BadRequest(invalidPath, "The path "+QuoteFor(path)+" "+what+".")
}

// Target parses the path of a PATCH operation: an attribute in any notation that place
// accepts, optionally with a filter in brackets and a sub-attribute.
func (t *Type) Target(path string) (Target, error) {
	path = strings.TrimSpace(path)
	if len(path) > maxFilterLen {
		return Target{}, errPath(path, "is longer than 4096 bytes")
	}
	if path == "" || path[0] == '/' {
		return Target{}, errPath(path, "is none; write it as in RFC 7644, such as name.givenName")
	}
	name, rest, bracketed := strings.Cut(path, "[")
	name = strings.TrimSpace(name)
	s, a, sub := t.Place(name)
	switch {
	case s == nil:
		return Target{}, errPath(path, "names an attribute that "+t.Name+" has not; see /Schemas")
	case a == nil && s.URN == t.Core.URN || a == nil && bracketed:
		return Target{}, errPath(path, "names a schema; name an attribute of it")
	case a == nil && !strings.EqualFold(name, s.URN):
		return Target{}, errPath(path, "names an attribute that the extension has not; see /Schemas")
	case a != nil && sub != "" && a.SubAttribute(sub) == nil:
		return Target{}, errPath(path, "names a part that "+a.Name+" has not; see /Schemas")
	}
	out := Target{schema: s, Attr: a, Sub: sub}
	if !bracketed {
		return out, nil
	}
	if sub != "" || len(a.Sub) == 0 || !a.Multi {
		return Target{}, errPath(path, "has brackets behind what has no elements")
	}
	return out, out.brackets(path, rest)
}

// brackets parses what follows the opening bracket of a path.
func (t *Target) brackets(path, rest string) error {
	p := &filterParser{text: rest}
	inner, err := p.group(']')
	if err != nil {
		return errPath(path, "cannot be read: "+asFault(err).Detail)
	}
	if err := checkInner(t.Attr, inner); err != nil {
		return errPath(path, "cannot be used: "+asFault(err).Detail)
	}
	t.Where = inner
	rest = strings.TrimSpace(rest[p.at:])
	if rest == "" {
		return nil
	}
	part, dotted := strings.CutPrefix(rest, ".")
	if !dotted || t.Attr.SubAttribute(part) == nil {
		return errPath(path, "names a part that "+t.Attr.Name+" has not; see /Schemas")
	}
	t.Sub = part
	return nil
}

// readOnly reports whether a target can never be written.
func (t *Target) readOnly() bool {
	if t.schema.URN == SchemaEffective || t.Attr != nil && t.Attr.readOnly() {
		return true
	}
	part := (*Attribute)(nil)
	if t.Attr != nil && t.Sub != "" {
		part = t.Attr.SubAttribute(t.Sub)
	}
	return part != nil && part.readOnly()
}
