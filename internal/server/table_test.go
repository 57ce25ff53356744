package server

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// A peer is a connection of an address, which notes that it was closed.
type peer struct {
	net.Conn
	addr   netip.AddrPort
	closed bool
}

func (p *peer) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(p.addr) }

func (p *peer) Close() error {
	p.closed = true
	return nil
}

func newPeer(addr string) *peer { return &peer{addr: netip.AddrPortFrom(netip.MustParseAddr(addr), 1)} }

func newTable(max, maxOfAddress int) *connections {
	isProxy := func(a netip.Addr) bool { return a == netip.MustParseAddr("10.0.0.9") }
	return newConnections(max, maxOfAddress, isProxy, slog.New(slog.DiscardHandler), time.Now)
}

func TestTheLongestIdleConnectionGivesWay(t *testing.T) {
	c := newTable(3, 3)
	peers := []*peer{newPeer("10.0.0.1"), newPeer("10.0.0.2"), newPeer("10.0.0.3"), newPeer("10.0.0.4"),
		newPeer("10.0.0.5")}
	var open []*tracked
	for _, p := range peers[:3] {
		open = append(open, c.add(p))
	}
	c.observe(open[0], http.StateActive)
	c.observe(open[0], http.StateIdle) // so the second is idle longest
	c.observe(open[2], http.StateActive)
	if c.add(peers[3]) == nil || !peers[1].closed || peers[0].closed || peers[2].closed {
		t.Errorf("the wrong one was closed: %v %v %v", peers[0].closed, peers[1].closed, peers[2].closed)
	}
	c.observe(open[0], http.StateActive)
	if c.add(peers[4]) == nil || !peers[3].closed {
		t.Error("a new connection that has sent nothing did not give way")
	}
	open[0].Close()
	open[0].Close()
	if n, closed := c.count(); n != 2 || closed != 2 {
		t.Errorf("%d are open and %d were closed for others, want 2 and 2", n, closed)
	}
}

func TestANewConnectionIsClosedIfNoneIsIdle(t *testing.T) {
	c := newTable(1, 1)
	busy, late := newPeer("10.0.0.1"), newPeer("10.0.0.2")
	c.observe(c.add(busy), http.StateActive)
	if c.add(late) != nil || !late.closed || busy.closed {
		t.Errorf("the new one is closed: %v, the busy one: %v", late.closed, busy.closed)
	}
}

func TestOneAddressHasALimitOfItsOwnUnlessItIsAProxy(t *testing.T) {
	for addresses, closed := range map[[3]string]bool{
		{"10.0.0.1", "10.0.0.1", "10.0.0.1"}:             true,
		{"10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1"}:      true,
		{"2001:db8::1", "2001:db8::2", "2001:db8::ffff"}: true,
		{"10.0.0.1", "10.0.0.2", "10.0.0.1"}:             false,
		{"10.0.0.9", "10.0.0.9", "10.0.0.9"}:             false,
	} {
		c := newTable(100, 2)
		peers := []*peer{newPeer(addresses[0]), newPeer(addresses[1]), newPeer(addresses[2])}
		for _, p := range peers {
			if c.add(p) == nil {
				t.Errorf("%v: a connection was refused", addresses)
			}
		}
		if peers[0].closed != closed || peers[1].closed || peers[2].closed {
			t.Errorf("%v: closed %v, want %v", addresses, peers[0].closed, closed)
		}
	}
}
