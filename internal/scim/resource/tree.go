package resource

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A tree is JSON in memory: a string, a bool, a number, an *object or a []any. Null is nil,
// which means that there is no value.

// A Number is a JSON number as it was written.
type Number string

// An Object has members in order. Names are compared case-insensitively, as SCIM requires.
type Object struct {
	Names  []string
	Values []any
}

// Index returns the index of a member, or -1.
func (o *Object) Index(name string) int {
	for i, n := range o.Names {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

// Get returns a member, or nil.
func (o *Object) Get(name string) any {
	if o == nil {
		return nil
	}
	if i := o.Index(name); i >= 0 {
		return o.Values[i]
	}
	return nil
}

// Set replaces the member with the same name or appends one. An empty value removes it.
func (o *Object) Set(name string, v any) {
	if IsEmpty(v) {
		o.Remove(name)
		return
	}
	if i := o.Index(name); i >= 0 {
		o.Values[i] = v
		return
	}
	o.Names, o.Values = append(o.Names, name), append(o.Values, v)
}

// Remove removes a member, if it is there.
func (o *Object) Remove(name string) {
	if i := o.Index(name); i >= 0 {
		o.Names = append(o.Names[:i:i], o.Names[i+1:]...)
		o.Values = append(o.Values[:i:i], o.Values[i+1:]...)
	}
}

// Text returns a member that is a string, or "".
func (o *Object) Text(name string) string {
	s, _ := o.Get(name).(string)
	return s
}

// Child returns a member that is an object, or nil.
func (o *Object) Child(name string) *Object {
	c, _ := o.Get(name).(*Object)
	return c
}

// IsEmpty reports whether a value counts as unassigned (RFC 7643, section 2.5).
func IsEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case *Object:
		return v == nil || len(v.Names) == 0
	}
	return false
}

// clone copies a tree.
func clone(v any) any {
	switch v := v.(type) {
	case *Object:
		return v.Clone()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = clone(v[i])
		}
		return list
	}
	return v
}

// Clone copies an object. A nil object stays nil.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	c := &Object{Names: append([]string(nil), o.Names...), Values: make([]any, len(o.Values))}
	for i := range o.Values {
		c.Values[i] = clone(o.Values[i])
	}
	return c
}

// Same reports whether two trees are equal. The order of members does not matter, the order of
// elements does.
func Same(a, b any) bool {
	if IsEmpty(a) || IsEmpty(b) {
		return IsEmpty(a) && IsEmpty(b)
	}
	switch a := a.(type) {
	case *Object:
		b, ok := b.(*Object)
		if !ok || len(a.Names) != len(b.Names) {
			return false
		}
		for i, name := range a.Names {
			if !Same(a.Values[i], b.Get(name)) {
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
			if !Same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// ParseTree parses JSON. The last of several members with one name wins.
func ParseTree(raw []byte) (any, error) {
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
		return Number(t.String()), nil
	}
	return nil, nil
}

func readObject(d *jsontext.Decoder) (any, error) {
	var o Object
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
		switch n := len(o.Names); {
		case n < fewNames:
			i = o.Index(key)
		case n == fewNames:
			at = make(map[string]int, 2*fewNames)
			for i, name := range o.Names {
				at[strings.ToLower(name)] = i
			}
			fallthrough
		default:
			if had, twice := at[strings.ToLower(key)]; twice {
				i = had
			}
		}
		if i >= 0 {
			o.Values[i] = v
			continue
		}
		if at != nil {
			at[strings.ToLower(key)] = len(o.Names)
		}
		o.Names, o.Values = append(o.Names, key), append(o.Values, v)
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
	return NewFault(400, InvalidSyntax, "the body is not valid JSON")
}

// A RawMember is an unparsed member of an object. A list of a million members is never held as
// a tree.
type RawMember struct {
	Name string
	Raw  jsontext.Value
}

// RawMembers splits an object into its members.
func RawMembers(raw jsontext.Value) ([]RawMember, error) {
	if raw.Kind() != '{' {
		return nil, NewFault(400, InvalidSyntax, "the body must be a JSON object")
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return nil, errSyntax()
	}
	var list []RawMember
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
			return nil, BadRequest(InvalidSyntax, "An object has more than 1,000 members.")
		}
		list = append(list, RawMember{key, raw[start:d.InputOffset()]})
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

// MemberOf finds a member by name, the last one if there are several.
func MemberOf(list []RawMember, name string) (raw jsontext.Value, ok bool) {
	for _, m := range list {
		if strings.EqualFold(m.Name, name) {
			raw, ok = m.Raw, true
		}
	}
	return raw, ok
}

// RawElements calls f for each element of an array. A value that is not an array counts as a
// list of one, because SCIM clients omit the brackets.
func RawElements(raw jsontext.Value, f func(jsontext.Value) error) error {
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

// AppendTree appends a tree as JSON.
func AppendTree(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return AppendText(b, v)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case Number:
		return append(b, v...)
	case jsontext.Value:
		return append(b, v...)
	case *Object:
		b = append(b, '{')
		for i, name := range v.Names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendText(b, name), ':')
			b = AppendTree(b, v.Values[i])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendTree(b, v[i])
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

// AppendText appends a string as JSON.
func AppendText(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil { // invalid UTF-8: write what can be written
		quoted, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return quoted
}

// Texts returns a list of strings as a tree.
func Texts(list ...string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// NewObject returns an object of names and values, without empty values.
func NewObject(pairs ...any) *Object {
	o := &Object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			o.Set(name, pairs[i+1])
		}
	}
	return o
}

// Instant formats a time: RFC 3339 with milliseconds and Z.
func Instant(at directory.Instant) string {
	return at.Time().UTC().Format("2006-01-02T15:04:05.000Z")
}

// ParseObject parses a JSON object.
func ParseObject(raw []byte) (*Object, error) {
	v, err := ParseTree(raw)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, BadRequest(InvalidSyntax, "The body must be a JSON object.")
	}
	return o, nil
}

// TextOrNil returns a text as the value of an attribute, which is absent if it is empty.
func TextOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
