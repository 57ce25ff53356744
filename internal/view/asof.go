package view

import (
	"context"
	"slices"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
)

// At is the directory as it was at a point in the past: its definitions, groups,
// names and users. The caller sees what its present permissions let it see. It
// answers every question, but lists and counts of users only about the last
// changes, and nothing can be changed through it. It needs the permission to see
// history, and is good as long as this View is.
func (a *View) At(ctx context.Context, point directory.Point) (*View, error) {
	past := &View{Directory: a.Directory, caller: a.caller, present: a, entered: true}
	err := a.ReadHistory(ctx, func(v *Scope, r store.Reader) error {
		then, at, err := a.core.Past(ctx, r, v.State, v.At, point)
		if err != nil {
			return err
		}
		past.now, past.fixed.State = *v, then
		past.now.State, past.now.At = then, at
		return nil
	})
	return past, err
}

// pastUser returns a user as it was, on a View of the past.
func (a *View) pastUser(ctx context.Context, id directory.UserID) (u core.CachedUser, ok bool, err error) {
	err = a.present.Read(ctx, func(_ *Scope, r store.Reader) error {
		rows, err := core.PastUser(ctx, r, id, a.fixed.State.Head.Revision)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil
		}
		if err == nil {
			u, ok = core.Uncached(rows), true
		}
		return err
	})
	return u, ok, err
}

// EffectiveAt is Effective as of a point in the past. It needs the permission
// to see history. If something that the answer needs was erased or pruned, the
// error is of kind directory.KindGone.
func (a *View) EffectiveAt(
	ctx context.Context, user directory.UserID, attributes []directory.AttributeID, point directory.Point,
) (list []directory.Effective, at directory.Revision, err error) {
	err = a.asOf(ctx, user, point, func(v *Scope, rows *directory.UserRows) {
		shown := []directory.AttributeID{}
		for attr := range v.Catalog.Attributes() {
			asked := attributes == nil || slices.Contains(attributes, attr.ID)
			if asked && v.SeesAttribute(&attr) && v.seesValue(user, attr.ID) {
				shown = append(shown, attr.ID)
			}
		}
		list, at = v.Catalog.Effective(nil, rows, shown, a.core.Language(), v.At), v.Head.Revision
	})
	return list, at, err
}

// ExplainAt is Explain as of a point in the past.
func (a *View) ExplainAt(
	ctx context.Context, user directory.UserID, attribute directory.AttributeID, point directory.Point,
) (x directory.Explanation, at directory.Revision, err error) {
	var found error
	err = a.asOf(ctx, user, point, func(v *Scope, rows *directory.UserRows) {
		if _, found = v.Attribute(attribute); found == nil && !v.seesValue(user, attribute) {
			found = directory.NotFound("attribute", attribute)
		}
		if found == nil {
			x, at = v.Catalog.Explain(rows, attribute, a.core.Language(), v.At), v.Head.Revision
			v.redact(&x)
		}
	})
	if err == nil {
		err = found
	}
	return x, at, err
}

// asOf calls f with a view of the past and a user as it was.
func (a *View) asOf(
	ctx context.Context, user directory.UserID, point directory.Point, f func(*Scope, *directory.UserRows),
) error {
	return a.ReadHistory(ctx, func(v *Scope, r store.Reader) error {
		if !v.isMe(user) && !v.has(directory.ReadEffective, directory.SetValues) {
			return directory.NotFound("user", user)
		}
		then, at, err := a.core.Past(ctx, r, v.State, v.At, point)
		if err != nil {
			return err
		}
		rows, err := core.PastUser(ctx, r, user, then.Head.Revision)
		if err != nil {
			return err
		}
		past := *v
		past.State, past.At = then, at
		f(&past, rows)
		return nil
	})
}
