package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"cohort/internal/server"
)

func TestClientAddr(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		trusted    []netip.Prefix
		want       string
	}{
		{"Without trusted proxies the header is not read", "10.0.0.1:1", []string{"1.2.3.4"}, nil, "10.0.0.1"},
		{"A stranger's header is not read", "8.8.8.8:1", []string{"1.2.3.4"}, proxies, "8.8.8.8"},
		{"A trusted proxy names its client", "10.0.0.1:1", []string{"1.2.3.4"}, proxies, "1.2.3.4"},
		{"What the client sent itself is not believed", "10.0.0.1:1", []string{"6.6.6.6, 1.2.3.4"}, proxies, "1.2.3.4"},
		{"Nor in a header of its own", "10.0.0.1:1", []string{"6.6.6.6", "1.2.3.4"}, proxies, "1.2.3.4"},
		{"Proxies behind proxies", "10.0.0.1:1", []string{"1.2.3.4, 10.0.0.3", "fd00::1"}, proxies, "1.2.3.4"},
		{"A client inside the trusted network", "10.0.0.1:1", []string{"10.0.0.9"}, proxies, "10.0.0.9"},
		{"A port is no part of the address", "10.0.0.1:1", []string{"[2001:db8::1]:443"}, proxies, "2001:db8::1"},
		{"Mapped addresses are the addresses they map", "[::ffff:10.0.0.1]:1", []string{"::ffff:1.2.3.4"}, proxies, "1.2.3.4"},
		{"Garbage ends the search", "10.0.0.1:1", []string{"1.2.3.4, unknown"}, proxies, "10.0.0.1"},
		{"No header", "10.0.0.1:1", nil, proxies, "10.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr = test.peer
			r.Header["X-Forwarded-For"] = test.forwarded
			if got := server.ClientAddr(test.trusted)(r).String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func FuzzClientAddr(f *testing.F) {
	trusted := netip.MustParsePrefix("10.0.0.0/8")
	addr := server.ClientAddr([]netip.Prefix{trusted})
	f.Add("1.2.3.4, 10.0.0.1")
	f.Add("[::1]:80,,%")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header["X-Forwarded-For"] = []string{header}
		if got := addr(r); !got.IsValid() || got.Zone() != "" {
			t.Errorf("header %q gives %v", header, got)
		}
	})
}
