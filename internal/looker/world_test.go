package looker_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cohort/api/apicheck"
	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// plainSealer is a sealer whose seals are easy to look into.
type plainSealer struct{}

func (plainSealer) Seal(a directory.AttributeID, o directory.Object, text string) (string, []byte, error) {
	return "test", fmt.Appendf(nil, "%d/%s/%s", a, o, text), nil
}

func (plainSealer) Open(a directory.AttributeID, o directory.Object, _ string, sealed []byte) (string, error) {
	text, ok := strings.CutPrefix(string(sealed), fmt.Sprintf("%d/%s/", a, o))
	if !ok {
		return "", fmt.Errorf("sealed for another place")
	}
	return text, nil
}

// A world is the dialect over a directory of its own, with a few callers:
//
//	admin     user 1, may do everything
//	manager   user 2, may see users, manage groups and set values
//	ordinary  user 3, may do nothing but what everyone may
//	disabled  user 4, was disabled after it had logged in
//	revoked   user 3, logged out
//	none      sends no token
//
// Groups made in it count from 2, attributes from 14, users from 5.
type world struct {
	t        testing.TB
	core     *core.Core
	sessions *auth.Service
	handler  http.Handler
	checker  *apicheck.Checker
	tokens   map[string]string
	keys     map[string][2]string // client id and secret by caller
}

// loadChecker reads the description of the API once for all worlds.
var loadChecker = sync.OnceValues(apicheck.Looker)

// at is the time in every world.
func at() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// A template is what worlds begin as. It is made once, as making it takes
// longest.
type template struct {
	once sync.Once
	like world
	data *memstore.Store
}

// The worlds that most tests begin with: with the callers in it, and with what
// probes are about, too.
var populated, furnished template

// world makes a world in memory like the template.
func (p *template) world(t testing.TB, fill func(*world), change []func(*looker.Config)) *world {
	t.Helper()
	p.once.Do(func() {
		data := memstore.New()
		p.like = *newWorldIn(t, data)
		fill(&p.like)
		p.data = data.Clone()
	})
	if p.data == nil {
		t.Fatal("the first world could not be made")
	}
	w := bareWorld(t, p.data.Clone(), change)
	w.tokens, w.keys = maps.Clone(p.like.tokens), maps.Clone(p.like.keys)
	return w
}

// newWorld makes a world in memory.
func newWorld(t testing.TB, change ...func(*looker.Config)) *world {
	t.Helper()
	return populated.world(t, func(*world) {}, change)
}

// newFurnishedWorld makes a world in memory with what probes are about.
func newFurnishedWorld(t testing.TB) *world {
	t.Helper()
	return furnished.world(t, furnish, nil)
}

// newWorldIn makes a world in an empty store, which it closes in the end.
func newWorldIn(t testing.TB, s store.Store, change ...func(*looker.Config)) *world {
	t.Helper()
	w := bareWorld(t, s, change)
	w.tokens, w.keys = map[string]string{}, map[string][2]string{}
	w.populate(w.sessions)
	return w
}

// bareWorld makes a world of what a store holds.
func bareWorld(t testing.TB, s store.Store, change []func(*looker.Config)) *world {
	t.Helper()
	c, err := core.Open(t.Context(), s,
		core.Options{Sealer: plainSealer{}, Now: at,
			Facets: map[string]func(directory.Facet) error{looker.Dialect: looker.CheckFacet}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	sessions := auth.New(s, auth.Config{Now: at})
	cfg := looker.Config{
		Kit: dialect.Kit{
			Gate: httpkit.Gate{Await: c.Await}, Directory: view.New(c).As, Log: slog.New(slog.DiscardHandler), Now: at,
			BaseURL: "https://localhost:19999",
		},
		Sessions: sessions,
		Swagger:  []byte(`{"swagger":"2.0"}`),
		OpenAPI:  []byte(`{"openapi":"3.0.0"}`),
	}
	for _, f := range change {
		f(&cfg)
	}
	checker, err := loadChecker()
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, core: c, sessions: sessions, handler: looker.New(cfg), checker: checker}
}

// populate makes the callers.
func (w *world) populate(sessions *auth.Service) {
	w.t.Helper()
	admin, ok, err := w.core.Bootstrap(w.t.Context(), "admin-client", strings.Repeat("admin", 5))
	if err != nil || !ok {
		w.t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	w.keys["admin"] = [2]string{admin.ClientID, admin.Secret}
	w.do(
		directory.CreatePermissionSet{Name: "Manager", Permissions: []string{"see_users", "manage_groups", "set_values"}},
		directory.CreateRole{Name: "Manager", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateUser{FirstName: "Mia", LastName: "Manager"},
		directory.SetUserRoles{User: directory.Made[directory.UserID](2),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.CreateUser{FirstName: "Otto", LastName: "Ordinary"},
		directory.CreateUser{FirstName: "Dora", LastName: "Disabled"},
	)
	for id, name := range []string{2: "manager", 3: "ordinary", 4: "disabled"} {
		if name == "" {
			continue
		}
		key := [2]string{name + "-client", strings.Repeat(name, 5)}
		w.do(directory.CreateAPICredential{User: directory.UserID(id), ClientID: key[0], Secret: key[1]})
		w.keys[name] = key
	}
	w.keys["revoked"] = w.keys["ordinary"]
	for name, key := range w.keys {
		token, err := sessions.Login(w.t.Context(), key[0], key[1], netip.Addr{})
		if err != nil {
			w.t.Fatalf("login of %s: %v", name, err)
		}
		w.tokens[name] = token.Text
	}
	if err := sessions.Logout(w.t.Context(), w.tokens["revoked"]); err != nil {
		w.t.Fatal(err)
	}
	yes := true
	w.do(directory.UpdateUser{User: 4, Disabled: &yes})
}

// do commits edits as the program itself.
func (w *world) do(edits ...directory.Edit) directory.Committed {
	w.t.Helper()
	done, err := view.New(w.core).As(directory.System("test")).Commit(w.t.Context(), directory.Change{Edits: edits})
	if err != nil {
		w.t.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

// A reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request and checks the reply against the description of the
// API. Paths that do not begin with /api or the like are below /api/4.0.
func (w *world) send(as, method, target, body string, header http.Header) reply {
	w.t.Helper()
	if !strings.HasPrefix(target, "/api/") && !strings.HasPrefix(target, "/alive") &&
		!strings.HasPrefix(target, "/versions") && !strings.HasPrefix(target, "/r/") {
		target = "/api/4.0" + target
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token := w.tokens[as]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	} else if as != "none" {
		w.t.Fatalf("there is no caller %q", as)
	}
	maps.Copy(r.Header, header)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	got := reply{rec.Code, rec.Header(), rec.Body.String()}
	path, query, _ := strings.Cut(target, "?")
	values, _ := url.ParseQuery(query)
	if !strings.HasPrefix(path, "/r/") {
		if err := w.checker.Check(apicheck.Exchange{Method: method, Path: path, Query: values, Status: got.status,
			Header: got.header, Body: rec.Body.Bytes()}); err != nil {
			w.t.Errorf("the reply is not what the description says: %v", err)
		}
	}
	return got
}

// get is send without a body.
func (w *world) get(as, target string) reply {
	w.t.Helper()
	return w.send(as, "GET", target, "", nil)
}

// must sends a request that has to succeed.
func (w *world) must(as, method, target, body string) reply {
	w.t.Helper()
	got := w.send(as, method, target, body, nil)
	if got.status/100 != 2 {
		w.t.Fatalf("%s %s %s: %d %s", method, target, body, got.status, got.body)
	}
	return got
}
