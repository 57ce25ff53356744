package core_test

import (
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/sqlite/sqlitetest"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// reproducible are options with which the same changes come out the same.
func reproducible(limit int) core.Options {
	return core.Options{
		Sealer: coretest.PlainSealer{}, BatchLimit: limit,
		Now:    func() time.Time { return time.UnixMilli(1_000_000) },
		Random: io.Reader(rand.NewChaCha8([32]byte{})),
	}
}

// aboutUsers draws an edit of a user, often of one that the edits before were
// about as well.
func (d *draft) aboutUsers(root directory.UserID) directory.Edit {
	u, g, a := pick(d, "user", d.users), pick(d, "group", d.groups), pick(d, "attribute", d.attrs)
	name := pick(d, "name", []string{"a", "b"})
	switch rapid.IntRange(0, 12).Draw(d.t, "kind of edit of a user") {
	case 0, 1:
		return directory.AddMember{Group: g, User: u}
	case 2:
		return directory.RemoveMember{Group: g, User: u}
	case 3, 4:
		return directory.SetUserValue{User: u, Attribute: a, Value: d.value(a)}
	case 5:
		return directory.DeleteUserValue{User: u, Attribute: a}
	case 6:
		return directory.UpdateUser{User: u, FirstName: &name}
	case 7:
		return directory.SetUserRoles{User: u, Roles: []directory.RoleID{directory.AdminRole}}
	case 8:
		return directory.SetSource{Object: u.Object(), Source: "erp", SourceID: name}
	case 9:
		return directory.SetLoginEmail{User: u, Email: name + "@example.com"}
	case 10:
		return directory.DeleteUser{User: u}
	case 11:
		return directory.SetFacet{Object: u.Object(), Dialect: "test", Kind: "k", Name: name, Data: name}
	default:
		return directory.DeleteUser{User: root}
	}
}

// inWriter draws an edit that is planned in the writer's turn only: others may be
// refused by what holds before their batch.
func (d *draft) inWriter() directory.Edit {
	for {
		switch edit := d.edit().(type) {
		case directory.UpdateAttribute, directory.Revert, directory.EraseUser:
		default:
			return edit
		}
	}
}

// recordsOf are the records of a directory but for what is drawn by chance.
func recordsOf(t *testing.T, s store.Store) (list []store.Record) {
	t.Helper()
	err := s.Read(t.Context(), func(r store.Reader) error {
		head, err := r.Head(t.Context())
		for rev := directory.Revision(1); err == nil && rev <= head.Revision; rev++ {
			var rec store.Record
			rec, err = r.Record(t.Context(), rev)
			rec.Header.ChangeID, rec.Hash = "", [32]byte{}
			rec.Edits.Salt, rec.Edits.Commitment = nil, [32]byte{}
			for i := range rec.Chunks {
				rec.Chunks[i].Salt, rec.Chunks[i].Commitment = nil, [32]byte{}
			}
			list = append(list, rec)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestABatchIsAsItsChangesOneByOne commits random changes, many of them of the
// same few users, in one transaction of one directory, and one by one in
// another.
func TestABatchIsAsItsChangesOneByOne(t *testing.T) {
	effort.Check(t, 8, func(rt *rapid.T) {
		s := sqlitetest.Open(t)
		g := &gate{Store: s, inside: make(chan struct{}), open: make(chan struct{})}
		together, alone := coretest.Open(t, g, reproducible(64)), coretest.Open(t, memstore.New(), reproducible(1))
		defer together.Core.Close()
		defer alone.Core.Close()
		d := newDraft(rt, alone.Admin())
		newDraft(rt, together.Admin())
		for _, u := range d.users { // into the cache
			if rapid.Bool().Draw(rt, "read before") {
				together.Effective(u, d.attrs[0])
			}
		}
		alone.Do(directory.CreateGroup{Name: "holds the writer"})
		var members []member
		var want []directory.Kind
		for range rapid.IntRange(2, 12).Draw(rt, "changes") {
			edits := []directory.Edit{d.aboutUsers(alone.Root)}
			if rapid.Bool().Draw(rt, "two edits") {
				edits = append(edits, d.inWriter())
			}
			_, err := alone.Admin().Commit(t.Context(), directory.Change{Edits: edits})
			if err != nil && !isRefusal(err) {
				rt.Fatalf("%+v: %v", edits, err)
			}
			want = append(want, directory.KindOf(err))
			members = append(members, member{together.Admin(), edits})
		}
		for i, err := range batch(together, g, members...) {
			if got := directory.KindOf(err); got != want[i] {
				rt.Errorf("change %d, %+v: %v (kind %d), want kind %d", i+1, members[i].edits, err, got, want[i])
			}
		}
		a, b := alone.Core.Head(), together.Core.Head()
		a.Hash, b.Hash = [32]byte{}, [32]byte{} // salts were drawn in another order
		if a != b {
			rt.Fatalf("one by one the directory comes to %+v, in a batch to %+v", a, b)
		}
		if diff := cmp.Diff(recordsOf(t, alone.Store), recordsOf(t, s)); diff != "" {
			rt.Fatalf("records (-one by one +in a batch):\n%s", diff)
		}
		fresh := coretest.Open(t, s, reproducible(1))
		defer fresh.Core.Close()
		for _, u := range d.users {
			want, werr := view.New(fresh.Core).As(directory.System("test")).WholeUser(t.Context(), u)
			got, gerr := view.New(together.Core).As(directory.System("test")).WholeUser(t.Context(), u)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" ||
				directory.KindOf(werr) != directory.KindOf(gerr) {
				rt.Fatalf("user %d (-opened afresh, %v +running, %v):\n%s", u, werr, gerr, diff)
			}
		}
		if n, err := verify.Check(t.Context(), s, &verify.Report{Problem: func(s string) { rt.Error(s) }}); n != 0 ||
			err != nil {
			rt.Fatalf("Verify = %d, %v", n, err)
		}
	})
}
