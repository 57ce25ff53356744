package looker

import (
	"iter"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A groupValueBody is the vendor's UserAttributeGroupValue.
type groupValueBody struct {
	Can             canMap `json:"can"`
	ID              string `json:"id"`
	GroupID         string `json:"group_id"`
	UserAttributeID string `json:"user_attribute_id"`
	ValueIsHidden   bool   `json:"value_is_hidden"`
	Rank            int    `json:"rank"`
	Value           string `json:"value"`
}

// renderGroupValue renders a value. ok is false if it has no text in the language of this API.
// A hidden value is the empty text, not null, because clients use the text without a check.
func (q *request) renderGroupValue(a *directory.Attribute, v directory.RankedValue) (body groupValueBody, ok bool) {
	body = groupValueBody{
		Can:             canMap{},
		ID:              directory.FormatID(v.ID),
		GroupID:         directory.FormatID(v.Group),
		UserAttributeID: directory.FormatID(v.Attribute),
		ValueIsHidden:   a.Hidden,
		Rank:            v.Rank,
	}
	if a.Hidden {
		return body, true
	}
	body.Value, ok = q.showValue(a.Type, v.Value)
	return body, ok
}

// A groupValueEdit holds the members of a group value that are read. The vendor marks all of
// them read-only and accepts them nevertheless. Ids in the path win over those in the body.
type groupValueEdit struct {
	GroupID httpkit.Optional[httpkit.LooseID] `json:"group_id"`
	Rank    httpkit.Optional[int]             `json:"rank"`
	Value   httpkit.LooseText                 `json:"value"`
}

// updateUserAttributeGroupValue sets the value of an attribute for a group.
func updateUserAttributeGroupValue(q *request) error {
	group, attribute, err := q.groupAndAttribute()
	if err != nil {
		return err
	}
	var in struct {
		Value httpkit.LooseText `json:"value"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	if !in.Value.Has() {
		return directory.Missing("value")
	}
	if err := checkValue("value", attribute, in.Value.Value); err != nil {
		return err
	}
	definition, err := q.dir.Attribute(q.ctx(), attribute)
	if err != nil {
		return q.unseen(err, directory.SetValues)
	}
	text, err := q.groupText(&definition, group, in.Value.Value)
	if err != nil {
		return err
	}
	edit := directory.SetGroupValue{
		Group: group, Attribute: attribute, Value: directory.Value{Text: text}, Vendor: true, Keep: standsForHidden(text),
	}
	if _, shown, err := q.commit(edit); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	if definition, err = q.dir.Attribute(q.ctx(), attribute); err != nil {
		return err
	}
	v, err := q.dir.GroupValue(q.ctx(), group, attribute)
	if err != nil {
		return err
	}
	body, _ := q.renderGroupValue(&definition, v)
	return q.reply(body)
}

// groupText returns the text to store for one that a caller writes as the value of a group.
func (q *request) groupText(a *directory.Attribute, group directory.GroupID, text string) (string, error) {
	if !a.Type.IsList() || a.Hidden {
		return text, nil
	}
	have, err := q.dir.GroupValue(q.ctx(), group, a.ID)
	if err != nil && directory.KindOf(err) != directory.KindNotFound {
		return "", err
	}
	return q.readText("value", a.Type, have.Value, text)
}

// groupAndAttribute returns the two ids in the path of a group value.
func (q *request) groupAndAttribute() (directory.GroupID, directory.AttributeID, error) {
	group, err := pathID[directory.GroupID](q, "group_id")
	if err != nil {
		return 0, 0, err
	}
	attribute, err := pathID[directory.AttributeID](q, "user_attribute_id")
	return group, attribute, err
}

// deleteUserAttributeGroupValue removes the value of an attribute from a group.
func deleteUserAttributeGroupValue(q *request) error {
	group, attribute, err := q.groupAndAttribute()
	if err != nil {
		return err
	}
	if values, err := q.dir.WholeValuesOf(q.ctx(), group); err == nil {
		err := q.inForce("value", attribute, func(yield func(directory.Window) bool) {
			for _, v := range values {
				if v.Attribute == attribute && !yield(v.Window) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return q.done(directory.DeleteGroupValue{Group: group, Attribute: attribute, Language: q.Language})
}

// inForce refuses a row that is not in force, not yet or no longer, because this API does not
// show it. If there is no row at all, the edit decides.
func (q *request) inForce(what string, id any, windows iter.Seq[directory.Window]) error {
	now, err := q.dir.Now(q.ctx())
	if err != nil {
		return err
	}
	for w := range windows {
		if !w.InForce(now) {
			return directory.NotFound(what, id)
		}
	}
	return nil
}

// allUserAttributeGroupValues lists the group values of an attribute, strongest first.
func allUserAttributeGroupValues(q *request) error {
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	return q.replyGroupValues(id)
}

func (q *request) replyGroupValues(id directory.AttributeID) error {
	definition, err := q.dir.Attribute(q.ctx(), id)
	if err != nil {
		return err
	}
	values, err := q.dir.GroupValues(q.ctx(), id)
	if err != nil {
		return err
	}
	return replyWhole(q, values, renderedBy(func(q *request, part []directory.RankedValue) ([]groupValueBody, error) {
		bodies := make([]groupValueBody, 0, len(part))
		for _, v := range part {
			if body, ok := q.renderGroupValue(&definition, v); ok {
				bodies = append(bodies, body)
			}
		}
		return bodies, nil
	}))
}

// setUserAttributeGroupValues replaces the group values of an attribute.
func setUserAttributeGroupValues(q *request) error {
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	var in []groupValueEdit
	if err := q.longBody(&in); err != nil {
		return err
	}
	switch {
	case in == nil: // only an empty list clears; a missing body may have been lost
		return directory.Malformed("body", "must be an array")
	case len(in) > directory.MaxEdits:
		return &directory.Error{Kind: directory.KindTooLarge, Msg: "the list has more values than the most, " +
			strconv.Itoa(directory.MaxEdits)}
	}
	definition, err := q.dir.Attribute(q.ctx(), id)
	if err != nil {
		return q.unseen(err, directory.ManageAttributes)
	}
	items := make([]directory.GroupValueItem, len(in))
	for i, item := range in {
		group, err := bodyID[directory.GroupID]("group_id", item.GroupID)
		if err != nil {
			return err
		}
		if !item.Value.Has() {
			return directory.Missing("value")
		}
		if err := checkValue("value", id, item.Value.Value); err != nil {
			return err
		}
		text, err := q.groupText(&definition, group, item.Value.Value)
		if err != nil {
			return err
		}
		items[i] = directory.GroupValueItem{Group: group, Value: directory.Value{Text: text}, Keep: standsForHidden(text)}
		if item.Rank.Has() {
			items[i].Rank = &in[i].Rank.Value
		}
	}
	_, shown, err := q.commit(directory.SetGroupValues{Attribute: id, Items: items, Vendor: true})
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyGroupValues(id)
}
