// Package dialecttest is a world for the tests of surfaces: a directory of its
// own, a few callers, and requests to a handler that the test makes.
//
// It knows no surface.
package dialecttest

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// A World is a directory in memory, with a handler of a surface on it, and
// callers:
//
//	admin     user 1, may do everything
//	manager   user 2, may see users, manage groups and set values
//	ordinary  user 3, may do nothing but what everyone may
//	disabled  user 4, was disabled after it had logged in
//	revoked   user 3, logged out
//	none      sends no token
//
// Groups made in it count from 2, attributes from 14, users from 5.
type World struct {
	testing.TB

	Core     *core.Core
	Store    store.Store
	Sessions *auth.Service
	Handler  http.Handler
	Tokens   map[string]string // by caller
}

// Now is the time in every world.
func Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// Callers are the names of all callers, "none" included.
func Callers() []string {
	return []string{"admin", "manager", "ordinary", "disabled", "revoked", "none"}
}

// New makes a world with the handler that a surface makes of a kit.
func New(t testing.TB, handler func(dialect.Kit, *auth.Service) http.Handler) *World {
	t.Helper()
	s := memstore.New()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: Sealer{}, Now: Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	sessions := auth.New(s, auth.Config{Now: Now})
	kit := dialect.Kit{
		Gate: httpkit.Gate{Await: c.Await}, Directory: view.New(c).As, Log: slog.New(slog.DiscardHandler), Now: Now,
		BaseURL: "https://localhost:19999",
	}
	w := &World{TB: t, Core: c, Store: s, Sessions: sessions, Handler: handler(kit, sessions), Tokens: map[string]string{}}
	w.populate()
	return w
}

func (w *World) populate() {
	w.Helper()
	admin, ok, err := w.Core.Bootstrap(w.Context(), "admin-client", strings.Repeat("admin", 5))
	if err != nil || !ok {
		w.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	w.Do(
		directory.CreatePermissionSet{Name: "Manager", Permissions: []string{"see_users", "manage_groups", "set_values"}},
		directory.CreateRole{Name: "Manager", PermissionSet: directory.Made[directory.PermissionSetID](0),
			ModelSet: directory.AllModels},
		directory.CreateUser{FirstName: "Mia", LastName: "Manager"},
		directory.SetUserRoles{User: directory.Made[directory.UserID](2),
			Roles: []directory.RoleID{directory.Made[directory.RoleID](1)}},
		directory.CreateUser{FirstName: "Otto", LastName: "Ordinary"},
		directory.CreateUser{FirstName: "Dora", LastName: "Disabled"},
	)
	w.Login("admin", admin.ClientID, admin.Secret)
	for i, name := range []string{"manager", "ordinary", "disabled"} {
		id, secret := name+"-client", strings.Repeat(name, 5)
		w.Do(directory.CreateAPICredential{User: directory.UserID(i + 2), ClientID: id, Secret: secret})
		w.Login(name, id, secret)
	}
	w.Login("revoked", "ordinary-client", strings.Repeat("ordinary", 5))
	if err := w.Sessions.Logout(w.Context(), w.Tokens["revoked"]); err != nil {
		w.Fatal(err)
	}
	w.Do(directory.UpdateUser{User: 4, Disabled: new(true)})
}

// Login notes the token of a caller.
func (w *World) Login(name, clientID, secret string) {
	w.Helper()
	token, err := w.Sessions.Login(w.Context(), clientID, secret, netip.Addr{})
	if err != nil {
		w.Fatalf("login of %s: %v", name, err)
	}
	w.Tokens[name] = token.Text
}

// Do commits edits as the program itself.
func (w *World) Do(edits ...directory.Edit) directory.Committed {
	w.Helper()
	done, err := view.New(w.Core).As(directory.System("test")).Commit(w.Context(), directory.Change{Edits: edits})
	if err != nil {
		w.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

// Revision is where the directory stands.
func (w *World) Revision() directory.Revision { return w.Core.Head().Revision }

// A Request is what a caller sends.
type Request struct {
	As, Method, Target, Body string
	Header                   http.Header
}

// A Reply is what comes back.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends a request; a body is JSON unless the header says otherwise.
func (w *World) Send(q Request) Reply {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), q.Method, q.Target, strings.NewReader(q.Body))
	if q.Body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := w.Tokens[q.As]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	} else if q.As != "none" {
		w.Fatalf("there is no caller %q", q.As)
	}
	maps.Copy(r.Header, q.Header)
	rec := httptest.NewRecorder()
	w.Handler.ServeHTTP(rec, r)
	return Reply{rec.Code, rec.Header(), rec.Body.String()}
}

// Matrix sends every request as every caller, each in a world of its own, and
// returns one line a request with the statuses, in the order of the callers.
func Matrix(open func() *World, requests []Request) string {
	var b strings.Builder
	callers := Callers()
	width := 0
	for _, q := range requests {
		width = max(width, len(q.Method)+1+len(q.Target))
	}
	fmt.Fprintf(&b, "%-*s  %s\n", width, "", strings.Join(callers, "  "))
	for _, q := range requests {
		fmt.Fprintf(&b, "%-*s", width, q.Method+" "+q.Target)
		for _, as := range callers {
			q := q
			q.As, q.Header = as, maps.Clone(q.Header)
			fmt.Fprintf(&b, "  %-*d", len(as), open().Send(q).Status)
		}
		b.WriteByte('\n')
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(slices.Clip(lines), "\n")
}
