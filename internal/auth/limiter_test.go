package auth_test

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/auth"
)

func TestAKeyMayAskInBurstsAndThenAtItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := auth.NewLimiter(auth.LimiterConfig{Rate: 2, Burst: 3, Keys: 10})
		for i := range 3 {
			if ok, _ := l.Allow("a"); !ok {
				t.Fatalf("request %d of the burst is refused", i+1)
			}
		}
		for range 5 { // refusals cost nothing
			if ok, after := l.Allow("a"); ok || after != 500*time.Millisecond {
				t.Fatalf("the next: %v, retry after %v; want a refusal and 500ms", ok, after)
			}
		}
		if ok, _ := l.Allow("b"); !ok {
			t.Error("another key is refused")
		}
		time.Sleep(500 * time.Millisecond)
		if ok, _ := l.Allow("a"); !ok {
			t.Error("when it may ask again it is refused")
		}
		if ok, _ := l.Allow("a"); ok {
			t.Error("and then once more")
		}
	})
}

func TestALimiterForgetsTheKeysThatAskedLongestAgo(t *testing.T) {
	l := auth.NewLimiter(auth.LimiterConfig{Rate: 0.001, Burst: 1, Keys: 3})
	for _, key := range []string{"a", "b", "c", "a", "d"} {
		l.Allow(key)
	}
	for key, want := range map[string]bool{"a": false, "c": false, "d": false} {
		if ok, _ := l.Allow(key); ok != want {
			t.Errorf("%s: allowed %v, want %v", key, ok, want)
		}
	}
	if ok, _ := l.Allow("b"); !ok {
		t.Error("b is remembered, though three others asked later")
	}
}

func TestNoRateIsNoLimit(t *testing.T) {
	l := auth.NewLimiter(auth.LimiterConfig{})
	for range 100 {
		if ok, _ := l.Allow("a"); !ok {
			t.Fatal("refused")
		}
	}
}

func TestTheClientIsWhomTheProxiesName(t *testing.T) {
	proxies, err := auth.ParseProxies("proxies", []string{"10.0.0.0/8", "192.0.2.7", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "203.0.113.5:1234", nil, "203.0.113.5"},
		{"a header that nobody vouches for", "203.0.113.5:1234", []string{"198.51.100.1"}, "203.0.113.5"},
		{"one proxy", "10.1.1.1:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a client that makes up hops", "10.1.1.1:1234", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.1.1.1:1234", []string{"198.51.100.1, 10.2.2.2"}, "198.51.100.1"},
		{"two headers", "10.1.1.1:1234", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"only proxies", "10.1.1.1:1234", []string{"10.3.3.3,10.2.2.2"}, "10.3.3.3"},
		{"no header", "10.1.1.1:1234", nil, "10.1.1.1"},
		{"a header that is no address", "10.1.1.1:1234", []string{"198.51.100.1, unknown"}, "10.1.1.1"},
		{"a single address", "192.0.2.7:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"IPv6", "[fd00::1]:1234", []string{"2001:db8::5"}, "2001:db8::5"},
		{"IPv6 with a port", "[fd00::1]:1234", []string{"[2001:db8::5]:80"}, "2001:db8::5"},
		{"IPv6 in brackets", "[fd00::1]:1234", []string{"[2001:db8::5]"}, "2001:db8::5"},
		{"IPv4 in IPv6", "[::ffff:10.1.1.1]:1234", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a unix socket", "@", []string{"198.51.100.1"}, "invalid IP"},
	} {
		if got := proxies.Client(tt.remote, tt.forwarded).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, bad := range []string{"", "x", "10.0.0.0/33", "fe80::1%eth0", "::ffff:10.0.0.0/104"} {
		if _, err := auth.ParseProxies("proxies", []string{bad}); err == nil {
			t.Errorf("%q is accepted as a proxy", bad)
		}
	}
}

func TestNeighboursInAnIPv6NetworkShareAKey(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1",
		"2001:db8::1": "2001:db8::/64", "2001:db8::2%eth0": "2001:db8::/64", "2001:db8:0:1::": "2001:db8:0:1::/64",
	} {
		if got := auth.AddressKey(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s has the key %s, want %s", in, got, want)
		}
	}
	if got := auth.AddressKey(netip.Addr{}); got != "none" {
		t.Errorf("no address has the key %q", got)
	}
}

func FuzzClient(f *testing.F) {
	f.Add("10.0.0.1:1", "198.51.100.1, [::1]:4")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		proxies, _ := auth.ParseProxies("p", []string{"10.0.0.0/8"})
		a := proxies.Client(remote, []string{forwarded})
		if a.Is4In6() || a.Zone() != "" {
			t.Fatalf("%v", a)
		}
		auth.AddressKey(a)
	})
}

func BenchmarkLimiter(b *testing.B) {
	l := auth.NewLimiter(auth.DefaultLimiterConfig())
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("key-", i)
	}
	i := 0
	for b.Loop() {
		l.Allow(keys[i%len(keys)])
		i++
	}
}
