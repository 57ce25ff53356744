package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"cohort/internal/directory"
)

// A boundedListener hands out at most so many connections at once; further
// clients wait in the queue of the operating system.
type boundedListener struct {
	net.Listener
	tls    *tls.Config // nil is plain
	free   chan struct{}
	closed chan struct{}
	close  func() error
}

func newBoundedListener(l net.Listener, most int, secure *tls.Config) *boundedListener {
	b := &boundedListener{Listener: l, tls: secure, free: make(chan struct{}, most), closed: make(chan struct{})}
	b.close = sync.OnceValue(func() error {
		close(b.closed)
		return l.Close()
	})
	return b
}

// Accept waits for room, then for a connection.
func (l *boundedListener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	if l.tls != nil {
		c = tls.Server(c, l.tls) // the handshake is part of the first read, under its deadline
	}
	return &conn{Conn: c, release: sync.OnceFunc(func() { <-l.free })}, nil
}

// Close also ends an Accept that waits for room.
func (l *boundedListener) Close() error { return l.close() }

// A conn reads along to find requests whose length is said twice, by
// Transfer-Encoding and by Content-Length. net/http obeys the first and hides
// the second; a proxy in front that obeys the second would see other requests
// than we do, and apply its rules to those.
type conn struct {
	net.Conn
	release   func()
	ambiguous atomic.Bool

	line            []byte // the beginning of the line that is being read
	encoded, length bool   // which of the headers this block of lines has
}

// longestHeaderName bounds what is kept of a line.
const longestHeaderName = len("transfer-encoding:")

// Read reads along.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		if room := longestHeaderName - len(c.line); room > 0 {
			c.line = append(c.line, part[:min(room, len(part))]...)
		}
		if ended {
			c.endLine()
		}
		rest = after
	}
	return n, err
}

// endLine looks at the line that was read. An empty one ends a block; bodies
// are looked at like headers, as no body that we accept has such lines.
func (c *conn) endLine() {
	name, _, isHeader := bytes.Cut(c.line, []byte(":"))
	switch {
	case isHeader && bytes.EqualFold(name, []byte("transfer-encoding")):
		c.encoded = true
	case isHeader && bytes.EqualFold(name, []byte("content-length")):
		c.length = true
	case len(bytes.TrimRight(c.line, "\r")) == 0:
		c.encoded, c.length = false, false
	}
	if c.encoded && c.length {
		c.ambiguous.Store(true)
	}
	c.line = c.line[:0]
}

// Close gives the connection's place to another.
func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
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
