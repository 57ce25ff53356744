package console_test

import (
	"fmt"
	"net/http"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
)

// The customers of an ERP are groups without users. The draft requires a preview for them as
// it does for many users.
func TestTheGuardOfPreviewsIsForGroupsAndUsers(t *testing.T) {
	w := newWorldWith(t, core.Options{PreviewGuard: 0.5})
	edits := []directory.Edit{directory.CreateGroup{Name: "Customers"}}
	for i := range 30 {
		edits = append(edits, directory.CreateGroup{Name: fmt.Sprint("Customer ", i)}, directory.AddParent{
			Group: directory.Made[directory.GroupID](2*i + 1), Parent: directory.Made[directory.GroupID](0),
		})
	}
	customers := directory.FormatID(directory.GroupID(w.do(t, edits...).Results[0].ID))
	for _, step := range []struct{ path, attribute, impact string }{
		{"/ui/groups/" + customers, "region", "31 of 37 groups would get different values; no user would."},
		{"/ui/groups/1", "currency", "of 9 users would get different values"},
	} {
		w.post(t, asAdmin, step.path, http.StatusSeeOther, "attribute", step.attribute, "value", "x-1")
		version := w.field(t, asAdmin, "/ui/draft", "version")
		before := w.core.Head().Revision
		body := w.post(t, asAdmin, "/ui/draft/commit", http.StatusConflict, "version", version)
		contains(t, text(body), "It may affect so many that you have to review the preview first", step.impact)
		if w.core.Head().Revision != before {
			t.Fatal("it is committed without a look")
		}
		w.commit(t, http.StatusSeeOther)
	}
}
