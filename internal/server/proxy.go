package server

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr returns a function that says where a request comes from: the
// other end of the connection or, if that is a trusted proxy, the last address
// of X-Forwarded-For that is not one. Without trusted proxies the header is
// never read: anybody can send it.
func ClientAddr(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	isTrusted := func(a netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) netip.Addr {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return netip.Addr{}
		}
		addr := peer.Addr().Unmap().WithZone("")
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && isTrusted(addr); i-- {
			hop, ok := parseHop(strings.TrimSpace(hops[i]))
			if !ok {
				break // what a trusted proxy could not read is not believed
			}
			addr = hop
		}
		return addr
	}
}

// parseHop reads an address, with or without a port.
func parseHop(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
