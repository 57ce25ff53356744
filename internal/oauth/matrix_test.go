package oauth_test

import (
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/oauth"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

// clients are the client ids and secrets of the callers of the matrix, but for
// those of nobody.
func clients() map[string][2]string {
	pairs := map[string][2]string{"none": {}, "unknown": {"unknown-client", strings.Repeat("unknown", 4)}}
	for _, name := range append([]string{"admin"}, made()...) {
		pairs[name] = [2]string{name + "-client", strings.Repeat(name, 7)}
	}
	pairs["wrong"] = [2]string{"ordinary-client", strings.Repeat("wrong", 5)}
	pairs["another's"] = [2]string{"ordinary-client", pairs["service"][1]}
	return pairs
}

// made are the users that a tokenWorld makes, beside its administrator.
func made() []string {
	return []string{"service", "ordinary", "disabled", "off", "removed", "deleted", "erased", "scim"}
}

// A tokenWorld has a user for each caller, in the order of their ids.
type tokenWorld struct {
	handler  http.Handler
	sessions *auth.Service
	users    map[string]directory.UserID
}

func newTokenWorld(t *testing.T) *tokenWorld {
	t.Helper()
	s := memstore.New()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: noSealer{}, Now: dialecttest.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := c.Bootstrap(t.Context(), clients()["admin"][0], clients()["admin"][1]); err != nil {
		t.Fatal(err)
	}
	commit := func(edits ...directory.Edit) directory.Committed {
		done, err := view.New(c).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: edits})
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	w := &tokenWorld{
		users: map[string]directory.UserID{"admin": 1}, sessions: auth.New(s, auth.Config{Now: dialecttest.Now}),
	}
	keys := map[string]directory.CredentialID{}
	for _, name := range made() {
		user := directory.CreateUser{FirstName: name}
		key := directory.CreateAPICredential{
			User: directory.Made[directory.UserID](0), ClientID: clients()[name][0], Secret: clients()[name][1],
		}
		switch name {
		case "service":
			user.Kind = directory.KindService
		case "scim":
			user.Kind, key.Kind = directory.KindService, directory.CredentialSCIM
		}
		done := commit(user, key)
		w.users[name], keys[name] = directory.UserID(done.Results[0].ID), directory.CredentialID(done.Results[1].ID)
	}
	commit(
		directory.UpdateUser{User: w.users["disabled"], Disabled: new(true)},
		directory.UpdateCredential{User: w.users["off"], Credential: keys["off"], Disabled: new(true)},
		directory.DeleteCredential{User: w.users["removed"], Credential: keys["removed"]},
		directory.DeleteUser{User: w.users["deleted"]}, directory.EraseUser{User: w.users["erased"]},
	)
	w.handler = oauth.New(oauth.Config{
		Sessions: w.sessions, Log: slog.New(slog.DiscardHandler), Now: dialecttest.Now, Prefixes: []string{"/propeller"},
	})
	return w
}

// send asks for a token; one that is given must be that caller's. That of an
// identity provider is good at SCIM only.
func (w *tokenWorld) send(t *testing.T, caller string, p dialecttest.Probe) (status int) {
	t.Helper()
	id, secret := url.QueryEscape(clients()[caller][0]), url.QueryEscape(clients()[caller][1])
	body := p.Body
	var header []string
	switch {
	case caller == "none":
	case strings.Contains(p.Target, "#basic"):
		header = []string{"Authorization", basic(id, secret)}
	default:
		body += "&client_id=" + id + "&client_secret=" + secret
	}
	path, _, _ := strings.Cut(p.Target, "#")
	rec := post(w.handler, path, body, header...)
	var reply struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &reply); err != nil {
		t.Fatal(err)
	}
	if (rec.Code == http.StatusOK) != (reply.Token != "") {
		t.Errorf("%s: %d with %s", caller, rec.Code, rec.Body)
	}
	if reply.Token == "" {
		return rec.Code
	}
	is, err := w.sessions.Authenticate(t.Context(), reply.Token)
	switch {
	case caller == "scim" && err == nil:
		t.Errorf("the token of %s is good elsewhere than at SCIM", caller)
	case caller != "scim" && (err != nil || is.User != w.users[caller]):
		t.Errorf("the token of %s is of user %d, %v", caller, is.User, err)
	}
	return rec.Code
}

// Every way to ask for a token, by every sort of client.
func TestEveryClientGetsATokenAsTheMatrixSays(t *testing.T) {
	probes, routes := map[string]dialecttest.Probe{}, []string{}
	for _, path := range oauth.Mounts("propeller") {
		for _, way := range []string{"#body", "#basic"} {
			route := "POST " + path + way
			routes = append(routes, route)
			probes[route] = dialecttest.Probe{
				Method: http.MethodPost, Target: path + way, Body: "grant_type=client_credentials",
			}
		}
	}
	m := dialecttest.RouteMatrix{
		File: "testdata/matrix.txt", Update: *update, Routes: routes, Probes: probes,
		Callers: []string{
			"admin", "service", "ordinary", "disabled", "off", "removed", "deleted", "erased", "scim", "wrong", "another's",
			"unknown", "none",
		},
		Refused: []string{"disabled", "off", "removed", "deleted", "erased", "wrong", "another's", "unknown"},
		World: func(t *testing.T) func(string, dialecttest.Probe) int {
			w := newTokenWorld(t)
			return func(caller string, p dialecttest.Probe) int { return w.send(t, caller, p) }
		},
	}
	m.Check(t)
}

// A token is asked for by POST only.
func TestATokenIsGivenByNoOtherMethod(t *testing.T) {
	w := newTokenWorld(t)
	for _, path := range oauth.Mounts("propeller") {
		for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE"} {
			target := path + "?grant_type=client_credentials&client_id=admin-client&client_secret=" + clients()["admin"][1]
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, httptest.NewRequest(method, target, nil))
			if rec.Code != http.StatusMethodNotAllowed || strings.Contains(rec.Body.String(), "access_token") {
				t.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
		}
	}
}
