package storetest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// testBatch writes random commits that the model has taken one by one, several
// in each transaction with nothing read in between, and compares.
func testBatch(t *testing.T, open func(t *testing.T) store.Store) {
	effort.Check(t, enough, func(rt *rapid.T) {
		model, s := memstore.New(), open(t)
		for range rapid.IntRange(1, 3).Draw(rt, "transactions") {
			var batch []store.Commit
			for range rapid.IntRange(1, 6).Draw(rt, "commits") {
				rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 6).Draw(rt, "put")
				keys := rapid.SliceOfN(rapid.Custom(drawRow), 0, 3).Draw(rt, "remove")
				var c store.Commit
				err := model.Write(t.Context(), func(tx store.Tx) (err error) {
					if c, err = planOf(t.Context(), tx, rows, keys); err != nil {
						return err
					}
					return tx.Append(t.Context(), c)
				})
				if err == nil {
					batch = append(batch, c)
				}
			}
			if len(batch) > 0 && !removesGroups(batch) && rapid.Bool().Draw(rt, "as one commit") {
				batch = []store.Commit{joined(batch)}
			}
			err := s.Write(t.Context(), func(tx store.Tx) error {
				var errs []error
				for _, c := range batch {
					errs = append(errs, tx.Append(t.Context(), c))
				}
				return errors.Join(errs...)
			})
			if err != nil {
				rt.Fatalf("what the model takes one by one is refused together: %v", err)
			}
			if diff, err := Diff(t.Context(), model, s); diff != "" || err != nil {
				rt.Fatalf("(-model +store) %v\n%s", err, diff)
			}
		}
		if err := s.Check(t.Context(), func(c string) { rt.Error(c) }); err != nil {
			rt.Fatal(err)
		}
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

// removesGroups reports whether commits remove groups, with what is counted of
// them. Directories only mark them.
func removesGroups(commits []store.Commit) bool {
	for _, c := range commits {
		for _, w := range c.Writes {
			if w.After == nil && w.Key().Kind == directory.RowGroup {
				return true
			}
		}
	}
	return false
}

// joined is what commits, one after the other, come to.
func joined(commits []store.Commit) store.Commit {
	var all store.Commit
	writes, members := map[directory.RowKey]directory.RowWrite{}, map[directory.GroupID]int64{}
	touched := map[directory.UserID]store.TouchedUser{}
	for _, c := range commits {
		for _, w := range c.Writes {
			key := w.Key()
			if earlier, ok := writes[key]; ok {
				w.Before = earlier.Before
			}
			writes[key] = w
		}
		for _, m := range c.Members {
			members[m.Group] += m.Delta
		}
		for _, u := range c.Touched {
			touched[u.User] = u
		}
		all.Records = append(all.Records, c.Records...)
		all.Head = c.Head
	}
	for _, w := range writes {
		if w.Before != nil || w.After != nil {
			all.Writes = append(all.Writes, w)
		}
	}
	for id, delta := range members {
		all.Members = append(all.Members, store.MemberDelta{Group: id, Delta: delta})
	}
	all.Touched = slices.Collect(maps.Values(touched))
	return all
}

// testBatchMeets makes, changes, moves and removes the same things in one
// transaction, with nothing read in between.
func testBatchMeets(t *testing.T, s store.Store) {
	model := memstore.New()
	var batch []store.Commit
	step := func(put []directory.Row, remove ...directory.RowKey) {
		t.Helper()
		err := model.Write(t.Context(), func(tx store.Tx) error {
			c, err := Plan(t.Context(), tx, put, remove...)
			if err != nil {
				return err
			}
			batch = append(batch, c)
			return tx.Append(t.Context(), c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	user := directory.User{ID: 1, Kind: directory.KindPerson, FirstName: "A", ContactEmail: "A@example.com"}
	member := directory.Membership{User: 1, Group: 2}
	step([]directory.Row{directory.Group{ID: 1, Name: "g"}, directory.Group{ID: 2}, directory.Attribute{ID: 1, Name: "a"},
		directory.Attribute{ID: 2, Name: "b"}})
	step([]directory.Row{user})                                               // made in one change,
	step([]directory.Row{directory.Membership{User: 1, Group: 1}})            // touched in another,
	user.ContactEmail = "B@example.com"                                       //
	step([]directory.Row{user})                                               // changed,
	step([]directory.Row{member, directory.UserValue{User: 1, Attribute: 1}}) // and touched again
	// a row that was just made goes,
	step(nil, member.Key())
	step([]directory.Row{member})                                                              // and comes again
	step([]directory.Row{directory.Attribute{ID: 1, Name: "c"}})                               // a name becomes free
	step([]directory.Row{directory.Attribute{ID: 2, Name: "a"}})                               // and is taken
	step(nil, directory.UserValue{User: 1, Attribute: 1}.Key())                                //
	step([]directory.Row{directory.Credential{ID: 1, User: 1, Kind: "api3", Identifier: "x"}}) // so is an identifier,
	step(nil, directory.Credential{ID: 1}.Key())                                               //
	step([]directory.Row{directory.Credential{ID: 2, User: 1, Kind: "api3", Identifier: "x"}}) // by another row
	err := s.Write(t.Context(), func(tx store.Tx) error {
		half := len(batch) / 2
		for _, c := range append([]store.Commit{joined(batch[:half])}, batch[half:]...) {
			if err := tx.Append(t.Context(), c); err != nil {
				return err
			}
		}
		head, err := tx.Head(t.Context())
		equal(t, "the head inside", batch[len(batch)-1].Head, head)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff, err := Diff(t.Context(), model, s); diff != "" || err != nil {
		t.Errorf("(-one by one +together) %v\n%s", err, diff)
	}
	if err := s.Check(t.Context(), func(c string) { t.Error(c) }); err != nil {
		t.Fatal(err)
	}
}

// testBatchRefused looks that a change of a batch that is refused takes the
// whole transaction along, whenever it shows.
func testBatchRefused(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1, Name: "g"})
	unchanged(t, s, func() {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			good, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 2}})
			if err != nil {
				return err
			}
			if err := tx.Append(t.Context(), good); err != nil {
				return err
			}
			bad := good
			bad.Writes = []directory.RowWrite{{Before: directory.Group{ID: 1, Name: "never"}, After: directory.Group{ID: 1}}}
			rec := good.Records[0]
			bad.Head.Revision++
			rec.Header.Revision++
			bad.Records = []store.Record{rec}
			return tx.Append(t.Context(), bad)
		})
		refused(t, err, "a batch with a row that is not what is stored")
	})
	put(t, s, directory.Group{ID: 2})
}
