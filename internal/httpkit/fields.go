package httpkit

import (
	"bytes"
	"fmt"
	"maps"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

const (
	maxFieldsLen   = 8 << 10 // bytes in a list of fields
	maxFieldsDepth = 8       // nested parentheses
)

// Fields selects members of a reply. The nil Fields selects all. Unknown names select nothing.
type Fields map[string]Fields

// ParseFields parses a list such as "id, email, credentials_email(logged_in_at)". Spaces are
// allowed, * means every member, one pair of double quotes around the whole is removed, and
// the empty text selects all. Errors are KindMalformed and name "fields".
func ParseFields(s string) (Fields, error) {
	s = strings.TrimSpace(Unquote(strings.TrimSpace(s)))
	switch {
	case s == "":
		return nil, nil
	case len(s) > maxFieldsLen:
		return nil, directory.Malformed("fields", "is longer than %d bytes", maxFieldsLen)
	}
	p := fieldsParser{rest: s}
	f, err := p.list(0)
	if err == nil && p.rest != "" {
		err = directory.Malformed("fields", "has a ) too many")
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Unquote removes one pair of double quotes around s.
func Unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// Wants reports whether the selection includes a member.
func (f Fields) Wants(name string) bool {
	if f == nil {
		return true
	}
	_, ok := f[name]
	return ok
}

// Flat reports whether no member has a selection within it.
func (f Fields) Flat() bool {
	for _, within := range f {
		if within != nil {
			return false
		}
	}
	return true
}

// In returns the selection within a member.
func (f Fields) In(name string) Fields { return f[name] }

type fieldsParser struct {
	rest  string
	count int
}

// list parses names up to the end or an unmatched parenthesis. A * anywhere in it, or no name
// at all, selects all.
func (p *fieldsParser) list(depth int) (Fields, error) {
	if depth > maxFieldsDepth {
		return nil, directory.Malformed("fields", "has more than %d parentheses inside each other", maxFieldsDepth)
	}
	all, list := false, Fields{}
	for {
		i := strings.IndexAny(p.rest, ",()")
		if i < 0 {
			i = len(p.rest)
		}
		name := strings.TrimSpace(p.rest[:i])
		p.rest = p.rest[i:]
		sub, err := p.within(depth)
		if err != nil {
			return nil, err
		}
		if p.count++; p.count > directory.MaxFields {
			return nil, directory.Malformed("fields", "has more than %d names", directory.MaxFields)
		}
		switch {
		case name == "*":
			all = true
		case name != "":
			list.add(name, sub)
		}
		if p.rest == "" || p.rest[0] != ',' {
			break
		}
		p.rest = p.rest[1:]
	}
	if all || len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

// within parses the parentheses behind a name, if any.
func (p *fieldsParser) within(depth int) (Fields, error) {
	if p.rest == "" || p.rest[0] != '(' {
		return nil, nil
	}
	p.rest = p.rest[1:]
	sub, err := p.list(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.rest == "" || p.rest[0] != ')' {
		return nil, directory.Malformed("fields", "has a ( that is not closed")
	}
	p.rest = strings.TrimLeft(p.rest[1:], " ")
	if p.rest != "" && p.rest[0] != ',' && p.rest[0] != ')' {
		return nil, directory.Malformed("fields", "needs a comma after )")
	}
	return sub, nil
}

// add merges a name into the selection, so that two mentions select both.
func (f Fields) add(name string, sub Fields) {
	old, there := f[name]
	switch {
	case there && (old == nil || sub == nil):
		sub = nil
	case there:
		merged := maps.Clone(old)
		for n, s := range sub {
			merged.add(n, s)
		}
		sub = merged
	}
	f[name] = sub
}

// Select returns the JSON value v with only the selected members of its objects, in their
// order. It descends into arrays. The value must be valid.
func (f Fields) Select(v []byte) ([]byte, error) {
	if f == nil {
		return v, nil
	}
	var out bytes.Buffer
	out.Grow(len(v))
	dec := jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	enc := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := f.copy(enc, dec); err != nil {
		return nil, fmt.Errorf("select the fields of a reply: %w", err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

func (f Fields) copy(enc *jsontext.Encoder, dec *jsontext.Decoder) error {
	kind := dec.PeekKind()
	if f == nil || kind != '{' && kind != '[' {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		return enc.WriteValue(v)
	}
	if err := copyToken(enc, dec); err != nil {
		return err
	}
	for dec.PeekKind() != '}' && dec.PeekKind() != ']' {
		within := f
		if kind == '{' {
			name, err := dec.ReadToken()
			if err != nil {
				return err
			}
			text := name.String()
			sub, wanted := f[text]
			if !wanted {
				if err := dec.SkipValue(); err != nil {
					return err
				}
				continue
			}
			if err := enc.WriteToken(jsontext.String(text)); err != nil {
				return err
			}
			within = sub
		}
		if err := within.copy(enc, dec); err != nil {
			return err
		}
	}
	return copyToken(enc, dec)
}

func copyToken(enc *jsontext.Encoder, dec *jsontext.Decoder) error {
	t, err := dec.ReadToken()
	if err != nil {
		return err
	}
	return enc.WriteToken(t)
}
