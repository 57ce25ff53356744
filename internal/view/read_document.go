package view

import (
	"context"
	"slices"

	"cohort/internal/directory"
)

// A Basis is everything, but time, that decides what a caller is shown of a
// user's effective values. Documents of equal bases and the same question say
// the same, from when they were made until their time is over. It is
// comparable.
type Basis struct {
	Incarnation int64
	Lineage     uint64             // of this process: raised when another history has taken the place of the one it knew
	Catalog     directory.Revision // the last change of the catalog; 0 says that there is no other document of it
	User        directory.UserID
	Touched     directory.Revision // the last change of the user's rows

	SeesAttributes bool // all of them, and not only those that users can view
	SeesUser       bool // and not only the user's id
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

// EffectiveBasis says what a document about a user's effective values rests on
// now, and the time by which it is to be judged. Permissions are decided here,
// also for documents that are there already.
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

// shown are the attributes, of those asked for, of which the caller may see what
// a user has; nil is all, in both. If it may see all there are, which is the rule, they are the very
// list that was given.
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

// seenOf are those of the attributes of which the caller sees what a user has.
// The list is changed.
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
