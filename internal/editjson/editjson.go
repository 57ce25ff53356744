// Package editjson reads edits in JSON as clients write them: in requests of the
// native API, in the files of preview and apply, and in seeds. It is strict: it
// refuses members that are unknown, given twice or of the wrong type, and names
// their place, such as edits/0/group.
//
// Records are read elsewhere: they hold what was accepted once, in forms of
// their time.
package editjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// version is that of files of edits; they may leave it out.
const version = "1"

// A Decoder reads edits.
type Decoder struct {
	// Find gives the id of what a selector names; kind is user, group, attribute or
	// role. Without it only ids are understood.
	Find func(place, kind, selector string) (int64, error)
	file bool
}

// File reads a file of edits: {"edits":[…]}, also with a comment, or the list
// alone. It may begin with "version":1, and an edit may be as a record shows it.
func (d Decoder) File(b []byte) (edits []directory.Edit, comment string, err error) {
	d.file = true
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	r := newReader("", b)
	if r.dec.PeekKind() == '[' {
		if edits, err = d.list(r); err == nil {
			err = r.end()
		}
		return edits, "", err
	}
	if err := r.open('{', "an object with edits, or a list of them"); err != nil {
		return nil, "", err
	}
	for {
		name, more, err := r.member()
		if err != nil {
			return nil, "", err
		}
		if !more {
			break
		}
		switch name {
		case "version":
			err = r.checkVersion()
		case "comment":
			comment, err = r.text()
		case "edits":
			edits, err = d.list(r)
		default:
			err = directory.Malformed(r.place(), "is not known here; the fields are version, comment, edits")
		}
		if err != nil {
			return nil, "", err
		}
	}
	if edits == nil {
		return nil, "", directory.Missing("edits")
	}
	return edits, comment, r.end()
}

func (r *reader) checkVersion() error {
	if value, err := r.dec.ReadValue(); err != nil || string(value) != version {
		return directory.Malformed("version", "must be %s, or left out", version)
	}
	return nil
}

// list reads a list of edits.
func (d Decoder) list(r *reader) ([]directory.Edit, error) {
	if err := r.open('[', "a list"); err != nil {
		return nil, err
	}
	edits := []directory.Edit{}
	for r.dec.PeekKind() != ']' {
		if len(edits) == directory.MaxEdits {
			return nil, directory.TooLong("edits", "has more than %d entries", directory.MaxEdits)
		}
		raw, err := r.dec.ReadValue()
		if err != nil {
			return nil, r.broken(err)
		}
		edit, err := d.Edit(fmt.Sprintf("edits/%d", len(edits)), raw)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return nil, r.broken(err)
	}
	return edits, nil
}

// Edit reads one edit; the place begins the field of every error. Whether its
// ids and texts mean anything is for the directory to say.
func (d Decoder) Edit(place string, raw []byte) (directory.Edit, error) {
	name, err := editName(place, raw)
	if err != nil {
		return nil, err
	}
	f, ok := editForms[name]
	if !ok {
		return nil, unknownEdit(place, name)
	}
	r := newReader(place, raw)
	r.find, r.file = d.Find, d.file
	v := reflect.New(f.typ).Elem()
	if err := r.object(v, f, "edit"); err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	edit, ok := reflect.TypeAssert[directory.Edit](v)
	if !ok {
		return nil, fmt.Errorf("%s is no edit", v.Type())
	}
	return edit, nil
}

// unknownEdit refuses the name of an edit that there is not, and lists those there
// are. A text that cannot be a name is not repeated: it may be a secret in the
// wrong place.
func unknownEdit(place, name string) error {
	known := strings.Join(slices.DeleteFunc(slices.Sorted(maps.Keys(editForms)), isOfTheProgram), ", ")
	if len(name) <= maxEditName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" && name != "" {
		return directory.Invalid(place+"/edit", "%s names no edit; the edits are %s", name, known)
	}
	return directory.Invalid(place+"/edit", "names no edit; the edits are %s", known)
}

// isOfTheProgram tells the edits that only the program makes; records have them.
func isOfTheProgram(name string) bool {
	switch name {
	case "baseline", "forget_facets", "initialize", "renumber_values", "time_passed":
		return true
	}
	return false
}

// maxEditName is the most bytes of a name of an edit that is repeated in an error.
const maxEditName = 40

// editName finds the member edit, wherever in the object it stands.
func editName(place string, raw []byte) (string, error) {
	r := newReader(place, raw)
	if err := r.open('{', "an object"); err != nil {
		return "", err
	}
	for {
		name, more, err := r.member()
		if err != nil {
			return "", err
		}
		if !more {
			return "", directory.Missing(place + "/edit")
		}
		if name == "edit" {
			return r.text()
		}
		if err := r.dec.SkipValue(); err != nil {
			return "", r.broken(err)
		}
	}
}

// A reader reads one JSON value.
type reader struct {
	dec   *jsontext.Decoder
	under string // what the names of places begin with
	find  func(place, kind, selector string) (int64, error)
	file  bool // whether it may hold what records have beside
}

func newReader(under string, b []byte) *reader {
	return &reader{dec: jsontext.NewDecoder(bytes.NewReader(b)), under: under}
}

// place names what was read last.
func (r *reader) place() string { return r.at(r.dec.StackPointer()) }

// holder names what the member is in whose name was read last. Names of members
// of a value may be a text that somebody wrote there by mistake.
func (r *reader) holder() string { return r.at(r.dec.StackPointer().Parent()) }

func (r *reader) at(p jsontext.Pointer) string {
	return strings.Trim(r.under+strings.NewReplacer("~1", "/", "~0", "~").Replace(string(p)), "/")
}

// broken turns an error of the decoder into one that says where.
func (r *reader) broken(err error) error {
	e, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case !ok:
		return directory.Malformed(r.place(), "is cut off")
	case errors.Is(e, jsontext.ErrDuplicateName):
		return directory.Malformed(r.at(e.JSONPointer), "occurs twice")
	}
	return directory.Malformed(r.at(e.JSONPointer), "is not valid JSON at byte %d", e.ByteOffset)
}

// open reads the beginning of an object or list.
func (r *reader) open(kind jsontext.Kind, what string) error {
	if r.dec.PeekKind() != kind {
		return r.unexpected(what)
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return r.broken(err)
	}
	return nil
}

// member reads the name of an object's next member, or the object's end.
func (r *reader) member() (name string, more bool, err error) {
	token, err := r.dec.ReadToken()
	switch {
	case err != nil:
		return "", false, r.broken(err)
	case token.Kind() == '}':
		return "", false, nil
	}
	return token.String(), true, nil
}

// unexpected reads past a value of another type and says what should be there.
func (r *reader) unexpected(what string) error {
	if err := r.dec.SkipValue(); err != nil {
		return r.broken(err)
	}
	return directory.Malformed(r.place(), "must be %s", what)
}

func (r *reader) text() (string, error) {
	if r.dec.PeekKind() != '"' {
		return "", r.unexpected("a text")
	}
	token, err := r.dec.ReadToken()
	if err != nil {
		return "", r.broken(err)
	}
	return token.String(), nil
}

// end checks that nothing follows what was read.
func (r *reader) end() error {
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return directory.Malformed(strings.Trim(r.under, "/"), "is followed by something else")
	}
	return nil
}
