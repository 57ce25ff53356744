package looker

import (
	"cmp"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
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
func createUserAttribute(q *request) error {
	var in attributeEdit
	if err := q.body(&in); err != nil {
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
	if v := in.DefaultValue.Value; v != "" && !(edit.Hidden && standsForHidden(v)) {
		edit.Default = &directory.Value{Text: v}
	}
	edits := []directory.Edit{edit}
	whitelist, err := in.whitelist(directory.Made[directory.AttributeID](0), edit.Hidden, nil)
	if err != nil {
		return err
	}
	edits = append(edits, whitelist...)
	done, shown, err := q.commit(edits...)
	if err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyAttribute(directory.AttributeID(done.Results[0].ID))
}

// required refuses a new attribute that lacks one of its three required members.
func (in *attributeEdit) required() (directory.Type, error) {
	if err := cmp.Or(mustName("name", httpkit.Some(in.Name.Value)),
		mustName("label", httpkit.Some(in.Label.Value))); err != nil {
		return "", err
	}
	return parseType(in.Type.Value)
}

// whitelist returns the edit that stores the domain whitelist of a body, if it changes. A
// hidden attribute needs a whitelist, and an existing one can only be narrowed, because values
// were stored under its terms.
func (in *attributeEdit) whitelist(id directory.AttributeID, hides bool, have *string) ([]directory.Edit, error) {
	list := in.Whitelist
	switch {
	case list.Null && have != nil:
		return nil, directory.Invalid(facetWhitelist, "cannot be removed once it is set")
	case !list.Has() && hides && have == nil:
		return nil, directory.Missing(facetWhitelist)
	case !list.Has() || have != nil && list.Value == *have:
		return nil, nil
	}
	if err := parseWhitelist(list.Value); err != nil {
		return nil, err
	}
	if have != nil && !narrows(*have, list.Value) {
		return nil, directory.Invalid(facetWhitelist, "cannot be widened once it is set; it is %q", *have)
	}
	return setFacet(id.Object(), facetWhitelist, list)
}

// updateUserAttribute changes the members that the body names.
func updateUserAttribute(q *request) error {
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	var in attributeEdit
	if err := q.body(&in); err != nil {
		return err
	}
	if err := cmp.Or(mustName("name", in.Name), mustName("label", in.Label)); err != nil {
		return err
	}
	was, err := q.dir.Attribute(q.ctx(), id)
	if err != nil {
		return err
	}
	edit, err := q.attributeUpdate(&in, &was)
	if err != nil {
		return err
	}
	edits := []directory.Edit{edit}
	have, err := q.whitelist(id)
	if err != nil {
		return err
	}
	hides := !was.Hidden && in.ValueIsHidden.Value
	whitelist, err := in.whitelist(id, hides, have)
	if err != nil {
		return err
	}
	edits = append(edits, whitelist...)
	if _, shown, err := q.commit(edits...); err != nil || shown != nil {
		return q.preview(shown, err)
	}
	return q.replyAttribute(id)
}

// attributeUpdate returns the edit of an attribute. A member that is written back as it was
// shown stays, even if this API shows only a part of it.
func (q *request) attributeUpdate(in *attributeEdit, was *directory.Attribute) (directory.UpdateAttribute, error) {
	edit := directory.UpdateAttribute{
		Attribute:   was.ID,
		Name:        in.Name.Ptr(),
		Label:       in.Label.Ptr(),
		Hidden:      in.ValueIsHidden.Ptr(),
		UserCanView: in.UserCanView.Ptr(),
		UserCanEdit: in.UserCanEdit.Ptr(),
		UniqueLabel: true,
	}
	if in.Type.Set && in.Type.Value != renderType(was.Type) {
		kind, err := parseType(in.Type.Value)
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
		stays := was.Hidden && !v.Null && standsForHidden(v.Value)
		if stays {
			return edit, nil
		}
		text := v.Value
		if text != "" && !was.Hidden && edit.Type == nil {
			var err error
			if text, err = q.readText("default_value", was.Type, was.Default, text); err != nil {
				return edit, err
			}
		}
		edit.Default = &directory.Value{Text: text}
	}
	return edit, nil
}

// deleteUserAttribute deletes an attribute with all its values.
func deleteUserAttribute(q *request) error {
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	return q.done(directory.DeleteAttribute{Attribute: id})
}
