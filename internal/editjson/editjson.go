// Package editjson parses edits in JSON as clients write them: in requests of the native API,
// in the files of preview and apply, and in seeds. It is strict: it refuses members that are
// unknown, duplicate or of the wrong type, and names their place, such as edits/0/group.
//
// Change records have a decoder of their own, because they keep the forms of older versions.
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

// version is the optional version of files of edits.
const version = "1"

// A Decoder parses edits.
type Decoder struct {
	// Find returns the id of what a selector names; kind is user, group, attribute or role.
	// Without Find only ids are accepted.
	Find func(place, kind, selector string) (int64, error)
	file bool
}

// File parses a file of edits: {"edits":[…]}, optionally with a comment and "version":1, or
// the list alone. An edit may be copied from a change record.
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

// list parses a list of edits.
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

// Edit parses one edit. place is the prefix of the field in every error. The directory decides
// whether ids and texts mean anything.
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

// unknownEdit refuses an unknown name of an edit and lists the known ones. It does not repeat
// a text that cannot be a name, because it may be a secret in the wrong place.
func unknownEdit(place, name string) error {
	known := strings.Join(slices.DeleteFunc(slices.Sorted(maps.Keys(editForms)), isOfTheProgram), ", ")
	if len(name) <= maxEditName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" && name != "" {
		return directory.Invalid(place+"/edit", "%s names no edit; the edits are %s", name, known)
	}
	return directory.Invalid(place+"/edit", "names no edit; the edits are %s", known)
}

// isOfTheProgram reports whether only the program makes such an edit. Change records contain
// them.
func isOfTheProgram(name string) bool {
	switch name {
	case "baseline", "forget_facets", "initialize", "renumber_values", "time_passed":
		return true
	}
	return false
}

// maxEditName is the longest name of an edit that an error repeats, in bytes.
const maxEditName = 40

// editName finds the member edit anywhere in the object.
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

// A reader parses one JSON value.
type reader struct {
	dec   *jsontext.Decoder
	under string // the prefix of places
	find  func(place, kind, selector string) (int64, error)
	file  bool // whether members of change records are accepted
}

func newReader(under string, b []byte) *reader {
	return &reader{dec: jsontext.NewDecoder(bytes.NewReader(b)), under: under}
}

// place names the place of what was read last.
func (r *reader) place() string { return r.at(r.dec.StackPointer()) }

// holder names the place of the object whose member name was read last. The name itself may be
// a text that somebody wrote there by mistake.
func (r *reader) holder() string { return r.at(r.dec.StackPointer().Parent()) }

func (r *reader) at(p jsontext.Pointer) string {
	return strings.Trim(r.under+strings.NewReplacer("~1", "/", "~0", "~").Replace(string(p)), "/")
}

// broken adds the place to an error of the decoder.
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

// member reads the name of an object's next member, or the end of the object.
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

// unexpected skips a value of the wrong type and says what is expected.
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

// end checks that nothing follows.
func (r *reader) end() error {
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return directory.Malformed(strings.Trim(r.under, "/"), "is followed by something else")
	}
	return nil
}
