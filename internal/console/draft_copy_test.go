package console_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
	"cohort/internal/intake"
	"cohort/internal/view"
)

// copied returns the text of a copied draft, and the page around it.
func (w *world) copied(t *testing.T, as string) (code, page string) {
	t.Helper()
	_, body := w.get(t, asAdmin, "/ui/draft?as="+as)
	m := regexp.MustCompile(`(?s)<pre class="code"[^>]*>(.*?)</pre>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("there is no text as %s: %s", as, text(body))
	}
	return html.UnescapeString(m[1]), text(body)
}

// live returns the whole directory, for a comparison with declared state.
func (w *world) live(t *testing.T) *desired.Live {
	t.Helper()
	live, err := intake.ReadLive(t.Context(), view.New(w.core).As(directory.System("test")))
	if err != nil {
		t.Fatal(err)
	}
	return live
}

// apply applies a file of declared state, as cohort apply does.
func (w *world) apply(t *testing.T, file string) {
	t.Helper()
	state, err := declared.Read([]declared.File{{Name: "draft.yaml", Data: []byte(file)}}, "draft")
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	plan := desired.Make(state, w.live(t), desired.Options{Misfits: directory.DropMisfits})
	if err := plan.Err(); err != nil {
		t.Fatalf("%v of\n%s", err, file)
	}
	w.do(t, plan.Edits()...)
}

// TestTheDraftAsYAMLMakesTheSame commits a draft here and applies its file there.
func TestTheDraftAsYAMLMakesTheSame(t *testing.T) {
	here, there := newWorld(t), newWorld(t)
	for _, step := range []struct {
		path string
		form []string
	}{
		{"/ui/users/102?edit=region", []string{"attribute", "region", "value", "apac", "from", "2030-01-01T00:00"}},
		{"/ui/groups/12?edit=currency", []string{"attribute", "currency", "value", "GBP", "rank", "1"}},
		{"/ui/attributes/discount_limit", []string{"group", "10", "rank", "1"}},
		{"/ui/groups/11", []string{"attribute", "region", "do", "remove"}},
		{"/ui/users/103/groups", []string{"group", "Finance"}},
		{"/ui/users/103/groups", []string{"group", "13", "do", "remove"}},
		{"/ui/groups/14/members", []string{"user", "Diego"}},
		{"/ui/groups/15/nesting", []string{"parent", "Americas"}},
		{"/ui/groups/13/nesting", []string{"name", "Spain: and 'Portugal'", "do", "rename"}},
		{"/ui/groups/12/nesting", []string{"name", "Rotterdam", "do", "child"}},
		{"/ui/users", []string{"first_name", "Ines", "last_name", "Vogel", "group", "EMEA"}},
		{"/ui/users/104/access", []string{"first_name", "Diego", "last_name", "Ruiz Soto", "email", "d@example.com"}},
		{"/ui/users/105/access", []string{"do", "disable"}},
		{"/ui/attributes", []string{"name", "tier", "type", "integer", "rule", "max", "value", "3", "least", "1"}},
		{"/ui/attributes/cost_centre/definition", []string{"label", "Cost centre (ERP)", "type", "integer", "rule", "nearest",
			"user_value_mode", "wins", "misfits", "drop", "value", ""}},
		{"/ui/access", []string{"name", "Buyers", "permission", "see_users"}},
	} {
		here.post(t, asAdmin, step.path, http.StatusSeeOther, step.form...)
	}
	file, page := here.copied(t, "yaml")
	if strings.Contains(page, "leaves out") || !strings.HasPrefix(file, "# What the draft changes") ||
		!strings.Contains(page, "cohort apply draft.yaml --misfits drop") {
		t.Errorf("%s\n%s", page, file)
	}
	here.commit(t, http.StatusSeeOther)
	there.apply(t, file)
	if items := desired.Compare(there.live(t), here.live(t), true).Items(); len(items) > 0 {
		t.Errorf("%+v\n%s", items, file)
	}
	for _, a := range there.live(t).Attributes {
		for source := range a.Sources {
			if desired.IsMark(source) {
				t.Errorf("%s is marked as managed: %v", a.Name, a.Sources)
			}
		}
	}
}

// TestTheDraftAsYAMLSaysWhatItLeavesOut lists, in the file and on the page, what a file
// cannot say.
func TestTheDraftAsYAMLSaysWhatItLeavesOut(t *testing.T) {
	w := newWorld(t)
	w.do(t, directory.CreateAttribute{ID: 900, Name: "pin", Type: directory.TypeString, Hidden: true},
		directory.UpdateGroup{Group: 15, Name: new("x: {{<b>#")})
	const secret = "s3cr3t-value"
	w.post(t, asAdmin, "/ui/groups/15/nesting", http.StatusSeeOther, "do", "delete")
	w.post(t, asAdmin, "/ui/groups/12?edit=pin", http.StatusSeeOther, "attribute", "pin", "value", secret)
	w.post(t, asAdmin, "/ui/groups/12?edit=region", http.StatusSeeOther, "attribute", "region", "value", "nl")
	w.post(t, asAdmin, "/ui/changes/3", http.StatusSeeOther)
	w.post(t, asAdmin, "/ui/findings", http.StatusSeeOther, "do", "mute", "finding", "empty_group", "why",
		"so\r\ncohort: 2")
	file, page := w.copied(t, "yaml")
	contains(t, page, "leaves out", "Delete the group", "Set pin of Netherlands to", "Revert change 3")
	contains(t, file, "# - Delete the group x: {{<b>#\n", "# - Revert change 3\n",
		"# - Mute empty_group: so cohort: 2\n", "region: nl")
	if strings.Contains(file, secret) || strings.Contains(page, secret) {
		t.Error("a hidden value is in it")
	}
	if _, err := declared.Read([]declared.File{{Name: "draft.yaml", Data: []byte(file)}}, ""); err != nil {
		t.Errorf("%v in\n%s", err, file)
	}
	for _, as := range []string{"json", "cli"} {
		if code, _ := w.copied(t, as); !strings.Contains(code, `"delete_group"`) || strings.Contains(code, secret) {
			t.Errorf("as %s: %s", as, code)
		}
	}
}
