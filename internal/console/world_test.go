package console_test

import (
	"context"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"cohort/internal/console"
	"cohort/internal/console/pagekit"
	"cohort/internal/core"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
	"cohort/internal/record"
	"cohort/internal/seal"
	"cohort/internal/store/sqlite/sqlitetest"
	"cohort/internal/view"
)

// cookies are the sessions of a test: users by cookie.
type cookies struct{ of *sync.Map }

// sessionID is the number of the session of a cookie.
func sessionID(cookie string) int64 { return int64(crc32.ChecksumIEEE([]byte(cookie))) }

func (c cookies) end(cookie string) { c.of.Delete(cookie) }

func (c cookies) Authenticate(_ context.Context, cookie string) (directory.SignIn, error) {
	user, ok := c.of.Load(cookie)
	if !ok {
		return directory.SignIn{}, &directory.Error{Kind: directory.KindUnauthenticated, Msg: "nobody is signed in"}
	}
	id, _ := user.(directory.UserID)
	return directory.SignIn{ID: sessionID(cookie), User: id, Method: directory.MethodLink,
		ProvedAt: directory.InstantOf(time.Now())}, nil
}

func (c cookies) Look(ctx context.Context, cookie string) (directory.SignIn, error) {
	return c.Authenticate(ctx, cookie)
}

func (c cookies) UseLink(_ context.Context, secret, _ string) (string, error) {
	if _, ok := c.of.Load(secret); !ok {
		return "", &directory.Error{Kind: directory.KindUnauthenticated, Msg: "this link was used before"}
	}
	return secret, nil
}

func (cookies) Providers() []directory.SignInProvider { return nil }

func (cookies) SignsOut(string) (title string, ok bool) { return "", false }

func (c cookies) SignOutEverywhere(ctx context.Context, cookie string) (to string, err error) {
	return "", c.SignOut(ctx, cookie)
}

func (cookies) EndFromProvider(context.Context, string, string) error {
	return directory.NotFound("provider", "")
}

func (c cookies) Sessions(_ context.Context, user directory.UserID) (list []directory.SignIn, err error) {
	c.of.Range(func(cookie, id any) bool {
		if is, _ := id.(directory.UserID); user == 0 || is == user {
			text, _ := cookie.(string)
			list = append(list, directory.SignIn{ID: sessionID(text), User: is, Method: directory.MethodLink, Agent: "Firefox"})
		}
		return true
	})
	return list, nil
}

func (c cookies) End(ctx context.Context, user directory.UserID, _ int64) error {
	_, err := c.EndAll(ctx, user)
	return err
}

func (c cookies) EndAll(_ context.Context, user directory.UserID) (n int, err error) {
	c.of.Range(func(cookie, id any) bool {
		if id == user {
			c.of.Delete(cookie)
			n++
		}
		return true
	})
	return n, nil
}

func (cookies) IsFresh(directory.SignIn) bool { return true }

func (cookies) Begin(context.Context, string, string, directory.UserID) (to, cookie string, err error) {
	return "", "", directory.NotFound("provider", "")
}

func (cookies) Finish(context.Context, string, string, url.Values, string) (cookie, back string, err error) {
	return "", "", directory.NotFound("provider", "")
}

func (c cookies) SignOut(_ context.Context, cookie string) error {
	c.end(cookie)
	return nil
}

// drafts stores drafts in memory.
type drafts struct{ of sync.Map }

type versioned struct {
	data    []byte
	version int64
}

func (d *drafts) Draft(_ context.Context, user directory.UserID) ([]byte, int64, error) {
	v, _ := d.of.Load(user)
	is, _ := v.(versioned)
	return is.data, is.version, nil
}

func (d *drafts) PutDraft(_ context.Context, user directory.UserID, data []byte, version int64) (bool, error) {
	if _, is, _ := d.Draft(context.Background(), user); is != version-1 {
		return false, nil
	}
	d.of.Store(user, versioned{data, version})
	return true, nil
}

// A world is a console over a directory in memory.
type world struct {
	core     *core.Core
	people   cookies
	lockouts lockouts
	scim     scimClients
	drafts   *drafts
	hall     *httpkit.Limits
	imports  pagekit.Imports
	adjust   func(*pagekit.Config) // the settings, before the server starts
	server   *httptest.Server
}

// The cookies of the people of a world.
const (
	asAdmin = "admin"
	asAda   = "ada"
)

// newWorld serves the demo company. The administrator has the cookie asAdmin; Ada, who has no
// permissions, has asAda.
func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, core.Options{})
}

func newWorldWith(t testing.TB, opt core.Options) *world {
	t.Helper()
	ctx := t.Context()
	st := sqlitetest.Open(t)
	ring, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	opt.Sealer, opt.Language = sealer{ring}, "EN"
	c, err := core.Open(ctx, st, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		_ = st.Close()
	})
	admin, _, err := c.Bootstrap(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile("../../cmd/cohort/internal/serve/demo.json")
	if err != nil {
		t.Fatal(err)
	}
	edits, err := record.DecodeEdits(seed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := view.New(c).As(directory.System("seed")).Commit(ctx,
		directory.Change{Edits: edits, Comment: "A small company"}); err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(c, admin.User)
	w.imports = intake.NewService(intake.Config{Rows: st.Ephemera(), Box: box{}, Directory: view.New(c).As, Language: "EN",
		Now: time.Now})
	w.serve(t)
	return w
}

func newWorldOf(c *core.Core, admin directory.UserID) *world {
	w := &world{core: c, people: cookies{&sync.Map{}}, drafts: &drafts{}}
	w.people.of.Store(asAdmin, admin)
	w.people.of.Store(asAda, directory.UserID(101))
	return w
}

func (w *world) serve(t testing.TB) {
	t.Helper()
	w.serveFor(t, w.people)
}

// serveFor serves the sessions of people.
func (w *world) serveFor(t testing.TB, people pagekit.People) {
	t.Helper()
	config := pagekit.Config{
		Kit: dialect.Kit{Gate: httpkit.Gate{Limits: w.hall}, Directory: view.New(w.core).As,
			Log: slog.New(slog.DiscardHandler), Now: time.Now},
		Drafts: w.drafts, DecodeEdits: record.DecodeEdits, EncodeEdits: record.EncodeEdits,
		People: people, Version: "test", Lockouts: &w.lockouts, Status: status, SCIM: &w.scim,
		Imports: w.imports,
	}
	if w.adjust != nil {
		w.adjust(&config)
	}
	handler, err := console.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(handler)
	t.Cleanup(w.server.Close)
}

// sealer adapts the ring to core.
type sealer struct{ ring *seal.Ring }

func (s sealer) Seal(a directory.AttributeID, owner directory.Object,
	text string) (keyID string, ciphertext []byte, err error) {
	return s.ring.Seal(a, owner, []byte(text))
}

func (s sealer) Open(a directory.AttributeID, owner directory.Object, keyID string, ciphertext []byte) (string, error) {
	text, err := s.ring.Open(keyID, a, owner, ciphertext)
	return string(text), err
}

// get requests a page with the cookie of a person; "" sends none.
func (w *world) get(t testing.TB, as, path string) (status int, body string) {
	t.Helper()
	return w.send(t, as, http.MethodGet, path, nil)
}

func (w *world) send(t testing.TB, as, method, path string, body io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if as != "" {
		r.AddCookie(&http.Cookie{Name: pagekit.CookieName(false), Value: as})
	}
	return w.answer(t, r)
}

// answer sends a request and returns the status and the body, or the address that it leads to.
func (w *world) answer(t testing.TB, r *http.Request) (int, string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if to := res.Header.Get("Location"); to != "" {
		return res.StatusCode, to
	}
	return res.StatusCode, string(b)
}
