package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// post sends a form, given as pairs, and checks the status.
func (w *world) post(t testing.TB, as, path string, want int, pairs ...string) string {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	status, body := w.send(t, as, http.MethodPost, path, strings.NewReader(form.Encode()))
	if status != want {
		t.Fatalf("POST %s %v: %d %s, want %d", path, pairs, status, text(body), want)
	}
	return body
}

// text returns the text of the main part of a page.
func text(page string) string {
	if _, main, ok := strings.Cut(page, "<main"); ok {
		page = main
	}
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(page), " ")
}

func (w *world) page(t *testing.T, as, path string) string {
	t.Helper()
	status, body := w.get(t, as, path)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, body)
	}
	return text(body)
}

// field returns the value of a hidden field of a page.
func (w *world) field(t *testing.T, as, path, name string) string {
	t.Helper()
	_, body := w.get(t, as, path)
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("%s has no field %s", path, name)
	}
	return m[1]
}

func (w *world) commit(t *testing.T, want int) string {
	t.Helper()
	const draft = "/ui/draft?preview=1"
	return w.post(t, asAdmin, "/ui/draft/commit", want, "version", w.field(t, asAdmin, draft, "version"),
		"token", w.field(t, asAdmin, draft, "token"), "comment", "as agreed")
}

func contains(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(page, s) {
			t.Errorf("%q is not on the page: %s", s, page)
		}
	}
}

func TestEveryKindOfEditGoesThroughTheDraft(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct {
		path  string
		form  []string
		words string // of the sentence in the draft
	}{
		{"/ui/users/102?edit=region", []string{"attribute", "region", "value", "apac"}, "Set region of Bram de Wit to apac"},
		{"/ui/groups/12?edit=currency", []string{"attribute", "currency", "value", "GBP", "rank", "1"},
			"Set currency of Netherlands to GBP at rank 1"},
		{"/ui/attributes/discount_limit", []string{"group", "10", "rank", "1"}, "Set discount_limit of Sales to 5 at rank 1"},
		{"/ui/groups/11", []string{"attribute", "region", "do", "remove"}, "Remove the value of region from EMEA"},
		{"/ui/users/103/groups", []string{"group", "Finance"}, "Add Carla Nunes to Finance"},
		{"/ui/users/103/groups", []string{"group", "13", "do", "remove"}, "Remove Carla Nunes from Iberia"},
		{"/ui/groups/14/members", []string{"user", "Diego"}, "Add Diego Ruiz to Americas"},
		{"/ui/groups/15/nesting", []string{"parent", "Americas"}, "Put Finance into Americas"},
		{"/ui/groups/13/nesting", []string{"name", "Spain and Portugal", "do", "rename"},
			"Rename Iberia to Spain and Portugal"},
		{"/ui/groups/12/nesting", []string{"name", "Rotterdam", "do", "child"}, "Create the group Rotterdam"},
		{"/ui/users", []string{"first_name", "Ines", "last_name", "Vogel", "group", "EMEA"}, "Create the user Ines Vogel"},
		{"/ui/users/104/access", []string{"first_name", "Diego", "last_name", "Ruiz Soto"},
			"Change Diego Ruiz : first name to Diego"},
		{"/ui/users/105/access", []string{"do", "disable"}, "Disable Elena Rossi"},
		{"/ui/attributes", []string{"name", "tier", "type", "integer", "rule", "max"},
			"Create the attribute tier of type integer"},
		{"/ui/attributes/cost_centre/definition", []string{"label", "Cost centre (ERP)", "type", "string", "rule", "nearest",
			"user_value_mode", "wins"}, "Change cost_centre : label Cost centre (ERP) , rule nearest"},
	} {
		w.post(t, asAdmin, step.path, http.StatusSeeOther, step.form...)
		contains(t, w.page(t, asAdmin, "/ui/draft"), step.words)
	}
	before := w.core.Head().Revision
	page := w.page(t, asAdmin, "/ui/draft?preview=1")
	contains(t, page, "of 9 users would get different values")
	if w.core.Head().Revision != before {
		t.Fatal("the draft has changed the directory")
	}
	to := w.commit(t, http.StatusSeeOther)
	if want := fmt.Sprintf("/ui/changes/%d?done=1", before+1); to != want {
		t.Errorf("committing leads to %s, want %s", to, want)
	}
	contains(t, w.page(t, asAdmin, to), "Committed as change 4", "as agreed", "Admin Cohort via console")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "The draft is empty.")
	contains(t, w.page(t, asAdmin, "/ui/users/102/why/region"),
		"Bram de Wit has apac for region because that is the own value")
	contains(t, w.page(t, asAdmin, "/ui/attributes/discount_limit"), "1 Sales")
	contains(t, w.page(t, asAdmin, "/ui/search?q=Rotter"), "Rotterdam EMEA › Netherlands"[:9])

	// and back
	w.post(t, asAdmin, "/ui/changes/4", http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/draft"), "Revert change 4")
	w.commit(t, http.StatusSeeOther)
	contains(t, w.page(t, asAdmin, "/ui/users/102/why/region"), "Bram de Wit has emea for region from EMEA")
}

func TestWhatIsTypedWronglyStays(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct {
		path string
		form []string
		want []string
	}{
		{"/ui/users/102?edit=discount_limit", []string{"attribute", "discount_limit", "value", "abc"},
			[]string{"Value must be a decimal number"}},
		{"/ui/users/102?edit=region", []string{"attribute", "region", "value", "x", "from", "2027-01-01T00:00", "until",
			"2026-01-01T00:00"},
			[]string{"Expires_at must be later than starts_at"}},
		{"/ui/groups/12?edit=region", []string{"attribute", "region", "value", "x", "rank", "0"},
			[]string{"Rank must be a number from 1"}},
		{"/ui/users/102/groups", []string{"group", "nowhere"}, []string{"matches nothing"}},
		{"/ui/groups/12/members", []string{"user", ""}, []string{"matches nothing"}},
		{"/ui/groups", []string{"name", " "}, []string{"Name is required"}},
		{"/ui/attributes", []string{"name", "9-x", "type", "string", "rule", "rank"}, []string{"Name must be"}},
		{"/ui/attributes", []string{"name", "x", "type", "string", "rule", "max"}, []string{"Rule max does not fit"}},
		{"/ui/users", []string{"email", "a@b@c", "first_name", "Zoe"}, []string{"Email is not an e-mail address"}},
	} {
		body := w.post(t, asAdmin, step.path, http.StatusUnprocessableEntity, step.form...)
		contains(t, strings.ReplaceAll(text(body), "&#39;", "'"), step.want...)
		for i := 1; i < len(step.form); i += 2 {
			if v := strings.TrimSpace(step.form[i]); v != "" && step.form[i-1] == "value" &&
				!strings.Contains(body, `value="`+v+`"`) {
				t.Errorf("%s: what was typed, %q, is gone", step.path, v)
			}
		}
	}
	contains(t, w.page(t, asAdmin, "/ui/draft"), "The draft is empty.")
}

func TestAnEditThatChangesNothingFallsOut(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAdmin, "/ui/groups/11?edit=region", http.StatusSeeOther, "attribute", "region", "value", "apac")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "1 edit in the draft")
	w.post(t, asAdmin, "/ui/groups/11?edit=region", http.StatusSeeOther, "attribute", "region", "value", "latam")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "1 edit in the draft", "to latam")
	w.post(t, asAdmin, "/ui/groups/11?edit=region", http.StatusSeeOther, "attribute", "region", "value", "emea")
	contains(t, w.page(t, asAdmin, "/ui/draft"), "The draft is empty.")
}

func TestAConflictIsDecidedByHand(t *testing.T) {
	for decision, want := range map[string]string{"mine": "mine", "theirs": "theirs"} {
		w := newWorld(t)
		w.post(t, asAdmin, "/ui/groups/11?edit=region", http.StatusSeeOther, "attribute", "region", "value", "mine")
		key := w.field(t, asAdmin, "/ui/draft", "key")
		_, err := view.New(w.core).As(directory.Caller{User: 1, Dialect: "native"}).Commit(t.Context(),
			directory.Change{Edits: []directory.Edit{
				directory.SetGroupValue{Group: 11, Attribute: 22, Value: directory.Value{Text: "theirs"}},
			}})
		if err != nil {
			t.Fatal(err)
		}
		contains(t, w.page(t, asAdmin, "/ui/draft"), "Changed meanwhile: was emea , now theirs by Admin Cohort ( change 4 )",
			"Resolve 1 conflict first")
		body := w.commit(t, http.StatusConflict)
		contains(t, text(body), "resolve the conflicts first")
		if !strings.Contains(body, `value="as agreed"`) {
			t.Error("the comment that was typed is gone")
		}
		w.post(t, asAdmin, "/ui/draft", http.StatusSeeOther, "key", key, "do", decision)
		if decision == "mine" {
			w.commit(t, http.StatusSeeOther)
		}
		contains(t, w.page(t, asAdmin, "/ui/groups/11"), "region "+want)
		contains(t, w.page(t, asAdmin, "/ui/draft"), "The draft is empty.")
	}
}

func TestARevertSaysWhatItLeftOut(t *testing.T) {
	w := newWorld(t)
	as := view.New(w.core).As(directory.System("test"))
	both, err := as.Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.CreateUser{ID: 4000, FirstName: "Decoy"},
		directory.SetGroupValue{Group: 11, Attribute: 22, Value: directory.Value{Text: "decoy"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := as.Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.EraseUser{User: 4000}}}); err != nil {
		t.Fatal(err)
	}
	page := fmt.Sprintf("/ui/changes/%d", both.Revision)
	contains(t, w.page(t, asAdmin, page), "1 edit erased with the user.")
	w.post(t, asAdmin, page, http.StatusSeeOther)
	const left = "what it did to user:4000 was erased"
	contains(t, w.page(t, asAdmin, "/ui/draft?preview=1"), "The revert leaves out: "+left)
	contains(t, text(w.commit(t, http.StatusOK)), "The revert left out: "+left)
}

func TestAStaleTabShowsTheNewerDraft(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAdmin, "/ui/groups/11?edit=region", http.StatusSeeOther, "attribute", "region", "value", "one")
	old := w.field(t, asAdmin, "/ui/draft", "version")
	w.post(t, asAdmin, "/ui/groups/12?edit=region", http.StatusSeeOther, "attribute", "region", "value", "two")
	body := w.post(t, asAdmin, "/ui/draft/commit", http.StatusConflict, "version", old, "comment", "typed")
	contains(t, text(body), "draft was changed in another tab", "2 edits in the draft")
	if !strings.Contains(body, `value="typed"`) {
		t.Error("the comment that was typed is gone")
	}
}

func TestWhatAnotherChangesBetweenPreviewAndCommitIsNotOverwritten(t *testing.T) {
	w := newWorld(t)
	w.post(t, asAdmin, "/ui/groups/11?edit=region", http.StatusSeeOther, "attribute", "region", "value", "mine")
	token, version := w.field(t, asAdmin, "/ui/draft?preview=1", "token"), w.field(t, asAdmin, "/ui/draft", "version")
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.SetGroupValue{Group: 12, Attribute: 22, Value: directory.Value{Text: "theirs"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	body := w.post(t, asAdmin, "/ui/draft/commit", http.StatusConflict, "version", version, "token", token)
	contains(t, text(body), "Preview") // the preview is made again
}

func TestHiddenValuesAreOnNoPage(t *testing.T) {
	w := newWorld(t)
	const secret = "s3cr3t-value"
	_, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.CreateAttribute{ID: 900, Name: "pin", Type: directory.TypeString, Hidden: true},
		directory.SetGroupValue{Group: 11, Attribute: 900, Value: directory.Value{Text: secret}},
		directory.SetUserValue{User: 102, Attribute: 900, Value: directory.Value{Text: secret}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.post(t, asAdmin, "/ui/groups/12?edit=pin", http.StatusSeeOther, "attribute", "pin", "value", secret)
	w.post(t, asAdmin, "/ui/users/103?edit=pin", http.StatusSeeOther, "attribute", "pin", "value", secret)
	for _, path := range append(pagesOfAll(), "/ui/draft", "/ui/draft?preview=1", "/ui/users/102?edit=pin",
		"/ui/groups/11?edit=pin",
		"/ui/groups/12?edit=pin", "/ui/groups/12", "/ui/users/103?edit=pin", "/ui/attributes/pin",
		"/ui/attributes/pin/holders",
		"/ui/attributes/pin/holders?value="+secret, "/ui/attributes/pin/definition", "/ui/users/102/why/pin",
		"/ui/groups/12/why/pin") {
		_, body := w.get(t, asAdmin, path)
		if strings.Contains(strings.ReplaceAll(body, "value="+secret, ""), secret) {
			t.Errorf("%s shows a hidden value", path)
		}
	}
}
