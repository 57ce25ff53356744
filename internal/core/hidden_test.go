package core_test

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
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
	if w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("canary-user")}).Changed {
		t.Error("writing the hidden value that is there made a change")
	}
	if w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("")}).Changed {
		t.Error("writing the empty text to a hidden value made a change")
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
	n, err := core.Verify(t.Context(), w.store, &core.Verification{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
	w.refuse(w.admin(), directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Hidden: new(bool)})
}
