package view

import (
	"context"
	"slices"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// UserIDs lists the ids of the users that a filter selects and that the caller
// may see, ascending: at most limit of those above after. It is for walks over
// many, which need not hold them all.
func (a *View) UserIDs(
	ctx context.Context, where directory.UserFilter, after directory.UserID, limit int,
) (ids []directory.UserID, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		where = inForceAt(where, v.At)
		if !v.SeesUsers() {
			where = directory.UsersAnd{directory.UsersByID{a.caller.User}, where}
		}
		ids, err = r.UserIDs(ctx, where, after, limit)
		admission.AddUsers(ctx, len(ids))
		return err
	})
	return ids, err
}

// LastChanges are the changes that touched each of the objects last, in their
// order; the zero Touch where no record says so, and for objects that the caller
// may not see.
func (a *View) LastChanges(ctx context.Context, objects ...directory.Object) (list []directory.Touch, err error) {
	if a.expect != nil {
		defer a.expect.Named()()
		for _, o := range objects {
			a.expect.RowsOf(o, directory.RowKinds()...)
		}
	}
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		if list, err = r.LastChanges(ctx, objects, v.Head.Revision); err != nil {
			return err
		}
		for i, o := range objects {
			if v.object(o) != nil {
				list[i] = directory.Touch{}
			}
		}
		return nil
	})
	return list, err
}

// EachSource calls f for the references that objects of a kind have in a source,
// until f returns an error, which it returns. It needs the permission to see such
// objects. f must not read.
func (a *View) EachSource(
	ctx context.Context, kind directory.ObjectKind, source string, f func(directory.SourceReference) error,
) error {
	return a.Read(ctx, func(v *Scope, r store.Reader) error {
		if !v.SeesUsers() || !v.seesGroups() {
			return directory.Forbidden("the permission %s is needed", directory.SeeUsers)
		}
		return r.Scan(ctx, directory.RowSourceReference, func(row directory.Row) error {
			if ref, ok := row.(directory.SourceReference); ok && ref.Object.Kind == kind && ref.Source == source {
				return f(ref)
			}
			return nil
		})
	})
}

// ParentsOf are the groups that a group is directly in, by position; without All
// Users.
func (a *View) ParentsOf(ctx context.Context, id directory.GroupID) ([]directory.GroupID, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Group(id)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.group(id); err != nil {
		return nil, err
	}
	return v.Catalog.Parents(id), nil
}

// UsersOfEmail are the users that the caller may see whose login or contact e-mail
// is an address, by id; at most 100 of either.
func (a *View) UsersOfEmail(ctx context.Context, email string) (ids []directory.UserID, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		ids = nil
		for _, key := range []directory.IndexKey{
			directory.CredentialKey(directory.CredentialEmail, directory.Fold(email)), directory.ContactEmailKey(email),
		} {
			keys, err := r.Find(ctx, key, maxSameName)
			if err != nil {
				return err
			}
			for _, k := range keys {
				row, _, err := r.Row(ctx, k)
				if err != nil {
					return err
				}
				if id, ok := directory.OwnerOf(row); ok && v.seesUser(id) {
					ids = append(ids, id)
				}
			}
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		return nil
	})
	return ids, err
}
