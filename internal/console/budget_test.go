package console_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cohort/internal/console"
	"cohort/internal/console/draft"
	"cohort/internal/console/pagekit"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/intake"
	"cohort/internal/sample"
	"cohort/internal/seal"
	"cohort/internal/store"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/store/sqlite/sqlitetest"
	"cohort/internal/view"
)

// The budget of a page at 1,000,000 users.
const (
	maxServerTime = 20 * time.Millisecond
	tries         = 5 // attempts, of which the median counts
)

// databases are the databases of these tests, on one server.
var databases pgtest.Shared

func TestMain(m *testing.M) { os.Exit(databases.Run(m)) }

// onEngines runs a test on SQLite and, with the long tests, on PostgreSQL.
func onEngines(t *testing.T, test func(t *testing.T, st store.Store)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		st := sqlitetest.Open(t)
		t.Cleanup(func() { _ = st.Close() })
		test(t, st)
	})
	if effort.All() {
		t.Run("PostgreSQL", func(t *testing.T) { test(t, pgtest.Open(t, databases.Empty(t))) })
	}
}

// filledWorld returns a console over a directory of a given shape.
func filledWorld(t testing.TB, st store.Store, shape sample.Shape) (*world, *sample.Directory) {
	t.Helper()
	ctx := context.Background()
	ring, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	open := func() *core.Core {
		c, err := core.Open(ctx, st, core.Options{Sealer: sealer{ring}, Language: "EN"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := open()
	admin, _, err := first.Bootstrap(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	d, err := sample.Fill(ctx, st, shape, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := open()
	t.Cleanup(c.Close)
	w := newWorldOf(c, admin.User)
	w.imports = intake.NewService(intake.Config{Rows: st.Ephemera(), Box: box{}, Directory: view.New(c).As,
		Language: "EN", Now: time.Now})
	w.serve(t)
	return w, d
}

// quick requests a page several times, and returns the times of the first and the median
// request.
func (w *world) quick(t *testing.T, path string) (first, took time.Duration, size int) {
	t.Helper()
	var all []time.Duration
	for range tries {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.AddCookie(&http.Cookie{Name: pagekit.CookieName(false), Value: asAdmin})
		rec := httptest.NewRecorder()
		began := time.Now()
		w.server.Config.Handler.ServeHTTP(rec, r)
		all = append(all, time.Since(began))
		if size = rec.Body.Len(); rec.Code != http.StatusOK && rec.Code != http.StatusSeeOther {
			t.Errorf("%s: %d %s", path, rec.Code, text(rec.Body.String()))
		}
	}
	first = all[0]
	slices.Sort(all)
	return first, all[tries/2], size
}

func (w *world) withinBudget(t *testing.T, paths []string) {
	t.Helper()
	for _, path := range paths {
		first, took, size := w.quick(t, path)
		t.Logf("%-60s %8.1f ms, at first %8.1f ms, %6d bytes", path, took.Seconds()*1000, first.Seconds()*1000, size)
		if size > maxPage {
			t.Errorf("%s has %d bytes", path, size)
		}
		if effort.All() && took > maxServerTime {
			t.Errorf("%s takes %v", path, took)
		}
	}
}

// TestEveryPageStaysWithinItsBudget requests every page of a directory with many users and
// groups: 1,000,000 and 10,000 in make test-all. Only there does it check times.
func TestEveryPageStaysWithinItsBudget(t *testing.T) {
	users := 2_000
	if effort.All() {
		users = 1_000_000
	}
	onEngines(t, func(t *testing.T, st store.Store) {
		w, d := filledWorld(t, st, sample.Budget(users))
		user := d.User(users / 2)
		id, group := directory.FormatID(user.User.ID), directory.FormatID(user.Memberships[len(user.Memberships)-1].Group)
		everyone := directory.FormatID(user.Memberships[0].Group)
		name := w.lastAttribute(t)
		w.post(t, asAdmin, "/ui/users/"+id+"/groups", http.StatusSeeOther, "group", group)
		_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
			directory.CreateGroup{Name: "Late"}, directory.AddMember{Group: directory.Made[directory.GroupID](0),
				User: user.User.ID},
		}})
		if err != nil {
			t.Fatal(err)
		}
		file := "none"
		if users <= intake.MaxUsers { // larger directories need the command line
			file = w.imported(t)
		}
		in := strings.NewReplacer("/users/{id}", "/users/"+id, "/groups/{id}", "/groups/"+group, "{attribute}", name,
			"/applications/{id}", "/applications/1", "/roles/{id}", "/roles/2", "{revision}", "1", "{past}", "2", "{import}",
			file)
		var all []string
		for _, route := range console.Routes() {
			if path := in.Replace(route[1]); route[0] == http.MethodGet && path != "/ui/events" &&
				!strings.Contains(path, "/import/none") {
				all = append(all, example(path))
			}
		}
		for _, p := range []string{
			"/search?q=a", "/search?q=" + id, "/why?user=a&attribute=a", "/users?q=a", "/users?q=e+a", "/users?state=disabled",
			"/users?after=" + id, "/groups?q=a", "/groups?in=" + group, "/groups/1", "/groups/1/nesting", "/groups/" +
				everyone + "/members",
			"/groups/" + everyone + "/members?q=a", "/groups/" + group + "/members?reach=all", "/groups/1/members",
			"/attributes?q=9",
			"/attributes/" + name + "?page=20", "/attributes/" + name + "/holders?value=x", "/changes?by=1",
			"/changes?user=" + id,
			"/compare?a=" + id + "&b=" + everyone,
		} {
			all = append(all, "/ui"+p, "/ui/at/2"+p)
		}
		w.withinBudget(t, append(all, "/ui/draft?preview=1", "/ui/users/"+id+"/why/"+name+"/what-if?if=join:"+group,
			"/ui/compare?with=draft&a="+id, "/ui/compare?with=time&when=2999-01-01T00:00&a="+id,
			"/ui/as-of?back=/ui/&when=2999-01-01T00:00"))
	})
}

// lastAttribute returns the name of the newest attribute.
func (w *world) lastAttribute(t *testing.T) string {
	t.Helper()
	attrs, err := view.New(w.core).As(directory.System("test")).Attributes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return attrs[len(attrs)-1].Name
}

// imported uploads a file and returns its id.
func (w *world) imported(t *testing.T) string {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	_ = m.WriteField("text", "email,first_name\nnew@example.com,New\nbad,Bad\n")
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, "/ui/import", &form)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.AddCookie(&http.Cookie{Name: pagekit.CookieName(false), Value: asAdmin})
	rec := httptest.NewRecorder()
	w.server.Config.Handler.ServeHTTP(rec, r)
	id, ok := strings.CutPrefix(rec.Header().Get("Location"), "/ui/import/")
	if !ok {
		t.Fatalf("the file is not taken: %d %s", rec.Code, text(rec.Body.String()))
	}
	return id
}

// TestNoPageGrowsWithTheCatalog requests the pages of an attribute with a value for every
// group: 100,000 in make test-all.
func TestNoPageGrowsWithTheCatalog(t *testing.T) {
	groups := 2_000
	if effort.All() {
		groups = 100_000
	}
	onEngines(t, func(t *testing.T, st store.Store) {
		w, _ := filledWorld(t, st, sample.Shape{
			Seed: 2, Users: 20, Groups: groups, Depth: 4, Attributes: 1, GroupValues: groups, Memberships: 40, Plain: true,
		})
		name := w.lastAttribute(t)
		last := "?page=" + strconv.Itoa(groups/40)
		w.withinBudget(t, []string{
			"/ui/", "/ui/groups", "/ui/groups?q=1", "/ui/groups?q=e", "/ui/groups?page=3", "/ui/groups/2/nesting",
			"/ui/attributes/" + name, "/ui/attributes/" + name + "?page=20", "/ui/attributes/" + name + last,
			"/ui/attributes/" + name + "/definition", "/ui/attributes/" + name + "/holders", "/ui/search?q=1",
			"/ui/search?q=e", "/ui/groups/2",
			"/ui/groups/2/members?reach=all", "/ui/findings",
		})
	})
}

// TestALongDraftStaysWithinItsBudget fills a draft, in make test-all up to its limit. The time
// for a file has no budget.
func TestALongDraftStaysWithinItsBudget(t *testing.T) {
	edits := 300
	if effort.All() {
		edits = draft.Max
	}
	onEngines(t, func(t *testing.T, st store.Store) {
		w, d := filledWorld(t, st, sample.Budget(2_000))
		form := []string{"do", "disable"}
		for i := range edits {
			form = append(form, "user", directory.FormatID(d.User(i+2).User.ID))
		}
		w.post(t, asAdmin, "/ui/users", http.StatusSeeOther, form...)
		w.withinBudget(t, []string{"/ui/draft", "/ui/draft?page=3", "/ui/users", "/ui/"})
		if page := w.page(t, asAdmin, "/ui/draft?as=json"); !strings.Contains(page, "too long for a page") {
			t.Errorf("as JSON the page has %d bytes", len(page))
		}
		for _, file := range []string{"draft.json", "draft.yaml"} {
			if status, body := w.get(t, asAdmin, "/ui/draft/files/"+file); status != http.StatusOK ||
				strings.Count(body, "disabled") != edits {
				t.Errorf("%s: %d, %d edits", file, status, strings.Count(body, "disabled"))
			}
		}
	})
}
