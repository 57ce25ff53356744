package looker

import (
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
	"cohort/internal/looker/query"
)

// userValues answers with the values of a user: the effective value of each attribute, or all
// candidates.
func userValues(q *protocol.Request) error {
	user, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	ids, some, err := query.IDs[directory.AttributeID](q.Params, "user_attribute_ids")
	if err != nil {
		return err
	}
	if !some {
		ids = nil
	}
	all, _, err := q.Params.Bool("all_values")
	if err != nil {
		return err
	}
	unset, given, err := q.Params.Bool("include_unset")
	if err != nil {
		return err
	}
	unset = unset || !given
	return document.ReplyValues(q, user, ids, all, unset)
}

// readValue reads the required member "value" of a body and ignores other members.
func readValue(q *protocol.Request) (string, error) {
	var in struct {
		Value httpkit.LooseText `json:"value"`
	}
	if err := q.Body(&in); err != nil {
		return "", err
	}
	if !in.Value.Has() {
		return "", directory.Missing("value")
	}
	return in.Value.Value, nil
}

func setUserValue(q *protocol.Request) error {
	user, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	text, err := readValue(q)
	if err != nil {
		return err
	}
	if err := checkValue("value", id, text); err != nil {
		return err
	}
	attribute, err := q.Dir.Attribute(q.Context(), id)
	if err != nil {
		return q.Unseen(err, directory.SetValues)
	}
	have, _, err := document.OwnValue(q, user, id)
	if err != nil {
		return q.Unseen(err, directory.SetValues)
	}
	if !attribute.Hidden {
		if text, err = document.ReadText(q, "value", attribute.Type, have, text); err != nil {
			return err
		}
	}
	value := directory.Value{Text: text}
	if _, shown, err := q.Commit(directory.SetUserValue{User: user, Attribute: id, Value: value, Vendor: true,
		Keep: document.StandsForHidden(text)}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyOwnValue(q, user, &attribute)
}

func deleteUserValue(q *protocol.Request) error {
	user, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	if u, err := q.Dir.WholeUser(q.Context(), user); err == nil {
		err := inForce(q, "value", id, func(yield func(directory.Window) bool) {
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
	return q.Done(directory.DeleteUserValue{User: user, Attribute: id, Language: q.Language})
}
