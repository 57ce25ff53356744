package view

import (
	"context"
	"slices"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// WholeUser returns a user that the caller may see, with memberships and values
// that are not in force as well.
func (a *View) WholeUser(ctx context.Context, id directory.UserID) (directory.UserDetail, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.User(id)
	}
	v, rows, err := a.viewOf(ctx, id)
	if err != nil {
		return directory.UserDetail{}, err
	}
	return v.whole(rows), nil
}

// WholeUsers are users that the caller may see, as WholeUser returns them.
func (a *View) WholeUsers(ctx context.Context, q directory.UserQuery) ([]directory.UserDetail, error) {
	list, _, err := a.listUsers(ctx, q, (*Scope).whole)
	return list, err
}

// whole is what the caller may see of a user, in force or not.
func (v *Scope) whole(rows *directory.UserRows) directory.UserDetail {
	d := v.detail(rows)
	d.Memberships = slices.DeleteFunc(slices.Clone(rows.Memberships), func(m directory.Membership) bool {
		_, ok := v.Catalog.Group(m.Group)
		return !ok
	})
	d.Values = slices.DeleteFunc(slices.Clone(rows.Values), func(value directory.UserValue) bool {
		attr, ok := v.Catalog.Attribute(value.Attribute)
		return !ok || !v.SeesAttribute(&attr)
	})
	return d
}

// UsersByEmail are the users that an e-mail means, by id: whose login e-mail it
// is, else those whose contact e-mail it is.
func (a *View) UsersByEmail(ctx context.Context, email string) (ids []directory.UserID, err error) {
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
				id, ok := directory.OwnerOf(row)
				if ok && (v.seesUser(id) || v.MayReadAll() == nil) {
					ids = append(ids, id)
				}
			}
			if len(ids) > 0 {
				return nil
			}
		}
		return nil
	})
	return ids, err
}

// UserBySource finds the user of a source reference, whom the caller may see or
// read the effective values of.
func (a *View) UserBySource(ctx context.Context, source, sourceID string) (id directory.UserID, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		keys, err := r.Find(ctx, directory.SourceKey(directory.ObjectUser, source, sourceID), 1)
		if err != nil {
			return err
		}
		for _, k := range keys {
			id = directory.UserID(k.Object.ID)
			u, ok, err := r.UserRows(ctx, id)
			if err != nil {
				return err
			}
			if ok && u.User.DeletedRev == 0 && (v.seesUser(id) || v.MayReadAll() == nil) {
				return nil
			}
		}
		return directory.NotFound("user", strconv.Quote("source:"+source+"/"+sourceID))
	})
	return id, err
}

// WholeValues are an attribute's group values by rank, in force or not, of the
// groups that the caller may see.
func (a *View) WholeValues(ctx context.Context, id directory.AttributeID) ([]directory.RankedValue, error) {
	return a.groupValues(ctx, id, func(*Scope, *directory.GroupValue) bool { return true })
}

// WholeValuesOf are the values of a group by attribute, in force or not, of the
// attributes that the caller may see.
func (a *View) WholeValuesOf(ctx context.Context, id directory.GroupID) ([]directory.RankedValue, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.RowsOf(id.Object(), directory.RowGroup, directory.RowGroupValue)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.group(id); err != nil {
		return nil, err
	}
	list := []directory.RankedValue{}
	for value := range v.Catalog.GroupValuesOf(id) {
		if attr, ok := v.Catalog.Attribute(value.Attribute); ok && v.SeesAttribute(&attr) {
			rank, _ := v.Catalog.RankOf(id, value.Attribute)
			list = append(list, directory.RankedValue{GroupValue: value, Rank: rank})
		}
	}
	return list, nil
}

// WaitFor returns when the directory is at a revision or later.
func (a *View) WaitFor(ctx context.Context, rev directory.Revision) error {
	_, _, err := a.core.Published().At(ctx, rev)
	return err
}
