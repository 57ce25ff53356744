package view_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// An answer as of an earlier revision has nothing that was erased or hidden since, even if memory
// still has it.
func TestThePastTellsNothingThatWasForgotten(t *testing.T) {
	w := coretest.New(t)
	u, other, g, a := w.User("Secret"), w.User("Other"), w.Group("G"), w.Attribute("a", directory.TypeString)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("secret")},
		directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("secret")})
	then := directory.Point{Revision: w.Core.Head().Revision}
	w.Group("H")
	value := func() string {
		t.Helper()
		past, err := w.Admin().At(t.Context(), then)
		if err != nil {
			t.Fatal(err)
		}
		list, err := past.GroupValues(t.Context(), a)
		if err != nil || len(list) != 1 {
			t.Fatalf("GroupValues = %+v, %v", list, err)
		}
		return list[0].Value.Text
	}
	if text := value(); text != "secret" {
		t.Errorf("before anything is forgotten the value was %q", text)
	}
	w.Do(directory.UpdateAttribute{Attribute: a, Hidden: new(true)})
	if text := value(); text != "" {
		t.Errorf("after the attribute is hidden the value was %q", text)
	}
	for _, erased := range []directory.UserID{u, other} {
		w.Do(directory.EraseUser{User: erased})
		list, _, err := w.Admin().EffectiveAt(t.Context(), erased, nil, then)
		if directory.KindOf(err) != directory.KindGone {
			t.Errorf("the erased user %d had %+v, %v", erased, list, err)
		}
	}
	past, err := w.Admin().At(t.Context(), then)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := past.Users(t.Context(), directory.UserQuery{})
	for _, u := range list {
		if u.User.FirstName == "Secret" {
			t.Errorf("the list of then has %+v", u)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
