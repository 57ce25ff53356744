package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// These helpers talk to the program itself, without the checker of replies, for
// tests that are not about the form of replies.

// A reply is what the program answered.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request, with a token unless it is empty. The error is that of
// the connection: the program may be gone.
func (s *server) ask(method, path, token, body string) (reply, error) {
	return s.askWith(method, path, token, body, http.Header{})
}

// askWith is ask with more headers.
func (s *server) askWith(method, path, token, body string, header http.Header) (reply, error) {
	req, err := http.NewRequest(method, s.direct.Load().String()+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	maps.Copy(req.Header, header)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return send(req)
}

// send sends a request and reads its reply whole.
func send(req *http.Request) (reply, error) {
	client := http.Client{Timeout: patience}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(text)}, err
}

// mustAsk is ask for what must be done. It may be called by any
// goroutine of the test.
func (s *server) mustAsk(method, path, token, body string) string {
	s.t.Helper()
	r, err := s.ask(method, path, token, body)
	if err != nil {
		s.t.Errorf("%s %s: %v", method, path, err)
	} else if r.status/100 != 2 {
		s.t.Errorf("%s %s: status %d: %s", method, path, r.status, r.body)
	}
	return r.body
}

// login logs the first administrator in and returns the token.
func (s *server) login() string {
	s.t.Helper()
	return s.loginAs(clientID, clientSecret)
}

func (s *server) loginAs(id, secret string) string {
	s.t.Helper()
	resp, err := http.PostForm(s.direct.Load().String()+"/api/4.0/login",
		url.Values{"client_id": {id}, "client_secret": {secret}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var token struct {
		Text string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil || token.Text == "" {
		s.t.Fatalf("log in: status %d: %v", resp.StatusCode, err)
	}
	return token.Text
}

// account makes a user with a credential, and whatever more edits say, and logs it in.
func (s *server) account(admin, clientID string, edits ...string) (user, token string) {
	s.t.Helper()
	edits = append([]string{`{"edit":"create_user","first_name":"Account"}`,
		fmt.Sprintf(`{"edit":"create_api_credential","user":"$0","client_id":%q}`, clientID)}, edits...)
	body := s.mustAsk(http.MethodPost, "/v1/changes", admin, `{"edits":[`+strings.Join(edits, ",")+`]}`)
	var made struct {
		Results []struct{ ID, Secret string }
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || len(made.Results) < 2 {
		s.t.Fatalf("%v: %s", err, body)
	}
	return made.Results[0].ID, s.loginAs(clientID, made.Results[1].Secret)
}

// createGroup makes a group and returns its id.
func (s *server) createGroup(token, name string) string {
	s.t.Helper()
	return idIn(s.t, s.mustAsk(http.MethodPost, "/api/4.0/groups?fields=id,name", token, fmt.Sprintf(`{"name":%q}`, name)))
}

// idIn is the id of the object in a reply.
func idIn(t *testing.T, body string) string {
	t.Helper()
	var object struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(body), &object); err != nil || object.ID == "" {
		t.Errorf("there is no id in %s", body)
	}
	return object.ID
}

// groupNames is the set of the names of all groups.
func (s *server) groupNames(token string) map[string]bool {
	s.t.Helper()
	names := map[string]bool{}
	const page = 5000
	for offset := 0; ; offset += page {
		var groups []struct {
			Name string `json:"name"`
		}
		path := fmt.Sprintf("/api/4.0/groups?fields=name&sorts=id&limit=%d&offset=%d", page, offset)
		if err := json.Unmarshal([]byte(s.mustAsk(http.MethodGet, path, token, "")), &groups); err != nil {
			s.t.Fatal(err)
		}
		for _, g := range groups {
			names[g.Name] = true
		}
		if len(groups) < page {
			return names
		}
	}
}
