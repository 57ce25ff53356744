package auth

import (
	"net/netip"
	"strings"

	"cohort/internal/directory"
)

// AddressKey returns the key under which an address is counted and limited: an IPv4 address
// itself, or the /64 network of an IPv6 address, which is the smallest that a subscriber gets.
// The invalid address has a key of its own.
func AddressKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid():
		return "none"
	case a.Is4():
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}

// Proxies are the networks whose X-Forwarded-For is trusted.
type Proxies []netip.Prefix

// ParseProxies parses networks such as 10.0.0.0/8, and single addresses.
func ParseProxies(field string, list []string) (Proxies, error) {
	var p Proxies
	for _, s := range list {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil || a.Zone() != "" {
				return nil, directory.Invalid(field, "must be addresses or networks, such as 10.0.0.0/8")
			}
			prefix = netip.PrefixFrom(a, a.BitLen())
		}
		if a := prefix.Addr(); a.Is4In6() {
			return nil, directory.Invalid(field, "has an IPv4 network in IPv6 form; write it as IPv4")
		}
		p = append(p, prefix.Masked())
	}
	return p, nil
}

// Has reports whether an address is that of a proxy.
func (p Proxies) Has(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Client returns the address of the client behind a connection from remote, which has the form
// of http.Request.RemoteAddr. It uses the values of X-Forwarded-For only if the connection
// comes from a proxy, and only the last ones, which proxies wrote: a client can invent
// everything before. If remote is no address, neither is the result.
func (p Proxies) Client(remote string, forwardedFor []string) netip.Addr {
	client := parseHop(remote)
	if !p.Has(client) {
		return client
	}
	hops := strings.Split(strings.Join(forwardedFor, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.Has(client); i-- {
		hop := parseHop(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			return client
		}
		client = hop
	}
	return client
}

// parseHop parses an address with or without port and brackets.
func parseHop(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
