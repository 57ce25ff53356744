package console_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/console"
	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/internal/seal"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
)

// The budget of a page, at 1,000,000 users.
const (
	maxServerTime = 20 * time.Millisecond
	tries         = 5 // of which the middle one counts
)

// long reports whether the test may take minutes: in make test-all.
func long() bool { return os.Getenv("COHORT_TEST_ALL") != "" }

// filledWorld is a console over a directory of a shape.
func filledWorld(t *testing.T, shape sample.Shape) (*world, *sample.Directory) {
	t.Helper()
	ctx := context.Background()
	st, err := sqlite.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
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
	t.Cleanup(func() {
		c.Close()
		_ = st.Close()
	})
	w := newWorldOf(c, admin.User)
	w.serve(t)
	return w, d
}

// quick asks for a page a few times, and returns what the middle try took.
func (w *world) quick(t *testing.T, path string) (took time.Duration, size int) {
	t.Helper()
	var all []time.Duration
	for range tries {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.AddCookie(&http.Cookie{Name: console.CookieName(false), Value: asAdmin})
		rec := httptest.NewRecorder()
		began := time.Now()
		w.server.Config.Handler.ServeHTTP(rec, r)
		all = append(all, time.Since(began))
		if size = rec.Body.Len(); rec.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, rec.Code, text(rec.Body.String()))
		}
	}
	slices.Sort(all)
	return all[tries/2], size
}

func (w *world) withinBudget(t *testing.T, paths []string) {
	t.Helper()
	for _, path := range paths {
		took, size := w.quick(t, path)
		t.Logf("%-60s %8.1f ms %6d bytes", path, took.Seconds()*1000, size)
		if size > maxPage {
			t.Errorf("%s has %d bytes", path, size)
		}
		if long() && took > maxServerTime {
			t.Errorf("%s takes %v", path, took)
		}
	}
}

// TestEveryPageStaysWithinItsBudget looks at pages of every kind among many
// users and groups: 1,000,000 and 10,000 in make test-all. Times count there
// only.
func TestEveryPageStaysWithinItsBudget(t *testing.T) {
	users := 2_000
	if long() {
		users = 1_000_000
	}
	w, d := filledWorld(t, sample.Budget(users))
	user := d.User(users / 2)
	id, group := directory.FormatID(user.User.ID), directory.FormatID(user.Memberships[len(user.Memberships)-1].Group)
	everyone := directory.FormatID(user.Memberships[0].Group)
	attrs, err := view.New(w.core).As(directory.System("test")).Attributes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := attrs[len(attrs)-1].Name
	w.post(t, asAdmin, "/ui/users/"+id+"/groups", http.StatusSeeOther, "group", group)
	_, err = view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.CreateGroup{Name: "Late"}, directory.AddMember{Group: directory.Made[directory.GroupID](0),
			User: user.User.ID},
	}})
	if err != nil {
		t.Fatal(err)
	}
	pages := []string{
		"/", "/search?q=a", "/search?q=" + id, "/why?user=a&attribute=a", "/users", "/users?q=a", "/users?state=disabled",
		"/users?after=" + id,
		"/users/" + id, "/users/" + id + "/groups", "/users/" + id + "/access", "/users/" + id + "/history", "/users/" + id +
			"/why/" + name,
		"/groups", "/groups?q=a", "/groups/" + group, "/groups/" + group + "/members", "/groups/" + everyone + "/members",
		"/groups/" + everyone + "/members?q=a", "/groups/" + group + "/members?reach=all", "/groups/1/members", "/groups/" +
			group + "/nesting",
		"/groups/" + group + "/history", "/groups/" + group + "/why/" + name, "/attributes", "/attributes/" + name,
		"/attributes/" + name + "/holders",
		"/attributes/" + name + "/definition", "/attributes/" + name + "/history", "/changes", "/compare?a=" + id + "&b=" +
			everyone, "/changes/2",
	}
	all := []string{"/ui/draft", "/ui/users/" + id + "/why/" + name + "/what-if?if=join:" + group}
	head := directory.FormatID(w.core.Head().Revision - 1)
	for _, p := range pages {
		all = append(all, "/ui"+p, "/ui/at/"+head+strings.Replace(p, "/changes/2", "/changes/1", 1))
	}
	w.withinBudget(t, all)
}

// TestNoPageGrowsWithTheCatalog looks at an attribute with as many values as
// there are groups: 100,000 in make test-all.
func TestNoPageGrowsWithTheCatalog(t *testing.T) {
	groups := 2_000
	if long() {
		groups = 100_000
	}
	w, _ := filledWorld(t, sample.Shape{Seed: 2, Users: 20, Groups: groups, Depth: 4, Attributes: 1, GroupValues: groups,
		Memberships: 40, Plain: true})
	attrs, err := view.New(w.core).As(directory.System("test")).Attributes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := attrs[len(attrs)-1].Name
	w.withinBudget(t, []string{
		"/ui/", "/ui/groups", "/ui/groups?q=1", "/ui/groups?page=3", "/ui/groups/2/nesting", "/ui/attributes/" + name,
		"/ui/attributes/" + name + "?page=20",
		"/ui/attributes/" + name + "/definition", "/ui/attributes/" + name + "/holders", "/ui/search?q=1", "/ui/groups/2",
		"/ui/groups/2/members?reach=all",
	})
}
