package core_test

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/verify"
)

// everythingRecorded is all that the records hold, inflated.
func everythingRecorded(t *testing.T, s store.Store) []byte {
	t.Helper()
	var all bytes.Buffer
	err := s.Read(t.Context(), func(r store.Reader) error {
		head, err := r.Head(t.Context())
		if err != nil {
			return err
		}
		for rev := directory.Revision(1); rev <= head.Revision; rev++ {
			rec, err := r.Record(t.Context(), rev)
			if err != nil {
				return err
			}
			all.Write(rec.Edits.Data)
			for _, c := range rec.Chunks {
				if _, err := io.Copy(&all, flate.NewReader(bytes.NewReader(c.Data))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

func TestHiddenValuesAreSealedWhereverTheyGo(t *testing.T) {
	w := newWorld(t)
	g, u := w.group("G"), w.user("U")
	a := directory.AttributeID(w.do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Hidden: true, Default: &directory.Value{Text: "canary-default"},
	}).Results[0].ID)
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text("canary-group")})
	w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("canary-user")})
	w.do(directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g, Value: text("canary-list")}}})
	if bytes.Contains(everythingRecorded(t, w.store), []byte("canary")) {
		t.Error("a hidden value is in the records")
	}
	if !w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("canary-user")}).Changed {
		t.Error("writing the hidden value that is there made no change: a guess can be told")
	}
	if w.do(directory.SetUserValue{User: u, Attribute: a, Value: text(""), Keep: true}).Changed {
		t.Error("leaving a hidden value as it is made a change")
	}
}

// TestVendorsPlaceholdersAreTextsToTheDomain: only an edit that says so leaves a
// hidden value as it is; what stands for one in a dialect is a text like others.
func TestVendorsPlaceholdersAreTextsToTheDomain(t *testing.T) {
	w := newWorld(t)
	g, u := w.group("G"), w.user("U")
	a := directory.AttributeID(w.do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Hidden: true, Default: &directory.Value{Text: "d"},
	}).Results[0].ID)
	opened := func(owner directory.Object) string {
		t.Helper()
		got, err := w.admin().Reveal(t.Context(), a, owner)
		if err != nil {
			t.Fatalf("reveal of %v: %v", owner, err)
		}
		return got
	}
	for _, placeholder := range []string{"", "DEFAULT_IS_SET"} {
		for _, keeping := range []directory.Edit{
			directory.SetUserValue{User: w.user("N"), Attribute: a, Value: text(placeholder), Keep: true},
			directory.SetGroupValue{Group: w.group("N"), Attribute: a, Value: text(placeholder), Keep: true},
			directory.SetGroupValues{Attribute: a,
				Items: []directory.GroupValueItem{{Group: w.group("M"), Value: text(placeholder), Keep: true}}},
		} {
			w.refuse(w.admin(), directory.KindInvalid, keeping) // there is nothing to keep
		}
		for _, write := range []directory.Edit{
			directory.SetUserValue{User: u, Attribute: a, Value: text("x")},
			directory.SetUserValue{User: u, Attribute: a, Value: text(placeholder)},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text("x")},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text(placeholder)},
			directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g, Value: text("x")}}},
			directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g, Value: text(placeholder)}}},
		} {
			if !w.do(write).Changed {
				t.Errorf("%T with %q was dropped", write, placeholder)
			}
		}
		if got := opened(u.Object()); got != placeholder {
			t.Errorf("the user has %q, want %q", got, placeholder)
		}
		if got := opened(g.Object()); got != placeholder {
			t.Errorf("the group has %q, want %q", got, placeholder)
		}
		w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("mine")},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text("ours")})
		w.do(
			directory.SetUserValue{User: u, Attribute: a, Value: text(placeholder), Keep: true},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text(placeholder), Keep: true},
			directory.SetGroupValues{Attribute: a,
				Items: []directory.GroupValueItem{{Group: g, Value: text(placeholder), Keep: true}}},
		)
		if opened(u.Object()) != "mine" || opened(g.Object()) != "ours" {
			t.Errorf("keeping with %q wrote something", placeholder)
		}
	}
	if !w.do(directory.UpdateAttribute{Attribute: a, Default: &directory.Value{Text: "DEFAULT_IS_SET"}}).Changed ||
		opened(a.Object()) != "DEFAULT_IS_SET" {
		t.Error("a default that reads like a placeholder was dropped")
	}
}

func TestHidingAnAttributeTakesItsValuesOutOfHistory(t *testing.T) {
	w := newWorld(t)
	g, u := w.group("G"), w.user("U")
	a := directory.AttributeID(w.do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Default: &directory.Value{Text: "canary-1"},
	}).Results[0].ID)
	other := w.attribute("other", directory.TypeString)
	w.do(
		directory.SetGroupValue{Group: g, Attribute: a, Value: text("canary-2")},
		directory.SetGroupValue{Group: g, Attribute: other, Value: text("plain")},
	)
	w.do(directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{{Group: g, Value: text("canary-3")}}})
	w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("canary-4")})
	w.do(directory.DeleteUserValue{User: u, Attribute: a})
	w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("canary-5")})
	if !bytes.Contains(everythingRecorded(t, w.store), []byte("canary-4")) {
		t.Fatal("the test does not see what is recorded")
	}
	hidden := true
	w.do(directory.UpdateAttribute{Attribute: a, Hidden: &hidden})
	recorded := everythingRecorded(t, w.store)
	if bytes.Contains(recorded, []byte("canary")) {
		t.Error("a value of the hidden attribute is still in the records")
	}
	if !bytes.Contains(recorded, []byte("plain")) {
		t.Error("a value of another attribute is gone from the records")
	}
	n, err := verify.Check(t.Context(), w.store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
	w.refuse(w.admin(), directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Hidden: new(bool)})
}
