package auth

import (
	"net/netip"
	"strings"

	"cohort/internal/directory"
)

// AddressKey names what is counted and limited together with an address: an
// IPv4 address itself, of IPv6 the network of 64 bits, which is the least that
// one subscriber has. No address at all is a key of its own.
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

// Proxies are the networks whose word on the client's address is believed.
type Proxies []netip.Prefix

// ParseProxies reads networks such as 10.0.0.0/8, and single addresses.
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

// Client returns the address of the client behind a connection from remote,
// which is as in http.Request.RemoteAddr. The values of X-Forwarded-For are
// looked at only if the connection comes from a proxy, from the end, as far as
// proxies have written them: everything before can be made up by the client. If
// remote is no address, neither is the result.
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

// parseHop reads an address with or without a port, in brackets or not.
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
