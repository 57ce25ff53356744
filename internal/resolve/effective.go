package resolve

import "cohort/internal/directory"

// Effective appends a user's effective values to dst: of the attributes of a
// list, in its order, or of all by id if it is nil. Of attributes that are not
// there the origin is none.
//
// A value of a localized type may hold other languages beside the one asked
// for: it is the row's own; read it with Value.In.
func (c *Catalog) Effective(dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID, lang directory.Language, at directory.Instant) []directory.Effective {
	return c.each(dst, attrs, func(id directory.AttributeID) directory.Effective {
		return c.Explain(u, id, lang, at).Effective
	})
}

// GroupEffective is Effective for a group's own values, which its members
// inherit from it. Computed attributes have none.
func (c *Catalog) GroupEffective(dst []directory.Effective, group directory.GroupID, attrs []directory.AttributeID, lang directory.Language, at directory.Instant) []directory.Effective {
	return c.each(dst, attrs, func(id directory.AttributeID) directory.Effective {
		return c.ExplainGroup(group, id, lang, at).Effective
	})
}

func (c *Catalog) each(dst []directory.Effective, attrs []directory.AttributeID, f func(directory.AttributeID) directory.Effective) []directory.Effective {
	for _, id := range attrs {
		dst = append(dst, f(id))
	}
	if attrs == nil {
		for a := range c.Attributes() {
			dst = append(dst, f(a.ID))
		}
	}
	return dst
}
