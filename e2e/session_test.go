package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
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
func (s *server) page(cookie *http.Cookie, path string) (status int, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.direct.Load().String()+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.AddCookie(cookie)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// sessionsPage asks a node for the page that everybody who is signed in has.
func (s *server) sessionsPage(cookie *http.Cookie) (status int) {
	s.t.Helper()
	status, _ = s.page(cookie, "/ui/access/sessions")
	return status
}

// TestTheSystemPageListsEveryNode looks at the page of one node while the other
// comes and goes.
func TestTheSystemPageListsEveryNode(t *testing.T) {
	c := newCluster(t, 2, databases.Server(t))
	a, b := c.nodes[0], c.nodes[1]
	cookie := a.signedIn(a.login(), "1")
	row := regexp.MustCompile(`<td class="name">[^<]*:(\d+)( <span class="tag positive">this one</span>)?</td><td>up to date`)
	lists := func(want string) {
		t.Helper()
		var got string
		for range 100 {
			_, page := a.page(cookie, "/ui/system")
			got = ""
			for _, m := range row.FindAllStringSubmatch(page, -1) {
				got += m[1] + m[2] + ";"
			}
			if got == want {
				return
			}
			a.mustAsk(http.MethodGet, "/healthz", "", "")
		}
		t.Fatalf("the nodes are %s, want %s", got, want)
	}
	mine := a.direct.Load().Port() + ` <span class="tag positive">this one</span>;`
	lists(mine + b.direct.Load().Port() + ";")
	b.stop()
	lists(mine)
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
		if status := b.sessionsPage(cookie); status != http.StatusOK {
			t.Fatalf("the session of one node is not good on the other: %d", status)
		}
		a.mustAsk(http.MethodPatch, "/api/4.0/users/"+user, token, `{"is_disabled":true}`)
		if status := b.sessionsPage(cookie); status != http.StatusSeeOther {
			t.Errorf("after the user was disabled: %d", status)
		}
		a.mustAsk(http.MethodPatch, "/api/4.0/users/"+user, token, `{"is_disabled":false}`)
		for _, node := range c.nodes {
			if status := node.sessionsPage(cookie); status != http.StatusSeeOther {
				t.Errorf("after it was enabled again: %d", status)
			}
		}
		c.awaitLevel(token)
	}
}
