package document

import (
	"maps"
	"slices"
	"strconv"

	"cohort/internal/httpkit"
)

// An Envelope wraps every reply but an error.
type Envelope struct {
	Data     any      `json:"data"`
	Messages []string `json:"messages"`
	Total    *int     `json:"total,omitzero"` // a deletion has none
}

// Objects are encoded by hand, because reflection would be a sixth of the cost of a user. The
// bytes equal those of httpkit.Encode; a test compares them.

// Encode returns a reply as JSON.
func Encode(v any) ([]byte, error) {
	e, ok := v.(Envelope)
	if !ok {
		return httpkit.Encode(v)
	}
	b, err := appendAny(append(make([]byte, 0, 1<<10), `{"data":`...), e.Data)
	if err != nil {
		return nil, err
	}
	b = append(b, `,"messages":[`...)
	for i, m := range e.Messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = httpkit.AppendText(b, m)
	}
	b = append(b, ']')
	if e.Total != nil {
		b = strconv.AppendInt(append(b, `,"total":`...), int64(*e.Total), 10)
	}
	return append(b, '}'), nil
}

// appendAny appends the types that objects consist of by hand, and others by reflection.
func appendAny(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return httpkit.AppendText(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case map[string]any:
		return appendObject(b, v)
	}
	text, err := httpkit.Encode(v)
	return append(b, text...), err
}

// appendObject appends an object, its members sorted by name.
func appendObject(b []byte, object map[string]any) (_ []byte, err error) {
	if object == nil {
		return append(b, "{}"...), nil
	}
	var place [32]string // enough for most objects
	names := slices.AppendSeq(place[:0], maps.Keys(object))
	slices.Sort(names)
	before := byte('{')
	for _, name := range names {
		b = append(httpkit.AppendText(append(b, before), name), ':')
		if b, err = appendAny(b, object[name]); err != nil {
			return nil, err
		}
		before = ','
	}
	if before == '{' {
		b = append(b, '{')
	}
	return append(b, '}'), nil
}
