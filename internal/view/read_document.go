package view

import (
	"context"
	"slices"

	"cohort/internal/directory"
)

// A Basis is everything except time that decides what a caller sees of a user's
// effective values. Documents with equal bases and the same question are equal,
// from when they were made until ValidUntil. A Basis is comparable.
type Basis struct {
	Incarnation int64
	Lineage     uint64             // of this process: raised when another history has taken the place of the one it knew
	Catalog     directory.Revision // the last change of the catalog; 0 if no other document can have it
	User        directory.UserID
	Touched     directory.Revision // the last change of the user's rows

	SeesAttributes bool // whether all, and not only those that users can view
	SeesUser       bool // whether more than the user's id
	// Viewer is the caller if it sees the names of its own groups only, with the
	// last change of its rows; else both are 0.
	Viewer        directory.UserID
	ViewerTouched directory.Revision
}

// An EffectiveDocument is what a caller is shown of a user's effective values.
// All of it is shared and must not be changed.
type EffectiveDocument struct {
	Basis
	At         directory.Instant   // when it was made
	ValidUntil directory.Instant   // when time alone can change it, at the earliest; 0 is never
	Rows       *directory.UserRows // of the user; nil if the caller sees the id alone
	Values     []directory.Effective
	Attributes []*directory.Attribute // of the values
	GroupName  func(directory.GroupID) string
}

// EffectiveBasis returns the basis of a document about a user's effective values
// as it is now, and the time now. It checks permissions, also for documents that
// are kept.
func (a *View) EffectiveBasis(ctx context.Context, user directory.UserID) (Basis, directory.Instant, error) {
	v, u, err := a.userView(ctx, user)
	if err != nil {
		return Basis{}, 0, err
	}
	return v.basis(user, u.Rows.TouchedRev), v.At, nil
}

func (v *Scope) basis(user directory.UserID, touched directory.Revision) Basis {
	b := Basis{
		Incarnation: v.Head.Incarnation, Lineage: v.Lineage, Catalog: v.CatalogRev, User: user, Touched: touched,
		SeesAttributes: v.seesAllAttributes(), SeesUser: v.seesUser(user),
	}
	if v.me != nil && !v.seesGroups() {
		b.Viewer, b.ViewerTouched = v.me.User.ID, v.me.TouchedRev
	}
	return b
}

// EffectiveDocument fills d with a user's effective values of the attributes,
// in their order, and what a reply about them names; nil asks for all that the
// caller may see, by id. One that is computed from fields of a user whom the
// caller does not see is not found. The lists that d has are overwritten and made longer.
func (a *View) EffectiveDocument(
	ctx context.Context, user directory.UserID, attributes []directory.AttributeID, d *EffectiveDocument,
) error {
	v, u, err := a.userView(ctx, user)
	if err != nil {
		return err
	}
	for _, asked := range attributes {
		if !v.seesValue(user, asked) {
			return directory.NotFound("attribute", asked)
		}
	}
	*d = EffectiveDocument{
		Basis: v.basis(user, u.Rows.TouchedRev), At: v.At, GroupName: v.groupNames(), Values: d.Values[:0],
		Attributes: d.Attributes[:0],
	}
	if d.SeesUser {
		d.Rows = u.Rows
	}
	d.Values, d.ValidUntil = v.Catalog.EffectiveUntil(d.Values, u.Rows, v.shown(user, attributes), a.core.Language(),
		v.At)
	if d.Viewer != 0 { // its groups decide which names it sees
		for i := range v.me.Memberships {
			d.ValidUntil = earlier(d.ValidUntil, v.me.Memberships[i].NextBoundary(v.At))
		}
	}
	for i := range d.Values {
		attr, _ := v.Catalog.Definition(d.Values[i].Attribute)
		d.Attributes = append(d.Attributes, attr)
	}
	return nil
}

// earlier is the earlier of two instants, of which 0 is never.
func earlier(a, b directory.Instant) directory.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// shown returns the attributes asked for whose values of a user the caller may
// see; nil is all, both asked and returned. A caller who may see all gets the very
// list that was asked for.
func (v *Scope) shown(user directory.UserID, asked []directory.AttributeID) []directory.AttributeID {
	switch {
	case !v.seesUser(user):
		if asked == nil {
			asked = attributeIDs(v.Catalog)
		}
		return v.seenOf(user, v.seen(asked))
	case v.seesAllAttributes() && (asked == nil || v.Catalog.HasAttributes(asked)):
		return asked
	case asked == nil:
		return v.seen(attributeIDs(v.Catalog))
	}
	return v.seen(asked)
}

// seenOf returns the attributes whose values of a user the caller may see. It
// changes the list.
func (v *Scope) seenOf(user directory.UserID, attributes []directory.AttributeID) []directory.AttributeID {
	return slices.DeleteFunc(attributes, func(id directory.AttributeID) bool { return !v.seesValue(user, id) })
}

// groupNames names the groups that the caller sees; others have no name.
func (v *Scope) groupNames() func(directory.GroupID) string {
	var sees func(directory.GroupID) bool
	return func(id directory.GroupID) string {
		if sees == nil {
			sees = v.Groups()
		}
		if g, ok := v.Catalog.Group(id); ok && sees(id) {
			return g.Name
		}
		return ""
	}
}
