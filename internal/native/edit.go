package native

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// A changeBody is a change as clients send it.
type changeBody struct {
	Edits   []jsontext.Value `json:"edits"`
	Comment string           `json:"comment"`
	Token   string           `json:"token"`
	Strict  bool             `json:"strict"`
}

// readChange reads a change: its edits are those of records, with typed JSON as
// values and selectors wherever an id can stand.
func (q *request) readChange() (directory.Change, error) {
	var in changeBody
	if err := q.longBody(&in); err != nil {
		return directory.Change{}, err
	}
	switch n := len(in.Edits); {
	case n == 0:
		return directory.Change{}, directory.Missing("edits")
	case n > directory.MaxEdits:
		return directory.Change{}, directory.TooLong("edits", "has %d entries; the most is %d", n, directory.MaxEdits)
	}
	change := directory.Change{Comment: in.Comment, Token: in.Token, Strict: in.Strict}
	s := settler{request: q, known: map[string]string{}}
	for i, raw := range in.Edits {
		place := fmt.Sprintf("edits/%d", i)
		plain, err := s.object(place, raw)
		if err != nil {
			return directory.Change{}, err
		}
		edit, err := q.DecodeEdit(place, plain)
		if err != nil {
			return directory.Change{}, err
		}
		change.Edits = append(change.Edits, edit)
	}
	return change, nil
}

// A settler turns edits as clients write them into edits as records have them.
type settler struct {
	*request
	known map[string]string // ids by selector
}

// object settles the members of an edit, or of an item of a list in one.
func (s *settler) object(place string, raw jsontext.Value) (jsontext.Value, error) {
	if raw.Kind() != '{' {
		return raw, nil // it is refused when it is decoded
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out)
	if _, err := dec.ReadToken(); err != nil {
		return nil, unreadable(place)
	}
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return nil, err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, unreadable(place)
		}
		member := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, unreadable(place)
		}
		if value, err = s.member(place+"/"+member, member, value.Clone()); err != nil {
			return nil, err
		}
		if err := enc.WriteToken(jsontext.String(member)); err != nil {
			return nil, err
		}
		if err := enc.WriteValue(value); err != nil {
			return nil, err
		}
	}
	if err := enc.WriteToken(jsontext.EndObject); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func unreadable(place string) error { return directory.Malformed(place, "is not valid JSON") }

// member settles one member by its name.
func (s *settler) member(place, name string, value jsontext.Value) (jsontext.Value, error) {
	switch name {
	case "user", "group", "parent", "attribute", "role", "object":
		return s.selector(place, name, value)
	case "roles":
		return s.roles(place, value)
	case "value", "default":
		return plainValue(place, name == "default", value)
	case "items":
		if value.Kind() != '[' {
			return value, nil
		}
		var items []jsontext.Value
		if err := json.Unmarshal(value, &items); err != nil {
			return nil, unreadable(place)
		}
		for i := range items {
			var err error
			if items[i], err = s.object(fmt.Sprintf("%s/%d", place, i), items[i]); err != nil {
				return nil, err
			}
		}
		return json.Marshal(items)
	}
	return value, nil
}

// roles settles a list of roles.
func (s *settler) roles(place string, value jsontext.Value) (jsontext.Value, error) {
	var list []jsontext.Value
	if value.Kind() != '[' {
		return value, nil
	}
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, unreadable(place)
	}
	for i := range list {
		var err error
		if list[i], err = s.selector(fmt.Sprintf("%s/%d", place, i), "role", list[i]); err != nil {
			return nil, err
		}
	}
	return json.Marshal(list)
}

// selector turns a selector into an id. Ids, and $0, stay as they are: what is
// wrong with them the decoder says.
func (s *settler) selector(place, name string, value jsontext.Value) (jsontext.Value, error) {
	if value.Kind() != '"' {
		return value, nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, unreadable(place)
	}
	if text == "" || text[0] == '$' || '0' <= text[0] && text[0] <= '9' || text[0] == '-' {
		return value, nil
	}
	kind := name
	if name == "parent" {
		kind = "group"
	}
	id, ok := s.known[kind+" "+text]
	if !ok {
		var err error
		if id, err = s.find(place, kind, text); err != nil {
			return nil, err
		}
		s.known[kind+" "+text] = id
	}
	return json.Marshal(id)
}

func (s *settler) find(place, kind, text string) (string, error) {
	switch kind {
	case "user":
		id, err := s.selectUser(place, text)
		return directory.FormatID(id), err
	case "group":
		id, err := s.selectGroup(place, text)
		return directory.FormatID(id), err
	case "role":
		id, err := s.selectRole(place, text)
		return directory.FormatID(id), err
	case "object":
		if strings.Contains(text, ":$") {
			return text, nil
		}
		o, err := s.request.object(place, text)
		return o.String(), err
	}
	a, err := s.selectAttribute(place, text)
	return directory.FormatID(a.ID), err
}

// plainValue turns typed JSON into the text that is stored: numbers as they are
// written, true and false into yes and no, arrays into lists. Where null means
// none it becomes the empty text.
func plainValue(place string, nullable bool, value jsontext.Value) (jsontext.Value, error) {
	switch value.Kind() {
	case 'n':
		if nullable {
			return jsontext.Value(`""`), nil
		}
		return nil, directory.Invalid(place, "must not be null; delete the value instead")
	case '{':
		var texts struct {
			Texts  map[string]jsontext.Value `json:"texts"`
			Hidden bool                      `json:"hidden"`
		}
		if err := json.Unmarshal(value, &texts); err != nil || texts.Texts == nil {
			return value, nil //nolint:nilerr // the decoder of edits says what is wrong with it
		}
		for lang, text := range texts.Texts {
			plain, err := plainValue(place+"/texts/"+lang, false, text)
			if err != nil {
				return nil, err
			}
			texts.Texts[lang] = plain
		}
		return json.Marshal(struct {
			Texts map[string]jsontext.Value `json:"texts"`
		}{texts.Texts}, json.Deterministic(true))
	}
	text, err := scalar(place, value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(text)
}

// scalar is the text of a JSON value that is no object.
func scalar(place string, value jsontext.Value) (string, error) {
	switch value.Kind() {
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return "", unreadable(place)
		}
		return text, nil
	case '0':
		return string(value), nil
	case 't':
		return "yes", nil
	case 'f':
		return "no", nil
	case '[':
		var list []jsontext.Value
		if err := json.Unmarshal(value, &list); err != nil {
			return "", unreadable(place)
		}
		if len(list) > directory.MaxListLen {
			return "", directory.TooLong(place, "has more than %d elements", directory.MaxListLen)
		}
		elements := make([]string, len(list))
		for i, e := range list {
			if k := e.Kind(); k == '[' || k == '{' || k == 'n' {
				return "", directory.Invalid(place, "must be a list of texts")
			}
			var err error
			if elements[i], err = scalar(place, e); err != nil {
				return "", err
			}
		}
		return directory.JoinList(elements), nil
	}
	return "", directory.Invalid(place, "must be a value")
}

// A rawValue is a value in a body.
type rawValue struct{ jsontext.Value }

// UnmarshalJSONFrom is for the JSON decoder.
func (v *rawValue) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	v.Value = raw.Clone()
	return err
}

// value reads a value in a body; null is the zero Value where it is allowed.
func (v rawValue) value(field string, nullable bool) (directory.Value, error) {
	if v.Value == nil {
		return directory.Value{}, directory.Missing(field)
	}
	plain, err := plainValue(field, nullable, v.Value)
	if err != nil {
		return directory.Value{}, err
	}
	if plain.Kind() == '"' {
		text, err := scalar(field, plain)
		return directory.Value{Text: text}, err
	}
	var texts struct {
		Texts map[string]string `json:"texts"`
	}
	if err := json.Unmarshal(plain, &texts, json.RejectUnknownMembers(true)); err != nil || len(texts.Texts) == 0 {
		return directory.Value{}, directory.Invalid(field, `must be a text, a number, true or false, a list, or {"texts":{"EN":"…"}}`)
	}
	var out directory.Value
	for lang, text := range texts.Texts {
		out = out.With(directory.Language(strings.ToUpper(lang)), text)
	}
	return out, nil
}

// A windowBody is the bounds of a window in a body.
type windowBody struct {
	StartsAt  instantBody `json:"starts_at"`
	ExpiresAt instantBody `json:"expires_at"`
}

// window is nil if no bound is given: then the window is left as it is.
func (b windowBody) window() (*directory.Window, error) {
	if !b.StartsAt.given && !b.ExpiresAt.given {
		return nil, nil //nolint:nilnil // nil means leave it
	}
	w, err := directory.ParseWindow(b.StartsAt.at, b.ExpiresAt.at)
	return &w, err
}

// An instantBody is a time, or null for none, or absent.
type instantBody struct {
	given bool
	at    directory.Instant
}

// UnmarshalJSONFrom is for the JSON decoder.
func (i *instantBody) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*i = instantBody{given: true}
	if dec.PeekKind() == 'n' {
		_, err := dec.ReadToken()
		return err
	}
	var text string
	if err := json.UnmarshalDecode(dec, &text); err != nil {
		return err
	}
	at, err := parseTime("time", text)
	i.at = at
	return err
}

// parseTime reads RFC 3339.
func parseTime(field, text string) (directory.Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.UnixMilli() <= 0 {
		return 0, directory.Malformed(field, "must be a time, such as 2026-01-31T12:00:00Z")
	}
	return directory.InstantOf(t), nil
}
