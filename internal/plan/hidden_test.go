package plan_test

import (
	"bytes"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/verify"
)

func TestHiddenValuesAreSealedWhereverTheyGo(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Hidden: true, Default: &directory.Value{Text: "canary-default"},
	}).Results[0].ID)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("canary-group")})
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("canary-user")})
	w.Do(directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g,
		Value: coretest.Text("canary-list")}}})
	if bytes.Contains(coretest.Recorded(t, w.Store), []byte("canary")) {
		t.Error("a hidden value is in the records")
	}
	if !w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("canary-user")}).Changed {
		t.Error("writing the hidden value that is there made no change: a guess can be told")
	}
	if w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(""), Keep: true}).Changed {
		t.Error("leaving a hidden value as it is made a change")
	}
}

// TestVendorsPlaceholdersAreTextsToTheDomain: only an edit that says so leaves a
// hidden value as it is; what stands for one in a dialect is a text like others.
func TestVendorsPlaceholdersAreTextsToTheDomain(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Hidden: true, Default: &directory.Value{Text: "d"},
	}).Results[0].ID)
	opened := func(owner directory.Object) string {
		t.Helper()
		got, err := w.Admin().Reveal(t.Context(), a, owner)
		if err != nil {
			t.Fatalf("reveal of %v: %v", owner, err)
		}
		return got
	}
	for _, placeholder := range []string{"", "DEFAULT_IS_SET"} {
		for _, keeping := range []directory.Edit{
			directory.SetUserValue{User: w.User("N"), Attribute: a, Value: coretest.Text(placeholder), Keep: true},
			directory.SetGroupValue{Group: w.Group("N"), Attribute: a, Value: coretest.Text(placeholder), Keep: true},
			directory.SetGroupValues{Attribute: a,
				Items: []directory.GroupValueItem{{Group: w.Group("M"), Value: coretest.Text(placeholder), Keep: true}}},
		} {
			w.Refuse(w.Admin(), directory.KindInvalid, keeping) // there is nothing to keep
		}
		for _, write := range []directory.Edit{
			directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("x")},
			directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(placeholder)},
			directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("x")},
			directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text(placeholder)},
			directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g, Value: coretest.Text("x")}}},
			directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g,
				Value: coretest.Text(placeholder)}}},
		} {
			if !w.Do(write).Changed {
				t.Errorf("%T with %q was dropped", write, placeholder)
			}
		}
		if got := opened(u.Object()); got != placeholder {
			t.Errorf("the user has %q, want %q", got, placeholder)
		}
		if got := opened(g.Object()); got != placeholder {
			t.Errorf("the group has %q, want %q", got, placeholder)
		}
		w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("mine")},
			directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("ours")})
		w.Do(
			directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(placeholder), Keep: true},
			directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text(placeholder), Keep: true},
			directory.SetGroupValues{Attribute: a,
				Items: []directory.GroupValueItem{{Group: g, Value: coretest.Text(placeholder), Keep: true}}},
		)
		if opened(u.Object()) != "mine" || opened(g.Object()) != "ours" {
			t.Errorf("keeping with %q wrote something", placeholder)
		}
	}
	if !w.Do(directory.UpdateAttribute{Attribute: a, Default: &directory.Value{Text: "DEFAULT_IS_SET"}}).Changed ||
		opened(a.Object()) != "DEFAULT_IS_SET" {
		t.Error("a default that reads like a placeholder was dropped")
	}
}

func TestHidingAnAttributeTakesItsValuesOutOfHistory(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Default: &directory.Value{Text: "canary-1"},
	}).Results[0].ID)
	other := w.Attribute("other", directory.TypeString)
	w.Do(
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("canary-2")},
		directory.SetGroupValue{Group: g, Attribute: other, Value: coretest.Text("plain")},
	)
	w.Do(directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g,
		Value: coretest.Text("canary-3")}}})
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("canary-4")})
	w.Do(directory.DeleteUserValue{User: u, Attribute: a})
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("canary-5")})
	if !bytes.Contains(coretest.Recorded(t, w.Store), []byte("canary-4")) {
		t.Fatal("the test does not see what is recorded")
	}
	hidden := true
	w.Do(directory.UpdateAttribute{Attribute: a, Hidden: &hidden})
	recorded := coretest.Recorded(t, w.Store)
	if bytes.Contains(recorded, []byte("canary")) {
		t.Error("a value of the hidden attribute is still in the records")
	}
	if !bytes.Contains(recorded, []byte("plain")) {
		t.Error("a value of another attribute is gone from the records")
	}
	n, err := verify.Check(t.Context(), w.Store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
	w.Refuse(w.Admin(), directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Hidden: new(bool)})
}
