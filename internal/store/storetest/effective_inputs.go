package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testEffectiveInputs(t *testing.T, s store.Store) {
	fill(t, s)
	read(t, s, func(ctx context.Context, r store.Reader) error {
		whole, err := r.UsersAfter(ctx, 0, 100)
		if err != nil {
			return err
		}
		deleted, disabled := 0, 0
		var all []directory.UserRows
		for i := range whole {
			u := &whole[i]
			if u.User.DeletedRev != 0 {
				deleted++
				continue
			}
			if u.User.Disabled {
				disabled++
			}
			inputs := directory.UserRows{User: directory.User{ID: u.User.ID, Disabled: u.User.Disabled},
				Memberships: u.Memberships, Values: u.Values}
			for i := range inputs.Memberships {
				inputs.Memberships[i].Position = 0
			}
			slices.SortFunc(inputs.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
			all = append(all, inputs)
		}
		if deleted == 0 || disabled == 0 || len(all) < 3 {
			t.Fatalf("%d users, %d disabled, and %d deleted: too few to tell", len(all), disabled, deleted)
		}
		for limit := range len(all) + 2 {
			for i := range len(all) + 1 {
				q := store.EffectiveInputQuery{Limit: limit}
				if i > 0 {
					q.After = all[i-1].User.ID
				}
				effectiveInputs, err := r.EffectiveInputs(ctx, q)
				if err != nil {
					return err
				}
				equal(t, fmt.Sprintf("at most %d after %d", limit, q.After),
					append([]directory.UserRows(nil), all[i:min(len(all), i+limit)]...), effectiveInputs)
			}
		}
		return testInputsByID(ctx, t, r, whole, all)
	})
	testMembers(t, s)
}

// testInputsByID asks for every other user, those marked deleted included, and
// for one that is not there.
func testInputsByID(ctx context.Context, t *testing.T, r store.Reader, whole, all []directory.UserRows) error {
	t.Helper()
	ids := []directory.UserID{}
	var want []directory.UserRows
	for i, u := range whole {
		if i%2 == 0 {
			ids = append(ids, u.User.ID)
		}
	}
	ids = append(ids, whole[len(whole)-1].User.ID+1)
	for _, u := range all {
		if slices.Contains(ids, u.User.ID) {
			want = append(want, u)
		}
	}
	effectiveInputs, err := r.EffectiveInputs(ctx, store.EffectiveInputQuery{IDs: ids})
	equal(t, "of a list", want, slices.Clip(effectiveInputs))
	if err != nil {
		return err
	}
	none, err := r.EffectiveInputs(ctx, store.EffectiveInputQuery{IDs: []directory.UserID{}})
	equal(t, "of nobody", 0, len(none))
	return err
}

func testMembers(t *testing.T, s store.Store) {
	t.Helper()
	read(t, s, func(ctx context.Context, r store.Reader) error {
		windows := 0
		for group := range directory.GroupID(30) {
			var all []directory.Membership
			err := r.RowsOf(ctx, directory.RowMembership, group.Object(), func(row directory.Row) error {
				all = append(all, row.(directory.Membership))
				return nil
			})
			if err != nil {
				return err
			}
			times := []directory.Instant{1}
			for _, m := range all {
				if !m.Always() {
					windows++
				}
				for _, at := range []directory.Instant{m.StartsAt, m.ExpiresAt} {
					times = append(times, max(at-1, 0), at, at+1)
				}
			}
			for _, at := range times {
				var want, got []directory.UserID
				for _, m := range all {
					if m.InForce(at) {
						want = append(want, m.User)
					}
				}
				err := r.Members(ctx, group, at, func(id directory.UserID) error { got = append(got, id); return nil })
				if err != nil {
					return err
				}
				equal(t, fmt.Sprintf("members of %d at %d", group, at), want, got)
			}
		}
		if windows == 0 {
			t.Error("no membership has a window: too few to tell")
		}
		return nil
	})
}
