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

// A conn watches the bytes of a connection for requests that a proxy in front might read
// differently from net/http, so that the proxy's rules would apply to other requests than
// ours: requests with both Transfer-Encoding and Content-Length (net/http obeys the first and
// hides the second), and headers that continue on a second line (RFC 9112, section 5.2), which
// net/http joins.
//
// A continued header goes unnoticed in a request that is sent before the reply to the previous
// one.
type conn struct {
	net.Conn
	ambiguous, folded atomic.Bool
	inBody            atomic.Bool // the header of the current request has ended

	line            []byte // the beginning of the current line
	encoded, length bool   // which of the two headers the current block has
	begun           bool   // the block has a line

	path   pathMender
	mended []byte // bytes that are still to be passed on
}

// next begins a new request.
func (c *conn) next() {
	c.inBody.Store(false)
	c.line, c.begun = c.line[:0], false // the rest of a body is not a header line
	c.path.next()
}

// maxHeaderName limits how much of a line is stored.
const maxHeaderName = len("transfer-encoding:")

// Read watches what it reads, and mends the path of a request; see pathMender.
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
			out = append(out, c.path.held...) // nothing follows that could complete it
			return copy(p, out), err
		}
		c.mended = append(c.mended[:0], out...)
	}
}

// watch examines the bytes read.
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

// endLine examines the line read. An empty line ends a block. Bodies are examined like
// headers, because no body that we accept has such lines.
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

// trackedOf returns the tracked connection of a connection, or nil.
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

// refuseAmbiguous answers 400 on a connection that carried an ambiguous request, and closes
// it.
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
			// net/http does not see the TLS below a conn.
			if secure, is := c.Conn.(*tls.Conn); is {
				state := secure.ConnectionState()
				r.TLS = &state
			}
		}
		next.ServeHTTP(w, r)
	})
}
