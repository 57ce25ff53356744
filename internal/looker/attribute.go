package looker

import (
	"cohort/internal/directory"
)

// hiddenDefault stands for a hidden default. Writing it back leaves the default as it is.
const hiddenDefault = "DEFAULT_IS_SET"

// standsForHidden reports whether a text is a placeholder for a hidden value. Clients write it
// back with the other members, which leaves the hidden value as it is.
func standsForHidden(text string) bool { return text == "" || text == hiddenDefault }

// An attributeBody is the vendor's UserAttribute.
type attributeBody struct {
	Can                        canMap  `json:"can"`
	ID                         string  `json:"id"`
	Name                       string  `json:"name"`
	Label                      string  `json:"label"`
	Type                       string  `json:"type"`
	DefaultValue               *string `json:"default_value"`
	IsSystem                   bool    `json:"is_system"`
	IsPermanent                bool    `json:"is_permanent"`
	ValueIsHidden              bool    `json:"value_is_hidden"`
	UserCanView                bool    `json:"user_can_view"`
	UserCanEdit                bool    `json:"user_can_edit"`
	HiddenValueDomainWhitelist *string `json:"hidden_value_domain_whitelist"`
}

// wireTypes lists the types that this API can create attributes of.
func wireTypes() []directory.Type {
	return []directory.Type{
		directory.TypeString, directory.TypeNumber, directory.TypeDateTime, directory.TypeYesNo, directory.TypeZipcode,
		directory.TypeRelativeURL, directory.TypeFilterString, directory.TypeFilterNumber, directory.TypeFilterDateTime,
	}
}

// parseType parses the name of a type in this API.
func parseType(s string) (directory.Type, error) {
	if s == "" {
		return "", directory.Missing("type")
	}
	for _, t := range wireTypes() {
		if renderType(t) == s {
			return t, nil
		}
	}
	return "", directory.Invalid("type", "must be string, number, datetime, yesno, zipcode, relative_url, "+
		"advanced_filter_string, advanced_filter_number or advanced_filter_datetime")
}

// renderType returns the type of this API that is nearest to one of the domain.
func renderType(t directory.Type) string {
	switch t {
	case directory.TypeString, directory.TypeText, directory.TypeEnum:
		return "string"
	case directory.TypeNumber, directory.TypeInteger:
		return "number"
	case directory.TypeDateTime, directory.TypeDate:
		return "datetime"
	case directory.TypeYesNo:
		return "yesno"
	case directory.TypeZipcode:
		return "zipcode"
	case directory.TypeRelativeURL:
		return "relative_url"
	case directory.TypeFilterString, directory.TypeList, directory.TypeEnumList:
		return "advanced_filter_string"
	case directory.TypeFilterNumber:
		return "advanced_filter_number"
	case directory.TypeFilterDateTime:
		return "advanced_filter_datetime"
	}
	return string(t)
}

// allUserAttributes lists the attributes that the caller may see.
func allUserAttributes(q *request) error {
	list, err := q.dir.Attributes(q.ctx())
	if err != nil {
		return err
	}
	return replyList(q, list, ordering[directory.Attribute]{
		"id":    byNumber(func(a directory.Attribute) directory.AttributeID { return a.ID }),
		"name":  byText(func(a directory.Attribute) string { return a.Name }),
		"label": byText(func(a directory.Attribute) string { return a.Label }),
		"type":  byText(func(a directory.Attribute) string { return renderType(a.Type) }),
	}, attributeBodies)
}

// userAttribute answers with one attribute.
func userAttribute(q *request) error {
	id, err := pathID[directory.AttributeID](q, "user_attribute_id")
	if err != nil {
		return err
	}
	return q.replyAttribute(id)
}

func (q *request) replyAttribute(id directory.AttributeID) error {
	attribute, err := q.dir.Attribute(q.ctx(), id)
	if err != nil {
		return err
	}
	bodies, err := attributeBodies(q, []directory.Attribute{attribute})
	if err != nil {
		return err
	}
	return q.reply(bodies[0])
}

func attributeBodies(q *request, list []directory.Attribute) ([]attributeBody, error) {
	cans, err := q.attributeCans(list)
	if err != nil {
		return nil, err
	}
	var whitelists map[directory.AttributeID]*string
	if q.fields.Wants(facetWhitelist) {
		ids := make([]directory.AttributeID, len(list))
		for i, a := range list {
			ids[i] = a.ID
		}
		if whitelists, err = q.whitelists(ids); err != nil {
			return nil, err
		}
	}
	bodies := make([]attributeBody, len(list))
	for i := range list {
		attribute := &list[i]
		bodies[i] = attributeBody{
			Can:           cans[i],
			ID:            directory.FormatID(attribute.ID),
			Name:          attribute.Name,
			Label:         attribute.Label,
			Type:          renderType(attribute.Type),
			DefaultValue:  q.renderDefault(attribute),
			IsSystem:      attribute.System,
			IsPermanent:   attribute.Permanent,
			ValueIsHidden: attribute.Hidden,
			UserCanView:   attribute.UserCanView,
			UserCanEdit:   attribute.UserCanEdit,

			HiddenValueDomainWhitelist: whitelists[attribute.ID],
		}
	}
	return bodies, nil
}

// renderDefault returns the default of an attribute, or nil if it has none.
func (q *request) renderDefault(a *directory.Attribute) *string {
	if !a.HasDefault() {
		return nil
	}
	text := hiddenDefault
	if !a.Hidden {
		var ok bool
		if text, ok = q.showValue(a.Type, a.Default); !ok {
			return nil
		}
	}
	return &text
}

// attributeCans returns what the caller may do with each attribute.
func (q *request) attributeCans(list []directory.Attribute) ([]canMap, error) {
	answers, err := askCan(q, "can", list, func(a directory.Attribute) []directory.Edit {
		return []directory.Edit{
			directory.CreateAttribute{},
			directory.UpdateAttribute{Attribute: a.ID},
			directory.DeleteAttribute{Attribute: a.ID},
			directory.SetGroupValue{Group: directory.AllUsers, Attribute: a.ID},
		}
	})
	if err != nil {
		return nil, err
	}
	cans := make([]canMap, len(list))
	for i, may := range answers {
		if may != nil {
			cans[i] = canMap{
				"show": true, "index": true, "create": may[0], "update": may[1], "destroy": may[2],
				"set_value": may[3], "show_value": true, // the vendor answers so for hidden attributes, too (recorded)
			}
		}
	}
	return cans, nil
}
