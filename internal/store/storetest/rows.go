package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// fill commits the fixture, with the sealed values that it names.
func fill(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := Plan(t.Context(), tx, fixture())
		if err != nil {
			return err
		}
		for _, id := range []directory.SealedID{3, 4, 9} {
			c.Sealed = append(c.Sealed, store.Sealed{ID: id, KeyID: "k", Ciphertext: []byte{byte(id), 0}})
		}
		c.Head.Next.Sealed = 10
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testEmpty(t *testing.T, s store.Store) {
	got, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Head{Incarnation: 1, Next: store.NextIDs{
		User: 1, Group: 1, Attribute: 1, Value: 1, Role: 1, PermissionSet: 1, ModelSet: 1, Credential: 1, Sealed: 1,
	}}
	equal(t, "head", want, got.Head)
	equal(t, "rows", map[string][]directory.Row{}, got.Rows)
	read(t, s, func(ctx context.Context, r store.Reader) error {
		_, ok, err := r.UserRows(ctx, 1)
		if ok {
			t.Error("an empty store has a user")
		}
		users, total, err2 := r.Users(ctx, directory.UserQuery{})
		if len(users) != 0 || total != 0 {
			t.Errorf("an empty store lists %d of %d users", len(users), total)
		}
		return errors.Join(err, err2)
	})
}

func testRoundTrip(t *testing.T, s store.Store) {
	fill(t, s)
	kinds := map[directory.RowKind]bool{}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, want := range fixture() {
			kinds[want.Key().Kind] = true
			got, ok, err := r.Row(ctx, want.Key())
			if err != nil {
				return err
			}
			if !ok {
				t.Errorf("the row %+v is not there", want.Key())
				continue
			}
			equal(t, "row", want, got)
		}
		missing := []directory.RowKey{
			{}, {Kind: 99, A: 1}, directory.Group{ID: 4}.Key(), directory.Membership{User: 9, Group: 40}.Key(),
			directory.SourceReference{Object: directory.Object{Kind: directory.ObjectUser, ID: 40}, Source: "ERP"}.Key(),
			directory.Facet{Object: directory.GroupID(9).Object(), Dialect: "propeller", Kind: "budget"}.Key(),
		}
		for _, key := range missing {
			if row, ok, err := r.Row(ctx, key); ok || err != nil {
				t.Errorf("Row(%+v) = %+v, %v, %v", key, row, ok, err)
			}
		}
		return nil
	})
	for _, kind := range directory.RowKinds() {
		if !kinds[kind] {
			t.Errorf("the fixture has no %v", kind)
		}
	}
}

// variants returns rows that differ from row in one field each, which is no
// part of the key.
func variants(row directory.Row) []directory.Row {
	var list []directory.Row
	for _, change := range changesOf(row) {
		if change.Key() != row.Key() {
			panic("a variant has another key")
		}
		list = append(list, change)
	}
	return list
}

func testChange(t *testing.T, s store.Store) {
	fill(t, s)
	for i := 0; ; i++ {
		var changed []directory.Row
		for _, row := range fixture() {
			if list := variants(row); i < len(list) {
				changed = append(changed, list[i])
			}
		}
		if changed == nil {
			break
		}
		put(t, s, changed...)
		read(t, s, func(ctx context.Context, r store.Reader) error {
			for _, want := range changed {
				got, _, err := r.Row(ctx, want.Key())
				if err != nil {
					return err
				}
				equal(t, "changed row", want, got)
			}
			return nil
		})
		put(t, s, fixture()...)
	}
	var keys []directory.RowKey
	for _, row := range slices.Backward(fixture()) {
		keys = append(keys, row.Key())
	}
	remove(t, s, keys...)
	got, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rows after the removal of all", map[string][]directory.Row{}, got.Rows)
}

func testScanOrder(t *testing.T, s store.Store) {
	fill(t, s)
	got, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range directory.RowKinds() {
		var want []directory.Row
		for _, row := range fixture() {
			if row.Key().Kind == kind {
				want = append(want, row)
			}
		}
		sortRows(want)
		equal(t, "scan of "+kind.String(), want, got.Rows[kind.String()])
	}
}

func testReadBelongsToReader(t *testing.T, s store.Store) {
	fill(t, s)
	spoil := func(row directory.Row) {
		switch r := row.(type) {
		case directory.PermissionSet:
			r.Permissions[0] = "spoilt"
		case directory.Attribute:
			r.Default.Texts[0].Text = "spoilt"
		case directory.UserValue:
			r.Value.Texts[0].Text = "spoilt"
		}
	}
	unchanged(t, s, func() {
		read(t, s, func(ctx context.Context, r store.Reader) error {
			for _, key := range []directory.RowKey{directory.PermissionSet{ID: 7}.Key(), directory.Attribute{ID: 18}.Key()} {
				row, _, err := r.Row(ctx, key)
				if err != nil {
					return err
				}
				spoil(row)
			}
			u, _, err := r.UserRows(ctx, 40)
			if err != nil {
				return err
			}
			spoil(u.Values[0])
			u.Memberships[0].Group = 77
			rec, err := r.Record(ctx, 1)
			if err != nil {
				return err
			}
			rec.Edits.Data[0], rec.Chunks[0].Data[0], rec.Objects[0].Chunk = 'X', 'X', 77
			sealed, err := r.Sealed(ctx, 4)
			if err == nil {
				sealed.Ciphertext[0] = 'X'
			}
			return err
		})
	})
}

func testWrittenIsCopied(t *testing.T, s store.Store) {
	set := directory.PermissionSet{ID: 1, Name: "s", Permissions: []string{"a", "b"}}
	sealed := []byte{1, 2, 3}
	var rec *store.Record
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := Plan(t.Context(), tx, []directory.Row{set})
		if err != nil {
			return err
		}
		c.Sealed = []store.Sealed{{ID: 1, KeyID: "k", Ciphertext: sealed}}
		c.Head.Next.Sealed = 2
		rec = &c.Records[0]
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
	unchanged(t, s, func() {
		set.Permissions[0] = "spoilt"
		sealed[0] = 'X'
		rec.Edits.Data[0], rec.Chunks[0].Data[0], rec.Objects[0].Chunk = 'X', 'X', 77
	})
}

func testFailedWrite(t *testing.T, s store.Store) {
	fill(t, s)
	own := errors.New("the caller's own")
	unchanged(t, s, func() {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 70, Name: "gone"}}, directory.Facet{
				Object: directory.GroupID(9).Object(), Dialect: "propeller", Kind: "budget", Name: "a",
			}.Key())
			if err != nil {
				return err
			}
			if err := tx.Append(t.Context(), c); err != nil {
				return err
			}
			return own
		})
		if err != own {
			t.Errorf("Write = %v, want the error of f itself", err)
		}
	})
	if err := s.Read(t.Context(), func(store.Reader) error { return own }); err != own {
		t.Errorf("Read = %v, want the error of f itself", err)
	}
}

func testOwnWrites(t *testing.T, s store.Store) {
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := Plan(t.Context(), tx, fixture())
		if err != nil {
			return err
		}
		if err := tx.Append(t.Context(), c); err != nil {
			return err
		}
		var within Contents
		if err := within.read(t.Context(), tx); err != nil {
			return err
		}
		equal(t, "the head inside", c.Head, within.Head)
		if len(within.Rows[directory.RowMembership.String()]) != 7 || len(within.Records) != 1 || within.Members[9] != 2 {
			t.Errorf("inside the transaction: %+v", within)
		}
		users, total, err := tx.Users(t.Context(), directory.UserQuery{})
		if len(users) != 3 || total != 3 {
			t.Errorf("inside the transaction %d of %d users are listed", len(users), total)
		}
		if err != nil {
			return err
		}
		if c, err = Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 70}}); err != nil {
			return err
		}
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if got.Head.Revision != 2 || len(got.Records) != 2 {
		t.Errorf("two changes in one transaction lead to revision %d", got.Head.Revision)
	}
	if diff := cmp.Diff(int64(4), got.Head.Groups); diff != "" {
		t.Errorf("groups: %s", diff)
	}
}
