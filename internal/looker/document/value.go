package document

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// The sources of a value in the vendor's words. The vendor's word for groups is not known;
// this one is ours.
const (
	sourceUser    = "User Setting"
	sourceGroup   = "Group Setting"
	sourceDefault = "Default"
	sourceSystem  = "System Setting"
	sourceNone    = "No Value"
)

// The ranks that the vendor shows for values that no group gave.
const (
	rankUser  = -1
	rankOther = 1
)

// A value is the vendor's UserAttributeWithValue.
type value struct {
	Can                        Can     `json:"can"`
	Name                       string  `json:"name"`
	Label                      string  `json:"label"`
	Rank                       *int    `json:"rank"`
	Value                      string  `json:"value"`
	UserID                     string  `json:"user_id"`
	UserCanEdit                bool    `json:"user_can_edit"`
	ValueIsHidden              bool    `json:"value_is_hidden"`
	UserAttributeID            string  `json:"user_attribute_id"`
	Source                     string  `json:"source"`
	HiddenValueDomainWhitelist *string `json:"hidden_value_domain_whitelist"`

	kind directory.Type // of the attribute
}

// ReplyValues answers with the values of a user: the effective value of each attribute, or all
// candidates; and, if unset, attributes without a value.
func ReplyValues(q *protocol.Request, user directory.UserID, ids []directory.AttributeID, all, unset bool) error {
	return replyAppended(q, 0, func(to *appender) error {
		return appendValues(q, to, user, ids, all, unset)
	})
}

// appendValues appends a user's values as a list.
func appendValues(q *protocol.Request,
	to *appender, user directory.UserID, ids []directory.AttributeID, all, unset bool,
) error {
	can, id := Can{"show": true}, directory.FormatID(user)
	shown, separator := appendCan(nil, can), byte('[')
	var row value // reused for all rows
	var shownRank int
	put := func(row *value) {
		to.b = append(to.b, separator)
		appendUserValue(to, row, shown)
		separator = ','
	}
	each := func(left int, v *directory.Effective, a *directory.Attribute, rank int) (err error) {
		if separator == '[' {
			to.b = slices.Grow(to.b, left*sizeOfValue)
		}
		if v.Origin == directory.OriginNone && !unset {
			return nil
		}
		if row, err = userValueBase(q, can, id, a); err != nil {
			return err
		}
		if all && v.Origin != directory.OriginSystem && v.Origin != directory.OriginNone {
			return candidateRows(q, user, row, v.Attribute, put)
		}
		shownRank = rank
		effectiveRow(q, &row, v, &shownRank)
		put(&row)
		return nil
	}
	err := q.Dir.EachEffective(q.Context(), user, ids, each)
	if separator == '[' {
		to.b = append(to.b, '[')
	}
	to.b = append(to.b, ']')
	return err
}

// userValueBase returns the members that all rows of an attribute share.
func userValueBase(q *protocol.Request, can Can, user string, a *directory.Attribute) (value, error) {
	b := value{
		Can: can, Name: a.Name, Label: a.Label, UserID: user,
		UserAttributeID: directory.FormatID(a.ID), UserCanEdit: a.UserCanEdit, ValueIsHidden: a.Hidden,
		kind: a.Type,
	}
	if a.Hidden {
		whitelist, err := Whitelist(q, a.ID)
		if err != nil {
			return b, err
		}
		b.HiddenValueDomainWhitelist = whitelist
	}
	return b, nil
}

// effectiveRow fills row with the effective value. The rank is that of the deciding group
// value, or 0 if there is none or the caller may not see it.
func effectiveRow(q *protocol.Request, row *value, v *directory.Effective, rank *int) {
	row.Value, _ = showValue(q, row.kind, v.Value)
	row.Source = sourceOf(v.Origin)
	if v.Attribute.Computed() { // even if it is empty
		row.Source = sourceSystem
	}
	switch {
	case v.Origin != directory.OriginGroup:
		*rank = rankOf(v.Origin)
		row.Rank = rank
	case *rank != 0:
		row.Rank = rank
	}
}

func sourceOf(o directory.Origin) string {
	switch o {
	case directory.OriginUser:
		return sourceUser
	case directory.OriginGroup:
		return sourceGroup
	case directory.OriginDefault:
		return sourceDefault
	case directory.OriginSystem:
		return sourceSystem
	case directory.OriginNone:
	}
	return sourceNone
}

// rankOf returns the rank that the vendor shows for a value that no group gave.
func rankOf(o directory.Origin) int {
	if o == directory.OriginUser {
		return rankUser
	}
	return rankOther
}

// candidateRows adds the rows of all values in the search path, strongest first.
func candidateRows(q *protocol.Request,
	user directory.UserID, row value, attribute directory.AttributeID, put func(*value),
) error {
	why, err := q.Dir.Explain(q.Context(), user, attribute)
	if err != nil {
		return err
	}
	for _, c := range why.Candidates {
		if c.Outcome == directory.Expired || c.Outcome == directory.NotYetForced || c.Outcome == directory.NoText {
			continue
		}
		rank := c.Rank
		if c.Origin != directory.OriginGroup {
			rank = rankOf(c.Origin)
		}
		row.Value, _ = showValue(q, row.kind, c.Value)
		row.Source, row.Rank = sourceOf(c.Origin), &rank
		put(&row)
	}
	return nil
}

// OwnValue returns a user's own value. ok is false if there is none.
func OwnValue(q *protocol.Request, user directory.UserID,
	id directory.AttributeID) (value directory.Value, ok bool, err error) {
	u, err := q.Dir.User(q.Context(), user)
	if err != nil {
		return value, false, err
	}
	for _, v := range u.Values {
		if v.Attribute == id {
			return v.Value, true, nil
		}
	}
	return value, false, nil
}

// ReplyOwnValue answers with a user's own value, even if it is not the effective one.
func ReplyOwnValue(q *protocol.Request, user directory.UserID, a *directory.Attribute) error {
	row, err := userValueBase(q, Can{"show": true}, directory.FormatID(user), a)
	if err != nil {
		return err
	}
	if a.ID.Computed() {
		err := q.Dir.EachEffective(q.Context(), user, []directory.AttributeID{a.ID},
			func(_ int, v *directory.Effective, _ *directory.Attribute, rank int) error {
				effectiveRow(q, &row, v, &rank)
				return nil
			})
		if err != nil {
			return err
		}
		return q.Reply(row)
	}
	own, ok, err := OwnValue(q, user, a.ID)
	if err != nil {
		return err
	}
	if !ok { // writing the empty text to a hidden attribute changes nothing
		return directory.Invalid("value", "of a hidden attribute cannot be empty; there is none that could stay")
	}
	row.Value, _ = showValue(q, a.Type, own)
	rank := rankUser
	row.Source, row.Rank = sourceUser, &rank
	return q.Reply(row)
}
