package e2e

import (
	"bufio"
	"bytes"
	big "encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"cohort/internal/store/postgres/pgtest"
)

// A wire is the way from a node to a PostgreSQL server. It can refuse, stall
// and cut connections, and cut them exactly while a transaction commits.
type wire struct {
	t        *testing.T
	listener net.Listener

	mu       sync.Mutex
	moved    *sync.Cond // something below has changed
	closed   bool
	refusing bool
	stalled  bool
	conns    map[*wireConn]bool
	commits  int                      // that came this way
	fate     func(commit int) fate    // of each, by its number from 1; nil is that all pass
	held     []func()                 // commits that wait for release
	doomed   map[fate]int             // what was done to commits
	running  sync.WaitGroup           // one for each connection's half
	dial     func() (net.Conn, error) // to the server
}

// A fate is what becomes of a message that says COMMIT.
type fate int

const (
	passes     fate = iota
	lost            // it does not reach the server, and the connection is cut
	unanswered      // it is done, and the connection is cut before the answer
	late            // the connection is cut, and it is done when release is called
)

// newWire makes a way to a server.
func newWire(t *testing.T, to *pgtest.Server) *wire {
	t.Helper()
	w := &wire{t: t, listener: listen(t), conns: map[*wireConn]bool{}, doomed: map[fate]int{}}
	w.moved = sync.NewCond(&w.mu)
	w.dial = func() (net.Conn, error) { return net.DialTimeout("unix", to.Socket(), patience) }
	go w.accept()
	t.Cleanup(w.close)
	return w
}

// addr is where the node connects to.
func (w *wire) addr() string { return w.listener.Addr().String() }

func (w *wire) close() {
	w.set(func() { w.closed, w.stalled = true, false })
	_ = w.listener.Close() // what it says is that it is closed
	w.cut()
	w.release()
	w.running.Wait()
}

// set changes what the wire does, for all connections.
func (w *wire) set(f func()) {
	w.mu.Lock()
	f()
	w.moved.Broadcast()
	w.mu.Unlock()
}

// refuse makes the wire close every connection at once, or not any more.
func (w *wire) refuse(yes bool) { w.set(func() { w.refusing = yes }) }

// stall makes the wire pass nothing on, or again what has come meanwhile.
func (w *wire) stall(yes bool) { w.set(func() { w.stalled = yes }) }

// doom says what becomes of every commit from now on.
func (w *wire) doom(f func(commit int) fate) { w.set(func() { w.fate, w.commits = f, 0 }) }

// done is how many commits have met a fate.
func (w *wire) done(f fate) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.doomed[f]
}

// release lets commits that are late reach the server, and says how many.
func (w *wire) release() int {
	w.mu.Lock()
	held := w.held
	w.held = nil
	w.mu.Unlock()
	for _, f := range held {
		f()
	}
	return len(held)
}

// cut ends all connections and says how many there were.
func (w *wire) cut() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.conns)
	for c := range w.conns {
		c.end()
	}
	return n
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		refused := w.refusing || w.closed
		w.mu.Unlock()
		if refused {
			_ = client.Close()
			continue
		}
		server, err := w.dial()
		if err != nil { // the server is not there: the node sees a closed connection
			_ = client.Close()
			continue
		}
		c := &wireConn{w: w, client: client, server: server}
		w.mu.Lock()
		if w.closed {
			c.end()
		}
		w.conns[c] = true
		w.running.Add(2)
		w.mu.Unlock()
		go c.up()
		go c.down()
	}
}

// A wireConn is one connection of a node, and the one to the server.
type wireConn struct {
	w              *wire
	client, server net.Conn
	mute           bool // guarded by w.mu: what the server says is swallowed, and ends the connection
}

// end closes both ends. What they say is that they are closed already.
func (c *wireConn) end() {
	_ = c.client.Close()
	_ = c.server.Close()
}

// gone ends the connection and forgets it.
func (c *wireConn) gone() {
	c.end()
	c.w.set(func() { delete(c.w.conns, c) })
	c.w.running.Done()
}

// gate waits while the wire is stalled.
func (c *wireConn) gate() {
	c.w.mu.Lock()
	for c.w.stalled {
		c.w.moved.Wait()
	}
	c.w.mu.Unlock()
}

// down passes on what the server says.
func (c *wireConn) down() {
	defer c.gone()
	buffer := make([]byte, 32<<10)
	for {
		n, err := c.server.Read(buffer)
		c.gate()
		c.w.mu.Lock()
		mute := c.mute
		c.w.mu.Unlock()
		if mute || err != nil {
			return
		}
		if _, err := c.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// up passes on what the node says, message by message.
func (c *wireConn) up() {
	keep := false
	defer func() {
		if !keep {
			c.gone()
		}
	}()
	from := bufio.NewReader(c.client)
	for first := true; ; first = false {
		message, err := readMessage(from, first)
		if err != nil {
			return
		}
		c.gate()
		switch c.fateOf(message) {
		case lost:
			return
		case unanswered:
			c.w.set(func() { c.mute = true })
		case late:
			keep = true
			c.later(message)
			return
		case passes:
		}
		if _, err := c.server.Write(message); err != nil {
			return
		}
		if bytes.Contains(message, []byte("FOR UPDATE")) { // it waits for the lock that a late commit has
			c.w.release()
		}
	}
}

// fateOf decides about a message.
func (c *wireConn) fateOf(message []byte) fate {
	if message[0] != 'Q' || !bytes.Contains(message, []byte("COMMIT")) {
		return passes
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.commits++
	if c.w.fate == nil {
		return passes
	}
	f := c.w.fate(c.w.commits)
	c.w.doomed[f]++
	return f
}

// later cuts the node off and keeps its commit for release.
func (c *wireConn) later(message []byte) {
	c.w.set(func() { c.mute = true })
	// The other half must not end the server's connection with the node's.
	server := c.server
	_ = c.client.Close() // it is to be gone
	var once sync.Once
	send := func() {
		once.Do(func() {
			if _, err := server.Write(message); err != nil && !errors.Is(err, net.ErrClosed) {
				c.w.t.Errorf("a late commit: %v", err)
			}
			c.w.running.Done()
		})
	}
	c.w.set(func() { c.w.held = append(c.w.held, send) })
}

// readMessage reads one message of PostgreSQL's protocol: a letter, a length
// that counts itself, and the rest. The first of a connection has no letter.
func readMessage(from io.Reader, first bool) ([]byte, error) {
	head := make([]byte, 5)
	if first {
		head = head[:4]
	}
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	const most = 64 << 20
	n := big.BigEndian.Uint32(head[len(head)-4:])
	if n < 4 || n > most {
		return nil, errors.New("no message of PostgreSQL")
	}
	message := slices.Concat(head, make([]byte, n-4))
	_, err := io.ReadFull(from, message[len(head):])
	return message, err
}
