package record_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// listOf is a record of edits that name users, one each.
func listOf(t interface{ Fatal(...any) }, users []directory.UserID) store.Record {
	var list []directory.Edit
	for _, u := range users {
		list = append(list, directory.SetUserValue{User: u, Attribute: 14,
			Value: directory.Value{Text: "of " + directory.FormatID(u)}})
	}
	r, err := record.Build(directory.ChangeHeader{Revision: 5}, list, nil, [32]byte{9}, salts())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func without(user directory.UserID) func(directory.Edit) (directory.Edit, error) {
	return func(e directory.Edit) (directory.Edit, error) {
		if record.Names(e, user.Object()) {
			return nil, nil
		}
		return e, nil
	}
}

// Whatever edits are erased, and in whatever order, the others are there and
// match what the chain says of them.
func TestErasedEditsLeaveTheOthersChecked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		users := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) directory.UserID {
			return directory.UserID(rapid.Int64Range(1, 5).Draw(t, "user"))
		}), 1, 12).Draw(t, "users")
		r := listOf(t, users)
		left := users
		for _, erased := range rapid.SliceOfN(rapid.Int64Range(1, 5), 0, 4).Draw(t, "erased") {
			var err error
			if r.Edits, _, err = record.RedactEdits(5, r.Edits, without(directory.UserID(erased))); err != nil {
				t.Fatal(err)
			}
			left = slices.DeleteFunc(slices.Clone(left), func(u directory.UserID) bool { return u == directory.UserID(erased) })
		}
		err := record.Verify([32]byte{9}, r)
		if len(left) == 0 {
			if directory.KindOf(err) != directory.KindGone || r.Edits.Data != nil || r.Edits.Salt != nil {
				t.Fatalf("with nothing left: %v, %+v", err, r.Edits)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		list, err := record.EditsOf(r.Edits)
		if err != nil || len(list) != len(left) || record.ErasedEdits(r.Edits) != len(users)-len(left) {
			t.Fatalf("left are %v, %v", list, err)
		}
		for i, e := range list {
			if e.(directory.SetUserValue).User != left[i] {
				t.Fatalf("left are %v, want those of %v", list, left)
			}
		}
		for i := range r.Edits.Data {
			damaged := r
			damaged.Edits.Data = bytes.Clone(r.Edits.Data)
			damaged.Edits.Data[i] ^= 1
			if record.Verify([32]byte{9}, damaged) == nil {
				t.Fatalf("byte %d of %s can be another", i, r.Edits.Data)
			}
		}
		for i := range r.Edits.Salt {
			damaged := r
			damaged.Edits.Salt = bytes.Clone(r.Edits.Salt)
			damaged.Edits.Salt[i] ^= 1
			if record.Verify([32]byte{9}, damaged) == nil {
				t.Fatalf("byte %d of the salts can be another", i)
			}
		}
	})
}

func TestOfAnErasedEditNoSaltIsLeft(t *testing.T) {
	r := listOf(t, []directory.UserID{1, 2})
	master := bytes.Clone(r.Edits.Salt)
	once, _, err := record.RedactEdits(5, r.Edits, without(1))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(once.Salt, master) || bytes.Contains(once.Data, []byte("of 1")) ||
		!bytes.Contains(once.Data, []byte("of 2")) {
		t.Errorf("left are %s and the salts %x", once.Data, once.Salt)
	}
	if !bytes.Equal(r.Edits.Salt, master) {
		t.Error("the salt of the record before was overwritten")
	}
}
