package editjson

import (
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"cohort/internal/directory"
)

// A form is a struct with the members that it has in JSON.
type form struct {
	typ    reflect.Type
	fields []field
	names  []string
}

// A field is one member of an object.
type field struct {
	name     string
	index    []int // in the struct, or in an embedded one
	required bool
}

var editForms = formsOf(directory.Edits())

func formsOf(edits []directory.Edit) map[string]*form {
	forms := map[string]*form{}
	for _, e := range edits {
		forms[e.EditName()] = formOf(reflect.TypeOf(e), true)
	}
	return forms
}

// formOf lists the members of a struct. In an edit, ids are required; other absent members are
// zero.
func formOf(t reflect.Type, edit bool) *form {
	f := &form{typ: t}
	for _, sf := range reflect.VisibleFields(t) {
		if sf.Anonymous || notWritten(t, sf.Name) {
			continue
		}
		fd := field{name: snake(sf.Name), index: sf.Index}
		switch sf.Type {
		case reflect.TypeFor[directory.Value](), reflect.TypeFor[directory.Object]():
			fd.required = true
		case reflect.TypeFor[[]directory.AllowedValue]():
		default:
			fd.required = sf.Type.Kind() == reflect.Slice || edit && isID(sf.Type) && fd.name != "id" &&
				!mayBeNone(t, sf.Name) ||
				!edit && isID(sf.Type)
		}
		f.fields = append(f.fields, fd)
		f.names = append(f.names, fd.name)
	}
	return f
}

// notWritten reports whether clients cannot write a field: a dialect sets it, or it is a
// secret that the directory chooses.
func notWritten(t reflect.Type, name string) bool {
	return name == "Keep" || name == "Vendor" || name == "Secret" && t == reflect.TypeFor[directory.CreateAPICredential]()
}

// mayBeNone reports whether the absence of an id means something.
func mayBeNone(t reflect.Type, name string) bool {
	return t == reflect.TypeFor[directory.SetFirstGroup]() && name == "Group" ||
		t == reflect.TypeFor[directory.SetFirstParent]() && name == "Parent"
}

// isID reports whether a type is a type of ids.
func isID(t reflect.Type) bool {
	return t.Kind() == reflect.Int64 && t != reflect.TypeFor[int64]() &&
		t != reflect.TypeFor[directory.Instant]() && t != reflect.TypeFor[directory.Revision]()
}

func (f *form) field(name string) (field, bool) {
	for _, fd := range f.fields {
		if fd.name == name {
			return fd, true
		}
	}
	return field{}, false
}

// snake converts the Go name of a field to its name in JSON: FirstName to first_name, ClientID
// to client_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, c := range runes {
		if i > 0 && unicode.IsUpper(c) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// object parses an object into a struct. It skips the member called tag.
func (r *reader) object(v reflect.Value, f *form, tag string) error {
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		name, more, err := r.member()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		seen[name] = true
		if name == tag && tag != "" || name == "vendor" && r.file { // it has no meaning in a new directory
			if err := r.dec.SkipValue(); err != nil {
				return r.broken(err)
			}
			continue
		}
		fd, known := f.field(name)
		if !known {
			return directory.Malformed(r.place(), "is not known here; the fields are %s", strings.Join(f.names, ", "))
		}
		if err := r.read(v.FieldByIndex(fd.index), name); err != nil {
			return err
		}
	}
	for _, fd := range f.fields {
		if fd.required && !seen[fd.name] {
			return directory.Missing(strings.TrimLeft(r.place()+"/"+fd.name, "/"))
		}
	}
	return nil
}

// read parses one value into a field of the given name.
func (r *reader) read(v reflect.Value, name string) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch into := v.Addr().Interface().(type) {
	case *directory.Value:
		value, err := r.value(name == "default")
		*into = value
		return err
	case *directory.Window:
		w, err := r.window()
		*into = w
		return err
	case *directory.Instant:
		at, err := r.timeOrNone()
		*into = at
		return err
	case *directory.Object:
		o, err := r.objectName()
		*into = o
		return err
	case *directory.AllowedValue:
		a, err := r.allowed()
		*into = a
		return err
	}
	switch kind := v.Kind(); {
	case kind == reflect.String && (name == "least" || name == "greatest"):
		text, err := r.bound()
		v.SetString(text)
		return err
	case kind == reflect.String:
		text, err := r.text()
		v.SetString(text)
		return err
	case kind == reflect.Bool:
		return r.flag(v)
	case isID(v.Type()):
		id, err := r.id(name)
		v.SetInt(id)
		return err
	case kind == reflect.Int, kind == reflect.Int64:
		return r.number(v)
	case kind == reflect.Slice:
		return r.slice(v, name)
	}
	return r.object(v, formOf(v.Type(), false), "")
}

func (r *reader) flag(v reflect.Value) error {
	if k := r.dec.PeekKind(); k != 't' && k != 'f' {
		return r.unexpected("true or false")
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return r.broken(err)
	}
	v.SetBool(token.Bool())
	return nil
}

func (r *reader) number(v reflect.Value) error {
	if r.dec.PeekKind() != '0' {
		return r.unexpected("a whole number")
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return r.broken(err)
	}
	plain, _ := directory.PlainDecimal(token.String())
	n, err := strconv.ParseInt(plain, 10, 64)
	if err != nil {
		return directory.Malformed(r.place(), "must be a whole number")
	}
	v.SetInt(n)
	return nil
}

func (r *reader) slice(v reflect.Value, name string) error {
	if err := r.open('[', "a list"); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for r.dec.PeekKind() != ']' {
		element := reflect.New(v.Type().Elem()).Elem()
		if err := r.read(element, strings.TrimSuffix(name, "s")); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.broken(err)
	}
	return nil
}
