package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// signedIn uses a new link of a user on a node and returns the cookie.
func (s *server) signedIn(token, user string) *http.Cookie {
	s.t.Helper()
	var link struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(s.mustAsk(http.MethodPost, "/v1/users/"+user+"/sign-in-link", token, "{}")),
		&link); err != nil {
		s.t.Fatal(err)
	}
	_, secret, _ := strings.Cut(link.URL, "#")
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.direct.Load().String()+"/ui/link",
		strings.NewReader(url.Values{"secret": {secret}}.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
	if len(res.Cookies()) != 1 {
		s.t.Fatalf("the link gives %d and no session", res.StatusCode)
	}
	return res.Cookies()[0]
}

// page asks a node for a page with a cookie.
func (s *server) page(cookie *http.Cookie) (status int) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.direct.Load().String()+"/ui/access/sessions",
		nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.AddCookie(cookie)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// TestDisablingEndsSessionsOnTheOtherNodeAtOnce disables a user on one node, and
// asks the other with the next request; the session does not come back with the
// user.
func TestDisablingEndsSessionsOnTheOtherNodeAtOnce(t *testing.T) {
	c := newCluster(t, 2, databases.Server(t))
	a, b := c.nodes[0], c.nodes[1]
	token := a.login()
	user := idIn(t, a.mustAsk(http.MethodPost, "/api/4.0/users", token, `{"first_name":"Ada"}`))
	c.awaitLevel(token)
	for range 5 {
		cookie := a.signedIn(token, user)
		if status := b.page(cookie); status != http.StatusOK {
			t.Fatalf("the session of one node is not good on the other: %d", status)
		}
		a.mustAsk(http.MethodPatch, "/api/4.0/users/"+user, token, `{"is_disabled":true}`)
		if status := b.page(cookie); status != http.StatusSeeOther {
			t.Errorf("after the user was disabled: %d", status)
		}
		a.mustAsk(http.MethodPatch, "/api/4.0/users/"+user, token, `{"is_disabled":false}`)
		for _, node := range c.nodes {
			if status := node.page(cookie); status != http.StatusSeeOther {
				t.Errorf("after it was enabled again: %d", status)
			}
		}
		c.awaitLevel(token)
	}
}
