package storetest

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testImports(t *testing.T, s store.Store) {
	ctx, e := t.Context(), s.Ephemera()
	file := func(id string, user directory.UserID, at directory.Instant) store.Import {
		return store.Import{ID: id, User: user, CreatedAt: at, Version: 1, Work: []byte("w" + id), Data: []byte{0, 1, 255}}
	}
	for _, step := range []struct {
		file store.Import
		ok   bool
	}{{file("a", 7, 1), true}, {file("b", 7, 2), true}, {file("c", 7, 3), false}, {file("d", 8, 4), true}} {
		if ok, err := e.AddImport(ctx, step.file, 2); ok != step.ok || err != nil {
			t.Errorf("AddImport of %s: %v, %v; want %v", step.file.ID, ok, err, step.ok)
		}
	}
	list, err := e.Imports(ctx, 7)
	if err != nil {
		t.Fatal(err)
	}
	a, b := file("a", 7, 1), file("b", 7, 2)
	a.Data, b.Data = nil, nil
	for i := range list {
		if len(list[i].Data) == 0 {
			list[i].Data = nil
		}
	}
	equal(t, "the files of a user", []store.Import{b, a}, list)
	for _, step := range []struct {
		id      string
		version int64
		ok      bool
	}{{"a", 3, false}, {"a", 2, true}, {"a", 2, false}, {"nothing", 2, false}} {
		if ok, err := e.PutImportWork(ctx, step.id, step.version, []byte("new")); ok != step.ok || err != nil {
			t.Errorf("PutImportWork of %s at %d: %v, %v", step.id, step.version, ok, err)
		}
	}
	want := file("a", 7, 1)
	want.Version, want.Work = 2, []byte("new")
	got, ok, err := e.Import(ctx, "a")
	if !ok || err != nil {
		t.Errorf("the file: %v, %v", ok, err)
	}
	equal(t, "the file", want, got)
	if n, err := e.SweepImports(ctx, 2); n != 1 || err != nil {
		t.Errorf("SweepImports = %d, %v; want 1", n, err)
	}
	if err := e.DeleteImport(ctx, "d"); err != nil {
		t.Error(err)
	}
	for id, want := range map[string]bool{"a": false, "b": true, "c": false, "d": false} {
		if _, ok, err := e.Import(ctx, id); ok != want || err != nil {
			t.Errorf("file %s: %v, %v; want %v", id, ok, err, want)
		}
	}
}
