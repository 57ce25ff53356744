package server

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// A listener accepts connections within the limits of a table. With TLS it returns a
// connection after the handshake, when the protocol is known: HTTP/2 goes to net/http
// directly, HTTP/1.1 through a conn.
type listener struct {
	net.Listener
	table    *connections
	tls      *tls.Config   // nil means plain HTTP
	patience time.Duration // for a handshake
	accepted chan net.Conn
	failed   chan error
	open     context.Context // done when the listener is closed
	close    func() error
	running  sync.WaitGroup
}

func newListener(l net.Listener, table *connections, secure *tls.Config, patience time.Duration) *listener {
	open, end := context.WithCancel(context.Background())
	b := &listener{
		Listener: l, table: table, tls: secure, patience: patience,
		accepted: make(chan net.Conn), failed: make(chan error), open: open,
	}
	b.close = sync.OnceValue(func() error {
		end()
		err := l.Close()
		b.running.Wait()
		return err
	})
	b.running.Go(b.run)
	return b
}

// run accepts connections until the listener is closed. The caller of Accept decides whether
// to go on after an error.
func (l *listener) run() {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			select {
			case l.failed <- err:
				continue
			case <-l.open.Done():
				return
			}
		}
		t := l.table.add(raw)
		switch {
		case t == nil:
		case l.tls == nil:
			l.hand(&conn{Conn: t})
		default:
			l.running.Go(func() { l.shake(t) })
		}
	}
}

// shake completes the handshake of a connection and delivers it.
func (l *listener) shake(t *tracked) {
	ctx, cancel := context.WithTimeout(l.open, l.patience)
	defer cancel()
	c := tls.Server(t, l.tls)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = t.Close() // there is nobody to report an error to
		return
	}
	if c.ConnectionState().NegotiatedProtocol == "h2" {
		l.hand(c)
		return
	}
	l.hand(&conn{Conn: c})
}

func (l *listener) hand(c net.Conn) {
	select {
	case l.accepted <- c:
	case <-l.open.Done():
		_ = c.Close() // there is nobody to report an error to
	}
}

// Accept returns the next connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.open.Done():
		return nil, net.ErrClosed
	}
}

// Close also ends handshakes, and an Accept that waits.
func (l *listener) Close() error { return l.close() }
