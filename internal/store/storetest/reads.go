package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testFind(t *testing.T, s store.Store) {
	fill(t, s)
	user40 := directory.Object{Kind: directory.ObjectUser, ID: 40}
	tests := []struct {
		key  directory.IndexKey
		want []directory.RowKey
	}{
		{directory.GroupNameKey("ÉCOLE <B>&\\'\""), []directory.RowKey{directory.Group{ID: 5}.Key()}},
		{directory.GroupNameKey(""), []directory.RowKey{directory.Group{ID: 3}.Key()}},
		{directory.GroupNameKey("alph"), nil},
		{directory.GroupNameKey("alpha%"), nil},
		{directory.AttributeNameKey("aa"), []directory.RowKey{directory.Attribute{ID: 20}.Key()}},
		{directory.AttributeNameKey("AA"), nil},
		{directory.AttributeLabelKey("ELF"), []directory.RowKey{directory.Attribute{ID: 18}.Key()}},
		{directory.IndexKey{Index: directory.ByRoleName, Text: [2]string{"admin"}},
			[]directory.RowKey{directory.Role{ID: 5}.Key()}},
		{directory.IndexKey{Index: directory.ByPermissionSetName, Text: [2]string{"nichts"}},
			[]directory.RowKey{directory.PermissionSet{ID: 3}.Key()}},
		{directory.IndexKey{Index: directory.ByModelSetName, Text: [2]string{"modelle"}},
			[]directory.RowKey{directory.ModelSet{ID: 6}.Key()}},
		{directory.CredentialKey(directory.CredentialAPI, "client"), []directory.RowKey{directory.Credential{ID: 11}.Key()}},
		{directory.CredentialKey(directory.CredentialAPI, "Client"), []directory.RowKey{directory.Credential{ID: 13}.Key()}},
		{directory.CredentialKey(directory.CredentialEmail, "client"), nil},
		{directory.ContactEmailKey("ADA@X.ORG"), []directory.RowKey{directory.User{ID: 20}.Key(),
			directory.User{ID: 40}.Key()}},
		{directory.ContactEmailKey(""), nil},
		{
			directory.SourceKey(directory.ObjectUser, "erp", "47/11 'x'"),
			[]directory.RowKey{directory.SourceReference{Object: user40, Source: "erp"}.Key()},
		},
		{
			directory.SourceIDKey(directory.ObjectUser, "47/11 'X'"),
			[]directory.RowKey{directory.SourceReference{Object: directory.UserID(30).Object(), Source: "erp"}.Key()},
		},
		{directory.SourceIDKey(directory.ObjectUser, "47"), nil},
		{directory.SourceKey(directory.ObjectAttribute, "erp", "47/11 'x'"), nil},
	}
	used := map[directory.Index]bool{}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, test := range tests {
			used[test.key.Index] = true
			got, err := r.Find(ctx, test.key, 10)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("Find(%+v)", test.key), test.want, got)
		}
		return nil
	})
	for _, i := range directory.Indexes() {
		if !used[i] {
			t.Errorf("index %d is not tested", i)
		}
	}
}

func testFindDeleted(t *testing.T, s store.Store) {
	fill(t, s)
	keys := []directory.IndexKey{
		directory.GroupNameKey("zebra"), directory.AttributeNameKey("cc"),
	}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, key := range keys {
			if got, err := r.Find(ctx, key, 10); err != nil || len(got) != 0 {
				t.Errorf("Find(%+v) = %+v, %v", key, got, err)
			}
		}
		return nil
	})
	// And they come back when the mark is taken away.
	put(t, s, directory.Group{ID: 2, Name: "zebra"}, directory.User{ID: 10, ContactEmail: "ada@x.org"})
	read(t, s, func(ctx context.Context, r store.Reader) error {
		groups, err := r.Find(ctx, keys[0], 10)
		users, err2 := r.Find(ctx, directory.ContactEmailKey("ada@x.org"), 10)
		if len(groups) != 1 || len(users) != 3 {
			t.Errorf("found again: %+v, %+v", groups, users)
		}
		return errors.Join(err, err2)
	})
}

func testFindLimit(t *testing.T, s store.Store) {
	for id := directory.GroupID(30); id > 0; id -= 3 {
		put(t, s, directory.Group{ID: id, Name: "same"})
	}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		got, err := r.Find(ctx, directory.GroupNameKey("SAME"), 3)
		equal(t, "the first three", []directory.RowKey{
			directory.Group{ID: 3}.Key(), directory.Group{ID: 6}.Key(), directory.Group{ID: 9}.Key(),
		}, got)
		return err
	})
}

func testUserRows(t *testing.T, s store.Store) {
	fill(t, s)
	put(t, s, directory.UserRole{User: 30, Role: 4})
	read(t, s, func(ctx context.Context, r store.Reader) error {
		u, ok, err := r.UserRows(ctx, 40)
		if err != nil || !ok {
			t.Fatalf("UserRows = %v, %v", ok, err)
		}
		var groups []directory.GroupID
		for _, m := range u.Memberships {
			groups = append(groups, m.Group)
		}
		equal(t, "groups, by position and then id", []directory.GroupID{9, 3, 5}, groups)
		if len(u.Values) != 2 || u.Values[0].Attribute != 18 || u.Values[1].Value.Text != "025" {
			t.Errorf("values = %+v", u.Values)
		}
		equal(t, "roles", []directory.RoleID{4, 5}, u.Roles)
		if len(u.Credentials) != 2 || u.Credentials[0].ID != 11 {
			t.Errorf("credentials = %+v", u.Credentials)
		}
		for id, want := range map[directory.UserID]directory.Revision{40: 1, 30: 2, 10: 1} {
			u, ok, err := r.UserRows(ctx, id)
			if err != nil || !ok || u.TouchedRev != want {
				t.Errorf("user %d: touched %d, %v, %v; want %d", id, u.TouchedRev, ok, err, want)
			}
		}
		_, ok, err = r.UserRows(ctx, 41)
		if ok {
			t.Error("user 41 is there")
		}
		return err
	})
}

func testUsersAfter(t *testing.T, s store.Store) {
	read(t, s, func(ctx context.Context, r store.Reader) error {
		users, err := r.UsersAfter(ctx, 0, 10)
		equal(t, "users of an empty store", 0, len(users))
		return err
	})
	fill(t, s)
	read(t, s, func(ctx context.Context, r store.Reader) error {
		var all, deleted []directory.UserRows
		err := r.Scan(ctx, directory.RowUser, func(row directory.Row) error {
			all = append(all, directory.UserRows{User: row.(directory.User)})
			return nil
		})
		if err != nil {
			return err
		}
		for i := range all {
			if all[i], _, err = r.UserRows(ctx, all[i].User.ID); err != nil {
				return err
			}
			if all[i].User.DeletedRev != 0 {
				deleted = append(deleted, all[i])
			}
		}
		if len(deleted) == 0 || len(all) < 4 {
			t.Fatalf("%d users, %d of them deleted: too few to tell", len(all), len(deleted))
		}
		for limit := range len(all) + 2 {
			for i := range len(all) + 1 {
				after := directory.UserID(0)
				if i > 0 {
					after = all[i-1].User.ID
				}
				users, err := r.UsersAfter(ctx, after, limit)
				if err != nil {
					return err
				}
				want := append([]directory.UserRows(nil), all[i:min(len(all), i+limit)]...)
				equal(t, fmt.Sprintf("at most %d users after %d", limit, after), want, users)
			}
		}
		return byID(ctx, t, r, all)
	})
}

// byID reads all sets of up to so many users by id, with ids among them that
// nobody has.
func byID(ctx context.Context, t *testing.T, r store.Reader, all []directory.UserRows) error {
	for set := range 1 << len(all) {
		ids, want := []directory.UserID{all[0].User.ID - 1}, []directory.UserRows(nil)
		for i := range all {
			if set&(1<<i) != 0 {
				ids, want = append(ids, all[i].User.ID), append(want, all[i])
			}
		}
		for _, ids := range [][]directory.UserID{ids[1:], append(ids, all[len(all)-1].User.ID+1)} {
			users, err := r.UsersByID(ctx, ids)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("users %v", ids), want, users)
		}
	}
	return nil
}

func testRowsOf(t *testing.T, s store.Store) {
	fill(t, s)
	for _, kind := range directory.RowKinds() {
		for of := directory.ObjectDirectory; of <= directory.ObjectModelSet; of++ {
			err := s.Read(t.Context(), func(r store.Reader) error {
				for id := range int64(50) {
					object := directory.Object{Kind: of, ID: id}
					var got []directory.Row
					err := r.RowsOf(t.Context(), kind, object, func(row directory.Row) error {
						got = append(got, row)
						return nil
					})
					if err != nil {
						return err
					}
					equal(t, fmt.Sprintf("%v of %v", kind, object), rowsOf(kind, object), got)
				}
				return nil
			})
			if offered(kind, of) && err != nil {
				t.Errorf("%v of %v: %v", kind, of, err)
			}
			if !offered(kind, of) {
				refused(t, err, "%v of %v", kind, of)
			}
		}
	}
}

func testRowsOfAll(t *testing.T, s store.Store) {
	fill(t, s)
	for _, kind := range []directory.RowKind{directory.RowSourceReference, directory.RowFacet} {
		for of := directory.ObjectDirectory; of <= directory.ObjectModelSet; of++ {
			var objects []directory.Object
			var want []directory.Row
			for id := int64(0); id < 50; id += 2 {
				object := directory.Object{Kind: of, ID: id}
				objects = append(objects, object)
				want = append(want, rowsOf(kind, object)...)
			}
			var got []directory.Row
			read(t, s, func(ctx context.Context, r store.Reader) error {
				return r.RowsOfAll(ctx, kind, objects, func(row directory.Row) error {
					got = append(got, row)
					return nil
				})
			})
			equal(t, fmt.Sprintf("%v of objects of kind %v", kind, of), want, got)
		}
	}
	refused(t, s.Read(t.Context(), func(r store.Reader) error {
		return r.RowsOfAll(t.Context(), directory.RowMembership, []directory.Object{directory.UserID(40).Object()},
			func(directory.Row) error { return nil })
	}), "memberships of several objects")
}

// offered are the pairings that the contract names.
func offered(kind directory.RowKind, of directory.ObjectKind) bool {
	switch kind {
	case directory.RowSourceReference, directory.RowFacet:
		return true
	case directory.RowMembership:
		return of == directory.ObjectUser || of == directory.ObjectGroup
	case directory.RowCredential:
		return of == directory.ObjectUser
	case directory.RowUserValue:
		return of == directory.ObjectAttribute
	case directory.RowUserRole:
		return of == directory.ObjectRole
	default:
		return false
	}
}

// rowsOf works out of the fixture what RowsOf must list: the rows that are
// listed under an object, as their own one or as the other of two.
func rowsOf(kind directory.RowKind, of directory.Object) []directory.Row {
	var rows []directory.Row
	for _, row := range fixture() {
		if row.Key().Kind != kind {
			continue
		}
		for _, o := range row.Objects() {
			if o == of {
				rows = append(rows, row)
			}
		}
	}
	sortRows(rows)
	return rows
}

func testCallbackErrors(t *testing.T, s store.Store) {
	fill(t, s)
	put(t, s, directory.Group{ID: 1})
	own := errors.New("enough")
	read(t, s, func(ctx context.Context, r store.Reader) error {
		n := 0
		stop := func(directory.Row) error { n++; return own }
		if err := r.Scan(ctx, directory.RowUser, stop); err != own || n != 1 {
			t.Errorf("Scan = %v after %d calls", err, n)
		}
		if err := r.RowsOf(ctx, directory.RowMembership, directory.UserID(40).Object(), stop); err != own || n != 2 {
			t.Errorf("RowsOf = %v after %d calls", err, n)
		}
		err := r.Records(ctx, 0, nil, 0, func(store.Record) error { n++; return own })
		if err != own || n != 3 {
			t.Errorf("Records = %v after %d calls", err, n)
		}
		_, err = r.Head(ctx) // the reader is still good
		return err
	})
}

func testCallbackReentry(t *testing.T, s store.Store) {
	fill(t, s)
	for name, walk := range map[string]func(r store.Reader, inside func() error) error{
		"Scan": func(r store.Reader, inside func() error) error {
			return r.Scan(t.Context(), directory.RowUser, func(directory.Row) error { return inside() })
		},
		"RowsOf": func(r store.Reader, inside func() error) error {
			return r.RowsOf(t.Context(), directory.RowMembership, directory.UserID(40).Object(),
				func(directory.Row) error { return inside() })
		},
		"Records": func(r store.Reader, inside func() error) error {
			return r.Records(t.Context(), 0, nil, 0, func(store.Record) error { return inside() })
		},
	} {
		err := s.Read(t.Context(), func(r store.Reader) error {
			return walk(r, func() error {
				_, err := r.Head(t.Context())
				return err
			})
		})
		refused(t, err, "the use of a reader inside %s", name)
	}
}

func testMemberCounts(t *testing.T, s store.Store) {
	fill(t, s)
	groups := []directory.GroupID{5, 9, 77, 3, 9}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, test := range []struct {
			at   directory.Instant
			want []int64
		}{
			{99, []int64{0, 3, 0, 1, 3}},
			{100, []int64{1, 3, 0, 1, 3}},
			{149, []int64{1, 3, 0, 1, 3}},
			{150, []int64{1, 2, 0, 1, 2}},
			{199, []int64{1, 2, 0, 1, 2}},
			{200, []int64{0, 2, 0, 1, 2}},
		} {
			got, err := r.MemberCounts(ctx, groups, test.at)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("members at %d", test.at), test.want, got)
		}
		none, err := r.MemberCounts(ctx, nil, 1)
		if len(none) != 0 {
			t.Errorf("the members of no groups: %v", none)
		}
		return err
	})
	// A user that is deleted no longer counts; one that comes back does.
	put(t, s, directory.User{ID: 40, DeletedRev: 2}, directory.User{ID: 10})
	read(t, s, func(ctx context.Context, r store.Reader) error {
		got, err := r.MemberCounts(ctx, groups[:4], 120)
		equal(t, "members afterwards", []int64{1, 3, 0, 0}, got)
		return err
	})
}

func testNextBoundary(t *testing.T, s store.Store) {
	fill(t, s)
	next := func(after, want directory.Instant) {
		t.Helper()
		read(t, s, func(ctx context.Context, r store.Reader) error {
			got, err := r.NextBoundary(ctx, after)
			if got != want {
				t.Errorf("the boundary after %d is %d, want %d", after, got, want)
			}
			return err
		})
	}
	// Bounds of the fixture: 1, 100, 150 and 200 of memberships, 10, 20 and 30 of
	// group values, 5 and 6 of user values.
	for after, want := range map[directory.Instant]directory.Instant{
		-5: 1, 0: 1, 1: 5, 5: 6, 6: 10, 9: 10, 10: 20, 20: 30, 30: 100, 100: 150, 150: 200, 199: 200, 200: 0,
	} {
		next(after, want)
	}
	remove(t, s, directory.Membership{User: 40, Group: 5}.Key())
	next(150, 0)
}
