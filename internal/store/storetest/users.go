package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// people are users whose ids, first names, last names, e-mails and times of
// creation are all in different orders, with ties in some.
func people() []directory.Row {
	person := func(id directory.UserID, first, last, email string, created directory.Instant) directory.User {
		return directory.User{ID: id, Kind: directory.KindPerson, FirstName: first, LastName: last, ContactEmail: email,
			CreatedAt: created}
	}
	service := person(50, "bot", "", "", 5)
	service.Kind = directory.KindService
	disabled := person(40, "Bea", "Ash", "c@x.org", 2)
	disabled.Disabled = true
	gone := person(30, "Ann", "Ash", "ann@x.org", 1)
	gone.DeletedRev = 1
	return []directory.Row{
		directory.Group{ID: 1}, directory.Group{ID: 2},
		directory.PermissionSet{ID: 1}, directory.ModelSet{ID: 1},
		directory.Role{ID: 2, PermissionSet: 1, ModelSet: 1}, directory.Role{ID: 3, PermissionSet: 1, ModelSet: 1},
		person(70, "Ann", "Zorn", "b_1@x.org", 2),
		person(60, "ÄNN", "ash", "A%@y.org", 3),
		service, disabled, gone,
		person(20, "ann", "Zorn", "", 4),
		person(10, "\U0002A600", "Zo", "d@x.org", 2),
		directory.Credential{ID: 1, User: 20, Kind: directory.CredentialEmail, Identifier: "e@x.org", Shown: "E@x.org"},
		directory.Credential{ID: 2, User: 70, Kind: directory.CredentialAPI, Identifier: "a@x.org", Shown: "a@x.org"},
		directory.UserRole{User: 70, Role: 2}, directory.UserRole{User: 30, Role: 2},
		directory.UserRole{User: 20, Role: 3}, directory.UserRole{User: 70, Role: 3},
		directory.Membership{User: 70, Group: 1},
		directory.Membership{User: 60, Group: 1, Window: directory.Window{StartsAt: 100, ExpiresAt: 200}},
		directory.Membership{User: 30, Group: 1},
		directory.Membership{User: 20, Group: 2, Window: directory.Window{ExpiresAt: 150}},
		directory.Membership{User: 70, Group: 2, Window: directory.Window{ExpiresAt: 120}},
	}
}

// Like is the filter by a pattern, which must be sound.
func like(field directory.UserField, pattern string) directory.UserFilter {
	p, err := directory.ParsePattern("pattern", pattern)
	if err != nil {
		panic(err)
	}
	return directory.UsersLike{Field: field, Pattern: p}
}

type (
	and = directory.UsersAnd
	or  = directory.UsersOr
)

func testUsers(t *testing.T, s store.Store) {
	put(t, s, people()...)
	for _, test := range append(userFilters(), filtersOfSeveral()...) {
		t.Run(test.name, func(t *testing.T) {
			got, total := list(t, s, directory.UserQuery{Where: test.where})
			if !slices.Equal(got, test.want) || total != len(test.want) {
				t.Errorf("users %v, total %d; want %v", got, total, test.want)
			}
		})
	}
	testUserOrder(t, s)
}

// A filterTest is a filter and which of people it selects.
type filterTest struct {
	name  string
	where directory.UserFilter
	want  []directory.UserID
}

func userFilters() []filterTest {
	const first, last, email = directory.FieldFirstName, directory.FieldLastName, directory.FieldEmail
	in := func(at directory.Instant, groups ...directory.GroupID) directory.UserFilter {
		return directory.UsersIn{Groups: groups, At: at}
	}
	everyone := []directory.UserID{10, 20, 40, 50, 60, 70}
	return []filterTest{
		{"nothing", nil, everyone},
		{"all of nothing", and{}, everyone},
		{"some of nothing", or{}, nil},
		{"everything, or somebody", or{nil, like(first, "ann")}, everyone},
		{"everybody, in part by a pattern", or{and{}, like(first, "%a_n%")}, everyone},
		{"ids, also unknown and deleted ones", directory.UsersByID{70, 30, 10, 11, 70}, []directory.UserID{10, 70}},
		{"no ids", directory.UsersByID{}, nil},
		{"after an id", directory.UsersAfter(40), []directory.UserID{50, 60, 70}},
		{"after an id and by a pattern", and{directory.UsersAfter(20), like(first, "%n%")}, []directory.UserID{60, 70}},
		{"exact, without regard to case", like(first, "ANN"), []directory.UserID{20, 70}},
		{"exact and empty", like(last, ""), []directory.UserID{50}},
		{"a prefix", like(first, "b%"), []directory.UserID{40, 50}},
		{"a prefix that is a whole key", like(last, "zo%"), []directory.UserID{10, 20, 70}},
		{"a prefix of the highest plane in use", like(first, "\U0002A600%"), []directory.UserID{10}},
		{"anything", like(first, "%"), everyone},
		{"an infix", like(last, "%or%"), []directory.UserID{20, 70}},
		{"a suffix", like(email, "%x.org"), []directory.UserID{10, 20, 40, 70}},
		{"one character", like(first, "_nn"), []directory.UserID{20, 60, 70}},
		{"a prefix and more", like(email, "b%1@%"), []directory.UserID{70}},
		{"a prefix and one character", like(last, "zor_"), []directory.UserID{20, 70}},
		{"the login e-mail goes before the contact one", like(email, "e@x.org"), []directory.UserID{20}},
		{"another credential is no e-mail", like(email, "a@x.org"), nil},
		{"empty e-mail", directory.UsersEmpty{Field: email, Empty: true}, []directory.UserID{50}},
		{"last name that is not empty", directory.UsersEmpty{Field: last}, []directory.UserID{10, 20, 40, 60, 70}},
		{"enabled", directory.UsersEnabled(true), []directory.UserID{10, 20, 50, 60, 70}},
		{"disabled", directory.UsersEnabled(false), []directory.UserID{40}},
		{"service accounts", directory.UsersOfKind(directory.KindService), []directory.UserID{50}},
		{"having a role", directory.UsersHaving{2}, []directory.UserID{70}},
		{"having one of two roles, once", directory.UsersHaving{3, 2}, []directory.UserID{20, 70}},
		{"having no role", directory.UsersHaving{}, nil},
		{"having a role that there is not", directory.UsersHaving{9}, nil},
		{"having a role or in a group", or{directory.UsersHaving{3}, in(150, 1)}, []directory.UserID{20, 60, 70}},
		{"with a login e-mail", directory.UsersWith(directory.CredentialEmail), []directory.UserID{20}},
		{"with a credential, by a pattern", and{directory.UsersWith(directory.CredentialAPI), like(first, "%n%")},
			[]directory.UserID{70}},
		{"without a login e-mail", directory.UsersWithout(directory.CredentialEmail), []directory.UserID{10, 40, 50, 60, 70}},
		{"with a login name", directory.UsersNamed{}, []directory.UserID{20}},
		{"with a login name, in a group", and{and{directory.UsersNamed{}}, and{}, in(119, 2)}, []directory.UserID{20}},
		{"with a login name, enabled", and{directory.UsersNamed{}, directory.UsersEnabled(true)}, []directory.UserID{20}},
		{"with a login name, named", and{directory.UsersNamed{}, directory.UsersEmpty{Field: first}}, []directory.UserID{20}},
		{"with a login name, nameless", and{directory.UsersNamed{}, directory.UsersEmpty{Field: first, Empty: true}}, nil},
		{"with a login name, disabled", and{directory.UsersNamed{}, directory.UsersEnabled(false)}, nil},
		{"with a login name, in another", and{directory.UsersNamed{}, in(150, 1)}, nil},
		{"with a credential of another kind", directory.UsersWith(directory.CredentialSAML), nil},
		{"in a group", in(150, 1), []directory.UserID{60, 70}},
		{"in a group before the window", in(99, 1), []directory.UserID{70}},
		{"in a group at the first moment", in(100, 1), []directory.UserID{60, 70}},
		{"in a group after the window", in(200, 1), []directory.UserID{70}},
		{"in one of two groups, once", in(119, 1, 2), []directory.UserID{20, 60, 70}},
		{"in one of two groups, later", in(150, 2, 1), []directory.UserID{60, 70}},
		{"in no group", in(150), nil},
	}
}

// filtersOfSeveral are filters of filters.
func filtersOfSeveral() []filterTest {
	const first, last, email = directory.FieldFirstName, directory.FieldLastName, directory.FieldEmail
	inFirst := directory.UsersIn{Groups: []directory.GroupID{1}, At: 150}
	return []filterTest{
		{"both", and{like(first, "ann"), like(last, "z%")}, []directory.UserID{20, 70}},
		{"both, of which one looks", and{like(first, "%n%"), directory.UsersEnabled(true), like(last, "ash")},
			[]directory.UserID{60}},
		{"either", or{like(first, "bea"), like(last, "zo")}, []directory.UserID{10, 40}},
		{"either, of which one looks", or{like(first, "%ea%"), like(last, "zo"), directory.UsersOfKind("service")},
			[]directory.UserID{10, 40, 50}},
		{"either, of which one looks within", or{and{like(first, "%n%"), directory.UsersByID{70}}, like(last, "zo")},
			[]directory.UserID{10, 70}},
		{"either of two that look in a prefix", or{like(first, "a%n"), like(last, "a_h")},
			[]directory.UserID{20, 40, 60, 70}},
		{"deep", and{or{inFirst, like(email, "%@x%")}, or{like(first, "_nn"), directory.UsersEnabled(false)}},
			[]directory.UserID{20, 40, 60, 70}},
	}
}

func testUserOrder(t *testing.T, s store.Store) {
	asc := func(f directory.UserField) directory.UserSort { return directory.UserSort{Field: f} }
	desc := func(f directory.UserField) directory.UserSort { return directory.UserSort{Field: f, Desc: true} }
	for _, test := range []struct {
		name string
		sort []directory.UserSort
		want []directory.UserID
	}{
		{"by id, descending", []directory.UserSort{desc(directory.FieldID)}, []directory.UserID{70, 60, 50, 40, 20, 10}},
		{"by first name", []directory.UserSort{asc(directory.FieldFirstName)}, []directory.UserID{20, 70, 40, 50, 60, 10}},
		{"by first name, descending: ties still ascend", []directory.UserSort{desc(directory.FieldFirstName)},
			[]directory.UserID{10, 60, 50, 40, 20, 70}},
		{"by last name, then e-mail", []directory.UserSort{asc(directory.FieldLastName), desc(directory.FieldEmail)},
			[]directory.UserID{50, 40, 60, 10, 20, 70}},
		{"by e-mail", []directory.UserSort{asc(directory.FieldEmail)}, []directory.UserID{50, 60, 70, 40, 10, 20}},
		{"by state", []directory.UserSort{desc(directory.FieldDisabled)}, []directory.UserID{40, 10, 20, 50, 60, 70}},
		{"by kind", []directory.UserSort{desc(directory.FieldKind), desc(directory.FieldID)},
			[]directory.UserID{50, 70, 60, 40, 20, 10}},
		{"by time of creation", []directory.UserSort{desc(directory.FieldCreatedAt)},
			[]directory.UserID{50, 20, 60, 10, 40, 70}},
		{"by id before anything else", []directory.UserSort{desc(directory.FieldID), asc(directory.FieldKind)},
			[]directory.UserID{70, 60, 50, 40, 20, 10}},
	} {
		for _, where := range []directory.UserFilter{nil, like(directory.FieldEmail, "%%")} {
			for _, offset := range []int{0, 1, 3, 4, 5, 6, 7} {
				for _, limit := range []int{0, 2, 7} {
					q := directory.UserQuery{Where: where, Sort: test.sort, Offset: offset, Limit: limit}
					want := test.want[min(offset, len(test.want)):]
					if limit > 0 {
						want = want[:min(limit, len(want))]
					}
					got, total := listIDs(t, s, q)
					if !slices.Equal(got, want) || total != len(test.want) {
						t.Errorf("%s, offset %d, limit %d: %v, total %d; want %v", test.name, offset, limit, got, total, want)
					}
				}
			}
		}
	}
}

// list returns the ids that a query lists, having compared each user with what
// UserRows says.
func list(t *testing.T, s store.Store, q directory.UserQuery) (ids []directory.UserID, total int) {
	t.Helper()
	read(t, s, func(ctx context.Context, r store.Reader) error {
		users, n, err := r.Users(ctx, q)
		if err != nil {
			return err
		}
		total = n
		for _, u := range users {
			ids = append(ids, u.User.ID)
			want, _, err := r.UserRows(ctx, u.User.ID)
			if err != nil {
				return err
			}
			equal(t, fmt.Sprintf("user %d of a list", u.User.ID), want, u)
		}
		return nil
	})
	return ids, total
}

// listIDs returns the ids that a query lists.
func listIDs(t *testing.T, s store.Store, q directory.UserQuery) (ids []directory.UserID, total int) {
	t.Helper()
	read(t, s, func(ctx context.Context, r store.Reader) error {
		users, n, err := r.Users(ctx, q)
		for _, u := range users {
			ids = append(ids, u.User.ID)
		}
		total = n
		return err
	})
	return ids, total
}

func testUsersRefusals(t *testing.T, s store.Store) {
	put(t, s, people()...)
	for name, q := range map[string]directory.UserQuery{
		"a negative offset":        {Offset: -1},
		"a negative limit":         {Limit: -1},
		"an unknown order":         {Sort: []directory.UserSort{{Field: 99}}},
		"no order":                 {Sort: []directory.UserSort{{}}},
		"a pattern for a number":   {Where: like(directory.FieldID, "1")},
		"an empty time":            {Where: directory.UsersEmpty{Field: directory.FieldCreatedAt}},
		"a pattern inside others":  {Where: and{or{like(directory.FieldKind, "%")}}},
		"an empty state inside or": {Where: or{directory.UsersEmpty{Field: directory.FieldDisabled}}},
	} {
		err := s.Read(t.Context(), func(r store.Reader) error {
			_, _, err := r.Users(t.Context(), q)
			return err
		})
		refused(t, err, "Users with %s", name)
	}
}

func testRevisionAfterUser(t *testing.T, s store.Store) {
	put(t, s, people()...)
	after := func(r store.Reader, want directory.Revision) error {
		if _, _, err := r.UserRows(t.Context(), 70); err != nil {
			return err
		}
		got, err := r.Revision(t.Context())
		equal(t, "revision", want, got)
		return err
	}
	read(t, s, func(_ context.Context, r store.Reader) error { return after(r, 1) })
	err := s.Write(t.Context(), func(tx store.Tx) error {
		if err := after(tx, 1); err != nil {
			return err
		}
		c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 9}})
		if err == nil {
			err = tx.Append(t.Context(), c)
		}
		if err != nil {
			return err
		}
		return after(tx, 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	read(t, s, func(_ context.Context, r store.Reader) error { return after(r, 2) })
}
