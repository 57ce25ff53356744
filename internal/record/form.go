package record

import (
	"reflect"
	"strings"
	"unicode"

	"cohort/internal/directory"
)

// A shape is how a Go type looks in JSON.
type shape uint8

const (
	shapeText       shape = iota + 1
	shapeBool             // written only when true, except behind a pointer
	shapeNumber           // counts, positions and revisions
	shapeID               // a decimal text
	shapeEditID           // the same, or "$0" for what edit 0 of the change makes
	shapeInstant          // milliseconds
	shapeTime             // RFC 3339
	shapeObject           // "group:12"
	shapeEditObject       // the same, or "group:$0"
	shapeValue
	shapeList
	shapeStruct
)

// A form is a type, compiled once into what encoding and decoding need.
type form struct {
	shape  shape
	typ    reflect.Type
	elem   *form    // of a list
	fields []field  // of a struct
	tag    string   // the member that says what the object is, if there is one: version or edit
	label  []byte   // with it, what the object begins with: {"version":1 or {"edit":"…"
	names  []string // of fields, for messages and goldens
}

type field struct {
	name     string // snake_case
	key      []byte // ,"name":
	index    int    // in the struct
	inner    int    // in the embedded struct, else -1
	pointer  bool
	always   bool // written even if it is zero
	required bool // an edit without it is refused
	form     *form
}

// A compiler makes forms. Edits and rows differ in how they spell ids and
// times, and in what they leave out: people read and write edits.
type compiler struct{ edits bool }

var (
	typeInstant  = reflect.TypeFor[directory.Instant]()
	typeRevision = reflect.TypeFor[directory.Revision]()
	typeObject   = reflect.TypeFor[directory.Object]()
	typeValue    = reflect.TypeFor[directory.Value]()
	typeInt64    = reflect.TypeFor[int64]()
)

// compile panics on a type that it does not know: whoever adds such a field
// to an edit or a row learns of it from any test.
func (c compiler) compile(t reflect.Type) *form {
	f := &form{typ: t}
	switch {
	case t == typeInstant && c.edits:
		f.shape = shapeTime
	case t == typeInstant:
		f.shape = shapeInstant
	case t == typeObject && c.edits:
		f.shape = shapeEditObject
	case t == typeObject:
		f.shape = shapeObject
	case t == typeValue:
		f.shape = shapeValue
	case t.Kind() == reflect.String:
		f.shape = shapeText
	case t.Kind() == reflect.Bool:
		f.shape = shapeBool
	case t.Kind() == reflect.Int, t == typeInt64, t == typeRevision:
		f.shape = shapeNumber
	case t.Kind() == reflect.Int64 && c.edits:
		f.shape = shapeEditID
	case t.Kind() == reflect.Int64:
		f.shape = shapeID
	case t.Kind() == reflect.Slice:
		f.shape, f.elem = shapeList, c.compile(t.Elem())
	case t.Kind() == reflect.Struct:
		f.shape = shapeStruct
		c.compileFields(f)
	default:
		panic("record: no form for " + t.String())
	}
	return f
}

func (c compiler) compileFields(f *form) {
	for i := range f.typ.NumField() {
		sf := f.typ.Field(i)
		if !sf.Anonymous {
			c.addField(f, sf, i, -1)
			continue
		}
		for j := range sf.Type.NumField() {
			c.addField(f, sf.Type.Field(j), i, j)
		}
	}
}

func (c compiler) addField(f *form, sf reflect.StructField, index, inner int) {
	if f.typ == reflect.TypeFor[directory.CreateAPICredential]() && sf.Name == "Secret" {
		return // a secret is never written, and so never read either
	}
	if c.edits && sf.Name == "Keep" {
		return // what it means is decided before an edit is recorded
	}
	t, pointer := sf.Type, false
	if t.Kind() == reflect.Pointer {
		t, pointer = t.Elem(), true
	}
	fd := field{name: snake(sf.Name), index: index, inner: inner, pointer: pointer, form: c.compile(t)}
	fd.key = []byte(`,"` + fd.name + `":`)
	if c.edits && !pointer {
		fd.always = fd.form.shape == shapeValue || fd.form.shape == shapeEditObject ||
			fd.form.shape == shapeList && t != reflect.TypeFor[[]directory.AllowedValue]()
		fd.required = fd.always ||
			fd.form.shape == shapeEditID && fd.name != "id" && !mayBeNone(f.typ, sf.Name)
	}
	f.fields = append(f.fields, fd)
	f.names = append(f.names, fd.name)
}

// mayBeNone tells the ids whose absence means something.
func mayBeNone(t reflect.Type, name string) bool {
	switch t {
	case reflect.TypeFor[directory.SetFirstGroup]():
		return name == "Group"
	case reflect.TypeFor[directory.SetFirstParent]():
		return name == "Parent"
	}
	return false
}

func (f *form) field(name string) (int, bool) {
	for i := range f.fields {
		if f.fields[i].name == name {
			return i, true
		}
	}
	return 0, false
}

// of returns the field's value in a struct.
func (fd *field) of(v reflect.Value) reflect.Value {
	v = v.Field(fd.index)
	if fd.inner >= 0 {
		v = v.Field(fd.inner)
	}
	return v
}

// snake turns the Go name of a field into the name that JSON has: FirstName
// into first_name, ClientID into client_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		wordStarts := i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if wordStarts {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
