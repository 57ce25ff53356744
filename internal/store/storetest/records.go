package storetest

import (
	"context"
	"fmt"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testRecords(t *testing.T, s store.Store) {
	var want []store.Record
	for i := range 6 {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			c, err := Plan(t.Context(), tx,
				[]directory.Row{directory.Group{ID: directory.GroupID(9 - i%3), Name: fmt.Sprint(i)}})
			if err != nil {
				return err
			}
			want = append(want, c.Records[0])
			return tx.Append(t.Context(), c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for rev := directory.Revision(-1); rev <= 8; rev++ {
			got, err := r.Record(ctx, rev)
			if rev < 1 || rev > 6 {
				if directory.KindOf(err) != directory.KindNotFound {
					t.Errorf("Record(%d) = %v, want not found", rev, err)
				}
				continue
			}
			if err != nil {
				return err
			}
			equal(t, "record", want[rev-1], got)
		}
		return walkRecords(t, r, want)
	})
}

// walkRecords asks for records by where they begin, whom they touch and how
// many.
func walkRecords(t *testing.T, r store.Reader, want []store.Record) error {
	group := directory.GroupID(8).Object()
	other := directory.Object{Kind: directory.ObjectUser, ID: 8}
	for _, test := range []struct {
		after directory.Revision
		of    *directory.Object
		limit int
		want  []directory.Revision
	}{
		{0, nil, 0, []directory.Revision{1, 2, 3, 4, 5, 6}},
		{2, nil, 3, []directory.Revision{3, 4, 5}},
		{4, nil, 3, []directory.Revision{5, 6}},
		{6, nil, 0, nil},
		{0, &group, 0, []directory.Revision{2, 5}},
		{2, &group, 0, []directory.Revision{5}},
		{1, &group, 1, []directory.Revision{2}},
		{0, &other, 0, nil},
	} {
		var got []directory.Revision
		err := r.Records(t.Context(), test.after, test.of, test.limit, func(rec store.Record) error {
			got = append(got, rec.Header.Revision)
			bare := want[rec.Header.Revision-1]
			bare.Chunks, bare.Objects = nil, nil
			equal(t, "record without chunks", bare, rec)
			return nil
		})
		if err != nil {
			return err
		}
		equal(t, fmt.Sprintf("records after %d of %v, at most %d", test.after, test.of, test.limit), test.want, got)
	}
	return nil
}

func testRevisions(t *testing.T, s store.Store) {
	// Without a record, the revision stays: that is how a store is first filled.
	err := s.Write(t.Context(), func(tx store.Tx) error {
		c, err := Plan(t.Context(), tx, []directory.Row{directory.Group{ID: 1}})
		if err != nil {
			return err
		}
		c.Records, c.Head.Revision = nil, 0
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, directory.Group{ID: 2})
	unchanged(t, s, func() {
		for name, spoil := range map[string]func(*store.Commit){
			"a gap":                         func(c *store.Commit) { c.Head.Revision++; c.Records[0].Header.Revision++ },
			"a revision twice":              func(c *store.Commit) { c.Head.Revision--; c.Records[0].Header.Revision-- },
			"a new revision without record": func(c *store.Commit) { c.Records = nil },
			"a record of another revision":  func(c *store.Commit) { c.Records[0].Header.Revision++ },
		} {
			err := write(t, s, spoil, directory.Group{ID: 3})
			refused(t, err, "%s", name)
		}
	})
}

// write commits rows after something was done to the commit.
func write(t *testing.T, s store.Store, spoil func(*store.Commit), rows ...directory.Row) error {
	t.Helper()
	return s.Write(t.Context(), func(tx store.Tx) error {
		c, err := Plan(t.Context(), tx, rows)
		if err != nil {
			return err
		}
		spoil(&c)
		return tx.Append(t.Context(), c)
	})
}

func testForget(t *testing.T, s store.Store) {
	put(t, s, directory.Group{ID: 1})
	put(t, s, directory.Group{ID: 2})
	put(t, s, directory.Group{ID: 3})
	var want [4]store.Record
	read(t, s, func(ctx context.Context, r store.Reader) (err error) {
		for rev := directory.Revision(1); rev < 4 && err == nil; rev++ {
			want[rev], err = r.Record(ctx, rev)
		}
		return err
	})
	other := store.Chunk{Commitment: [32]byte{9}, Data: []byte("redacted"), Redacted: true}
	err := write(t, s, func(c *store.Commit) {
		c.Forget = []store.Forgotten{{Revision: 1, Chunk: 1, With: other}, {Revision: 2, Chunk: 0}, {Revision: 3, Chunk: -1}}
	})
	if err != nil {
		t.Fatal(err)
	}
	chunk := &want[1].Chunks[1]
	chunk.Salt, chunk.Data, chunk.Redacted = nil, other.Data, true
	chunk = &want[2].Chunks[0]
	chunk.Salt, chunk.Data = nil, nil
	want[3].Edits.Salt, want[3].Edits.Data = nil, nil
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for rev := directory.Revision(1); rev < 4; rev++ {
			got, err := r.Record(ctx, rev)
			if err != nil {
				return err
			}
			equal(t, "record", want[rev], got)
		}
		return nil
	})
	unchanged(t, s, func() {
		for _, f := range []store.Forgotten{{Revision: 9, Chunk: -1}, {Revision: 1, Chunk: 2}, {Revision: 0}} {
			err := write(t, s, func(c *store.Commit) { c.Forget = []store.Forgotten{f} })
			refused(t, err, "forgetting %+v, which is not there,", f)
		}
	})
}
