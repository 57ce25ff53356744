package core_test

import (
	"testing"

	"cohort/internal/directory"
)

// Answers refer to what the cache and the catalog hold.
func TestAnAnswerThatIsKeptStaysAsItWas(t *testing.T) {
	w := newWorld(t)
	u, own, inherited := w.user("U"), w.attribute("own", directory.TypeString),
		w.attribute("inherited", directory.TypeString)
	w.do(
		directory.SetUserValue{User: u, Attribute: own, Value: text("1")},
		directory.SetGroupValue{Group: directory.AllUsers, Attribute: inherited, Value: text("2")},
	)
	kept, err := w.admin().Effective(t.Context(), u, []directory.AttributeID{own, inherited})
	if err != nil {
		t.Fatal(err)
	}
	w.do(
		directory.SetUserValue{User: u, Attribute: own, Value: text("3")},
		directory.SetGroupValue{Group: directory.AllUsers, Attribute: inherited, Value: text("4")},
	)
	now, err := w.admin().Effective(t.Context(), u, []directory.AttributeID{own, inherited})
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
	w := newWorld(t)
	u, a, gone := w.user("U"), w.attribute("a", directory.TypeString), w.attribute("gone", directory.TypeString)
	w.do(directory.DeleteAttribute{Attribute: gone})
	for _, other := range []directory.AttributeID{gone, 9999} {
		values, err := w.admin().Effective(t.Context(), u, []directory.AttributeID{other, a})
		if err != nil || len(values) != 1 || values[0].Attribute != a {
			t.Errorf("asked for %d and %d: %+v, %v; want the second alone", other, a, values, err)
		}
	}
}
