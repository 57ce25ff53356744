package scim_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cohort/api"
	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim"
	"cohort/internal/scim/clients"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/view"
)

// databases are those of the package's tests, on one server.
var databases pgtest.Shared

func TestMain(m *testing.M) { os.Exit(databases.Run(m)) }

// A world is the dialect over a directory of its own, with clients:
//
//	okta, entra, generic   of the profile of their name; users 2, 3 and 4
//	none                   sends no token
//
// User 1 is the administrator, without a login name. Groups made in it count from
// 2, attributes from 14, users from 5.
type world struct {
	testing.TB
	core    *core.Core
	views   *view.Directory
	store   store.Store
	clients *clients.Registry
	config  scim.Config
	handler http.Handler

	sessions *auth.Service
	session  string // a token of another door
	tokens   map[string]directory.MadeSCIMToken
	clock    atomic.Int64 // milliseconds after the beginning
}

func start() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func (w *world) now() time.Time { return start().Add(time.Duration(w.clock.Load()) * time.Millisecond) }

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.Add(d.Milliseconds()) }

func newWorld(t testing.TB) *world { return newWorldOn(t, memstore.New()) }

func newWorldOn(t testing.TB, s store.Store) *world {
	t.Helper()
	w := &world{TB: t, store: s, tokens: map[string]directory.MadeSCIMToken{}}
	c, err := core.Open(t.Context(), s, core.Options{
		Sealer: dialecttest.Sealer{}, Now: w.now,
		Facets: map[string]func(directory.Facet) error{scim.Dialect: scim.CheckFacet},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.core, w.views = c, view.New(c)
	sessions := auth.New(s, auth.Config{Now: w.now})
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	w.clients = clients.New(clients.Config{Directory: view.New(c).As, Notes: s.Ephemera(), Now: w.now, Log: log,
		Token: auth.SCIMToken, Uses: sessions.LastUses})
	w.sessions = sessions
	w.config = scim.Config{
		Kit: dialect.Kit{
			Gate: httpkit.Gate{Await: c.Await}, Directory: w.views.As, Log: log, Now: w.now, BaseURL: "https://cohort.example",
		},
		Sessions: sessions, Clients: w.clients, ParseToken: auth.ParseSCIMToken, Key: []byte("key"),
		OpenAPI: []byte(api.SCIM()), OpenAPIJSON: []byte(api.SCIMJSON()),
	}
	w.handler = scim.New(w.config)
	if _, ok, err := c.Bootstrap(t.Context(), "admin-client", strings.Repeat("admin", 5)); err != nil || !ok {
		t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	for _, name := range []string{"okta", "entra", "generic"} {
		made, err := w.clients.Create(t.Context(), w.admin(), directory.NewSCIMClient{Name: name, Profile: name})
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[name] = made
	}
	return w
}

// admin is the directory as the administrator may use it.
func (w *world) admin() *view.View {
	return w.views.As(directory.Caller{User: 1, Dialect: "native"})
}

// do commits edits as the program itself.
func (w *world) do(edits ...directory.Edit) directory.Committed {
	w.Helper()
	done, err := w.views.As(directory.System("test")).Commit(w.Context(), directory.Change{Edits: edits})
	if err != nil {
		w.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

func (w *world) revision() directory.Revision { return w.core.Head().Revision }

// A reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request.
func (w *world) send(as, method, target, body string, header http.Header) reply {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), method, "/scim/v2"+strings.ReplaceAll(target, " ", "%20"),
		strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	if as != "none" {
		made, ok := w.tokens[as]
		if !ok {
			w.Fatalf("there is no caller %q", as)
		}
		r.Header.Set("Authorization", "Bearer "+made.Token)
	}
	maps.Copy(r.Header, header)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	got := reply{rec.Code, rec.Header(), rec.Body.String()}
	if header.Get("Cohort-Preview") == "" { // previews are of the native API
		w.checkForm(method+" "+target, got)
	}
	w.checkDocument(r, got)
	return got
}

// checkForm holds every reply of every test against what is true of all.
func (w *world) checkForm(what string, got reply) {
	w.Helper()
	if got.header.Get("X-Request-Id") == "" {
		w.Errorf("%s: no X-Request-Id", what)
	}
	if got.body == "" {
		return
	}
	if got.header.Get("Content-Type") != "application/scim+json" {
		w.Errorf("%s: Content-Type %q", what, got.header.Get("Content-Type"))
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		w.Fatalf("%s: %v in %s", what, err, got.body)
	}
	if strings.Contains(got.body, ":null") {
		w.Errorf("%s: a null in %s", what, got.body)
	}
	if schemas, ok := body["schemas"].([]any); !ok || len(schemas) == 0 {
		w.Errorf("%s: no schemas in %s", what, got.body)
	}
	if got.status >= 400 {
		if status, ok := body["status"].(string); !ok || status == "" || body["detail"] == "" || body["detail"] == nil {
			w.Errorf("%s: an error without status or detail: %s", what, got.body)
		}
	}
}

// must sends a request that has to succeed.
func (w *world) must(as, method, target, body string) reply {
	w.Helper()
	got := w.send(as, method, target, body, nil)
	if got.status/100 != 2 {
		w.Fatalf("%s %s %.300s: %d %s", method, target, body, got.status, got.body)
	}
	return got
}

// want sends a request whose answer must have a status, and of an error a
// scimType; a refused one must have changed nothing.
func (w *world) want(status int, scimType, as, method, target, body string) reply {
	w.Helper()
	before := w.revision()
	got := w.send(as, method, target, body, nil)
	if got.status != status || got.get("scimType") != scimType {
		w.Errorf("%s %s %.300s: %d %s; want %d %s", method, target, body, got.status, got.body, status, scimType)
	}
	if status >= 400 && w.revision() != before {
		w.Errorf("%s %s %.300s: refused, and yet the revision went from %d to %d", method, target, body, before, w.revision())
	}
	return got
}

// get is a member of the body as a text, by a path such as name.givenName or
// emails.0.value; "" if it is not there.
func (r reply) get(path string) string {
	var v any
	if json.Unmarshal([]byte(r.body), &v) != nil {
		return ""
	}
	for part := range strings.SplitSeq(path, "|") {
		v = member(v, part)
	}
	return text(v)
}

func member(v any, part string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[part]
	case []any:
		i := 0
		for _, c := range part {
			i = i*10 + int(c-'0')
		}
		if i < len(v) {
			return v[i]
		}
	}
	return nil
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// user makes a user, and returns its id.
func (w *world) user(as, userName string) string {
	w.Helper()
	return w.must(as, "POST", "/Users",
		`{"userName":"`+userName+`","externalId":"x-`+userName+`","name":{"givenName":"G","familyName":"F"}}`).get("id")
}

// group makes a group with members, and returns its id.
func (w *world) group(as, name string, members ...string) string {
	w.Helper()
	list := make([]map[string]string, len(members))
	for i := range members {
		list[i] = map[string]string{"value": members[i]}
	}
	b, _ := json.Marshal(map[string]any{"displayName": name, "members": list})
	return w.must(as, "POST", "/Groups", string(b)).get("id")
}

// members are the ids of a group's members, joined.
func (w *world) members(id string) string {
	w.Helper()
	var body struct {
		Members []struct{ Value string }
	}
	if err := json.Unmarshal([]byte(w.must("generic", "GET", "/Groups/"+id, "").body), &body); err != nil {
		w.Fatal(err)
	}
	ids := make([]string, len(body.Members))
	for i := range body.Members {
		ids[i] = body.Members[i].Value
	}
	return strings.Join(ids, " ")
}

// patch is the body of a PATCH of operations.
func patch(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") +
		`]}`
}
