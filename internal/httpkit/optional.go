package httpkit

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// An Optional is a member of a body that may be absent (the zero Optional), null, or a value.
type Optional[T any] struct {
	Set   bool // the member is present
	Null  bool // it is null
	Value T    // otherwise
}

// Some returns an Optional with a value.
func Some[T any](v T) Optional[T] { return Optional[T]{Set: true, Value: v} }

// Has reports whether there is a value.
func (o Optional[T]) Has() bool { return o.Set && !o.Null }

// Ptr returns a pointer to the value, nil if the member is absent, or a pointer to the zero
// value if it is null, because "null clears" a text.
func (o Optional[T]) Ptr() *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// Given returns a pointer to the value, or nil if the member is absent or null.
func (o Optional[T]) Given() *T {
	if !o.Has() {
		return nil
	}
	return &o.Value
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (o *Optional[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*o = Optional[T]{Set: true}
	if dec.PeekKind() == 'n' {
		o.Null = true
		_, err := dec.ReadToken()
		return err
	}
	return json.UnmarshalDecode(dec, &o.Value)
}

// A LooseID is the text of an id that a client may write as a string or as a number.
// directory.ParseID decides whether it can be an id.
type LooseID string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
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

// A LooseBool is an optional flag that a client may write as a boolean, or as a string in any
// case.
type LooseBool struct{ Optional[bool] }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (b *LooseBool) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '"' {
		return b.Optional.UnmarshalJSONFrom(dec)
	}
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	value, ok := ParseBool(token.String())
	if !ok {
		return errNotBool
	}
	b.Optional = Some(value)
	return nil
}

var errNotBool = errors.New("true or false")

// ParseBool parses true or false, in any case.
func ParseBool(text string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// A LooseText is an optional text that a client may also write as a number or a boolean. A
// number becomes its plain decimal notation.
type LooseText struct{ Optional[string] }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (t *LooseText) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '0':
		number, err := dec.ReadToken()
		if err != nil {
			return err
		}
		plain, ok := directory.PlainDecimal(number.String())
		if !ok {
			return errLongNumber
		}
		t.Optional = Some(plain)
		return nil
	case 't', 'f':
		token, err := dec.ReadToken()
		t.Optional = Some(token.String())
		return err
	}
	return t.Optional.UnmarshalJSONFrom(dec)
}

var errLongNumber = errors.New("a number with fewer digits")

func itoa(n int) string { return strconv.Itoa(n) }

// byteCount formats a limit for people.
func byteCount(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
