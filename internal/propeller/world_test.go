package propeller_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker"
	"cohort/internal/propeller"
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

// A world is the dialect over a directory of its own, beside the Looker dialect,
// with a few callers:
//
//	admin     user 1, may do everything
//	manager   user 2, may see users, manage groups and set values
//	ordinary  user 3, may do nothing but what everyone may
//	none      sends no token
//	expired   sends one that has expired
//
// Groups made in it count from 2, attributes from 14, users from 4.
type world struct {
	t       testing.TB
	core    *core.Core
	store   store.Store
	handler http.Handler
	tokens  map[string]string
}

// at is the time in every world.
func at() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func newWorld(t testing.TB, change ...func(*propeller.Config)) *world {
	return newWorldOn(t, memstore.New(), change...)
}

func newWorldOn(t testing.TB, s store.Store, change ...func(*propeller.Config)) *world {
	t.Helper()
	c, err := core.Open(t.Context(), s,
		core.Options{Sealer: plainSealer{}, Now: at,
			Facets: map[string]func(directory.Facet) error{propeller.Dialect: propeller.CheckFacet}})
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
	log := slog.New(slog.DiscardHandler)
	cfg := propeller.Config{
		Kit: dialect.Kit{
			Gate: httpkit.Gate{Await: c.Await}, Directory: view.New(c).As, Log: log, Now: at, BaseURL: "https://localhost:19999",
		},
		Sessions: sessions,
		DocsURL:  "https://www.propel.us/docs/errors",
	}
	for _, f := range change {
		f(&cfg)
	}
	mux := http.NewServeMux()
	handler := propeller.New(cfg)
	for _, mount := range propeller.Mounts(cfg.Prefix) {
		mux.Handle(mount, handler)
	}
	mux.Handle("/api/4.0/", looker.New(looker.Config{Kit: cfg.Kit, Sessions: sessions}))
	w := &world{t: t, core: c, store: s, handler: mux, tokens: map[string]string{}}
	w.populate(sessions)
	return w
}

// populate makes the callers.
func (w *world) populate(sessions *auth.Service) {
	w.t.Helper()
	if _, ok, err := w.core.Bootstrap(w.t.Context(), "admin-client", strings.Repeat("admin", 5)); err != nil || !ok {
		w.t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	w.do(
		directory.CreatePermissionSet{Name: "Manager", Permissions: []string{"see_users", "manage_groups", "set_values"}},
		directory.CreateRole{Name: "Manager", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateUser{FirstName: "Mia", LastName: "Manager"},
		directory.SetUserRoles{User: directory.Made[directory.UserID](2),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.CreateUser{FirstName: "Otto", LastName: "Ordinary"},
		directory.CreateAPICredential{User: 2, ClientID: "manager-client", Secret: strings.Repeat("manager", 5)},
		directory.CreateAPICredential{User: 3, ClientID: "ordinary-client", Secret: strings.Repeat("ordinary", 5)},
	)
	old := auth.New(w.store, auth.Config{Now: func() time.Time { return at().Add(-2 * time.Hour) }})
	for name, sessions := range map[string]*auth.Service{"admin": sessions, "manager": sessions, "ordinary": sessions,
		"expired": old} {
		who := strings.Replace(name, "expired", "admin", 1)
		token, err := sessions.Login(w.t.Context(), who+"-client", strings.Repeat(who, 5), netip.Addr{})
		if err != nil {
			w.t.Fatalf("login of %s: %v", name, err)
		}
		w.tokens[name] = token.Text
	}
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

// revision is where the directory stands.
func (w *world) revision() directory.Revision { return w.core.Head().Revision }

// A reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request and holds the exchange against the description.
func (w *world) send(as, method, target, body string, header http.Header) reply {
	w.t.Helper()
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
	w.check(method, target, body, header, got)
	return got
}

// must sends a request as the administrator that has to succeed.
func (w *world) must(method, target, body string) reply {
	w.t.Helper()
	got := w.send("admin", method, target, body, nil)
	if got.status/100 != 2 {
		w.t.Fatalf("%s %s %.300s: %d %s", method, target, body, got.status, got.body)
	}
	return got
}

// data is the data of a reply, spelled anew: the members of objects in order.
func (r reply) data(t testing.TB) string {
	t.Helper()
	var body struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return string(body.Data)
}
