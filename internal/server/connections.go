package server

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// connections limits the open connections, in total and for each address. If there are too
// many, the connection that has been idle longest is closed; if none is idle, the new one is
// closed. Nobody waits.
type connections struct {
	max           int
	maxOfAddress  int
	isProxy       func(netip.Addr) bool // whether an address stands for many clients, which have no joint limit
	log           *slog.Logger
	now           func() time.Time
	mu            sync.Mutex
	open          int
	ofAddress     map[netip.Addr]int
	idle          list.List // of *tracked without a request, longest idle first
	closedForRoom int64
	lastWarning   time.Time
}

func newConnections(max, maxOfAddress int, isProxy func(netip.Addr) bool, log *slog.Logger,
	now func() time.Time) *connections {
	if isProxy == nil {
		isProxy = func(netip.Addr) bool { return false }
	}
	return &connections{
		max: max, maxOfAddress: maxOfAddress, isProxy: isProxy, log: log, now: now, ofAddress: map[netip.Addr]int{},
	}
}

// A tracked connection frees its place when it is closed.
type tracked struct {
	net.Conn
	table   *connections
	address netip.Addr    // of a subscriber; invalid if it has no limit of its own
	element *list.Element // in the list of idle connections; nil while it serves; guarded by table.mu
	gone    bool          // guarded by table.mu
}

// Close frees the connection's place.
func (t *tracked) Close() error {
	t.table.remove(t)
	return t.Conn.Close()
}

// add admits a new connection, or closes it and returns nil.
func (c *connections) add(raw net.Conn) *tracked {
	t := &tracked{Conn: raw, table: c, address: subscriber(raw.RemoteAddr())}
	if c.isProxy(addressOf(raw.RemoteAddr())) {
		t.address = netip.Addr{}
	}
	c.mu.Lock()
	var victim *tracked
	full := true
	switch {
	case t.address.IsValid() && c.ofAddress[t.address] >= c.maxOfAddress:
		victim = c.maxIdle(t.address)
	case c.open >= c.max:
		victim = c.maxIdle(netip.Addr{})
	default:
		full = false
	}
	if full {
		c.closedForRoom++
		c.warn()
		if victim == nil {
			c.mu.Unlock()
			_ = raw.Close() // it is refused: there is nobody to report an error to
			return nil
		}
		c.forget(victim)
	}
	c.open++
	if t.address.IsValid() {
		c.ofAddress[t.address]++
	}
	t.element = c.idle.PushBack(t)
	c.mu.Unlock()
	if victim != nil {
		_ = victim.Conn.Close() // it was idle: nobody waits for an answer
	}
	return t
}

// maxIdle returns the connection that has been idle longest, of an address if that is valid,
// or nil. c.mu is held.
func (c *connections) maxIdle(of netip.Addr) *tracked {
	for e := c.idle.Front(); e != nil; e = e.Next() {
		if t, ok := e.Value.(*tracked); ok && (!of.IsValid() || t.address == of) {
			return t
		}
	}
	return nil
}

// warn logs, at most once a minute, that connections are closed to make room. c.mu is held.
func (c *connections) warn() {
	if now := c.now(); now.Sub(c.lastWarning) >= time.Minute {
		c.lastWarning = now
		c.log.Warn("connections are closed to make room", "event", "connections_full", "open", c.open, "closed",
			c.closedForRoom)
	}
}

func (c *connections) remove(t *tracked) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(t)
}

// forget frees a connection's place, once. c.mu is held.
func (c *connections) forget(t *tracked) {
	if t.gone {
		return
	}
	t.gone = true
	c.open--
	if t.address.IsValid() {
		if c.ofAddress[t.address]--; c.ofAddress[t.address] == 0 {
			delete(c.ofAddress, t.address)
		}
	}
	c.setBusy(t)
}

func (c *connections) setBusy(t *tracked) {
	if t.element != nil {
		c.idle.Remove(t.element)
		t.element = nil
	}
}

// observe implements http.Server.ConnState.
func (c *connections) observe(nc net.Conn, state http.ConnState) {
	t := trackedOf(nc)
	if t == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case t.gone:
	case state == http.StateIdle && t.element == nil:
		t.element = c.idle.PushBack(t)
	case state != http.StateIdle && state != http.StateNew:
		c.setBusy(t)
	}
}

// count returns how many connections are open, and how many were closed to make room since the
// start.
func (c *connections) count() (open int, closedForRoom int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, c.closedForRoom
}

// subscriber returns the address that is limited: an IPv4 address, or the /64 network of an
// IPv6 address, which is the smallest that a subscriber gets.
func subscriber(a net.Addr) netip.Addr {
	addr := addressOf(a)
	if !addr.Is6() {
		return addr
	}
	return netip.PrefixFrom(addr, 64).Masked().Addr()
}

func addressOf(a net.Addr) netip.Addr {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}
