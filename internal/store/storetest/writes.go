package storetest

import (
	"context"
	"errors"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testBefore(t *testing.T, s store.Store) {
	fill(t, s)
	try := func(w directory.RowWrite, format string) {
		t.Helper()
		err := write(t, s, func(c *store.Commit) { c.Writes = []directory.RowWrite{w} })
		refused(t, err, format, w)
	}
	unchanged(t, s, func() {
		for _, row := range fixture() {
			for _, other := range variants(row) {
				try(directory.RowWrite{Before: other, After: row}, "a change of a row that is not so: %+v")
				try(directory.RowWrite{Before: other}, "a removal of a row that is not so: %+v")
			}
			try(directory.RowWrite{After: row}, "making a row that is there: %+v")
		}
		missing := directory.Group{ID: 77}
		try(directory.RowWrite{Before: missing}, "a removal of a row that is not there: %+v")
		try(directory.RowWrite{Before: missing, After: directory.Group{ID: 77, Name: "x"}},
			"a change of a row that is not there: %+v")
		try(directory.RowWrite{Before: directory.Group{ID: 9, Name: "Alpha", Language: "EN", CreatedAt: 1001},
			After: directory.Group{ID: 77}},
			"a change of a key: %+v")
		err := write(t, s, func(c *store.Commit) { c.Members = []store.MemberDelta{{Group: 77, Delta: 1}} })
		refused(t, err, "counting members of a group that is not there")
	})
}

func testTwoWrites(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1})
	unchanged(t, s, func() {
		err := write(t, s, func(c *store.Commit) {
			c.Writes = []directory.RowWrite{
				{Before: directory.Group{ID: 1}, After: directory.Group{ID: 1, Name: "a"}},
				{Before: directory.Group{ID: 1, Name: "a"}, After: directory.Group{ID: 1, Name: "b"}},
			}
		})
		refused(t, err, "two writes of one row")
	})
}

func testUnique(t *testing.T, s store.Store) {
	fill(t, s)
	unchanged(t, s, func() {
		for name, row := range map[string]directory.Row{
			"an attribute's name": directory.Attribute{ID: 30, Name: "aa"},
			"a credential": directory.Credential{ID: 30, User: 20, Kind: directory.CredentialAPI,
				Identifier: "client"},
			"a source reference": directory.SourceReference{Object: directory.UserID(20).Object(), Source: "erp",
				SourceID: "47/11 'x'"},
			"the id of a group value": directory.GroupValue{ID: 8, Group: 5, Attribute: 20},
			"a name, by renaming": directory.Attribute{
				ID: 18, Name: "aa", Label: "Elf", Type: directory.TypeText, Rule: directory.RuleNearest,
				UserValueMode: directory.ModeJoins,
			},
			"a name, by taking a mark away": directory.Attribute{ID: 16, Name: "aa"},
		} {
			refused(t, Put(t.Context(), s, []directory.Row{row}), "a second row with %s", name)
		}
	})
	// Rows that are marked deleted, or differ in one part of the key, do not
	// conflict.
	put(t, s,
		directory.Attribute{ID: 31, Name: "cc"}, directory.Attribute{ID: 32, Name: "aa", DeletedRev: 1},
		directory.Credential{ID: 31, User: 20, Kind: directory.CredentialLDAP, Identifier: "client"},
		directory.SourceReference{Object: directory.AttributeID(20).Object(), Source: "erp", SourceID: "47/11 'x'"},
		directory.Group{ID: 50, Name: "alpha"},
		directory.GroupValue{ID: 90, Group: 5, Attribute: 20, Order: -directory.OrderGap},
	)
}

func testSwap(t *testing.T, s store.Store) {
	object := func(id directory.GroupID, sourceID string) directory.SourceReference {
		return directory.SourceReference{Object: id.Object(), Source: "s", SourceID: sourceID}
	}
	put(t, s,
		directory.Group{ID: 1}, directory.Group{ID: 2}, directory.Group{ID: 3}, directory.User{ID: 1}, directory.User{ID: 2},
		directory.Attribute{ID: 1, Name: "a"}, directory.Attribute{ID: 2, Name: "b"}, directory.Attribute{ID: 3, Name: "c"},
		directory.GroupValue{ID: 1, Group: 1, Attribute: 1, Order: 1}, directory.GroupValue{ID: 2, Group: 2, Attribute: 1,
			Order: 2},
		directory.UserValue{User: 1, Attribute: 1}, directory.UserValue{User: 1, Attribute: 2},
		directory.Credential{ID: 1, User: 1, Kind: "email", Identifier: "x"},
		directory.Credential{ID: 2, User: 2, Kind: "email", Identifier: "y"},
		object(1, "1"), object(2, "2"),
	)
	err := write(t, s, func(c *store.Commit) { c.Secrets = []store.Secret{{Credential: 1, Hash: [32]byte{1}}} })
	if err != nil {
		t.Fatal(err)
	}
	swapped := []directory.Row{
		directory.Attribute{ID: 1, Name: "b"}, directory.Attribute{ID: 2, Name: "c"}, directory.Attribute{ID: 3, Name: "a"},
		directory.GroupValue{ID: 2, Group: 1, Attribute: 1, Order: 2}, directory.GroupValue{ID: 1, Group: 2, Attribute: 1,
			Order: 1},
		directory.Credential{ID: 1, User: 1, Kind: "email", Identifier: "y"},
		directory.Credential{ID: 2, User: 2, Kind: "email", Identifier: "x"},
		object(1, "2"), object(3, "1"),
	}
	if err := Put(t.Context(), s, swapped, object(2, "2").Key()); err != nil {
		t.Fatal(err)
	}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, want := range swapped {
			got, _, err := r.Row(ctx, want.Key())
			if err != nil {
				return err
			}
			equal(t, "row", want, got)
		}
		hash, ok, err := r.Secret(ctx, 1)
		if !ok || hash != [32]byte{1} {
			t.Error("the secret of a credential that was written is gone")
		}
		return err
	})
}

func testReferences(t *testing.T, s store.Store) {
	fill(t, s)
	unchanged(t, s, func() {
		for _, row := range []directory.Row{
			directory.Nesting{Group: 77, Parent: 9}, directory.Nesting{Group: 9, Parent: 77},
			directory.GroupValue{ID: 70, Group: 77, Attribute: 20}, directory.GroupValue{ID: 70, Group: 9, Attribute: 77},
			directory.Role{ID: 70, PermissionSet: 77, ModelSet: 6}, directory.Role{ID: 70, PermissionSet: 7, ModelSet: 77},
			directory.GroupRole{Group: 77, Role: 5}, directory.GroupRole{Group: 9, Role: 77},
			directory.Membership{User: 77, Group: 9}, directory.Membership{User: 40, Group: 77},
			directory.UserValue{User: 77, Attribute: 20}, directory.UserValue{User: 40, Attribute: 77},
			directory.UserRole{User: 77, Role: 5}, directory.UserRole{User: 40, Role: 77},
			directory.Credential{ID: 77, User: 77, Kind: "email", Identifier: "z"},
		} {
			err := write(t, s, func(c *store.Commit) { c.Members = nil }, row)
			refused(t, err, "%+v, which names a row that is not there,", row)
		}
		err := write(t, s, func(c *store.Commit) { c.Secrets = []store.Secret{{Credential: 77}} })
		refused(t, err, "a secret of a credential that is not there")
		for _, row := range fixture() {
			switch row.(type) {
			case directory.Group, directory.Attribute, directory.PermissionSet, directory.ModelSet, directory.Role,
				directory.User:
				refused(t, Put(t.Context(), s, nil, row.Key()), "the removal of %+v, which others name,", row.Key())
			}
		}
	})
	if err := write(t, s, func(c *store.Commit) { c.Secrets = []store.Secret{{Credential: 11}} }); err != nil {
		t.Fatal(err)
	}
	unchanged(t, s, func() {
		refused(t, Put(t.Context(), s, nil, directory.Credential{ID: 11}.Key()),
			"the removal of a credential that has a secret")
	})
}

func testAnyOrder(t *testing.T, s store.Store) {
	err := write(t, s, func(c *store.Commit) {
		for i, j := 0, len(c.Writes)-1; i < j; i, j = i+1, j-1 {
			c.Writes[i], c.Writes[j] = c.Writes[j], c.Writes[i]
		}
	}, fixture()...)
	if err != nil {
		t.Fatal(err)
	}
	var keys []directory.RowKey
	for _, row := range fixture() {
		keys = append(keys, row.Key())
	}
	remove(t, s, keys...)
}

func testErrorIsFinal(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1})
	unchanged(t, s, func() {
		for name, fail := range map[string]func(store.Tx) error{
			"a refused commit": func(tx store.Tx) error {
				c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
				if err != nil {
					return err
				}
				c.Head.Revision++
				return tx.Append(t.Context(), c)
			},
			"a refused row": func(tx store.Tx) error {
				c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
				if err != nil {
					return err
				}
				c.Writes = append(c.Writes, directory.RowWrite{After: directory.Group{ID: 1}})
				if err := tx.Append(t.Context(), c); err != nil {
					return err
				}
				_, _, err = tx.Row(t.Context(), directory.Group{ID: 3}.Key())
				return err
			},
			"a refused query": func(tx store.Tx) error {
				_, _, err := tx.Users(t.Context(), directory.UserQuery{Offset: -1})
				return err
			},
			"a refused walk": func(tx store.Tx) error {
				return tx.RowsOf(t.Context(), directory.RowGroup, directory.Object{}, func(directory.Row) error { return nil })
			},
		} {
			err := s.Write(t.Context(), func(tx store.Tx) error {
				good, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 5}})
				if err != nil {
					return err
				}
				if err := tx.Append(t.Context(), good); err != nil {
					return err
				}
				if fail(tx) == nil {
					t.Errorf("%s succeeded", name)
				}
				return nil // it should have been an error
			})
			refused(t, err, "a commit after %s", name)
		}
	})
}

func testNotFoundIsNoError(t *testing.T, s store.Store) {
	err := s.Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.Record(t.Context(), 9)
		_, err2 := tx.Sealed(t.Context(), 9)
		for _, err := range []error{err, err2} {
			if directory.KindOf(err) != directory.KindNotFound {
				t.Errorf("what is not there: %v", err)
			}
		}
		c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
		if err != nil {
			return err
		}
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Error(err)
	}
}

func testPanic(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1})
	unchanged(t, s, func() {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is gone")
				}
			}()
			_ = s.Write(t.Context(), func(tx store.Tx) error {
				c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
				if err != nil {
					return err
				}
				panic(errors.Join(tx.Append(t.Context(), c), errors.New("a bug")))
			})
		}()
	})
	put(t, s, directory.Group{ID: 2})
}

func testSecrets(t *testing.T, s store.Store) {
	put(t, s, directory.User{ID: 1}, directory.Credential{ID: 1, User: 1, Kind: "api3", Identifier: "a"},
		directory.Credential{ID: 2, User: 1, Kind: "api3", Identifier: "b"})
	commit := func(c store.Commit) {
		t.Helper()
		err := write(t, s, func(d *store.Commit) {
			d.Secrets, d.RemoveSecrets, d.Sealed = c.Secrets, c.RemoveSecrets, c.Sealed
			d.Head.Next.Sealed = 10
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	secret := func(id directory.CredentialID) (sum [32]byte, ok bool) {
		t.Helper()
		read(t, s, func(ctx context.Context, r store.Reader) (err error) { sum, ok, err = r.Secret(ctx, id); return err })
		return sum, ok
	}
	commit(store.Commit{
		Secrets: []store.Secret{{Credential: 1, Hash: [32]byte{1}}, {Credential: 2, Hash: [32]byte{2}}},
		Sealed: []store.Sealed{{ID: 5, KeyID: "k1", Ciphertext: []byte("five")},
			{ID: 4, KeyID: "k2", Ciphertext: []byte{0}}},
	})
	commit(store.Commit{Secrets: []store.Secret{{Credential: 1, Hash: [32]byte{31: 3}}}})
	if sum, ok := secret(1); !ok || sum != [32]byte{31: 3} {
		t.Errorf("the replaced secret is %x, %v", sum, ok)
	}
	commit(store.Commit{RemoveSecrets: []directory.CredentialID{1, 9}})
	if _, ok := secret(1); ok {
		t.Error("the removed secret is there")
	}
	if sum, ok := secret(2); !ok || sum != [32]byte{2} {
		t.Errorf("the other secret is %x, %v", sum, ok)
	}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		five, err := r.Sealed(ctx, 5)
		equal(t, "sealed", store.Sealed{ID: 5, KeyID: "k1", Ciphertext: []byte("five")}, five)
		if _, err := r.Sealed(ctx, 6); directory.KindOf(err) != directory.KindNotFound {
			t.Errorf("Sealed(6) = %v", err)
		}
		return err
	})
	unchanged(t, s, func() {
		err := write(t, s, func(d *store.Commit) { d.Sealed = []store.Sealed{{ID: 5, KeyID: "k3"}} })
		refused(t, err, "a second sealed value of an id")
	})
}
