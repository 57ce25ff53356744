package view

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// maxSameSourceID is how many references with one source id, in as many
// sources, are looked at.
const maxSameSourceID = 1000

// BySource lists the references of objects of a kind with a source id, in one
// source or, if source is empty, in any. Objects that are gone or that the
// caller may not see are left out. Kinds are users, groups and attributes.
func (a *View) BySource(
	ctx context.Context, kind directory.ObjectKind, source, sourceID string,
) (list []directory.SourceReference, err error) {
	key := directory.SourceIDKey(kind, sourceID)
	if source != "" {
		key = directory.SourceKey(kind, source, sourceID)
	}
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Index(key)
	}
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		keys, err := r.Find(ctx, key, maxSameSourceID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if a.expect != nil {
				a.expect.Object(k.Object)
			}
			if there, err := v.present(ctx, r, k.Object); err != nil {
				return err
			} else if there {
				list = append(list, directory.SourceReference{Object: k.Object, Source: k.Text[0], SourceID: sourceID})
			}
		}
		return nil
	})
	return list, err
}

// present reports whether an object is there for the caller to see.
func (v *Scope) present(ctx context.Context, r store.Reader, o directory.Object) (bool, error) {
	if err := v.object(o); directory.KindOf(err) == directory.KindNotFound {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if o.Kind != directory.ObjectUser {
		return true, nil
	}
	row, _, err := r.Row(ctx, directory.User{ID: directory.UserID(o.ID)}.Key())
	user, ok := row.(directory.User)
	return ok && user.DeletedRev == 0, err
}

// Sources are the references of each object, by source; objects that the caller may
// not see have none.
func (a *View) Sources(ctx context.Context, objects ...directory.Object) ([][]directory.SourceReference, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		for _, o := range objects {
			a.expect.RowsOf(o, directory.RowSourceReference)
		}
	}
	lists := make([][]directory.SourceReference, len(objects))
	err := a.Read(ctx, func(v *Scope, r store.Reader) error {
		there, err := v.presentAmong(ctx, r, objects)
		if err != nil {
			return err
		}
		refs := map[directory.Object][]directory.SourceReference{}
		for from := 0; from < len(there); {
			to := from
			for ; to < len(there) && there[to].Kind == there[from].Kind; to++ {
			}
			err := r.RowsOfAll(ctx, directory.RowSourceReference, there[from:to], func(row directory.Row) error {
				if ref, ok := row.(directory.SourceReference); ok {
					refs[ref.Object] = append(refs[ref.Object], ref)
				}
				return nil
			})
			if err != nil {
				return err
			}
			from = to
		}
		for i, o := range objects {
			lists[i] = refs[o]
		}
		return nil
	})
	return lists, err
}

// presentAmong returns those of the objects that are there for the caller to see,
// each once, by kind and id. It reads users together.
func (v *Scope) presentAmong(
	ctx context.Context, r store.Reader, objects []directory.Object,
) (there []directory.Object, err error) {
	sorted := slices.Clone(objects)
	slices.SortFunc(sorted, func(x, y directory.Object) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID))
	})
	var users []directory.UserID
	for _, o := range slices.Compact(sorted) {
		err := v.object(o)
		switch {
		case directory.KindOf(err) == directory.KindNotFound && err != nil:
		case err != nil:
			return nil, err
		case o.Kind == directory.ObjectUser:
			users = append(users, directory.UserID(o.ID))
		default:
			there = append(there, o)
		}
	}
	if len(users) == 1 {
		o := users[0].Object()
		if ok, err := v.present(ctx, r, o); err != nil || !ok {
			return there, err
		}
		return append(there, o), nil
	}
	for ids := range slices.Chunk(users, usersAtOnce) {
		rows, err := r.UsersByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if rows[i].User.DeletedRev == 0 {
				there = append(there, rows[i].User.ID.Object())
			}
		}
	}
	return there, nil
}
