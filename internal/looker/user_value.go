package looker

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
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

// A userValueBody is the vendor's UserAttributeWithValue.
type userValueBody struct {
	Can                        canMap  `json:"can"`
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

// userValues answers with the values of a user: the effective value of each attribute, or all
// candidates.
func userValues(q *request) error {
	user, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	ids, some, err := queryIDs[directory.AttributeID](q.params, "user_attribute_ids")
	if err != nil {
		return err
	}
	if !some {
		ids = nil
	}
	all, _, err := q.params.bool("all_values")
	if err != nil {
		return err
	}
	unset, given, err := q.params.bool("include_unset")
	if err != nil {
		return err
	}
	unset = unset || !given
	return q.replyValues(user, ids, all, unset)
}

// replyValues answers with the values of a user: the effective value of each attribute, or all
// candidates; and, if unset, attributes without a value.
func (q *request) replyValues(user directory.UserID, ids []directory.AttributeID, all, unset bool) error {
	return q.replyAppended(0, func(to *appender) error {
		return q.appendValues(to, user, ids, all, unset)
	})
}

// appendValues appends a user's values as a list.
func (q *request) appendValues(
	to *appender, user directory.UserID, ids []directory.AttributeID, all, unset bool,
) error {
	can, id := canMap{"show": true}, directory.FormatID(user)
	shown, separator := appendCan(nil, can), byte('[')
	var row userValueBody // reused for all rows
	var shownRank int
	put := func(row *userValueBody) {
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
		if row, err = q.userValueBase(can, id, a); err != nil {
			return err
		}
		if all && v.Origin != directory.OriginSystem && v.Origin != directory.OriginNone {
			return q.candidateRows(user, row, v.Attribute, put)
		}
		shownRank = rank
		q.effectiveRow(&row, v, &shownRank)
		put(&row)
		return nil
	}
	err := q.dir.EachEffective(q.ctx(), user, ids, each)
	if separator == '[' {
		to.b = append(to.b, '[')
	}
	to.b = append(to.b, ']')
	return err
}

// userValueBase returns the members that all rows of an attribute share.
func (q *request) userValueBase(can canMap, user string, a *directory.Attribute) (userValueBody, error) {
	b := userValueBody{
		Can: can, Name: a.Name, Label: a.Label, UserID: user,
		UserAttributeID: directory.FormatID(a.ID), UserCanEdit: a.UserCanEdit, ValueIsHidden: a.Hidden,
		kind: a.Type,
	}
	if a.Hidden {
		whitelist, err := q.whitelist(a.ID)
		if err != nil {
			return b, err
		}
		b.HiddenValueDomainWhitelist = whitelist
	}
	return b, nil
}

// effectiveRow fills row with the effective value. The rank is that of the deciding group
// value, or 0 if there is none or the caller may not see it.
func (q *request) effectiveRow(row *userValueBody, v *directory.Effective, rank *int) {
	row.Value, _ = q.showValue(row.kind, v.Value)
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
func (q *request) candidateRows(
	user directory.UserID, row userValueBody, attribute directory.AttributeID, put func(*userValueBody),
) error {
	why, err := q.dir.Explain(q.ctx(), user, attribute)
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
		row.Value, _ = q.showValue(row.kind, c.Value)
		row.Source, row.Rank = sourceOf(c.Origin), &rank
		put(&row)
	}
	return nil
}

// readValue reads the required member "value" of a body and ignores other members.
func (q *request) readValue() (string, error) {
	var in struct {
		Value httpkit.LooseText `json:"value"`
	}
	if err := q.body(&in); err != nil {
		return "", err
	}
	if !in.Value.Has() {
		return "", directory.Missing("value")
	}
	return in.Value.Value, nil
}

func setUserValue(q *request) error {
	user, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	text, err := q.readValue()
	if err != nil {
		return err
	}
	if err := checkValue("value", id, text); err != nil {
		return err
	}
	attribute, err := q.dir.Attribute(q.ctx(), id)
	if err != nil {
		return q.unseen(err, directory.SetValues)
	}
	have, _, err := q.ownValue(user, id)
	if err != nil {
		return q.unseen(err, directory.SetValues)
	}
	if !attribute.Hidden {
		if text, err = q.readText("value", attribute.Type, have, text); err != nil {
			return err
		}
	}
	value := directory.Value{Text: text}
	if _, shown, err := q.commit(directory.SetUserValue{User: user, Attribute: id, Value: value, Vendor: true,
		Keep: standsForHidden(text)}); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyOwnValue(user, &attribute)
}

// ownValue returns a user's own value. ok is false if there is none.
func (q *request) ownValue(user directory.UserID,
	id directory.AttributeID) (value directory.Value, ok bool, err error) {
	u, err := q.dir.User(q.ctx(), user)
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

// replyOwnValue answers with a user's own value, even if it is not the effective one.
func (q *request) replyOwnValue(user directory.UserID, a *directory.Attribute) error {
	row, err := q.userValueBase(canMap{"show": true}, directory.FormatID(user), a)
	if err != nil {
		return err
	}
	if a.ID.Computed() {
		err := q.dir.EachEffective(q.ctx(), user, []directory.AttributeID{a.ID},
			func(_ int, v *directory.Effective, _ *directory.Attribute, rank int) error {
				q.effectiveRow(&row, v, &rank)
				return nil
			})
		if err != nil {
			return err
		}
		return q.reply(row)
	}
	own, ok, err := q.ownValue(user, a.ID)
	if err != nil {
		return err
	}
	if !ok { // writing the empty text to a hidden attribute changes nothing
		return directory.Invalid("value", "of a hidden attribute cannot be empty; there is none that could stay")
	}
	row.Value, _ = q.showValue(a.Type, own)
	rank := rankUser
	row.Source, row.Rank = sourceUser, &rank
	return q.reply(row)
}

func deleteUserValue(q *request) error {
	user, err := pathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	if u, err := q.dir.WholeUser(q.ctx(), user); err == nil {
		err := q.inForce("value", id, func(yield func(directory.Window) bool) {
			for _, v := range u.Values {
				if v.Attribute == id && !yield(v.Window) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return q.done(directory.DeleteUserValue{User: user, Attribute: id, Language: q.Language})
}
