package document

import (
	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// A GroupValue is the vendor's UserAttributeGroupValue.
type GroupValue struct {
	Can             Can    `json:"can"`
	ID              string `json:"id"`
	GroupID         string `json:"group_id"`
	UserAttributeID string `json:"user_attribute_id"`
	ValueIsHidden   bool   `json:"value_is_hidden"`
	Rank            int    `json:"rank"`
	Value           string `json:"value"`
}

// GroupValueOf renders a value. ok is false if it has no text in the language of this API.
// A hidden value is the empty text, not null, because clients use the text without a check.
func GroupValueOf(q *protocol.Request, a *directory.Attribute, v directory.RankedValue) (body GroupValue, ok bool) {
	body = GroupValue{
		Can:             Can{},
		ID:              directory.FormatID(v.ID),
		GroupID:         directory.FormatID(v.Group),
		UserAttributeID: directory.FormatID(v.Attribute),
		ValueIsHidden:   a.Hidden,
		Rank:            v.Rank,
	}
	if a.Hidden {
		return body, true
	}
	body.Value, ok = showValue(q, a.Type, v.Value)
	return body, ok
}

// ReplyGroupValues answers with the group values of an attribute, strongest first.
func ReplyGroupValues(q *protocol.Request, id directory.AttributeID) error {
	definition, err := q.Dir.Attribute(q.Context(), id)
	if err != nil {
		return err
	}
	values, err := q.Dir.GroupValues(q.Context(), id)
	if err != nil {
		return err
	}
	return protocol.ReplyWhole(q, values, protocol.Rendered(func(q *protocol.Request,
		part []directory.RankedValue) ([]GroupValue, error) {
		bodies := make([]GroupValue, 0, len(part))
		for _, v := range part {
			if body, ok := GroupValueOf(q, &definition, v); ok {
				bodies = append(bodies, body)
			}
		}
		return bodies, nil
	}))
}
