package httpkit_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// tokens knows one token.
type tokens struct{ asked *[]string }

func (k tokens) Authenticate(_ context.Context, token string) (directory.Caller, error) {
	*k.asked = append(*k.asked, "token "+token)
	if token != "good" {
		return directory.Caller{}, &directory.Error{Kind: directory.KindUnauthenticated}
	}
	return directory.Caller{User: 7}, nil
}

func TestAGateAsksInOrderAndStopsAtTheFirstRefusal(t *testing.T) {
	missing, tooMany := errors.New("no token"), &directory.Error{Kind: directory.KindTooMany}
	for _, test := range []struct {
		name, token string
		refuse      directory.UserID // whom the limit refuses; -1 nobody
		asked       []string
		err         error
		kind        directory.Kind
	}{
		{"a good token", "good", -1, []string{"limit 0 from 192.0.2.1", "token good", "limit 7 from 192.0.2.1"}, nil, 0},
		{"an address that is too fast", "good", 0, []string{"limit 0 from 192.0.2.1"}, tooMany, 0},
		{"no token", "", -1, []string{"limit 0 from 192.0.2.1"}, missing, 0},
		{"a bad token", "bad", -1, []string{"limit 0 from 192.0.2.1", "token bad"}, nil, directory.KindUnauthenticated},
		{"a caller that is too fast", "good", 7, []string{"limit 0 from 192.0.2.1", "token good", "limit 7 from 192.0.2.1"},
			tooMany, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			gate := httpkit.Gate{Limit: func(from netip.Addr, caller directory.Caller) error {
				asked = append(asked, "limit "+directory.FormatID(caller.User)+" from "+from.String())
				if caller.User == test.refuse {
					return tooMany
				}
				return nil
			}}
			r := httptest.NewRequest("GET", "/", nil) // comes from 192.0.2.1
			if test.token != "" {
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			caller, token, err := gate.Admit(r, "test", httpkit.ByToken(tokens{&asked}, missing))
			if !slices.Equal(asked, test.asked) {
				t.Errorf("asked %q, want %q", asked, test.asked)
			}
			switch refused := test.err != nil || test.kind != 0; {
			case refused && (err == nil || caller != directory.Caller{} || token != ""):
				t.Errorf("Admit = %v, %q, %v", caller, token, err)
			case test.err != nil && !errors.Is(err, test.err), test.kind != 0 && directory.KindOf(err) != test.kind:
				t.Errorf("the error is %v", err)
			case !refused && (err != nil || caller.User != 7 || caller.Dialect != "test" || token != "good"):
				t.Errorf("Admit = %v, %q, %v", caller, token, err)
			}
		})
	}
}

func TestBaseURLsAreTheConfiguredOnesElseThoseOfTheRequest(t *testing.T) {
	request := func(host string, secure bool) *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if secure {
			r.TLS = &tls.ConnectionState{}
		}
		return r
	}
	for _, test := range []struct {
		configured string
		r          *http.Request
		want       string
	}{
		{"https://a.example/", request("b.example", false), "https://a.example"},
		{"", request("cohort:1", false), "http://cohort:1"},
		{"", request("LocalHost", true), "https://LocalHost"},
		{"", request("a.localhost:80", false), "http://a.localhost:80"},
		{"", request("192.0.2.1:19999", false), "http://192.0.2.1:19999"},
		{"", request("[2001:db8::1]:19999", true), "https://[2001:db8::1]:19999"},
		{"", request("evil.example", false), "http://localhost"},
		{"", request("localhost.evil.example:1", true), "https://localhost"},
		{"", request("cohort:1@evil", false), "http://localhost"},
		{"", request("co/hort", false), "http://localhost"},
		{"", request("", true), "https://localhost"},
	} {
		if got := httpkit.BaseURL(test.configured, test.r); got != test.want {
			t.Errorf("BaseURL(%q) = %q, want %q", test.configured, got, test.want)
		}
	}
}
