package looker

import (
	"iter"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A groupValueEdit holds the members of a group value that are read. The vendor marks all of
// them read-only and accepts them nevertheless. Ids in the path win over those in the body.
type groupValueEdit struct {
	GroupID httpkit.Optional[httpkit.LooseID] `json:"group_id"`
	Rank    httpkit.Optional[int]             `json:"rank"`
	Value   httpkit.LooseText                 `json:"value"`
}

// updateUserAttributeGroupValue sets the value of an attribute for a group.
func updateUserAttributeGroupValue(q *protocol.Request) error {
	group, attribute, err := groupAndAttribute(q)
	if err != nil {
		return err
	}
	var in struct {
		Value httpkit.LooseText `json:"value"`
	}
	if err := q.Body(&in); err != nil {
		return err
	}
	if !in.Value.Has() {
		return directory.Missing("value")
	}
	if err := checkValue("value", attribute, in.Value.Value); err != nil {
		return err
	}
	definition, err := q.Dir.Attribute(q.Context(), attribute)
	if err != nil {
		return q.Unseen(err, directory.SetValues)
	}
	text, err := groupText(q, &definition, group, in.Value.Value)
	if err != nil {
		return err
	}
	edit := directory.SetGroupValue{
		Group: group, Attribute: attribute, Value: directory.Value{Text: text}, Vendor: true,
		Keep: document.StandsForHidden(text),
	}
	if _, shown, err := q.Commit(edit); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	if definition, err = q.Dir.Attribute(q.Context(), attribute); err != nil {
		return err
	}
	v, err := q.Dir.GroupValue(q.Context(), group, attribute)
	if err != nil {
		return err
	}
	body, _ := document.GroupValueOf(q, &definition, v)
	return q.Reply(body)
}

// groupText returns the text to store for one that a caller writes as the value of a group.
func groupText(q *protocol.Request, a *directory.Attribute, group directory.GroupID, text string) (string, error) {
	if !a.Type.IsList() || a.Hidden {
		return text, nil
	}
	have, err := q.Dir.GroupValue(q.Context(), group, a.ID)
	if err != nil && directory.KindOf(err) != directory.KindNotFound {
		return "", err
	}
	return document.ReadText(q, "value", a.Type, have.Value, text)
}

// groupAndAttribute returns the two ids in the path of a group value.
func groupAndAttribute(q *protocol.Request) (directory.GroupID, directory.AttributeID, error) {
	group, err := protocol.PathID[directory.GroupID](q, "group_id")
	if err != nil {
		return 0, 0, err
	}
	attribute, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	return group, attribute, err
}

// deleteUserAttributeGroupValue removes the value of an attribute from a group.
func deleteUserAttributeGroupValue(q *protocol.Request) error {
	group, attribute, err := groupAndAttribute(q)
	if err != nil {
		return err
	}
	if values, err := q.Dir.WholeValuesOf(q.Context(), group); err == nil {
		err := inForce(q, "value", attribute, func(yield func(directory.Window) bool) {
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
	return q.Done(directory.DeleteGroupValue{Group: group, Attribute: attribute, Language: q.Language})
}

// inForce refuses a row that is not in force, not yet or no longer, because this API does not
// show it. If there is no row at all, the edit decides.
func inForce(q *protocol.Request, what string, id any, windows iter.Seq[directory.Window]) error {
	now, err := q.Dir.Now(q.Context())
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
func allUserAttributeGroupValues(q *protocol.Request) error {
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	return document.ReplyGroupValues(q, id)
}

// setUserAttributeGroupValues replaces the group values of an attribute.
func setUserAttributeGroupValues(q *protocol.Request) error {
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	var in []groupValueEdit
	if err := q.LongBody(&in); err != nil {
		return err
	}
	switch {
	case in == nil: // only an empty list clears; a missing body may have been lost
		return directory.Malformed("body", "must be an array")
	case len(in) > directory.MaxEdits:
		return &directory.Error{Kind: directory.KindTooLarge, Msg: "the list has more values than the most, " +
			strconv.Itoa(directory.MaxEdits)}
	}
	definition, err := q.Dir.Attribute(q.Context(), id)
	if err != nil {
		return q.Unseen(err, directory.ManageAttributes)
	}
	items := make([]directory.GroupValueItem, len(in))
	for i, item := range in {
		group, err := protocol.BodyID[directory.GroupID]("group_id", item.GroupID)
		if err != nil {
			return err
		}
		if !item.Value.Has() {
			return directory.Missing("value")
		}
		if err := checkValue("value", id, item.Value.Value); err != nil {
			return err
		}
		text, err := groupText(q, &definition, group, item.Value.Value)
		if err != nil {
			return err
		}
		items[i] = directory.GroupValueItem{Group: group, Value: directory.Value{Text: text},
			Keep: document.StandsForHidden(text)}
		if item.Rank.Has() {
			items[i].Rank = &in[i].Rank.Value
		}
	}
	_, shown, err := q.Commit(directory.SetGroupValues{Attribute: id, Items: items, Vendor: true})
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyGroupValues(q, id)
}
