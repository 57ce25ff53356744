package native_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cohort/internal/auth"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
	"cohort/internal/native"
	"cohort/internal/record"
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

// A world is the dialect over a small company:
//
//	users   1 Admin Cohort (administrator), 2 Ada Lovelace (ordinary; ada@example.com, source erp/4711),
//	        3 Bob Babbage (may read effective values, set values and see history), 4 Eve, disabled
//	groups  2 EMEA, 3 Berlin in EMEA, 4 Sales
//	in      Ada: Berlin, Sales; Bob: Sales; Eve: Berlin
//	attributes 14 region (string, default "world"), 15 limit (integer, max), 16 tags (list, union),
//	        17 vip (yesno, any), 18 pin (hidden)
type world struct {
	t       testing.TB
	core    *core.Core
	config  native.Config
	handler http.Handler
	tokens  map[string]string
	clock   atomic.Pointer[time.Time]
	files   int // that were sent
}

func (w *world) now() time.Time { return *w.clock.Load() }

func (w *world) wait(d time.Duration) {
	later := w.now().Add(d)
	w.clock.Store(&later)
}

func newWorld(t testing.TB) *world { return newWorldIn(t, memstore.New()) }

func newWorldIn(t testing.TB, s store.Store) *world {
	t.Helper()
	w := &world{t: t, tokens: map[string]string{}}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w.clock.Store(&start)
	c, err := core.Open(t.Context(), s, core.Options{Sealer: plainSealer{}, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w.core = c
	sessions := auth.New(s, auth.Config{Now: w.now, TokenLife: 100 * time.Hour})
	w.config = native.Config{
		Kit: dialect.Kit{Gate: httpkit.Gate{Await: c.Await}, Directory: view.New(c).As,
			Log: slog.New(slog.DiscardHandler), Now: w.now},
		Sessions:    sessions,
		People:      adaAlone{},
		SCIM:        oktaAlone{},
		EncodeEdits: record.EncodeEdits,
		Key:         []byte("cursors"),
		Imports: intake.NewService(intake.Config{
			Rows: s.Ephemera(), Box: openBox{}, Directory: view.New(c).As, Language: "EN", Now: w.now, Slice: time.Minute,
			NewID: w.newID,
		}),
		Heartbeat: 20 * time.Millisecond,
	}
	w.handler = native.New(w.config)
	w.populate(sessions)
	return w
}

// newID names files: sample, sample2, sample3 …
func (w *world) newID() string {
	if w.files++; w.files == 1 {
		return "sample"
	}
	return "sample" + strconv.Itoa(w.files)
}

// An openBox keeps nothing from anybody.
type openBox struct{}

func (openBox) Seal(_ directory.UserID, data []byte) ([]byte, error)   { return data, nil }
func (openBox) Open(_ directory.UserID, sealed []byte) ([]byte, error) { return sealed, nil }

func (w *world) populate(sessions *auth.Service) {
	w.t.Helper()
	admin, ok, err := w.core.Bootstrap(w.t.Context(), "admin-client", strings.Repeat("admin", 8))
	if err != nil || !ok {
		w.t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	w.do(
		directory.CreateUser{FirstName: "Ada", LastName: "Lovelace"},
		directory.SetLoginEmail{User: 2, Email: "ada@example.com"},
		directory.SetSource{Object: directory.UserID(2).Object(), Source: "erp", SourceID: "4711"},
		directory.CreateUser{FirstName: "Bob", LastName: "Babbage", ContactEmail: "bob@example.com"},
		directory.CreateUser{FirstName: "Eve", Disabled: true},
		directory.CreatePermissionSet{Name: "Support", Permissions: []string{"read_effective", "see_history", "set_values"}},
		directory.CreateRole{Name: "Support", PermissionSet: 2, ModelSet: directory.AllModels},
		directory.SetUserRoles{User: 3, Roles: []directory.RoleID{3}},
	)
	w.do(
		directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{Name: "Berlin"}, directory.CreateGroup{Name: "Sales"},
		directory.AddParent{Group: 3, Parent: 2},
		directory.AddMember{Group: 3, User: 2}, directory.AddMember{Group: 4, User: 2},
		directory.AddMember{Group: 4, User: 3}, directory.AddMember{Group: 3, User: 4},
	)
	w.do(
		directory.CreateAttribute{Name: "region", Type: directory.TypeString, Default: &directory.Value{Text: "world"},
			UserCanView: true, UserCanEdit: true},
		directory.CreateAttribute{Name: "limit", Type: directory.TypeInteger, Rule: directory.RuleMax},
		directory.CreateAttribute{Name: "tags", Type: directory.TypeList, Rule: directory.RuleUnion},
		directory.CreateAttribute{Name: "vip", Type: directory.TypeYesNo, Rule: directory.RuleAny},
		directory.CreateAttribute{Name: "pin", Type: directory.TypeString, Hidden: true},
	)
	w.do(
		directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "emea"}},
		directory.SetGroupValue{Group: 4, Attribute: 14, Value: directory.Value{Text: "all"}},
		directory.SetGroupValue{Group: 2, Attribute: 15, Value: directory.Value{Text: "0100"}},
		directory.SetGroupValue{Group: 4, Attribute: 16, Value: directory.Value{Text: "a,b"}},
		directory.SetGroupValue{Group: 4, Attribute: 18, Value: directory.Value{Text: "1234"}},
	)
	for i, name := range []string{"ordinary", "support"} {
		w.do(directory.CreateAPICredential{User: directory.UserID(i + 2), ClientID: name + "-client",
			Secret: strings.Repeat(name, 5)})
		w.login(sessions, name, name+"-client", strings.Repeat(name, 5))
	}
	w.login(sessions, "admin", admin.ClientID, admin.Secret)
}

func (w *world) login(sessions *auth.Service, name, id, secret string) {
	w.t.Helper()
	token, err := sessions.Login(w.t.Context(), id, secret, netip.Addr{})
	if err != nil {
		w.t.Fatalf("login of %s: %v", name, err)
	}
	w.tokens[name] = token.Text
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

func (w *world) send(as, method, target, body string, header http.Header) reply {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := w.tokens[as]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	} else if as != "none" {
		w.t.Fatalf("there is no caller %q", as)
	}
	maps.Copy(r.Header, header)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	got := reply{rec.Code, rec.Header(), rec.Body.String()}
	if err := check(method, target, header, got); err != nil {
		w.t.Errorf("%s %s: the reply is not what the document says: %v\n%s", method, target, err, got.body)
	}
	return got
}

// adaAlone are people of whom only Ada, user 2, is signed in.
type adaAlone struct{}

func (adaAlone) at(minutes int) directory.Instant {
	return directory.InstantOf(time.Date(2026, 1, 2, 3, 4+minutes, 5, 0, time.UTC))
}

func (p adaAlone) MakeLink(_ context.Context, _, user directory.UserID,
	life time.Duration) (directory.SignInLink, error) {
	if user != 2 {
		return directory.SignInLink{}, directory.NotFound("user", user)
	}
	return directory.SignInLink{Secret: "secret", User: user, ExpiresAt: p.at(int(life.Minutes()))}, nil
}

func (p adaAlone) Sessions(_ context.Context, user directory.UserID) ([]directory.SignIn, error) {
	if user != 0 && user != 2 {
		return nil, nil
	}
	return []directory.SignIn{{
		ID: 5, User: 2, Method: directory.MethodLink, Agent: "Firefox", CreatedAt: p.at(0), SeenAt: p.at(0),
		ExpiresAt: p.at(60),
	}}, nil
}

func (adaAlone) End(_ context.Context, user directory.UserID, id int64) error {
	if user != 2 || id != 5 {
		return directory.NotFound("session", id)
	}
	return nil
}
