package record

import (
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A reader decodes strictly: a name that is unknown, differs in case or occurs
// twice is refused, and so is null. Errors name the place, as edits/0/group.
type reader struct {
	dec   *jsontext.Decoder
	under string // what the names of places begin with
}

// place names what was read last.
func (r *reader) place() string { return r.at(r.dec.StackPointer()) }

func (r *reader) at(p jsontext.Pointer) string {
	return strings.Trim(r.under+strings.NewReplacer("~1", "/", "~0", "~").Replace(string(p)), "/")
}

// broken turns an error of the decoder into one that says where.
func (r *reader) broken(err error) error {
	se, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case !ok:
		return directory.Malformed(r.place(), "is cut off")
	case errors.Is(se, jsontext.ErrDuplicateName):
		return directory.Malformed(r.at(se.JSONPointer), "occurs twice")
	}
	return directory.Malformed(r.at(se.JSONPointer), "is not valid JSON at byte %d", se.ByteOffset)
}

// open reads the beginning of an object or array.
func (r *reader) open(kind jsontext.Kind, what string) error {
	if r.dec.PeekKind() != kind {
		return r.unexpected(what)
	}
	_, err := r.dec.ReadToken()
	if err != nil {
		return r.broken(err)
	}
	return nil
}

// more reports whether the object or array goes on, and reads its end if not.
func (r *reader) more() (bool, error) {
	switch r.dec.PeekKind() {
	case '}', ']':
		if _, err := r.dec.ReadToken(); err != nil {
			return false, r.broken(err)
		}
		return false, nil
	}
	return true, nil
}

// name reads the name of an object's member.
func (r *reader) name() (string, error) {
	tok, err := r.dec.ReadToken()
	if err != nil {
		return "", r.broken(err)
	}
	return tok.String(), nil
}

// unexpected reads past a value of the wrong sort and says what should be
// there.
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
	return r.name()
}

func (r *reader) bool() (bool, error) {
	if k := r.dec.PeekKind(); k != 't' && k != 'f' {
		return false, r.unexpected("true or false")
	}
	tok, err := r.dec.ReadToken()
	if err != nil {
		return false, r.broken(err)
	}
	return tok.Bool(), nil
}

func (r *reader) number() (int64, error) {
	if r.dec.PeekKind() != '0' {
		return 0, r.unexpected("a whole number")
	}
	tok, err := r.dec.ReadToken()
	if err != nil {
		return 0, r.broken(err)
	}
	n, err := strconv.ParseInt(tok.String(), 10, 64)
	if err != nil {
		return 0, directory.Malformed(r.place(), "must be a whole number")
	}
	return n, nil
}

// id reads a decimal text, spelled as it would be written: one id has one
// spelling.
func (r *reader) id(s string, as shape) (int64, error) {
	digits, made := s, false
	if as == shapeEditID || as == shapeEditObject {
		digits, made = strings.CutPrefix(s, "$")
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil || strconv.FormatInt(n, 10) != digits:
	case made && n >= 0:
		return int64(directory.Made[directory.UserID](int(n))), nil
	case as == shapeEditObject && n >= 0, as == shapeEditID && n > 0, as == shapeID || as == shapeObject:
		return n, nil
	}
	return 0, directory.Malformed(r.place(), "must be a positive whole number as a text, or $0 for what edit 0 makes")
}

func (r *reader) object(s shape) (directory.Object, error) {
	text, err := r.text()
	if err != nil {
		return directory.Object{}, err
	}
	kindName, idText, _ := strings.Cut(text, ":")
	kind, err := directory.ParseObjectKind(r.place(), kindName)
	if err != nil {
		return directory.Object{}, err
	}
	id, err := r.id(idText, s)
	if err != nil {
		return directory.Object{}, err
	}
	return directory.Object{Kind: kind, ID: id}, nil
}

func (r *reader) time() (directory.Instant, error) {
	if r.dec.PeekKind() == '0' {
		n, err := r.number()
		return directory.Instant(n), err
	}
	text, err := r.text()
	if err != nil {
		return 0, err
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, directory.Malformed(r.place(), "must be a time, such as 2026-01-31T12:00:00Z")
	}
	i := directory.InstantOf(t)
	if i <= 0 {
		return 0, directory.Invalid(r.place(), "must be later than 1970")
	}
	return i, nil
}

const valueForms = `a text, {"texts":{"EN":"…"}} or {"hidden":true,"sealed":"…"}`

func (r *reader) value() (directory.Value, error) {
	switch r.dec.PeekKind() {
	case '"':
		text, err := r.text()
		return directory.Value{Text: text}, err
	case '{':
	default:
		return directory.Value{}, r.unexpected(valueForms)
	}
	if err := r.open('{', valueForms); err != nil {
		return directory.Value{}, err
	}
	var v directory.Value
	var hidden bool
	for {
		more, err := r.more()
		if err != nil {
			return v, err
		}
		if !more {
			break
		}
		name, err := r.name()
		if err != nil {
			return v, err
		}
		switch name {
		case "texts":
			v.Texts, err = r.texts()
		case "hidden":
			hidden, err = r.bool()
		case "sealed":
			v.Sealed, err = r.sealed()
		default:
			err = directory.Malformed(r.place(), "is not part of a value; a value is %s", valueForms)
		}
		if err != nil {
			return v, err
		}
	}
	if hidden != (v.Sealed != 0) || hidden == (len(v.Texts) > 0) {
		return v, directory.Malformed(r.place(), "must be %s", valueForms)
	}
	return v, nil
}

func (r *reader) sealed() (directory.SealedID, error) {
	text, err := r.text()
	if err != nil {
		return 0, err
	}
	id, err := r.id(text, shapeID)
	if err == nil && id <= 0 {
		err = directory.Malformed(r.place(), "must be a positive whole number as a text")
	}
	return directory.SealedID(id), err
}

func (r *reader) texts() ([]directory.LocalText, error) {
	if err := r.open('{', "an object with a text per language"); err != nil {
		return nil, err
	}
	var texts []directory.LocalText
	for {
		more, err := r.more()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		language, err := r.name()
		if err != nil {
			return nil, err
		}
		text, err := r.text()
		if err != nil {
			return nil, err
		}
		texts = append(texts, directory.LocalText{Language: directory.Language(language), Text: text})
	}
	slices.SortFunc(texts, func(a, b directory.LocalText) int {
		return strings.Compare(string(a.Language), string(b.Language))
	})
	return texts, nil
}

// read decodes one value of the form into v, which can be set.
func (f *form) read(r *reader, v reflect.Value) error {
	switch f.shape {
	case shapeText:
		s, err := r.text()
		v.SetString(s)
		return err
	case shapeBool:
		b, err := r.bool()
		v.SetBool(b)
		return err
	case shapeNumber, shapeInstant:
		n, err := r.number()
		v.SetInt(n)
		return err
	case shapeID, shapeEditID:
		s, err := r.text()
		if err != nil {
			return err
		}
		id, err := r.id(s, f.shape)
		v.SetInt(id)
		return err
	case shapeTime:
		i, err := r.time()
		v.SetInt(int64(i))
		return err
	case shapeObject, shapeEditObject:
		o, err := r.object(f.shape)
		v.Set(reflect.ValueOf(o))
		return err
	case shapeValue:
		val, err := r.value()
		v.Set(reflect.ValueOf(val))
		return err
	case shapeList:
		return f.readList(r, v)
	case shapeStruct:
	}
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	return f.readFields(r, v)
}

func (f *form) readList(r *reader, v reflect.Value) error {
	if err := r.open('[', "a list"); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(f.typ, 0, 0))
	for {
		more, err := r.more()
		if err != nil || !more {
			return err
		}
		e := reflect.New(f.elem.typ).Elem()
		if err := f.elem.read(r, e); err != nil {
			return err
		}
		v.Set(reflect.Append(v, e))
	}
}

// readFields decodes the members of an object up to its end.
func (f *form) readFields(r *reader, v reflect.Value) error {
	var seen uint64
	for {
		more, err := r.more()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		name, err := r.name()
		if err != nil {
			return err
		}
		if name == f.tag && f.tag != "" {
			if err := r.dec.SkipValue(); err != nil {
				return r.broken(err)
			}
			continue
		}
		i, known := f.field(name)
		if !known {
			return directory.Malformed(r.place(), "is not known here; the fields are %s", strings.Join(f.names, ", "))
		}
		seen |= 1 << i
		fd := &f.fields[i]
		fv := fd.of(v)
		if fd.pointer {
			fv.Set(reflect.New(fd.form.typ))
			fv = fv.Elem()
		}
		if err := fd.form.read(r, fv); err != nil {
			return err
		}
	}
	for i := range f.fields {
		if f.fields[i].required && seen&(1<<i) == 0 {
			return directory.Missing(strings.TrimLeft(r.place()+"/"+f.fields[i].name, "/"))
		}
	}
	return nil
}

// versionIs reads the beginning of an object up to the version, which must be
// one.
func (r *reader) versionIs(version int64) error {
	if err := r.open('{', "an object"); err != nil {
		return err
	}
	if more, err := r.more(); err != nil || !more {
		return directory.Missing("version")
	}
	if name, err := r.name(); err != nil || name != "version" {
		return directory.Missing("version")
	}
	n, err := r.number()
	if err == nil && n != version {
		err = directory.Malformed("version", "%d is not one that this program knows", n)
	}
	return err
}

// end checks that nothing follows.
func (r *reader) end() error {
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return directory.Malformed(strings.Trim(r.under, "/"), "is followed by something else")
	}
	return nil
}
