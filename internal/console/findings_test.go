package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// do commits edits as the program itself.
func (w *world) do(t *testing.T, edits ...directory.Edit) directory.Committed {
	t.Helper()
	done, err := view.New(w.core).As(directory.System("test")).Commit(t.Context(), directory.Change{Edits: edits})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestWhatIsMeantSoIsMuted(t *testing.T) {
	w := newWorld(t)
	w.do(t, directory.CreateGroup{ID: 970, Name: "Nobody yet"}, directory.CreateGroup{ID: 971, Name: "Nobody either"})
	const all, kind = "/ui/findings", "/ui/findings?code=empty_group"
	first, second := "The group Nobody yet is empty.", "The group Nobody either is empty."
	_, body := w.get(t, asAdmin, all)
	contains(t, text(body), "Empty groups", first)
	_, body = w.get(t, asAdmin, kind)
	contains(t, text(body), first, second, "Mute all of this kind")
	id := regexp.MustCompile(`value="(empty_group\.g970)"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatalf("the finding has no button:\n%s", text(body))
	}
	w.post(t, asAdmin, all, http.StatusSeeOther, "do", "mute", "finding", id[1], "why", "people <join> later")
	_, body = w.get(t, asAdmin, kind)
	contains(t, text(body), "→ muted")
	_, body = w.get(t, asAdmin, "/ui/draft")
	contains(t, text(body), "Mute empty_group.g970 : people &lt;join&gt; later")
	w.post(t, asAdmin, "/ui/draft/commit", http.StatusSeeOther, "version", "1")
	_, body = w.get(t, asAdmin, kind)
	if strings.Contains(text(body), first) || !strings.Contains(text(body), second) {
		t.Errorf("after one was muted:\n%s", text(body))
	}
	_, body = w.get(t, asAdmin, all+"?muted=1")
	contains(t, text(body), "1 muted", "empty_group.g970: people &lt;join&gt; later", "Unmute")
	w.post(t, asAdmin, all, http.StatusSeeOther, "do", "unmute", "finding", id[1])
	w.post(t, asAdmin, all, http.StatusSeeOther, "do", "mute", "finding", "empty_group", "why", "")
	w.post(t, asAdmin, "/ui/draft/commit", http.StatusSeeOther, "version", "4")
	_, body = w.get(t, asAdmin, all)
	if strings.Contains(text(body), "Empty groups") {
		t.Errorf("after the kind was muted:\n%s", text(body))
	}
	_, body = w.get(t, asAdmin, kind+"&muted=1")
	contains(t, text(body), first, second)
	for _, wrong := range []url.Values{
		{"do": {"mute"}, "finding": {"nonsense"}}, {"do": {"mute"}, "finding": {""}},
		{"do": {"mute"}, "finding": {id[1]}, "why": {strings.Repeat("x", 2000)}},
	} {
		if status, body := w.submit(t, asAdmin, all, wrong); status != http.StatusUnprocessableEntity ||
			!strings.Contains(body, `role="alert"`) {
			t.Errorf("%v: %d", wrong, status)
		}
	}
	if status, _ := w.get(t, asAdmin, all+"?code=nonsense"); status != http.StatusUnprocessableEntity {
		t.Errorf("a kind that there is not: %d", status)
	}
	if status, _ := w.get(t, asAda, all); status != http.StatusForbidden {
		t.Errorf("somebody without permissions: %d", status)
	}
}

func TestAChangeSaysForWhomItChangedAnswers(t *testing.T) {
	w := newWorld(t)
	done := w.do(t, directory.CreateGroup{ID: 972, Name: "Some"}, directory.AddMember{Group: 972, User: 101},
		directory.CreateAttribute{ID: 973, Name: "shade", Type: directory.TypeString})
	quiet := "/ui/changes/" + directory.FormatID(directory.UserID(done.Revision))
	done = w.do(t, directory.SetGroupValue{Group: 972, Attribute: 973, Value: directory.Value{Text: "red"}})
	loud := "/ui/changes/" + directory.FormatID(directory.UserID(done.Revision))
	_, body := w.get(t, asAdmin, loud)
	contains(t, text(body), "Effects", "1 user and 1 group got different values.", "Which values, and why")
	_, body = w.get(t, asAdmin, loud+"?effects=1")
	contains(t, text(body), "shade", "red", "For example", "Before:")
	_, body = w.get(t, asAdmin, quiet)
	contains(t, text(body), "Nobody got a different value.")
	if _, body = w.get(t, asAdmin, "/ui/at/1"+strings.TrimPrefix(quiet, "/ui")); strings.Contains(body, "Effects") {
		t.Errorf("a page of the past says for whom a later change was")
	}
}

func TestAnExplanationSaysSinceWhichChange(t *testing.T) {
	w := newWorld(t)
	done := w.do(t, directory.SetGroupValue{Group: 12, Attribute: 21, Value: directory.Value{Text: "16"}})
	w.do(t, directory.SetGroupValue{Group: 12, Attribute: 22, Value: directory.Value{Text: "nl"}})
	const page = "/ui/users/102/why/discount_limit"
	_, body := w.get(t, asAdmin, page)
	if contains(t, text(body), "Since when?"); strings.Contains(text(body), " by change ") {
		t.Error("it was not asked since when")
	}
	_, body = w.get(t, asAdmin, page+"?since=1")
	change := " by change " + directory.FormatID(directory.UserID(done.Revision))
	if got := text(body); strings.Count(got, change) != 1 || strings.Count(got, " by change 3") < 3 {
		t.Errorf("want one candidate set%s, and the others by change 3:\n%s", change, got)
	}
	if _, body = w.get(t, asAda, "/ui/users/101/why/discount_limit?since=1"); strings.Contains(text(body), " by change ") {
		t.Error("somebody who may not see history learns of changes")
	}
}
