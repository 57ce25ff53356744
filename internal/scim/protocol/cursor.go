package protocol

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"

	"cohort/internal/scim/resource"
)

// A Cursor says where the next page of a list begins (RFC 9865). It is opaque to the client,
// and valid for its list, its client and this incarnation of the directory.
type Cursor struct {
	At    int64 // an offset, or the id before the page
	Count int   // the length of the list at the first page; 0 on the first page
}

const macLen = 16

// mac authenticates a cursor for a list: it covers the client, the path and all parameters but
// those of paging.
func (q *Request) mac(body []byte) []byte {
	h := hmac.New(sha256.New, q.Key)
	h.Write(body)
	h.Write(binary.AppendVarint(nil, int64(q.call.Caller.User)))
	h.Write([]byte(q.R.URL.Path))
	params := url.Values{}
	for name, values := range q.Query {
		if name != "cursor" && name != "count" {
			params[name] = values
		}
	}
	h.Write([]byte{0})
	h.Write([]byte(params.Encode()))
	return h.Sum(nil)[:macLen]
}

// encodeCursor uses only the unreserved characters of URLs.
func (q *Request) encodeCursor(c *Cursor) string {
	incarnation, _ := q.Dir.Revision()
	b := binary.AppendVarint(nil, incarnation)
	b = binary.AppendVarint(b, c.At)
	b = binary.AppendVarint(b, int64(c.Count))
	return base64.RawURLEncoding.EncodeToString(append(q.mac(b), b...))
}

// readCursor decodes a cursor. The empty text is the first page.
func (q *Request) readCursor(text string) (*Cursor, error) {
	if text == "" {
		return &Cursor{}, nil
	}
	bad := resource.BadRequest(resource.InvalidCursor,
		"The cursor is not one that this list gave out; leave its value out to begin anew.")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) <= macLen || !hmac.Equal(b[:macLen], q.mac(b[macLen:])) {
		return nil, bad
	}
	var parts [3]int64
	rest := b[macLen:]
	for i := range parts {
		n, used := binary.Varint(rest)
		if used <= 0 {
			return nil, bad
		}
		parts[i], rest = n, rest[used:]
	}
	if _, err := q.Dir.Permissions(q.Context()); err != nil { // fixes the revision
		return nil, err
	}
	if incarnation, _ := q.Dir.Revision(); parts[0] != incarnation {
		return nil, resource.BadRequest(resource.ExpiredCursor, "The cursor is of the time before a restore; begin anew.")
	}
	return &Cursor{At: parts[1], Count: int(parts[2])}, nil
}
