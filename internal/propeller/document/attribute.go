package document

import (
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// ClassUser is the class of the attributes of users and usergroups. This server has no
// attributes of other classes.
const ClassUser = "user"

// Classes are the documented classes.
func Classes() []string { return []string{"product", "category", ClassUser} }

// ClassShape is the shape of a class.
func ClassShape() *schema.Shape { return schema.OneOf(Classes()...) }

// maxTexts is the largest number of languages in descriptions and units.
const maxTexts = 100

// ShowAttributeName returns the name of an attribute in this format.
func ShowAttributeName(name string) string { return strings.ToUpper(name) }

// IsAttributeName reports whether a text can be the name of an attribute in this format, in any case.
func IsAttributeName(s string) bool {
	_, err := directory.ParseAttributeName(KeyName, strings.ToLower(s))
	return err == nil
}

// A Definition holds what this format stores with an attribute. Default values are not stored.
type Definition struct {
	Private    bool   `json:"private,omitzero"` // isPublic is N
	Searchable bool   `json:"searchable,omitzero"`
	System     bool   `json:"system,omitzero"`
	Hidden     bool   `json:"hidden,omitzero"` // in the vendor's sense: not shown to customers
	Group      string `json:"group,omitzero"`
	TypeParam  string `json:"typeParam,omitzero"`
	// Descriptions are by language, without the directory's own: that one is the label.
	Descriptions map[string]string `json:"descriptions,omitzero"`
	Units        map[string]string `json:"units,omitzero"`
}

// A textBody is a text in a language.
type textBody struct {
	Language string `json:"language"`
	Value    string `json:"value"`
}

// Show renders a definition in a directory of a language.
func (d Definition) Show(a *directory.Attribute, standard directory.Language) map[string]any {
	body := map[string]any{
		"class": ClassUser, "defaultLanguage": string(standard), "group": d.Group, "id": int64(a.ID),
		"isHidden": d.Hidden, "isPublic": !d.Private, "isSearchable": d.Searchable, "isSystem": d.System || a.System,
		"name": ShowAttributeName(a.Name), "type": WireTypeOf(a.Type), "value": showDefault(a), "typeParam": typeParam(a, d),
	}
	body["descriptions"], body["units"] = d.texts(a, standard)
	return body
}

func typeParam(a *directory.Attribute, d Definition) string {
	if a.Type == directory.TypeYesNo {
		return yesNoParam
	}
	return d.TypeParam
}

// showDefault renders the default. Types without defaults in this format show "".
func showDefault(a *directory.Attribute) any {
	wire := WireTypeOf(a.Type)
	if !TakesDefault(wire) || a.Hidden || !a.HasDefault() {
		return ""
	}
	return ShowText(wire, a.Default.Text)
}

// texts renders descriptions and units, with an entry for each language that either has.
func (d Definition) texts(a *directory.Attribute, standard directory.Language) (descriptions, units []textBody) {
	languages := []string{string(standard)}
	for l := range d.Descriptions {
		languages = append(languages, l)
	}
	for l := range d.Units {
		languages = append(languages, l)
	}
	slices.Sort(languages)
	descriptions, units = []textBody{}, []textBody{}
	for _, l := range slices.Compact(languages) {
		text := d.Descriptions[l]
		if l == string(standard) {
			text = a.Label
		}
		descriptions = append(descriptions, textBody{l, text})
		units = append(units, textBody{l, d.Units[l]})
	}
	return descriptions, units
}

// AttributeShape is the shape of a definition.
func AttributeShape() *schema.Shape {
	texts := schema.List(maxTexts, &schema.Shape{
		Types: []schema.Type{schema.Object}, Required: []string{"language", "value"},
		Members: map[string]*schema.Shape{"language": schema.Language(), "value": schema.Text(directory.MaxNameLen)},
	})
	return &schema.Shape{Types: []schema.Type{schema.Object}, Members: map[string]*schema.Shape{
		KeyName: {Types: []schema.Type{schema.String}, MaxLen: directory.MaxNameLen,
			Pattern: "^[A-Za-z0-9_]*[A-Za-z_][A-Za-z0-9_]*$", Fits: IsAttributeName},
		"class": ClassShape(), FieldType: schema.OneOf(wireTypes()...), "typeParam": schema.Text(LineLen),
		"group":    schema.Text(LineLen),
		"isPublic": schema.Bool(), "isSearchable": schema.Bool(), "isSystem": schema.Bool(), "isHidden": schema.Bool(),
		"descriptions": texts, "units": texts,
		"value":           {Types: []schema.Type{schema.String, schema.Number}},
		"defaultLanguage": schema.Language(),
	}}
}

// NewAttributeShape is the shape of a definition that does not exist yet.
func NewAttributeShape() *schema.Shape {
	s := AttributeShape()
	s.Required = []string{KeyName, "class", FieldType}
	return s
}

// An AttributeInput is a definition in a request.
type AttributeInput struct {
	Node *schema.Node
	At   string
	Base int // the index of its first edit in the change
}

// bool sets a flag if it was sent.
func (in AttributeInput) bool(name string, to *bool, inverted bool) {
	if m, ok := in.Node.Members[name]; ok {
		*to = (m.Kind() == 't') != inverted
	}
}

// Apply sets the members that were sent. label is the description in the directory's language,
// or nil if it was not sent.
func (in AttributeInput) Apply(d *Definition, standard directory.Language) (label *string) {
	in.bool("isPublic", &d.Private, true)
	in.bool("isSearchable", &d.Searchable, false)
	in.bool("isSystem", &d.System, false)
	in.bool("isHidden", &d.Hidden, false)
	d.Group = in.Node.TextOr("group", d.Group)
	d.TypeParam = in.Node.TextOr("typeParam", d.TypeParam)
	d.Descriptions, d.Units = in.texts("descriptions", d.Descriptions), in.texts("units", d.Units)
	if text, ok := d.Descriptions[string(standard)]; ok {
		label = &text
		delete(d.Descriptions, string(standard))
	}
	return label
}

// texts merges texts by language into existing ones. An empty text removes its language.
func (in AttributeInput) texts(name string, have map[string]string) map[string]string {
	out := maps.Clone(have)
	m, ok := in.Node.Members[name]
	if !ok {
		return out
	}
	if out == nil {
		out = map[string]string{}
	}
	for _, item := range m.Items {
		l := strings.ToUpper(item.TextOr("language", ""))
		out[l] = item.TextOr("value", "")
		if out[l] == "" {
			delete(out, l)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Check refuses members that the type of the attribute does not support.
func (in AttributeInput) Check(wire string) error {
	if m, ok := in.Node.Members["value"]; ok && !isBlank(m) {
		if _, fits := readText(wire, m); !TakesDefault(wire) || !fits {
			return WrongType(wire)
		}
	}
	if param := in.Node.TextOr("typeParam", ""); param != "" && wire != wireEnum && wire != wireEnumList {
		return fault.New(fault.Payload, "Attribute type ["+wire+"] takes no typeParam.")
	}
	for _, name := range []string{"descriptions", "units"} {
		if l, twice := languageTwice(in.Node.Members[name]); twice {
			return fault.New(fault.Payload, in.At+"/"+name+": the language "+string(l)+" comes twice")
		}
	}
	return nil
}

// languageTwice finds a language that occurs twice in a list.
func languageTwice(n *schema.Node) (directory.Language, bool) {
	if n == nil {
		return "", false
	}
	seen := map[directory.Language]bool{}
	for _, item := range n.Items {
		l := directory.Language(strings.ToUpper(item.TextOr("language", "")))
		if seen[l] {
			return l, true
		}
		seen[l] = true
	}
	return "", false
}

// Facet returns the edit that stores a definition with an attribute.
func (in AttributeInput) Facet(o directory.Object, d Definition) (directory.Edit, error) {
	if d.empty() {
		return DeleteFacet(o, FacetDefinition, ""), nil
	}
	return SetFacet(o, FacetDefinition, "", d)
}

// empty reports whether nothing needs to be stored.
func (d Definition) empty() bool {
	return !d.Private && !d.Searchable && !d.System && !d.Hidden && d.Group == "" && d.TypeParam == "" &&
		len(d.Descriptions) == 0 && len(d.Units) == 0
}
