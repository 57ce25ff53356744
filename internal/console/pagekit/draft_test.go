package pagekit

import (
	"testing"

	"cohort/internal/console/draft"
	"cohort/internal/directory"
	"cohort/internal/record"
)

func TestADecodedDraftIsTheStoredOne(t *testing.T) {
	codec := draft.Codec{Encode: record.EncodeEdits, Decode: record.DecodeEdits}
	var m draftMemory
	stored := func(names ...string) []byte {
		t.Helper()
		var d draft.Draft
		for _, name := range names {
			d.Add(draft.Entry{Edits: []directory.Edit{directory.CreateGroup{Name: name}}})
		}
		data, err := codec.Write(&d)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	read := func(user directory.UserID, data []byte, version int64) *draft.Draft {
		t.Helper()
		d, err := m.draft(user, codec, data, version)
		if err != nil || d.Version != version {
			t.Fatalf("%+v, %v", d, err)
		}
		return d
	}
	one := read(1, stored("A", "B"), 1)
	one.Drop(draft.KeyOf(one.Entries[0].Edits[0])) // what a request does with its draft is its own
	one.Add(draft.Entry{Edits: []directory.Edit{directory.CreateGroup{Name: "C"}}})
	again := read(1, stored("A", "B"), 1)
	again.Entries[0] = draft.Entry{}
	for range 2 {
		if d := read(1, stored("A", "B"), 2); d.Count() != 2 || d.Entries[0].Edits[0].(directory.CreateGroup).Name != "A" {
			t.Errorf("the same again: %+v", d)
		}
	}
	if d := read(1, stored("A"), 3); d.Count() != 1 {
		t.Errorf("another one: %+v", d)
	}
	if d := read(2, stored("X", "Y", "Z"), 1); d.Count() != 3 {
		t.Errorf("somebody else's: %+v", d)
	}
	if d := read(1, nil, 0); d.Count() != 0 {
		t.Errorf("none: %+v", d)
	}
	for user := range directory.UserID(3 * maxDecodedDrafts) {
		read(user+10, stored("A"), 1)
	}
	if len(m.of) > maxDecodedDrafts {
		t.Errorf("%d drafts are kept", len(m.of))
	}
	if _, err := m.draft(1, codec, []byte("{"), 1); err == nil {
		t.Error("a damaged draft is read")
	}
}
