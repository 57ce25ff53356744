package document

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// A ValueInput is the value of an attribute in a request.
type ValueInput struct {
	Node  *schema.Node
	at    string
	Value *schema.Node // nil removes the value
}

// maxValues is how many values of an object one call sets.
const maxValues = 1000

// ValuesShape is the shape of values.
func ValuesShape() *schema.Shape {
	return schema.List(maxValues, &schema.Shape{
		Types: []schema.Type{schema.Object}, Required: []string{FieldType},
		Members: map[string]*schema.Shape{
			KeyID: schema.ID(0), KeyName: schema.Text(directory.MaxNameLen), "class": ClassShape(),
			FieldType: schema.OneOf(wireTypes()...), "value": schema.Whole(), "inherited": schema.Bool(),
		},
	})
}

// NewValueInput reads the value at an index of a list, which is at a place in the body, under a name.
func NewValueInput(at, under string, i int, n *schema.Node) ValueInput {
	in := ValueInput{Node: n, at: at + under + strconv.Itoa(i)}
	if m, ok := n.Members["value"]; ok && !m.IsNull() {
		in.Value = m
	}
	return in
}

// Key returns what finds the attribute: the id if there is one, or else the name.
func (in ValueInput) Key() (string, jsontext.Value) {
	if m, ok := in.Node.Members[KeyID]; ok {
		return KeyID, m.Raw
	}
	return KeyName, in.Node.RawOr(KeyName, `""`)
}

// Keeps reports whether a value is a placeholder that keeps the stored one of a hidden attribute.
func (in ValueInput) Keeps(a *directory.Attribute) bool {
	return a.Hidden && (isBlank(in.Value) || in.Value.Kind() == '"' && in.Value.Text == hiddenDefault)
}

// hiddenDefault stands for a hidden default in the Looker API.
const hiddenDefault = "DEFAULT_IS_SET"

// Clears reports whether a value removes the stored one: an empty list does, and the empty
// text if the type has no empty text.
func Clears(wire string, n *schema.Node) bool {
	switch wire {
	case wireText, wireList, wireEnumList:
		return n.Kind() == '[' && len(n.Items) == 0
	default:
		return n.Kind() == '"' && n.Text == ""
	}
}

// WrongType refuses a value that does not fit the type of its attribute.
func WrongType(wire string) error {
	return fault.New(fault.Payload, "Invalid value provided. Attribute type is ["+wire+"].")
}

// isBlank reports whether a value is the empty text, in any form.
func isBlank(n *schema.Node) bool {
	if n.Kind() == '[' {
		for _, item := range n.Items {
			if item.TextOr("value", "?") != "" {
				return false
			}
		}
		return true
	}
	return n.Kind() == '"' && n.Text == ""
}

// ReadValue reads a value of an attribute over the stored one. same reports that both are
// shown alike. Languages that were not sent stay; an entry without a value removes its
// language.
func ReadValue(a *directory.Attribute, n *schema.Node, have directory.Value, there bool,
	standard directory.Language) (v directory.Value, same bool, err error) {
	wire := WireTypeOf(a.Type)
	if !byLanguage(wire) {
		text, ok := readText(wire, n)
		if !ok {
			return v, false, WrongType(wire)
		}
		return directory.Value{Text: text}, there && have.Sealed == 0 && SameText(wire, have.Text, text), nil
	}
	entries, ok := languageEntries(wire, n)
	if !ok {
		return v, false, WrongType(wire)
	}
	if l, twice := languageTwice(n); twice {
		return v, false, fault.New(fault.Payload, "Invalid value provided. The language ["+string(l)+"] comes twice.")
	}
	if !a.Type.Localized() {
		if len(entries) != 1 || entries[0].gone || entries[0].Language != standard {
			return v, false, fault.New(fault.Payload,
				"Invalid value provided. Attribute ["+ShowAttributeName(a.Name)+"] has one text for all languages, "+
					"as ["+string(standard)+"].")
		}
		text := entries[0].Text
		return directory.Value{Text: text}, there && have.Sealed == 0 && have.Text == text, nil
	}
	same, v = there, directory.Value{Texts: have.Texts}
	for _, e := range entries {
		now, has := TextIn(v, e.Language)
		switch {
		case e.gone && has:
			v, same = without(v, e.Language), false
		case !e.gone && !(has && SameText(wire, now, e.Text)):
			v, same = v.With(e.Language, e.Text), false
		}
	}
	return v, same, nil
}

// TextIn returns the text of a value in a language.
func TextIn(v directory.Value, l directory.Language) (string, bool) {
	for _, t := range v.Texts {
		if t.Language == l {
			return t.Text, true
		}
	}
	return "", false
}

func without(v directory.Value, l directory.Language) directory.Value {
	var texts []directory.LocalText
	for _, t := range v.Texts {
		if t.Language != l {
			texts = append(texts, t)
		}
	}
	return directory.Value{Texts: texts}
}

// A languageEntry is a text in a language, or the removal of one.
type languageEntry struct {
	directory.LocalText
	gone bool
}

// languageEntries reads texts by language: a list of {language, value}.
func languageEntries(wire string, n *schema.Node) ([]languageEntry, bool) {
	if n.Kind() != '[' || len(n.Items) == 0 {
		return nil, false
	}
	list := make([]languageEntry, len(n.Items))
	for i, item := range n.Items {
		language := item.TextOr("language", "")
		if item.Kind() != '{' || !schema.IsLanguage(language) {
			return nil, false
		}
		list[i].Language = directory.Language(strings.ToUpper(language))
		m, ok := item.Members["value"]
		if !ok || m.IsNull() || wire == wireList && Clears(wire, m) {
			list[i].gone = true
			continue
		}
		if list[i].Text, ok = readText(wire, m); !ok {
			return nil, false
		}
	}
	return list, true
}

// A LocalBody is a text in one language, and whether it is the owner's own.
type LocalBody struct {
	Inherited bool   `json:"inherited"`
	Language  string `json:"language"`
	Value     any    `json:"value"`
}

// ValueBody renders the attribute of a value.
func ValueBody(a *directory.Attribute) map[string]any {
	return map[string]any{
		"class": ClassUser, "id": int64(a.ID), "name": ShowAttributeName(a.Name), "type": WireTypeOf(a.Type),
	}
}

// ShowValue renders a value that is the same in all languages. A hidden one is the empty text.
func ShowValue(a *directory.Attribute, v directory.Value, inherited bool, standard directory.Language) map[string]any {
	body, wire := ValueBody(a), WireTypeOf(a.Type)
	var text any = ""
	if !a.Hidden {
		text = ShowText(wire, v.Text)
	}
	if byLanguage(wire) {
		body["value"] = []LocalBody{{inherited, string(standard), text}}
		return body
	}
	body["inherited"], body["value"] = inherited, text
	return body
}
