package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"

	"cohort/internal/directory"
)

// A conn reads along to find requests that a proxy in front may read in another
// way than net/http does, so that its rules would apply to other requests than
// ours. Such are requests whose length is said twice, by Transfer-Encoding and
// by Content-Length (net/http obeys the first and hides the second), and headers
// that go on in a second line (RFC 9112, section 5.2), which net/http joins.
//
// A header that goes on is not noticed in a request that was sent before the
// reply to the one before.
type conn struct {
	net.Conn
	ambiguous, folded atomic.Bool
	inBody            atomic.Bool // whether the header has ended, of the request that is read

	line            []byte // the beginning of the line that is being read
	encoded, length bool   // which of the headers this block of lines has
	begun           bool   // whether the block has a line

	path   pathMender
	mended []byte // that is still to be passed on
}

// next says that a new request begins.
func (c *conn) next() {
	c.inBody.Store(false)
	c.line, c.begun = c.line[:0], false // what is left of a body is no line of a header
	c.path.next()
}

// maxHeaderName bounds what is kept of a line.
const maxHeaderName = len("transfer-encoding:")

// Read reads along, and mends the path of a request; see pathMender.
func (c *conn) Read(p []byte) (int, error) {
	for {
		if len(c.mended) > 0 {
			n := copy(p, c.mended)
			c.mended = c.mended[n:]
			return n, nil
		}
		if len(p) == 0 {
			return 0, nil
		}
		n, err := c.Conn.Read(p)
		c.watch(p[:n])
		out := c.path.mend(p[:n])
		if len(out) == n && err == nil && n > 0 && &out[0] == &p[0] {
			return n, nil
		}
		if err != nil {
			out = append(out, c.path.held...) // nothing follows that could mend it
			return copy(p, out), err
		}
		c.mended = append(c.mended[:0], out...)
	}
}

// watch looks at what is read.
func (c *conn) watch(read []byte) {
	for rest := read; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		if room := maxHeaderName - len(c.line); room > 0 {
			c.line = append(c.line, part[:min(room, len(part))]...)
		}
		if ended {
			c.endLine()
		}
		rest = after
	}
}

// endLine looks at the line that was read. An empty one ends a block; bodies
// are looked at like headers, as no body that we accept has such lines.
func (c *conn) endLine() {
	name, _, isHeader := bytes.Cut(c.line, []byte(":"))
	empty := len(bytes.TrimRight(c.line, "\r")) == 0
	switch {
	case !empty && !c.inBody.Load() && (c.line[0] == ' ' || c.line[0] == '\t'):
		c.folded.Store(true)
	case isHeader && bytes.EqualFold(name, []byte("transfer-encoding")):
		c.encoded = true
	case isHeader && bytes.EqualFold(name, []byte("content-length")):
		c.length = true
	case empty:
		c.encoded, c.length = false, false
		if c.begun {
			c.inBody.Store(true)
		}
	}
	c.begun = !empty
	if c.encoded && c.length {
		c.ambiguous.Store(true)
	}
	c.line = c.line[:0]
}

// trackedOf finds what is counted of a connection; nil if nothing is.
func trackedOf(c net.Conn) *tracked {
	switch c := c.(type) {
	case *tracked:
		return c
	case *conn:
		return trackedOf(c.Conn)
	case *tls.Conn:
		return trackedOf(c.NetConn())
	}
	return nil
}

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// refuseAmbiguous answers 400 on a connection that carried an ambiguous
// request, and closes it.
func refuseAmbiguous(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok && c.ambiguous.Load() {
			w.Header().Set("Connection", "close")
			renderError(w, r, directory.Malformed("", "a request has either Transfer-Encoding or Content-Length, not both"))
			return
		} else if ok && c.folded.Load() {
			w.Header().Set("Connection", "close")
			renderError(w, r, directory.Malformed("", "a header line must not begin with a space or a tab"))
			return
		} else if ok && r.TLS == nil {
			// net/http does not see the TLS below what reads along.
			if secure, is := c.Conn.(*tls.Conn); is {
				state := secure.ConnectionState()
				r.TLS = &state
			}
		}
		next.ServeHTTP(w, r)
	})
}
