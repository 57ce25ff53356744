package native

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/httpkit"
)

// A changeBody is a change in a request.
type changeBody struct {
	Version httpkit.Optional[int] `json:"version"` // of a file of edits
	Edits   []jsontext.Value      `json:"edits"`
	Comment string                `json:"comment"`
	Token   string                `json:"token"`
	Strict  bool                  `json:"strict"`
}

// readChange reads a change. Its values are typed JSON, and a selector may stand wherever an
// id can.
func (q *request) readChange() (directory.Change, error) {
	var in changeBody
	if err := q.longBody(&in); err != nil {
		return directory.Change{}, err
	}
	switch n := len(in.Edits); {
	case in.Version.Set && in.Version.Value != 1:
		return directory.Change{}, directory.Malformed("version", "must be 1, or left out")
	case n == 0:
		return directory.Change{}, directory.Missing("edits")
	case n > directory.MaxEdits:
		return directory.Change{}, directory.TooLong("edits", "has %d entries; the most is %d", n, directory.MaxEdits)
	}
	change := directory.Change{Comment: in.Comment, Token: in.Token, Strict: in.Strict, Numbered: true}
	decoder := editjson.Decoder{Find: q.finder()}
	for i, raw := range in.Edits {
		edit, err := decoder.Edit(fmt.Sprintf("edits/%d", i), raw)
		if err != nil {
			return directory.Change{}, err
		}
		change.Edits = append(change.Edits, edit)
	}
	return change, nil
}

// finder returns a function that finds ids by selectors and remembers them.
func (q *request) finder() func(place, kind, selector string) (int64, error) {
	known := map[string]int64{}
	return func(place, kind, selector string) (int64, error) {
		if id, ok := known[kind+" "+selector]; ok {
			return id, nil
		}
		id, err := q.find(place, kind, selector)
		if err == nil {
			known[kind+" "+selector] = id
		}
		return id, err
	}
}

func (q *request) find(place, kind, text string) (int64, error) {
	switch kind {
	case "user":
		id, err := q.selectUser(place, text)
		return int64(id), err
	case "group":
		id, err := q.selectGroup(place, text)
		return int64(id), err
	case "role":
		id, err := q.selectRole(place, text)
		return int64(id), err
	}
	a, err := q.selectAttribute(place, text)
	return int64(a.ID), err
}

// A rawValue is an unparsed value in a body.
type rawValue struct{ jsontext.Value }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (v *rawValue) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	v.Value = raw.Clone()
	return err
}

// value parses a value in a body. Null is the zero Value if nullable.
func (v rawValue) value(field string, nullable bool) (directory.Value, error) {
	if v.Value == nil {
		return directory.Value{}, directory.Missing(field)
	}
	return editjson.Value(field, v.Value, nullable)
}

// A windowBody holds the bounds of a window in a body.
type windowBody struct {
	StartsAt  httpkit.Optional[string] `json:"starts_at"`
	ExpiresAt httpkit.Optional[string] `json:"expires_at"`
}

// window returns nil if no bound is given, which leaves the window as it is.
func (b windowBody) window() (*directory.Window, error) {
	if !b.StartsAt.Set && !b.ExpiresAt.Set {
		return nil, nil //nolint:nilnil // nil means leave it
	}
	var bounds [2]directory.Instant
	for i, bound := range []struct {
		name string
		text httpkit.Optional[string]
	}{{"starts_at", b.StartsAt}, {"expires_at", b.ExpiresAt}} {
		if !bound.text.Has() {
			continue
		}
		var err error
		if bounds[i], err = editjson.Time(bound.name, bound.text.Value); err != nil {
			return nil, err
		}
	}
	w, err := directory.ParseWindow(bounds[0], bounds[1])
	return &w, err
}
