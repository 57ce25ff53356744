package scim

import (
	"net/http"
	"strings"
)

// A target is what the path of a PATCH operation names.
type target struct {
	schema *schema
	attr   *attribute // nil for a whole extension
	where  filter     // selects elements; nil selects all
	sub    string     // a sub-attribute of the attribute or of its elements
}

func errPath(path, what string) error {
	return newFault(http.StatusBadRequest, invalidPath, "The path "+quoteFor(path)+" "+what+".")
}

// target parses the path of a PATCH operation: an attribute in any notation that place
// accepts, optionally with a filter in brackets and a sub-attribute.
func (t *resourceType) target(path string) (target, error) {
	path = strings.TrimSpace(path)
	if len(path) > maxFilterLen {
		return target{}, errPath(path, "is longer than 4096 bytes")
	}
	if path == "" || path[0] == '/' {
		return target{}, errPath(path, "is none; write it as in RFC 7644, such as name.givenName")
	}
	name, rest, bracketed := strings.Cut(path, "[")
	name = strings.TrimSpace(name)
	s, a, sub := t.place(name)
	switch {
	case s == nil:
		return target{}, errPath(path, "names an attribute that "+t.name+" has not; see /Schemas")
	case a == nil && s.URN == t.core.URN || a == nil && bracketed:
		return target{}, errPath(path, "names a schema; name an attribute of it")
	case a == nil && !strings.EqualFold(name, s.URN):
		return target{}, errPath(path, "names an attribute that the extension has not; see /Schemas")
	case a != nil && sub != "" && a.sub(sub) == nil:
		return target{}, errPath(path, "names a part that "+a.Name+" has not; see /Schemas")
	}
	out := target{schema: s, attr: a, sub: sub}
	if !bracketed {
		return out, nil
	}
	if sub != "" || len(a.Sub) == 0 || !a.Multi {
		return target{}, errPath(path, "has brackets behind what has no elements")
	}
	return out, out.brackets(path, rest)
}

// brackets parses what follows the opening bracket of a path.
func (t *target) brackets(path, rest string) error {
	p := &filterParser{text: rest}
	inner, err := p.group(']')
	if err != nil {
		return errPath(path, "cannot be read: "+asFault(err).detail)
	}
	if err := checkInner(t.attr, inner); err != nil {
		return errPath(path, "cannot be used: "+asFault(err).detail)
	}
	t.where = inner
	rest = strings.TrimSpace(rest[p.at:])
	if rest == "" {
		return nil
	}
	part, dotted := strings.CutPrefix(rest, ".")
	if !dotted || t.attr.sub(part) == nil {
		return errPath(path, "names a part that "+t.attr.Name+" has not; see /Schemas")
	}
	t.sub = part
	return nil
}

// readOnly reports whether a target can never be written.
func (t *target) readOnly() bool {
	if t.schema.URN == schemaEffective || t.attr != nil && t.attr.readOnly() {
		return true
	}
	part := (*attribute)(nil)
	if t.attr != nil && t.sub != "" {
		part = t.attr.sub(t.sub)
	}
	return part != nil && part.readOnly()
}
