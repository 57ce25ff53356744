package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func importsOf(l *ephemeralRows, user directory.UserID) (list []store.Import) {
	for _, i := range l.people.imports.m {
		if i.User == user {
			i.Data = nil
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b store.Import) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return list
}

func (e ephemera) AddImport(ctx context.Context, i store.Import, most int) (ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		if ok = len(importsOf(&next.ephemeral, i.User)) < most; ok {
			i.Data, i.Work = slices.Clone(i.Data), slices.Clone(i.Work)
			next.ephemeral.people.imports.put(i.ID, i)
		}
		return nil
	})
	return ok && err == nil, err
}

func (e ephemera) Import(ctx context.Context, id string) (i store.Import, ok bool, err error) {
	i, err = readEphemeral(ctx, e.s, func(l *ephemeralRows) store.Import {
		var found store.Import
		found, ok = l.people.imports.m[id]
		return found
	})
	return i, ok, err
}

func (e ephemera) Imports(ctx context.Context, user directory.UserID) ([]store.Import, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) []store.Import { return importsOf(l, user) })
}

func (e ephemera) PutImportWork(ctx context.Context, id string, version int64, work []byte) (ok bool, err error) {
	err = e.s.write(ctx, func(next *state) error {
		i, there := next.ephemeral.people.imports.m[id]
		if ok = there && i.Version == version-1; ok {
			i.Version, i.Work = version, slices.Clone(work)
			next.ephemeral.people.imports.put(id, i)
		}
		return nil
	})
	return ok && err == nil, err
}

func (e ephemera) DeleteImport(ctx context.Context, id string) error {
	return e.s.write(ctx, func(next *state) error {
		next.ephemeral.people.imports.remove(id)
		return nil
	})
}

func (e ephemera) SweepImports(ctx context.Context, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[string, store.Import] { return &l.people.imports },
		func(i store.Import) bool { return i.CreatedAt < before })
}
