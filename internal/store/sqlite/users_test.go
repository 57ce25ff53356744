package sqlite_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/storetest"
)

// The members of a large group are found by walking over users, those of a
// small one by looking them up. Here a group only claims to be large.
func TestMembersOfLargeGroupsAreFoundLikeThoseOfSmallOnes(t *testing.T) {
	s, model := fresh(t), memstore.New()
	rows := []directory.Row{directory.Group{ID: 1}, directory.Group{ID: 2}, directory.Group{ID: 3}}
	for i := range 60 {
		u := directory.User{ID: directory.UserID(100 - i), LastName: fmt.Sprint(i * 7 % 13)}
		if i%11 == 0 {
			u.DeletedRev = 1
		}
		m := directory.Membership{User: u.ID, Group: directory.GroupID(i%3 + 1)}
		if i%5 == 0 {
			m.Window = directory.Window{StartsAt: 10, ExpiresAt: directory.Instant(20 + i)}
		}
		rows = append(rows, u, m)
	}
	for _, s := range []store.Store{s, model} {
		if err := storetest.Put(t.Context(), s, rows); err != nil {
			t.Fatal(err)
		}
	}
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := storetest.Plan(t.Context(), tx, nil)
		if err != nil {
			return err
		}
		c.Members = []store.MemberDelta{{Group: 2, Delta: 1_000_000}}
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []directory.Instant{5, 10, 30, 100} {
		for _, groups := range [][]directory.GroupID{{1, 2}, {2, 3}, {3, 1}, {2, 9}} {
			q := directory.UserQuery{
				Where: directory.UsersIn{Groups: groups, At: at}, Offset: 3, Limit: 9,
				Sort: []directory.UserSort{{Field: directory.FieldLastName, Desc: true}},
			}
			type page struct {
				Users []directory.UserRows
				Total int
			}
			var want, got page
			for s, p := range map[store.Store]*page{model: &want, s: &got} {
				err := s.Read(t.Context(), func(r store.Reader) (err error) {
					p.Users, p.Total, err = r.Users(t.Context(), q)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("members of %v at %d (-model +store):\n%s", groups, at, diff)
			}
		}
	}
}
