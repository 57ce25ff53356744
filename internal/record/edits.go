package record

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// version is the version of edits and images that is written now. Whoever changes a
// form raises it and keeps a reader for every earlier one.
const version = 1

// MaxEdits is the most edits that a change can have.
const MaxEdits = 100_000

// editForms are the forms of all edits, by name.
var editForms = formsOfEdits(directory.Edits()...)

func formsOfEdits(edits ...directory.Edit) map[string]*form {
	forms := map[string]*form{}
	for _, e := range edits {
		f := compiler{edits: true}.compile(reflect.TypeOf(e))
		f.tag, f.label = "edit", []byte(`{"edit":"`+e.EditName()+`"`)
		forms[e.EditName()] = f
	}
	return forms
}

// EditNames are the names of all edits, sorted.
func EditNames() []string { return slices.Sorted(maps.Keys(editForms)) }

// EncodeEdits gives the JSON of a change's edits, as records keep it: one edit is
// {"edit":"set_group_value","group":"12","attribute":"7","value":"x"}. Zero fields
// are left out, except values, lists and objects. A secret is never in it, and of a
// sealed value only the id. Texts that are not UTF-8 are an internal error: whoever
// made the edits has to refuse them.
func EncodeEdits(edits []directory.Edit) ([]byte, error) {
	b := fmt.Appendf(nil, `{"version":%d,"edits":[`, version)
	for i, e := range edits {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendEdit(b, i, e); err != nil {
			return nil, err
		}
	}
	return append(b, `]}`...), nil
}

// appendEdit appends the JSON of edit i.
func appendEdit(b []byte, i int, e directory.Edit) ([]byte, error) {
	if e == nil {
		return nil, fmt.Errorf("edit %d is nil", i)
	}
	f, ok := editForms[e.EditName()]
	v := reflect.ValueOf(e)
	if !ok || v.Type() != f.typ {
		return nil, fmt.Errorf("edit %d has no form: %T", i, e)
	}
	from := len(b)
	b = f.append(b, v)
	if !utf8.Valid(b[from:]) {
		return nil, fmt.Errorf("edit %d is not valid UTF-8", i)
	}
	return b, nil
}

// DecodeEdits undoes EncodeEdits, but for secrets. It is strict: unknown and
// repeated names, other case, null and anything behind the end are malformed.
// The error's field is the place, such as edits/0/group.
func DecodeEdits(b []byte) ([]directory.Edit, error) {
	r := &reader{dec: jsontext.NewDecoder(bytes.NewReader(b))}
	if err := r.versionIs(version); err != nil {
		return nil, err
	}
	edits := []directory.Edit{}
	err := r.editList(func(raw jsontext.Value) error {
		e, err := DecodeEdit(r.place(), raw)
		edits = append(edits, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return edits, nil
}

// editList reads a list of edits that follows the version, and that is all there
// is, and calls f for each.
func (r *reader) editList(f func(jsontext.Value) error) error {
	if name, err := r.name(); err != nil || name != "edits" {
		return directory.Malformed("edits", "must follow version")
	}
	if err := r.open('[', "a list"); err != nil {
		return err
	}
	for n := 0; ; n++ {
		more, err := r.more()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if n == MaxEdits {
			return directory.TooLong("edits", "has more than %d entries", MaxEdits)
		}
		raw, err := r.dec.ReadValue()
		if err != nil {
			return r.broken(err)
		}
		if err := f(raw); err != nil {
			return err
		}
	}
	if more, err := r.more(); err != nil || more {
		return directory.Malformed("edits", "must be the last member")
	}
	return r.end()
}

// DecodeEdit decodes one edit, as strictly. The place, such as edits/0, begins
// the field of every error. Whether the edit's ids and texts mean anything is
// not looked at.
func DecodeEdit(place string, b []byte) (directory.Edit, error) {
	name, err := editName(place, b)
	if err != nil {
		return nil, err
	}
	f, ok := editForms[name]
	if !ok {
		return nil, directory.Invalid(place+"/edit", "names no edit")
	}
	r := &reader{dec: jsontext.NewDecoder(bytes.NewReader(b)), under: place}
	v := reflect.New(f.typ).Elem()
	if err := f.read(r, v); err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	e, ok := reflect.TypeAssert[directory.Edit](v)
	if !ok {
		return nil, fmt.Errorf("%s is no edit", v.Type())
	}
	return e, nil
}

// editName finds the member edit, wherever in the object it stands.
func editName(place string, b []byte) (string, error) {
	r := &reader{dec: jsontext.NewDecoder(bytes.NewReader(b)), under: place}
	if err := r.open('{', "an object"); err != nil {
		return "", err
	}
	for {
		more, err := r.more()
		if err != nil {
			return "", err
		}
		if !more {
			return "", directory.Missing(place + "/edit")
		}
		name, err := r.name()
		if err != nil {
			return "", err
		}
		if name == "edit" {
			return r.text()
		}
		if err := r.dec.SkipValue(); err != nil {
			return "", r.broken(err)
		}
	}
}
