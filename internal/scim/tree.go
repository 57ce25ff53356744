package scim

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A tree is JSON in memory: a string, a bool, a number, an *object or a []any. Null is nil,
// which means that there is no value.

// A number is a JSON number as it was written.
type number string

// An object has members in order. Names are compared case-insensitively, as SCIM requires.
type object struct {
	names  []string
	values []any
}

func (o *object) index(name string) int {
	for i, n := range o.names {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

// get returns a member, or nil.
func (o *object) get(name string) any {
	if o == nil {
		return nil
	}
	if i := o.index(name); i >= 0 {
		return o.values[i]
	}
	return nil
}

// set replaces the member with the same name or appends one. An empty value removes it.
func (o *object) set(name string, v any) {
	if isEmpty(v) {
		o.remove(name)
		return
	}
	if i := o.index(name); i >= 0 {
		o.values[i] = v
		return
	}
	o.names, o.values = append(o.names, name), append(o.values, v)
}

func (o *object) remove(name string) {
	if i := o.index(name); i >= 0 {
		o.names = append(o.names[:i:i], o.names[i+1:]...)
		o.values = append(o.values[:i:i], o.values[i+1:]...)
	}
}

// text returns a member that is a string, or "".
func (o *object) text(name string) string {
	s, _ := o.get(name).(string)
	return s
}

// child returns a member that is an object, or nil.
func (o *object) child(name string) *object {
	c, _ := o.get(name).(*object)
	return c
}

// isEmpty reports whether a value counts as unassigned (RFC 7643, section 2.5).
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case *object:
		return v == nil || len(v.names) == 0
	}
	return false
}

// clone copies a tree.
func clone(v any) any {
	switch v := v.(type) {
	case *object:
		return v.clone()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	}
	return v
}

func (o *object) clone() *object {
	if o == nil {
		return nil
	}
	c := &object{names: append([]string(nil), o.names...), values: make([]any, len(o.values))}
	for i := range o.values {
		c.values[i] = clone(o.values[i])
	}
	return c
}

// same reports whether two trees are equal. The order of members does not matter, the order of
// elements does.
func same(a, b any) bool {
	if isEmpty(a) || isEmpty(b) {
		return isEmpty(a) && isEmpty(b)
	}
	switch a := a.(type) {
	case *object:
		b, ok := b.(*object)
		if !ok || len(a.names) != len(b.names) {
			return false
		}
		for i, name := range a.names {
			if !same(a.values[i], b.get(name)) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// parseTree parses JSON. The last of several members with one name wins.
func parseTree(raw []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	return readTree(d)
}

func readTree(d *jsontext.Decoder) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, errSyntax()
	}
	switch t.Kind() {
	case '{':
		return readObject(d)
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			v, err := readTree(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.ReadToken()
		return list, err
	case '"':
		return t.String(), nil
	case 't', 'f':
		return t.Bool(), nil
	case '0':
		return number(t.String()), nil
	}
	return nil, nil
}

func readObject(d *jsontext.Decoder) (any, error) {
	var o object
	var at map[string]int // for objects with many names, where a linear search would be too slow
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, errSyntax()
		}
		key := name.String()
		v, err := readTree(d)
		if err != nil {
			return nil, err
		}
		i := -1
		switch n := len(o.names); {
		case n < fewNames:
			i = o.index(key)
		case n == fewNames:
			at = make(map[string]int, 2*fewNames)
			for i, name := range o.names {
				at[strings.ToLower(name)] = i
			}
			fallthrough
		default:
			if had, twice := at[strings.ToLower(key)]; twice {
				i = had
			}
		}
		if i >= 0 {
			o.values[i] = v
			continue
		}
		if at != nil {
			at[strings.ToLower(key)] = len(o.names)
		}
		o.names, o.values = append(o.names, key), append(o.values, v)
	}
	_, err := d.ReadToken()
	return &o, err
}

const (
	fewNames = 16
	// maxNames is how many members an object that is read member by member can have.
	maxNames = 1000
)

func errSyntax() error {
	return newFault(400, invalidSyntax, "the body is not valid JSON")
}

// A rawMember is an unparsed member of an object. A list of a million members is never held as
// a tree.
type rawMember struct {
	name string
	raw  jsontext.Value
}

// rawMembers splits an object into its members.
func rawMembers(raw jsontext.Value) ([]rawMember, error) {
	if raw.Kind() != '{' {
		return nil, newFault(400, invalidSyntax, "the body must be a JSON object")
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return nil, errSyntax()
	}
	var list []rawMember
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, errSyntax()
		}
		key := name.String()
		if d.PeekKind() == 0 {
			return nil, errSyntax()
		}
		start := skipSpace(raw, d.InputOffset())
		if err := d.SkipValue(); err != nil {
			return nil, errSyntax()
		}
		if len(list) == maxNames {
			return nil, newFault(http.StatusBadRequest, invalidSyntax, "An object has more than 1,000 members.")
		}
		list = append(list, rawMember{key, raw[start:d.InputOffset()]})
	}
	return list, nil
}

// skipSpace returns where a value begins behind its name.
func skipSpace(raw []byte, at int64) int64 {
	for at < int64(len(raw)) {
		switch raw[at] {
		case ' ', '\t', '\n', '\r', ':', ',':
			at++
		default:
			return at
		}
	}
	return at
}

// memberOf finds a member by name, the last one if there are several.
func memberOf(list []rawMember, name string) (raw jsontext.Value, ok bool) {
	for _, m := range list {
		if strings.EqualFold(m.name, name) {
			raw, ok = m.raw, true
		}
	}
	return raw, ok
}

// rawElements calls f for each element of an array. A value that is not an array counts as a
// list of one, because SCIM clients omit the brackets.
func rawElements(raw jsontext.Value, f func(jsontext.Value) error) error {
	if raw.Kind() != '[' {
		return f(raw)
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return errSyntax()
	}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return errSyntax()
		}
		if err := f(v); err != nil {
			return err
		}
	}
	return nil
}

// appendTree appends a tree as JSON.
func appendTree(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(b, v)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case number:
		return append(b, v...)
	case jsontext.Value:
		return append(b, v...)
	case *object:
		b = append(b, '{')
		for i, name := range v.names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, name), ':')
			b = appendTree(b, v.values[i])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTree(b, v[i])
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

func appendText(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil { // invalid UTF-8: write what can be written
		quoted, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return quoted
}

// texts returns a list of strings as a tree.
func texts(list ...string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// of returns an object of names and values, without empty values.
func of(pairs ...any) *object {
	o := &object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			o.set(name, pairs[i+1])
		}
	}
	return o
}

// instant formats a time: RFC 3339 with milliseconds and Z.
func instant(at directory.Instant) string {
	return at.Time().UTC().Format("2006-01-02T15:04:05.000Z")
}
