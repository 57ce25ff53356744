package storetest

import (
	"context"
	"sync"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testSCIMNotes(t *testing.T, s store.Store) {
	e, ctx := s.Ephemera(), t.Context()
	note := func(client directory.UserID, kind, name string, at directory.Instant, n int64, data string) store.SCIMNote {
		var text []byte
		if data != "" {
			text = []byte(data)
		}
		return store.SCIMNote{Client: client, Kind: kind, Name: name, At: at, N: n, Data: text}
	}
	put := func(n store.SCIMNote) {
		t.Helper()
		if err := e.PutSCIMNote(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	put(note(2, "a", "x", 10, 1, ""))
	put(note(2, "a", "x", 10, 5, "d"))
	put(note(1, "a", "y", 20, 2, ""))
	put(note(2, "b", "x", 10, 3, ""))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := e.AddSCIMNote(ctx, note(1, "a", "x", 30, 2, "")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list := func(client directory.UserID, kind string, since directory.Instant, want ...store.SCIMNote) {
		t.Helper()
		got, err := e.SCIMNotes(ctx, client, kind, since)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "notes", want, got)
	}
	list(0, "a", 0, note(1, "a", "x", 30, 16, ""), note(1, "a", "y", 20, 2, ""), note(2, "a", "x", 10, 5, "d"))
	list(1, "a", 21, note(1, "a", "x", 30, 16, ""))
	list(2, "b", 10, note(2, "b", "x", 10, 3, ""))
	list(3, "a", 0)
	if n, err := e.SweepSCIMNotes(ctx, "a", 30); n != 2 || err != nil {
		t.Errorf("SweepSCIMNotes = %d, %v; want 2", n, err)
	}
	list(0, "a", 0, note(1, "a", "x", 30, 16, ""))
	list(0, "b", 0, note(2, "b", "x", 10, 3, ""))
	put(note(2, "c", "x", 1, 0, ""))
	put(note(3, "b", "x", 1, 0, ""))
	for at := range directory.Instant(5) { // as two nodes do, whose clocks differ
		if err := e.LogSCIMNote(ctx, note(2, "b", "y", 11+at^1, 0, ""), 3); err != nil {
			t.Fatal(err)
		}
	}
	list(2, "b", 0, note(2, "b", "y", 13, 0, ""), note(2, "b", "y", 14, 0, ""), note(2, "b", "y", 15, 0, ""))
	list(2, "c", 0, note(2, "c", "x", 1, 0, ""))
	list(3, "b", 0, note(3, "b", "x", 1, 0, ""))
}

func testUserIDs(t *testing.T, s store.Store) {
	put(t, s, people()...)
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, test := range []struct {
			where directory.UserFilter
			after directory.UserID
			limit int
			want  []directory.UserID
		}{
			{nil, 0, 10, []directory.UserID{10, 20, 40, 50, 60, 70}},
			{nil, 20, 2, []directory.UserID{40, 50}},
			{nil, 70, 2, nil},
			{directory.UsersIn{Groups: []directory.GroupID{1}, At: 110}, 0, 10, []directory.UserID{60, 70}},
			{directory.UsersIn{Groups: []directory.GroupID{1}, At: 110}, 60, 10, []directory.UserID{70}},
			{and{directory.UsersOfKind(directory.KindPerson), directory.UsersWith(directory.CredentialEmail)}, 0, 10,
				[]directory.UserID{20}},
			{like(directory.FieldFirstName, "%n%"), 10, 10, []directory.UserID{20, 60, 70}},
		} {
			got, err := r.UserIDs(ctx, test.where, test.after, test.limit)
			if err != nil {
				return err
			}
			equal(t, "ids", test.want, got)
		}
		return nil
	})
}

func testLastChanges(t *testing.T, s store.Store) {
	var at []directory.Instant
	for i := range 4 {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			c, err := Plan(t.Context(), tx,
				[]directory.Row{directory.Group{ID: directory.GroupID(9 - i%2), Name: string(rune('a' + i))}})
			if err != nil {
				return err
			}
			at = append(at, c.Records[0].Header.At)
			return tx.Append(t.Context(), c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	group := func(id directory.GroupID) directory.Object { return id.Object() }
	read(t, s, func(ctx context.Context, r store.Reader) error {
		objects := []directory.Object{group(8), group(7), group(9), directory.UserID(8).Object()}
		got, err := r.LastChanges(ctx, objects, 4)
		equal(t, "last changes", []directory.Touch{{Revision: 4, At: at[3]}, {}, {Revision: 3, At: at[2]}, {}}, got)
		if err != nil {
			return err
		}
		got, err = r.LastChanges(ctx, objects, 2)
		equal(t, "last changes by then", []directory.Touch{{Revision: 2, At: at[1]}, {}, {Revision: 1, At: at[0]}, {}}, got)
		return err
	})
}
