package native

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"strconv"

	"cohort/internal/directory"
)

// Limits of a page.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// A cursor says where the next page of a list begins. It is opaque to the client, and valid
// for its list and this incarnation of the directory.
type cursor struct {
	incarnation int64
	parts       [3]int64
}

const macLen = 16

// mac authenticates a cursor for a list: it covers the path and all parameters but cursor and
// limit.
func (q *request) mac(body []byte) []byte {
	h := hmac.New(sha256.New, q.Key)
	h.Write(body)
	h.Write([]byte(q.r.URL.Path))
	params := url.Values{}
	for name, values := range q.query {
		if name != "cursor" && name != "limit" {
			params[name] = values
		}
	}
	h.Write([]byte{0})
	h.Write([]byte(params.Encode()))
	return h.Sum(nil)[:macLen]
}

// next returns a cursor.
func (q *request) next(parts ...int64) string {
	incarnation, _ := q.dir.Revision()
	b := binary.AppendVarint(nil, incarnation)
	for _, p := range parts {
		b = binary.AppendVarint(b, p)
	}
	return base64.RawURLEncoding.EncodeToString(append(q.mac(b), b...))
}

// page reads the parameters limit and cursor. Without a cursor its parts are 0.
func (q *request) page() (limit int, c cursor, err error) {
	limit = defaultLimit
	if text := q.query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return 0, c, directory.Malformed("limit", "must be a whole number between 1 and %d", maxLimit)
		}
	}
	text := q.query.Get("cursor")
	if text == "" {
		return limit, c, nil
	}
	bad := directory.Malformed("cursor", "is not one that this list gave out; leave it out to begin anew")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) <= macLen || !hmac.Equal(b[:macLen], q.mac(b[macLen:])) {
		return 0, c, bad
	}
	rest := b[macLen:]
	for i := range 1 + len(c.parts) {
		n, used := binary.Varint(rest)
		if used <= 0 {
			break
		}
		rest = rest[used:]
		if i == 0 {
			c.incarnation = n
		} else {
			c.parts[i-1] = n
		}
	}
	if incarnation, _ := q.dir.Revision(); c.incarnation != incarnation {
		return 0, c, directory.ForeignRevision("cursor")
	}
	return limit, c, nil
}
