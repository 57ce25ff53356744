package httpkit

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
)

// The default limits of a JSON body.
const (
	DefaultBodyLen      = 1 << 20 // bytes
	DefaultBodyElements = 10_000  // members and elements in total
	maxBodyDepth        = 32      // nested arrays and objects
)

// A BodyReader parses JSON bodies in one of two modes.
//
// Strict is for our own formats: members must be known, in the right case and unique, and the
// content type must be JSON. Otherwise it reads as vendors do: it ignores unknown members and
// the content type, the last of several members with one name wins, and an empty body is an
// empty object. Both modes refuse invalid JSON, invalid UTF-8, NUL, anything after the value,
// and bodies beyond the limits. They skip a byte order mark before the value.
type BodyReader struct {
	Strict      bool
	MaxLen      int64 // bytes; 0 is DefaultBodyLen
	MaxElements int   // 0 is DefaultBodyElements
}

// Read decodes the body of r into the struct, slice or map that in points to. Its errors are
// for the caller: KindTooLarge, KindUnsupportedMedia, KindMalformed, or KindInvalid with the
// field of the wrong type.
func (b BodyReader) Read(w http.ResponseWriter, r *http.Request, in any) error {
	if b.Strict && !isJSON(r.Header.Get("Content-Type")) {
		return &directory.Error{Kind: directory.KindUnsupportedMedia,
			Msg: "the body must be JSON, with Content-Type: application/json"}
	}
	maxLen, maxElements := b.MaxLen, b.MaxElements
	if maxLen == 0 {
		maxLen = DefaultBodyLen
	}
	if maxElements == 0 {
		maxElements = DefaultBodyElements
	}
	if r.ContentLength > maxLen {
		return tooLong(maxLen)
	}
	return b.decode(&meter{r: http.MaxBytesReader(w, r.Body, maxLen), maxLen: maxLen, maxElements: maxElements}, in)
}

func (b BodyReader) decode(m *meter, in any) error {
	err := json.UnmarshalRead(m, in,
		json.RejectUnknownMembers(b.Strict),
		jsontext.AllowDuplicateNames(!b.Strict))
	switch {
	case m.err != nil: // the cause of whatever the decoder says
		return m.err
	case err == nil:
		return nil
	case m.blank && !b.Strict:
		return nil
	case m.blank:
		return directory.Malformed("body", "is empty")
	}
	return bodyError(err)
}

func isJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}

func tooLong(max int64) error {
	return &directory.Error{Kind: directory.KindTooLarge, Msg: "the body is longer than " + byteCount(max)}
}

// bodyError says what is wrong with a body. It never repeats the content, because bodies
// contain secrets and values.
func bodyError(err error) error {
	var e error
	if s, ok := errors.AsType[*json.SemanticError](err); ok {
		if own, ok := errors.AsType[*directory.Error](s.Err); ok {
			return own
		}
		field := fieldAt(s.JSONPointer)
		switch {
		case errors.Is(s.Err, errNotBool), errors.Is(s.Err, errLongNumber):
			e = directory.Invalid(field, "must be %s", s.Err.Error())
		case errors.Is(s.Err, json.ErrUnknownName):
			e = directory.Invalid(field, "is not known here")
		case field == "":
			e = directory.Malformed("body", "must be %s", jsonWord(s.GoType))
		default:
			e = directory.Invalid(field, "must be %s", jsonWord(s.GoType))
		}
	} else if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		switch {
		case errors.Is(s.Err, jsontext.ErrDuplicateName):
			e = directory.Malformed(fieldAt(s.JSONPointer), "comes twice in the body")
		default:
			e = directory.Malformed("body", "is not valid JSON (at byte %d)", s.ByteOffset)
		}
	} else {
		e = directory.Malformed("body", "is not valid JSON")
	}
	if own, ok := errors.AsType[*directory.Error](e); ok {
		own.Field = clip(own.Field)
	}
	return e
}

// fieldAt returns the field of a pointer: edits/3/value for /edits/3/value, value for /value.
func fieldAt(p jsontext.Pointer) string {
	return strings.TrimPrefix(string(p), "/")
}

// clip limits the length of a field's name, which the caller wrote.
func clip(field string) string {
	const most = 100
	if len(field) <= most {
		return field
	}
	return strings.ToValidUTF8(field[:most], "") + "…"
}

// jsonWord returns the name of the JSON type of a Go type.
func jsonWord(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "of another type"
}

// A meter passes JSON on and refuses it as soon as it is too long, too deep or too full, or
// contains a NUL, before the decoder builds anything of it.
type meter struct {
	r           io.Reader
	maxLen      int64
	maxElements int
	err         error

	blank    bool // only white space so far
	began    bool
	mark     int // skipped bytes of a byte order mark; all of them after any other byte
	depth    int
	elements int
	inString bool
	escape   int // 0 outside, 1 after a backslash, 2 to 5 in the digits of \u that are all 0 so far
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if !m.began {
		m.began, m.blank = true, true
	}
	n, err := m.r.Read(p)
	n = m.passMark(p[:n])
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		m.err = tooLong(m.maxLen)
		return 0, m.err
	}
	for _, c := range p[:n] {
		if m.err = m.count(c); m.err != nil {
			return 0, m.err
		}
	}
	if err != nil && err != io.EOF {
		m.err = directory.Malformed("body", "could not be read to its end")
	}
	return n, err
}

// passMark removes a byte order mark from the first bytes read and returns how many bytes
// remain. The mark may arrive in pieces.
func (m *meter) passMark(p []byte) int {
	left := p
	for len(left) > 0 && m.mark < len(byteOrderMark) && left[0] == byteOrderMark[m.mark] {
		left = left[1:]
		m.mark++
	}
	if len(left) > 0 {
		m.mark = len(byteOrderMark)
	}
	return copy(p, left)
}

// byteOrderMark is U+FEFF in UTF-8, which some editors write at the beginning of a file.
const byteOrderMark = "\xef\xbb\xbf"

func (m *meter) count(c byte) error {
	if m.inString {
		return m.countString(c)
	}
	switch c {
	case ' ', '\t', '\n', '\r':
		return nil
	case '"':
		m.inString = true
	case '{', '[':
		m.depth++
		m.elements++
	case '}', ']':
		m.depth--
	case ',':
		m.elements++
	case 0:
		return directory.Malformed("body", "contains a NUL")
	}
	m.blank = false
	switch {
	case m.depth > maxBodyDepth:
		return directory.Malformed("body", "has more than %d arrays and objects inside each other", maxBodyDepth)
	case m.elements > m.maxElements:
		return &directory.Error{Kind: directory.KindTooLarge, Msg: "the body has more elements than the most, " +
			itoa(m.maxElements)}
	}
	return nil
}

// countString looks for the end of a string and for an escaped NUL in it.
func (m *meter) countString(c byte) error {
	switch {
	case m.escape == 1 && c == 'u':
		m.escape = 2
	case m.escape == 1:
		m.escape = 0
	case m.escape >= 2 && c == '0':
		if m.escape++; m.escape == 6 {
			return directory.Malformed("body", "contains a NUL")
		}
	case c == '\\' && m.escape == 0:
		m.escape = 1
	case c == '"':
		m.inString, m.escape = false, 0
	default:
		m.escape = 0
	}
	return nil
}
