package storetest

import (
	"context"
	"fmt"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// manyRows are so many rows of most kinds that a store may write them in
// another way than a few, with texts that mean something to some way of writing
// them. The generation changes every field that can change, and moves every
// unique key to another row.
func manyRows(n, generation int) []directory.Row {
	text := func(i int) string {
		odd := []string{"", "\\N", "\\.", "a\tb", "a\nb\r", `\x00 "{,}" 'x'`, "ü", "NULL", `\`, "{}"}
		return odd[(i+generation)%len(odd)]
	}
	var rows []directory.Row
	for i := range n {
		id, moved := int64(i+1), int64((i+generation)%n)
		at := directory.Instant(10*generation + i)
		window := directory.Window{StartsAt: at, ExpiresAt: at + 5}
		rows = append(rows,
			directory.Group{ID: directory.GroupID(id), Name: text(i), CreatedAt: at},
			directory.Attribute{ID: directory.AttributeID(id), Name: fmt.Sprint("a", moved), Label: text(i),
				Hidden: i%2 == generation%2, CreatedAt: 1},
			directory.GroupValue{
				ID: directory.ValueID(moved + 1), Group: directory.GroupID(id), Attribute: 1,
				Value: directory.Value{Text: text(i), Texts: []directory.LocalText{{Language: "EN", Text: text(i + 1)}}},
				Order: -moved, Window: window,
			},
			directory.User{
				ID: directory.UserID(id), Kind: directory.KindPerson, FirstName: text(i), LastName: text(i + 2),
				ContactEmail: fmt.Sprint(text(i), generation),
				Disabled:     i%3 == generation, CreatedAt: at,
			},
			directory.Membership{User: directory.UserID(id), Group: directory.GroupID(id), Position: moved},
			directory.Membership{User: directory.UserID(id), Group: 1 + directory.GroupID(id)%directory.GroupID(n),
				Position: moved, Window: window},
			directory.UserValue{User: directory.UserID(id), Attribute: directory.AttributeID(id),
				Value: directory.Value{Text: text(i)}, Window: window},
			directory.Credential{
				ID: directory.CredentialID(id), User: directory.UserID(id), Kind: directory.CredentialAPI,
				Identifier: fmt.Sprint("c", moved), Shown: text(i), Disabled: i%2 == generation%2,
			},
			directory.SourceReference{Object: directory.UserID(id).Object(), Source: "s\t", SourceID: fmt.Sprint(`\`, moved)},
			directory.Facet{Object: directory.UserID(id).Object(), Dialect: "d", Kind: "k", Name: text(i % 2), Data: text(i)},
		)
	}
	return rows
}

func testMany(t *testing.T, s store.Store) {
	model := memstore.New()
	same := func(what string) {
		t.Helper()
		if diff, err := Diff(t.Context(), model, s); diff != "" || err != nil {
			t.Fatalf("after %s (-model +store) %v\n%s", what, err, diff)
		}
		if err := s.Check(t.Context(), func(c string) { t.Errorf("after %s: %s", what, c) }); err != nil {
			t.Fatal(err)
		}
	}
	const n = 40
	for generation, what := range []string{"making rows", "changing all of them", "changing them again"} {
		rows := manyRows(n, generation)
		put(t, model, rows...)
		put(t, s, rows...)
		same(what)
	}
	unchanged(t, s, func() { oneOfMany(t, s, manyRows(n, 2)) })
	var keys []directory.RowKey
	for _, row := range manyRows(n, 2) {
		if _, ok := row.(directory.Facet); !ok {
			keys = append(keys, row.Key())
		}
	}
	remove(t, model, keys...)
	remove(t, s, keys...)
	same("removing them")
}

// oneOfMany makes sure that a single wrong row among many is seen.
func oneOfMany(t *testing.T, s store.Store, rows []directory.Row) {
	t.Helper()
	var same, gone, made []directory.RowWrite
	for _, row := range rows {
		if m, ok := row.(directory.Membership); ok {
			after := m
			after.Position++
			same = append(same, directory.RowWrite{Before: m, After: after})
			gone = append(gone, directory.RowWrite{Before: m})
		}
	}
	wrong := directory.RowWrite{Before: directory.Membership{User: 1, Group: 30, Position: 3}}
	for i := range 10 {
		made = append(made, directory.RowWrite{After: directory.Group{ID: directory.GroupID(100 + i)}})
	}
	for what, writes := range map[string][]directory.RowWrite{
		"a change of what is not there":  append(same, directory.RowWrite{Before: wrong.Before, After: wrong.Before}),
		"a removal of what is not there": append(gone, wrong),
		"making what is there":           append(made, directory.RowWrite{After: directory.Group{ID: 7}}),
		"making a row twice":             append(made, made[0]),
	} {
		err := write(t, s, func(c *store.Commit) { c.Writes = writes })
		refused(t, err, "%s, among many", what)
	}
	err := write(t, s, func(c *store.Commit) {
		for group := range directory.GroupID(10) {
			c.Members = append(c.Members, store.MemberDelta{Group: group + 35, Delta: 1})
		}
	})
	refused(t, err, "counting members of groups that are not there, among many")
}

// Callers may pass any bytes. Keys that no row can hold are not found, which is no
// failure.
func testOddTexts(t *testing.T, s store.Store) {
	fill(t, s)
	read(t, s, func(ctx context.Context, r store.Reader) error {
		for _, text := range []string{"\x00", "client\x00", "\xff", "ada\xc3", "\xed\xa0\x80"} {
			for _, key := range []directory.IndexKey{
				directory.CredentialKey(directory.CredentialAPI, text), directory.SourceKey(directory.ObjectUser, text, text),
				directory.SourceIDKey(directory.ObjectUser, text), directory.AttributeNameKey(text),
			} {
				if found, err := r.Find(ctx, key, 10); err != nil || len(found) > 0 {
					t.Errorf("Find(%+q) = %v, %v", key, found, err)
				}
			}
			key := directory.SourceReference{Object: directory.UserID(40).Object(), Source: text}.Key()
			if row, ok, err := r.Row(ctx, key); ok || err != nil {
				t.Errorf("Row(%v) = %v, %v", key, row, err)
			}
			if a, ok, err := r.Answer(ctx, 7, text); ok || err != nil {
				t.Errorf("Answer(%+q) = %v, %v", text, a, err)
			}
		}
		_, err := r.Head(ctx)
		return err
	})
	for _, text := range []string{"\x00", "\xff"} {
		if a, err := s.Ephemera().Attempts(t.Context(), text); err != nil || a.Count != 0 {
			t.Errorf("Attempts(%+q) = %v, %v", text, a, err)
		}
	}
}
