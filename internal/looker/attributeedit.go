package looker

import (
	"cmp"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// An attributeEdit holds the members of an attribute that callers may write.
type attributeEdit struct {
	Name          httpkit.Optional[string] `json:"name"`
	Label         httpkit.Optional[string] `json:"label"`
	Type          httpkit.Optional[string] `json:"type"`
	DefaultValue  httpkit.LooseText        `json:"default_value"`
	ValueIsHidden httpkit.LooseBool        `json:"value_is_hidden"`
	UserCanView   httpkit.LooseBool        `json:"user_can_view"`
	UserCanEdit   httpkit.LooseBool        `json:"user_can_edit"`
	Whitelist     httpkit.Optional[string] `json:"hidden_value_domain_whitelist"`
}

// createUserAttribute creates an attribute with a unique name and label.
func createUserAttribute(q *protocol.Request) error {
	var in attributeEdit
	if err := q.Body(&in); err != nil {
		return err
	}
	kind, err := in.required()
	if err != nil {
		return err
	}
	edit := directory.CreateAttribute{
		Name:        in.Name.Value,
		Label:       in.Label.Value,
		Type:        kind,
		Hidden:      in.ValueIsHidden.Value,
		UserCanView: in.UserCanView.Value,
		UserCanEdit: in.UserCanEdit.Value,
		UniqueLabel: true,
	}
	// A definition that was copied from another server has DEFAULT_IS_SET in place of a hidden
	// default. It is not a value.
	if v := in.DefaultValue.Value; v != "" && !(edit.Hidden && document.StandsForHidden(v)) {
		edit.Default = &directory.Value{Text: v}
	}
	edits := []directory.Edit{edit}
	whitelist, err := in.whitelist(directory.Made[directory.AttributeID](0), edit.Hidden, nil)
	if err != nil {
		return err
	}
	edits = append(edits, whitelist...)
	done, shown, err := q.Commit(edits...)
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyAttribute(q, directory.AttributeID(done.Results[0].ID))
}

// required refuses a new attribute that lacks one of its three required members.
func (in *attributeEdit) required() (directory.Type, error) {
	if err := cmp.Or(protocol.MustName("name", httpkit.Some(in.Name.Value)),
		protocol.MustName("label", httpkit.Some(in.Label.Value))); err != nil {
		return "", err
	}
	return document.ParseType(in.Type.Value)
}

// whitelist returns the edit that stores the domain whitelist of a body, if it changes. A
// hidden attribute needs a whitelist, and an existing one can only be narrowed, because values
// were stored under its terms.
func (in *attributeEdit) whitelist(id directory.AttributeID, hides bool, have *string) ([]directory.Edit, error) {
	list := in.Whitelist
	switch {
	case list.Null && have != nil:
		return nil, directory.Invalid(document.FacetWhitelist, "cannot be removed once it is set")
	case !list.Has() && hides && have == nil:
		return nil, directory.Missing(document.FacetWhitelist)
	case !list.Has() || have != nil && list.Value == *have:
		return nil, nil
	}
	if err := parseWhitelist(list.Value); err != nil {
		return nil, err
	}
	if have != nil && !narrows(*have, list.Value) {
		return nil, directory.Invalid(document.FacetWhitelist, "cannot be widened once it is set; it is %q", *have)
	}
	return document.SetFacet(id.Object(), document.FacetWhitelist, list)
}

// updateUserAttribute changes the members that the body names.
func updateUserAttribute(q *protocol.Request) error {
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	var in attributeEdit
	if err := q.Body(&in); err != nil {
		return err
	}
	if err := cmp.Or(protocol.MustName("name", in.Name), protocol.MustName("label", in.Label)); err != nil {
		return err
	}
	was, err := q.Dir.Attribute(q.Context(), id)
	if err != nil {
		return err
	}
	edit, err := attributeUpdate(q, &in, &was)
	if err != nil {
		return err
	}
	edits := []directory.Edit{edit}
	have, err := document.Whitelist(q, id)
	if err != nil {
		return err
	}
	hides := !was.Hidden && in.ValueIsHidden.Value
	whitelist, err := in.whitelist(id, hides, have)
	if err != nil {
		return err
	}
	edits = append(edits, whitelist...)
	if _, shown, err := q.Commit(edits...); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyAttribute(q, id)
}

// attributeUpdate returns the edit of an attribute. A member that is written back as it was
// shown stays, even if this API shows only a part of it.
func attributeUpdate(q *protocol.Request, in *attributeEdit, was *directory.Attribute) (directory.UpdateAttribute,
	error) {
	edit := directory.UpdateAttribute{
		Attribute:   was.ID,
		Name:        in.Name.Ptr(),
		Label:       in.Label.Ptr(),
		Hidden:      in.ValueIsHidden.Ptr(),
		UserCanView: in.UserCanView.Ptr(),
		UserCanEdit: in.UserCanEdit.Ptr(),
		UniqueLabel: true,
	}
	if in.Type.Set && in.Type.Value != document.TypeName(was.Type) {
		kind, err := document.ParseType(in.Type.Value)
		if err != nil {
			return edit, err
		}
		edit.Type = &kind
	}
	if v := in.DefaultValue; v.Set {
		if v.Value != "" {
			if err := checkValue("default_value", was.ID, v.Value); err != nil {
				return edit, err
			}
		}
		stays := was.Hidden && !v.Null && document.StandsForHidden(v.Value)
		if stays {
			return edit, nil
		}
		text := v.Value
		if text != "" && !was.Hidden && edit.Type == nil {
			var err error
			if text, err = document.ReadText(q, "default_value", was.Type, was.Default, text); err != nil {
				return edit, err
			}
		}
		edit.Default = &directory.Value{Text: text}
	}
	return edit, nil
}

// deleteUserAttribute deletes an attribute with all its values.
func deleteUserAttribute(q *protocol.Request) error {
	id, err := protocol.PathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	return q.Done(directory.DeleteAttribute{Attribute: id})
}
