package propeller

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
)

// classUser is the class of the attributes of users and usergroups. This server has no
// attributes of other classes.
const classUser = "user"

// classes are the documented classes.
func classes() []string { return []string{"product", "category", classUser} }

func classShape() *shape { return enumShape(classes()...) }

// maxTexts is the largest number of languages in descriptions and units.
const maxTexts = 100

// showName returns the name of an attribute in this format.
func showName(name string) string { return strings.ToUpper(name) }

// isName reports whether a text can be the name of an attribute in this format, in any case.
func isName(s string) bool {
	_, err := directory.ParseAttributeName(keyName, strings.ToLower(s))
	return err == nil
}

// findAttribute finds an attribute by id or name, in a class or, if class is empty, in all.
func findAttribute(ctx context.Context, dir Directory, key, value, class string) (directory.Attribute, error) {
	absent := func() error { return attributeAbsent(key, value, class) }
	var a directory.Attribute
	if class != "" && class != classUser {
		return a, absent()
	}
	var err error
	if key == keyID {
		id, perr := directory.ParseID[directory.AttributeID](keyID, value)
		if perr != nil {
			return a, absent()
		}
		a, err = dir.Attribute(ctx, id)
	} else {
		if !isName(value) {
			return a, absent()
		}
		a, err = dir.AttributeByName(ctx, strings.ToLower(value))
	}
	if err != nil && directory.KindOf(err) == directory.KindNotFound {
		return a, absent()
	}
	return a, err
}

// A definition holds what this format stores with an attribute. Default values are not stored.
type definition struct {
	Private      bool              `json:"private,omitzero"` // isPublic is N
	Searchable   bool              `json:"searchable,omitzero"`
	System       bool              `json:"system,omitzero"`
	Hidden       bool              `json:"hidden,omitzero"` // in the vendor's sense: not shown to customers
	Group        string            `json:"group,omitzero"`
	TypeParam    string            `json:"typeParam,omitzero"`
	Descriptions map[string]string `json:"descriptions,omitzero"` // by language, without the directory's: that is the label
	Units        map[string]string `json:"units,omitzero"`
}

func (q *request) definition(dir Directory, id directory.AttributeID) (d definition, err error) {
	facets, err := dir.Facets(q.ctx(), id.Object())
	if err != nil {
		return d, err
	}
	for _, f := range facets {
		if f.Kind == facetAttr {
			err = json.Unmarshal([]byte(f.Data), &d)
		}
	}
	return d, err
}

// A textBody is a text in a language.
type textBody struct {
	Language string `json:"language"`
	Value    string `json:"value"`
}

// showAttribute renders a definition.
func (q *request) showAttribute(a *directory.Attribute) (map[string]any, error) {
	d, err := q.definition(q.dir, a.ID)
	if err != nil {
		return nil, err
	}
	wire := wireTypeOf(a.Type)
	body := map[string]any{
		"class": classUser, "defaultLanguage": string(q.Language), "group": d.Group, "id": int64(a.ID),
		"isHidden": d.Hidden, "isPublic": !d.Private, "isSearchable": d.Searchable, "isSystem": d.System || a.System,
		"name": showName(a.Name), "type": wire, "value": q.showDefault(a),
	}
	body["typeParam"] = typeParam(a, d)
	body["descriptions"], body["units"] = q.showTexts(a, d)
	return body, nil
}

func typeParam(a *directory.Attribute, d definition) string {
	if a.Type == directory.TypeYesNo {
		return yesNoParam
	}
	return d.TypeParam
}

// showDefault renders the default. Types without defaults in this format show "".
func (q *request) showDefault(a *directory.Attribute) any {
	wire := wireTypeOf(a.Type)
	if !takesDefault(wire) || a.Hidden || !a.HasDefault() {
		return ""
	}
	return showText(wire, a.Default.Text)
}

// showTexts renders descriptions and units, with an entry for each language that either has.
func (q *request) showTexts(a *directory.Attribute, d definition) (descriptions, units []textBody) {
	languages := []string{string(q.Language)}
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
		if l == string(q.Language) {
			text = a.Label
		}
		descriptions = append(descriptions, textBody{l, text})
		units = append(units, textBody{l, d.Units[l]})
	}
	return descriptions, units
}

// attributeLookup reads how the path names an attribute.
func (q *request) attributeLookup() (key, value string, err error) {
	key, value = q.pathValue("lookupKey"), q.pathValue("lookupValue")
	if key != keyID && key != keyName {
		return "", "", newFault(codeInvalidLookupKey, key, "id,name")
	}
	if class := q.query.Get("attributeClass"); class != "" && !slices.Contains(classes(), class) {
		return "", "", schemaFault("#/attributeClass: " + clip(class) + " is not a valid enum value")
	}
	return key, value, nil
}

// attributeAbsent is the error that an attribute does not exist, in a class or, if class is
// empty, at all.
func attributeAbsent(key, value, class string) *fault {
	f := newFault(codeAttributeNotFound, key, value)
	if key == keyName && class != "" {
		f.messages = []string{"Attribute with name [" + clip(value) + "] and attributeClass [" + class + "] not found."}
	}
	return f
}

// findAttribute finds the attribute in the path.
func (q *request) findAttribute(dir Directory, key, value string) (directory.Attribute, error) {
	return findAttribute(q.ctx(), dir, key, value, q.query.Get("attributeClass"))
}

// attribute answers with a definition.
func (q *request) attribute() error {
	key, value, err := q.attributeLookup()
	if err != nil {
		return err
	}
	a, err := q.findAttribute(q.dir, key, value)
	if err != nil {
		return err
	}
	body, err := q.showAttribute(&a)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, body, 1)
}
