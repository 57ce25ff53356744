package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// TestARecordHasOnlyTheEditsThatChangeSomething: whoever asks what happened to an
// object is not shown what was merely sent along.
func TestARecordHasOnlyTheEditsThatChangeSomething(t *testing.T) {
	w := coretest.New(t)
	top, low := w.Group("top"), w.Group("low")
	name, same := "lower", "low"
	source := directory.SetSource{Object: low.Object(), Source: "erp", SourceID: "1"}
	facet := directory.SetFacet{Object: low.Object(), Dialect: "test", Kind: "settings", Data: `{"a":1}`}
	nothing := directory.DeleteFacet{Object: low.Object(), Dialect: "test", Kind: "none"}
	move := directory.SetFirstParent{Group: low, Parent: top}
	first := w.Do(source, facet)
	for _, test := range []struct {
		name  string
		edits []directory.Edit
		want  []directory.Edit
	}{
		{"the first", []directory.Edit{directory.UpdateGroup{Group: low, Name: &same}, move, source, facet, nothing},
			[]directory.Edit{move}},
		{"in the middle", []directory.Edit{source, directory.UpdateGroup{Group: low, Name: &name}, facet},
			[]directory.Edit{directory.UpdateGroup{Group: low, Name: &name}}},
		{
			"one after another", []directory.Edit{nothing, directory.SetFirstParent{Group: low}, move, move},
			nil, // the two that do something undo each other: there is no change
		},
	} {
		done := w.Do(test.edits...)
		if len(done.Results) != len(test.edits) {
			t.Errorf("%s: %d results for %d edits", test.name, len(done.Results), len(test.edits))
		}
		if test.want == nil {
			if done.Changed {
				t.Errorf("%s: revision %d", test.name, done.Revision)
			}
			continue
		}
		c, err := history.Change(t.Context(), w.Admin(), done.Revision)
		if diff := cmp.Diff(test.want, c.Edits); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", test.name, err, diff)
		}
	}
	if c, err := history.Change(t.Context(), w.Admin(), first.Revision); err != nil || len(c.Edits) != 2 {
		t.Errorf("%v, %v; want both edits", c.Edits, err)
	}
}
