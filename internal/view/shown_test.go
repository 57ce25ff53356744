package view_test

import (
	"slices"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

func TestWhoAsksForAttributesThatItMayNotSeeGetsTheOthers(t *testing.T) {
	w := coretest.New(t)
	u, open := w.User("U"), w.Attribute("open", directory.TypeString)
	closed := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "closed",
		Type: directory.TypeString}).Results[0].ID)
	w.Do(directory.SetUserValue{User: u, Attribute: open, Value: coretest.Text("1")},
		directory.SetUserValue{User: u, Attribute: closed, Value: coretest.Text("2")})
	me := view.New(w.Core).As(directory.Caller{User: u})
	for _, asked := range [][]directory.AttributeID{{open, closed}, {closed, open}, {open}, nil} {
		given := slices.Clone(asked)
		values, err := me.Effective(t.Context(), u, asked)
		var document view.EffectiveDocument
		errDocument := me.EffectiveDocument(t.Context(), u, asked, &document)
		if err != nil || errDocument != nil {
			t.Fatal(err, errDocument)
		}
		for _, list := range [][]directory.Effective{values, document.Values} {
			seen := func(id directory.AttributeID) bool {
				return slices.ContainsFunc(list, func(e directory.Effective) bool { return e.Attribute == id })
			}
			if !seen(open) || seen(closed) {
				t.Errorf("asked for %v: %+v", asked, list)
			}
		}
		if !slices.Equal(asked, given) {
			t.Errorf("the list that was given is now %v, was %v", asked, given)
		}
	}
}
