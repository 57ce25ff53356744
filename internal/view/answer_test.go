package view_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// Answers refer to what the cache and the catalog hold.
func TestAnAnswerThatIsKeptStaysAsItWas(t *testing.T) {
	w := coretest.New(t)
	u, own, inherited := w.User("U"), w.Attribute("own", directory.TypeString),
		w.Attribute("inherited", directory.TypeString)
	w.Do(
		directory.SetUserValue{User: u, Attribute: own, Value: coretest.Text("1")},
		directory.SetGroupValue{Group: directory.AllUsers, Attribute: inherited, Value: coretest.Text("2")},
	)
	kept, err := w.Admin().Effective(t.Context(), u, []directory.AttributeID{own, inherited})
	if err != nil {
		t.Fatal(err)
	}
	w.Do(
		directory.SetUserValue{User: u, Attribute: own, Value: coretest.Text("3")},
		directory.SetGroupValue{Group: directory.AllUsers, Attribute: inherited, Value: coretest.Text("4")},
	)
	now, err := w.Admin().Effective(t.Context(), u, []directory.AttributeID{own, inherited})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1", "2", "3", "4"} {
		if got := append(kept, now...)[i].Value.Text; got != want {
			t.Errorf("value %d is %q, want %q", i, got, want)
		}
	}
}

func TestAttributesThatAreNotThereAreLeftOut(t *testing.T) {
	w := coretest.New(t)
	u, a, gone := w.User("U"), w.Attribute("a", directory.TypeString), w.Attribute("gone", directory.TypeString)
	w.Do(directory.DeleteAttribute{Attribute: gone})
	for _, other := range []directory.AttributeID{gone, 9999} {
		values, err := w.Admin().Effective(t.Context(), u, []directory.AttributeID{other, a})
		if err != nil || len(values) != 1 || values[0].Attribute != a {
			t.Errorf("asked for %d and %d: %+v, %v; want the second alone", other, a, values, err)
		}
	}
}
