package editjson

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

// Value parses one value of an attribute. Null is the zero Value if nullable and is refused
// otherwise. The value remembers its JSON type, because only the directory knows which type
// the attribute accepts.
func Value(place string, raw []byte, nullable bool) (directory.Value, error) {
	r := newReader(place, raw)
	v, err := r.value(nullable)
	if err != nil {
		return directory.Value{}, err
	}
	return v, r.end()
}

// Allowed parses the allowed values of an attribute: a list of texts, or of objects with
// labels. Null is the empty list.
func Allowed(place string, raw []byte) ([]directory.AllowedValue, error) {
	r := newReader(place, raw)
	list := []directory.AllowedValue{}
	if r.dec.PeekKind() == 'n' {
		if err := r.dec.SkipValue(); err != nil {
			return nil, r.broken(err)
		}
		return list, r.end()
	}
	if err := r.slice(reflect.ValueOf(&list).Elem(), "allowed"); err != nil {
		return nil, err
	}
	return list, r.end()
}

// Bound parses the smallest or largest value of an attribute: a number or a text. Null means
// none.
func Bound(place string, raw []byte) (string, error) {
	r := newReader(place, raw)
	if r.dec.PeekKind() == 'n' {
		if err := r.dec.SkipValue(); err != nil {
			return "", r.broken(err)
		}
		return "", r.end()
	}
	text, err := r.bound()
	if err != nil {
		return "", err
	}
	return text, r.end()
}

// Time parses a time in RFC 3339, later than 1970.
func Time(place, text string) (directory.Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	switch {
	case err != nil:
		return 0, directory.Malformed(place, "must be a time, such as 2026-01-31T12:00:00Z")
	case t.UnixMilli() <= 0:
		return 0, directory.Invalid(place, "must be later than 1970")
	}
	return directory.InstantOf(t), nil
}

const valueForms = `a text, a number, true or false, a list of texts, or {"texts":{"EN":"…"}}`

func (r *reader) value(nullable bool) (directory.Value, error) {
	switch r.dec.PeekKind() {
	case 'n':
		if !nullable {
			if err := r.dec.SkipValue(); err != nil {
				return directory.Value{}, r.broken(err)
			}
			return directory.Value{}, directory.Invalid(r.place(), "must not be null; delete the value instead")
		}
		return directory.Value{}, r.dec.SkipValue()
	case '{':
		return r.texts()
	}
	text, written, err := r.plain()
	return directory.Value{Text: text, Written: written}, err
}

// plain parses a value that is not an object.
func (r *reader) plain() (string, directory.JSONType, error) {
	switch r.dec.PeekKind() {
	case '"':
		text, err := r.text()
		return text, directory.JSONText, err
	case '0':
		token, err := r.dec.ReadToken()
		if err != nil {
			return "", 0, r.broken(err)
		}
		plain, ok := directory.PlainDecimal(token.String())
		if !ok {
			return "", 0, directory.Invalid(r.place(), "has too many digits")
		}
		return plain, directory.JSONNumber, nil
	case 't', 'f':
		token, err := r.dec.ReadToken()
		if err != nil {
			return "", 0, r.broken(err)
		}
		if token.Bool() {
			return "yes", directory.JSONBool, nil
		}
		return "no", directory.JSONBool, nil
	case '[':
		text, err := r.elements()
		return text, directory.JSONList, err
	}
	return "", 0, r.unexpected(valueForms)
}

// allowed parses one allowed value: a text, or an object with its label.
func (r *reader) allowed() (directory.AllowedValue, error) {
	if r.dec.PeekKind() == '{' {
		var a directory.AllowedValue
		v := reflect.ValueOf(&a).Elem()
		f := formOf(v.Type(), false)
		f.fields[0].required = true
		err := r.object(v, f, "")
		return a, err
	}
	if r.dec.PeekKind() != '"' {
		return directory.AllowedValue{}, r.unexpected(`a text, or {"value":"…","label":"…"}`)
	}
	text, err := r.text()
	return directory.AllowedValue{Value: text}, err
}

// bound parses the smallest or largest value: a text or a number.
func (r *reader) bound() (string, error) {
	if k := r.dec.PeekKind(); k != '"' && k != '0' {
		return "", r.unexpected("a number, or a text")
	}
	text, _, err := r.plain()
	return text, err
}

// elements parses a list of texts.
func (r *reader) elements() (string, error) {
	if err := r.open('[', "a list"); err != nil {
		return "", err
	}
	elements := []string{}
	for r.dec.PeekKind() != ']' {
		element, err := r.text()
		if err != nil {
			return "", err
		}
		if elements = append(elements, element); len(elements) > directory.MaxListLen {
			return "", directory.TooLong(r.place(), "has more than %d elements", directory.MaxListLen)
		}
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return "", r.broken(err)
	}
	return directory.JoinList(elements), nil
}

// texts parses a text, or a list of texts, for each language.
func (r *reader) texts() (directory.Value, error) {
	var v directory.Value
	if err := r.open('{', valueForms); err != nil {
		return v, err
	}
	for {
		name, more, err := r.member()
		if err != nil {
			return v, err
		}
		if !more {
			break
		}
		if name != "texts" {
			return v, directory.Malformed(r.holder(), "has a member that is not part of a value; a value is %s", valueForms)
		}
		if err := r.languages(&v); err != nil {
			return v, err
		}
	}
	if len(v.Texts) == 0 {
		return v, directory.Malformed(r.place(), "must be %s", valueForms)
	}
	return v, nil
}

func (r *reader) languages(v *directory.Value) error {
	if err := r.open('{', "an object with a text per language"); err != nil {
		return err
	}
	for {
		language, more, err := r.member()
		if err != nil || !more {
			return err
		}
		text, written, err := r.plain()
		if err != nil {
			return err
		}
		l, err := directory.ParseLanguage(r.holder(), language)
		if err != nil {
			return err
		}
		if _, twice := v.In(l); twice && len(v.Texts) > 0 {
			return directory.Malformed(r.place(), "occurs twice")
		}
		kept := max(v.Written, written)
		*v = v.With(l, text)
		v.Written = kept
	}
}

// window parses the bounds of a window. Null means none.
func (r *reader) window() (directory.Window, error) {
	if err := r.open('{', "an object"); err != nil {
		return directory.Window{}, err
	}
	var w directory.Window
	for {
		name, more, err := r.member()
		if err != nil {
			return w, err
		}
		if !more {
			break
		}
		bound := map[string]*directory.Instant{"starts_at": &w.StartsAt, "expires_at": &w.ExpiresAt}[name]
		if bound == nil {
			return w, directory.Malformed(r.place(), "is not known here; the fields are starts_at, expires_at")
		}
		if r.dec.PeekKind() == 'n' {
			if err := r.dec.SkipValue(); err != nil {
				return w, r.broken(err)
			}
			continue
		}
		if *bound, err = r.time(); err != nil {
			return w, err
		}
	}
	if _, err := directory.ParseWindow(w.StartsAt, w.ExpiresAt); err != nil {
		return w, directory.Invalid(r.place()+"/expires_at", "must be later than starts_at")
	}
	return w, nil
}

func (r *reader) time() (directory.Instant, error) {
	if r.dec.PeekKind() != '"' {
		return 0, r.unexpected("a time, such as 2026-01-31T12:00:00Z")
	}
	text, err := r.text()
	if err != nil {
		return 0, err
	}
	return Time(r.place(), text)
}

// timeOrNone is time, except that null means none.
func (r *reader) timeOrNone() (directory.Instant, error) {
	if r.dec.PeekKind() != 'n' {
		return r.time()
	}
	if err := r.dec.SkipValue(); err != nil {
		return 0, r.broken(err)
	}
	return 0, nil
}

// id parses an id: a decimal text, $0 for the object that edit 0 creates, or a selector.
func (r *reader) id(name string) (int64, error) {
	text, err := r.text()
	if err != nil {
		return 0, err
	}
	kind := selected(name)
	if !r.isSelector(kind, text) {
		return r.decimal(text, 1)
	}
	return r.find(r.place(), kind, text)
}

// isSelector reports whether a text in place of an id is a selector.
func (r *reader) isSelector(kind, text string) bool {
	return r.find != nil && kind != "" && text != "" && !strings.ContainsRune("$-0123456789", rune(text[0]))
}

// selected returns the kind of object that a selector in a member names.
func selected(name string) string {
	switch name {
	case "user", "group", "attribute", "role":
		return name
	case "parent":
		return "group"
	}
	return ""
}

func (r *reader) decimal(text string, least int64) (int64, error) {
	digits, made := strings.CutPrefix(text, "$")
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil || strconv.FormatInt(n, 10) != digits:
	case made && n >= 0:
		return int64(directory.Made[directory.UserID](int(n))), nil
	case !made && n >= least:
		return n, nil
	}
	return 0, directory.Malformed(r.place(), "must be a positive whole number as a text, or $0 for what edit 0 makes")
}

// objectName parses the name of an object, such as group:12, group:$0 or group:name:EMEA.
func (r *reader) objectName() (directory.Object, error) {
	text, err := r.text()
	if err != nil {
		return directory.Object{}, err
	}
	kindName, idText, _ := strings.Cut(text, ":")
	kind, err := directory.ParseObjectKind(r.place(), kindName)
	if err != nil {
		return directory.Object{}, err
	}
	if r.isSelector(selected(kindName), idText) {
		id, err := r.find(r.place(), kindName, idText)
		return directory.Object{Kind: kind, ID: id}, err
	}
	id, err := r.decimal(idText, 0)
	return directory.Object{Kind: kind, ID: id}, err
}
