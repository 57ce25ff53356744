package storetest

import (
	"context"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// other is a store whose contents are put into the one that is tested.
func other(t *testing.T) *memstore.Store {
	t.Helper()
	s := memstore.New()
	t.Cleanup(func() { _ = s.Close() })
	fill(t, s)
	put(t, s, directory.UserRole{User: 30, Role: 4})
	err := write(t, s, func(c *store.Commit) {
		c.Secrets = []store.Secret{{Credential: 11, Hash: [32]byte{7}}}
		c.Forget = []store.Forgotten{{Revision: 2, Chunk: 0},
			{Revision: 1, Chunk: -1, With: store.Chunk{Data: []byte("less"), Redacted: true}}}
	}, directory.Group{ID: 50, Name: "late"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// appendAll commits without a record.
func appendAll(t *testing.T, s store.Store, commits ...store.Commit) error {
	t.Helper()
	for _, c := range commits {
		if err := s.Write(t.Context(), func(tx store.Tx) error { return tx.Append(t.Context(), c) }); err != nil {
			return err
		}
	}
	return nil
}

// filling are commits that put the contents of a store into another one.
func filling(t *testing.T, from store.Store) (commits []store.Commit) {
	t.Helper()
	all, err := Read(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	zero := store.Head{Incarnation: 1}
	rows := store.Commit{Head: zero}
	for _, kind := range directory.RowKinds() {
		for _, row := range all.Rows[kind.String()] {
			rows.Writes = append(rows.Writes, directory.RowWrite{After: row})
		}
	}
	members := map[directory.GroupID]int64{}
	for _, u := range all.Users {
		rows.Touched = append(rows.Touched, store.TouchedUser{User: u.User.ID, EmailKey: directory.Fold(u.Email()),
			Revision: u.TouchedRev})
		for _, m := range u.Memberships {
			if m.Always() && u.User.DeletedRev == 0 {
				members[m.Group]++
			}
		}
	}
	for g, n := range members {
		rows.Members = append(rows.Members, store.MemberDelta{Group: g, Delta: n})
	}
	for _, v := range all.Sealed {
		rows.Sealed = append(rows.Sealed, v)
	}
	for id, hash := range all.Secrets {
		rows.Secrets = append(rows.Secrets, store.Secret{Credential: id, Hash: hash})
	}
	return []store.Commit{rows, {History: all.Records[:1], Head: zero}, {History: all.Records[1:], Head: zero},
		{Head: all.Head}}
}

func testHistory(t *testing.T, s store.Store) {
	from := other(t)
	commits := filling(t, from)
	for i, c := range commits {
		if err := appendAll(t, s, c); err != nil {
			t.Fatal(err)
		}
		read(t, s, func(ctx context.Context, r store.Reader) error {
			head, err := r.Head(ctx)
			if want := i == len(commits)-1; (head.Revision != 0) != want {
				t.Errorf("after part %d the store is at revision %d", i, head.Revision)
			}
			return err
		})
	}
	diff, err := Diff(t.Context(), from, s)
	if err != nil || diff != "" {
		t.Fatalf("a store that was filled from another one is not the same (-other +this): %s %v", diff, err)
	}
	if list := complaints(t, s); len(list) != len(complaints(t, from)) {
		t.Errorf("complaints about the copy: %q", list)
	}
	put(t, s, directory.Group{ID: 60})
	unchanged(t, s, func() {
		refused(t, appendAll(t, s, store.Commit{History: commits[1].History, Head: mustHead(t, s)}),
			"a history for a store in use")
	})
}

func mustHead(t *testing.T, s store.Store) (h store.Head) {
	t.Helper()
	read(t, s, func(ctx context.Context, r store.Reader) (err error) {
		h, err = r.Head(ctx)
		return err
	})
	return h
}

func testHistoryRefusals(t *testing.T, s store.Store) {
	commits := filling(t, other(t))
	zero := commits[0].Head
	records := append(append([]store.Record(nil), commits[1].History...), commits[2].History...)
	if err := appendAll(t, s, commits[0]); err != nil {
		t.Fatal(err)
	}
	unchanged(t, s, func() {
		for name, c := range map[string]store.Commit{
			"a history that begins late": {History: records[1:], Head: zero},
			"a history with a gap":       {History: []store.Record{records[0], records[2]}, Head: zero},
			"a history that goes back":   {History: []store.Record{records[0], records[0]}, Head: zero},
			"a head beyond the history":  {History: records[:2], Head: store.Head{Incarnation: 1, Revision: 3}},
			"a head before its end":      {History: records[:2], Head: store.Head{Incarnation: 1, Revision: 1}},
			"a head without a history":   {Head: store.Head{Incarnation: 1, Revision: 1}},
			"a history beside a record": {History: records[:1], Records: records[1:2],
				Head: store.Head{Incarnation: 1, Revision: 1}},
		} {
			refused(t, appendAll(t, s, c), "%s", name)
		}
	})
}

func testClear(t *testing.T, s store.Store) {
	empty := mustHead(t, s)
	commits := filling(t, other(t))
	clear := func() error {
		return s.Write(t.Context(), func(tx store.Tx) error { return tx.Clear(t.Context()) })
	}
	if err := appendAll(t, s, commits[:3]...); err != nil {
		t.Fatal(err)
	}
	if err := clear(); err != nil {
		t.Fatal(err)
	}
	got, err := Read(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "head", empty, got.Head)
	equal(t, "rows", map[string][]directory.Row{}, got.Rows)
	if err := appendAll(t, s, commits...); err != nil {
		t.Errorf("a store that was cleared cannot be filled: %v", err)
	}
	unchanged(t, s, func() { refused(t, clear(), "clearing a store in use") })
}
