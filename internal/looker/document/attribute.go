package document

import (
	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// hiddenDefault stands for a hidden default. Writing it back leaves the default as it is.
const hiddenDefault = "DEFAULT_IS_SET"

// StandsForHidden reports whether a text is a placeholder for a hidden value. Clients write it
// back with the other members, which leaves the hidden value as it is.
func StandsForHidden(text string) bool { return text == "" || text == hiddenDefault }

// An Attribute is the vendor's UserAttribute.
type Attribute struct {
	Can                        Can     `json:"can"`
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

// ParseType parses the name of a type in this API.
func ParseType(s string) (directory.Type, error) {
	if s == "" {
		return "", directory.Missing("type")
	}
	for _, t := range wireTypes() {
		if TypeName(t) == s {
			return t, nil
		}
	}
	return "", directory.Invalid("type", "must be string, number, datetime, yesno, zipcode, relative_url, "+
		"advanced_filter_string, advanced_filter_number or advanced_filter_datetime")
}

// TypeName returns the type of this API that is nearest to one of the domain.
func TypeName(t directory.Type) string {
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

// ReplyAttribute answers with one attribute.
func ReplyAttribute(q *protocol.Request, id directory.AttributeID) error {
	attribute, err := q.Dir.Attribute(q.Context(), id)
	if err != nil {
		return err
	}
	bodies, err := Attributes(q, []directory.Attribute{attribute})
	if err != nil {
		return err
	}
	return q.Reply(bodies[0])
}

// Attributes renders attributes.
func Attributes(q *protocol.Request, list []directory.Attribute) ([]Attribute, error) {
	cans, err := attributeCans(q, list)
	if err != nil {
		return nil, err
	}
	var whitelists map[directory.AttributeID]*string
	if q.Fields.Wants(FacetWhitelist) {
		ids := make([]directory.AttributeID, len(list))
		for i, a := range list {
			ids[i] = a.ID
		}
		if whitelists, err = Whitelists(q, ids); err != nil {
			return nil, err
		}
	}
	bodies := make([]Attribute, len(list))
	for i := range list {
		attribute := &list[i]
		bodies[i] = Attribute{
			Can:           cans[i],
			ID:            directory.FormatID(attribute.ID),
			Name:          attribute.Name,
			Label:         attribute.Label,
			Type:          TypeName(attribute.Type),
			DefaultValue:  renderDefault(q, attribute),
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
func renderDefault(q *protocol.Request, a *directory.Attribute) *string {
	if !a.HasDefault() {
		return nil
	}
	text := hiddenDefault
	if !a.Hidden {
		var ok bool
		if text, ok = showValue(q, a.Type, a.Default); !ok {
			return nil
		}
	}
	return &text
}

// attributeCans returns what the caller may do with each attribute.
func attributeCans(q *protocol.Request, list []directory.Attribute) ([]Can, error) {
	answers, err := AskCan(q, "can", list, func(a directory.Attribute) []directory.Edit {
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
	cans := make([]Can, len(list))
	for i, may := range answers {
		if may != nil {
			cans[i] = Can{
				"show": true, "index": true, "create": may[0], "update": may[1], "destroy": may[2],
				"set_value": may[3], "show_value": true, // the vendor answers so for hidden attributes, too (recorded)
			}
		}
	}
	return cans, nil
}
