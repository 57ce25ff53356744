package httpkit

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// An Optional is a member of a body that may be absent (the zero Optional),
// null, or have a value.
type Optional[T any] struct {
	Set   bool // the member is there
	Null  bool // and is null
	Value T    // else its value
}

// Some is an Optional that has a value.
func Some[T any](v T) Optional[T] { return Optional[T]{Set: true, Value: v} }

// Has reports whether there is a value.
func (o Optional[T]) Has() bool { return o.Set && !o.Null }

// Ptr points to the value; it is nil if the member is absent, and points to the
// zero value if it is null: what "null clears" means for a text.
func (o Optional[T]) Ptr() *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// UnmarshalJSONFrom is for the JSON decoder.
func (o *Optional[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*o = Optional[T]{Set: true}
	if dec.PeekKind() == 'n' {
		o.Null = true
		_, err := dec.ReadToken()
		return err
	}
	return json.UnmarshalDecode(dec, &o.Value)
}

// A LooseID is the text of an id that a client may write as a string or as a
// number. Whether it can be an id is for directory.ParseID to say.
type LooseID string

// UnmarshalJSONFrom is for the JSON decoder.
func (id *LooseID) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == '0' {
		v, err := dec.ReadValue()
		*id = LooseID(v)
		return err
	}
	var s string
	if err := json.UnmarshalDecode(dec, &s); err != nil {
		return err
	}
	*id = LooseID(s)
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// byteCount writes a limit for people.
func byteCount(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
