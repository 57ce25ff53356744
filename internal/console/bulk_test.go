package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// TestSeveralUsersAreChangedAtOnce selects users in lists; each becomes an edit of its own.
func TestSeveralUsersAreChangedAtOnce(t *testing.T) {
	w := newWorld(t)
	tick := func(path string, want int, form url.Values) string {
		t.Helper()
		status, body := w.submit(t, asAdmin, path, form)
		if status != want {
			t.Fatalf("%s %v: %d %s", path, form, status, text(body))
		}
		return body
	}
	contains(t, tick("/ui/users", http.StatusUnprocessableEntity, url.Values{"do": {"disable"}}), "no user is chosen")
	contains(t, tick("/ui/users", http.StatusUnprocessableEntity, url.Values{"do": {"add"}, "group": {"Nowhere"},
		"user": {"102"}}), "Nowhere")
	tick("/ui/users", http.StatusSeeOther, url.Values{"do": {"disable"}, "user": {"103", "104"}})
	tick("/ui/users", http.StatusSeeOther, url.Values{"do": {"add"}, "group": {"Finance"}, "user": {"102", "103"}})
	tick("/ui/groups/12/members", http.StatusSeeOther, url.Values{"do": {"remove"}, "user": {"102"}})
	contains(t, w.page(t, asAdmin, "/ui/draft"), "5 edits in the draft", "Add Bram de Wit to Finance",
		"Remove Bram de Wit from Netherlands")
	contains(t, w.page(t, asAdmin, "/ui/groups/12/members"), "Bram de Wit → removed")
	contains(t, w.page(t, asAdmin, "/ui/users"), "Carla Nunes → changed")
	// One of them is discarded, and the others stay.
	_, body := w.get(t, asAdmin, "/ui/draft")
	if !strings.Contains(body, `value="user-103"`) {
		t.Fatal("the edits are one entry")
	}
	w.post(t, asAdmin, "/ui/draft", http.StatusSeeOther, "key", "user-103", "do", "drop")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "4 edits in the draft")
	if _, body := w.get(t, asAda, "/ui/users"); strings.Contains(body, "checkbox") {
		t.Error("whoever may change nobody can tick")
	}
	if status, _ := w.submit(t, asAda, "/ui/users", url.Values{"do": {"disable"},
		"user": {"101"}}); status == http.StatusSeeOther {
		// The edit goes into Ada's own draft, and is refused when she commits it.
		if status, _ := w.submit(t, asAda, "/ui/draft/commit", url.Values{"version": {"1"}}); status == http.StatusSeeOther {
			t.Error("Ada has disabled somebody")
		}
	}
}

// TestAGroupGivesRoles gives a role to a group through the draft. The page of a user names
// every group that gives it a role, not only its first group.
func TestAGroupGivesRoles(t *testing.T) {
	w := newWorld(t)
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.CreateGroup{ID: 950, Name: "Auditors"}, directory.AddParent{Group: 12, Parent: 950},
		directory.CreatePermissionSet{Name: "look", Permissions: []string{"see_history"}},
		directory.CreateRole{Name: "Look", PermissionSet: directory.Made[directory.PermissionSetID](2),
			ModelSet: directory.AllModels},
		directory.SetFacet{Object: directory.GroupID(950).Object(), Dialect: "propeller", Kind: "usergroup",
			Data: `{"code":"<AUD>"}`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	roles, err := view.New(w.core).As(directory.System("test")).AllRoles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	role := directory.FormatID(roles[len(roles)-1].Role.ID)
	contains(t, w.page(t, asAdmin, "/ui/groups/950/access"), "None. All members of a group", "propeller usergroup",
		"&lt;AUD&gt;")
	contains(t, w.page(t, asAdmin, "/ui/groups/12/access"), "Source ids", "erp", "NL-01")
	w.post(t, asAdmin, "/ui/groups/950/access", http.StatusSeeOther, "role", role)
	contains(t, w.page(t, asAdmin, "/ui/groups/950/access"), "→ changed")
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/groups/950/access"), "Look see_history")
	contains(t, w.page(t, asAdmin, "/ui/users/102/access"), "Look through Auditors see_history")
	contains(t, w.page(t, asAdmin, "/ui/users/102/groups"), "Auditors")
	if status, _ := w.get(t, asAda, "/ui/groups/950/access"); status != http.StatusNotFound {
		t.Errorf("a group that Ada does not see: %d", status)
	}
}

func TestTablesToBeginWith(t *testing.T) {
	w := newWorld(t)
	contains(t, w.page(t, asAdmin, "/ui/import"), "Empty tables to start with: users , groups , members , values .")
	for file, want := range map[string]string{
		"users.csv": "email,first_name,last_name,active,groups,attr:", "groups.csv": "name,parents,attr:",
		"members.csv": "user,group,from,until\r\n", "values.csv": "group,attribute,value,rank\r\n",
	} {
		if status, body := w.get(t, asAdmin, "/ui/tables/"+file); status != http.StatusOK || !strings.HasPrefix(body, want) {
			t.Errorf("%s: %d %q", file, status, body)
		}
	}
	if status, _ := w.get(t, asAdmin, "/ui/tables/other.csv"); status != http.StatusNotFound {
		t.Errorf("another table: %d", status)
	}
}

func TestAnEmptyDirectoryHasFirstSteps(t *testing.T) {
	w := newWorld(t)
	if strings.Contains(w.page(t, asAdmin, "/ui/"), "First steps") {
		t.Error("a directory with groups has first steps")
	}
	var edits []directory.Edit
	groups, err := view.New(w.core).As(directory.System("test")).Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if g.ID != directory.AllUsers {
			edits = append(edits, directory.DeleteGroup{Group: g.ID})
		}
	}
	if _, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	contains(t, w.page(t, asAdmin, "/ui/"), "First steps", "Import users and groups")
	if strings.Contains(w.page(t, asAda, "/ui/"), "First steps") {
		t.Error("whoever may change nothing has first steps")
	}
}
