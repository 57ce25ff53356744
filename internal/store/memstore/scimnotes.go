package memstore

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

type scimNoteKey struct {
	client     directory.UserID
	kind, name string
	at         directory.Instant
}

func keyOfSCIMNote(n store.SCIMNote) scimNoteKey { return scimNoteKey{n.Client, n.Kind, n.Name, n.At} }

func (e ephemera) PutSCIMNote(ctx context.Context, n store.SCIMNote) error {
	return e.s.write(ctx, func(next *state) error {
		n.Data = slices.Clone(n.Data)
		next.ephemeral.people.scim.put(keyOfSCIMNote(n), n)
		return nil
	})
}

func (e ephemera) AddSCIMNote(ctx context.Context, n store.SCIMNote) error {
	return e.s.write(ctx, func(next *state) error {
		n.N += next.ephemeral.people.scim.m[keyOfSCIMNote(n)].N
		n.Data = slices.Clone(n.Data)
		next.ephemeral.people.scim.put(keyOfSCIMNote(n), n)
		return nil
	})
}

func (e ephemera) LogSCIMNote(ctx context.Context, n store.SCIMNote, newest int) error {
	return e.s.write(ctx, func(next *state) error {
		n.Data = slices.Clone(n.Data)
		notes := &next.ephemeral.people.scim
		notes.put(keyOfSCIMNote(n), n)
		var times []directory.Instant
		for key := range notes.m {
			if key.client == n.Client && key.kind == n.Kind {
				times = append(times, key.at)
			}
		}
		if len(times) <= newest {
			return nil
		}
		slices.Sort(times)
		for key := range notes.m {
			if key.client == n.Client && key.kind == n.Kind && key.at < times[len(times)-newest] {
				notes.remove(key)
			}
		}
		return nil
	})
}

func (e ephemera) SCIMNotes(
	ctx context.Context, client directory.UserID, kind string, since directory.Instant,
) ([]store.SCIMNote, error) {
	return readEphemeral(ctx, e.s, func(l *ephemeralRows) []store.SCIMNote {
		var list []store.SCIMNote
		for _, n := range l.people.scim.m {
			if n.Kind == kind && n.At >= since && (client == 0 || n.Client == client) {
				n.Data = slices.Clone(n.Data)
				list = append(list, n)
			}
		}
		slices.SortFunc(list, func(a, b store.SCIMNote) int {
			return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Name, b.Name), cmp.Compare(a.At, b.At))
		})
		return list
	})
}

func (e ephemera) SweepSCIMNotes(ctx context.Context, kind string, before directory.Instant) (int64, error) {
	return sweep(ctx, e.s, func(l *ephemeralRows) *table[scimNoteKey, store.SCIMNote] { return &l.people.scim },
		func(n store.SCIMNote) bool { return n.Kind == kind && n.At < before })
}
