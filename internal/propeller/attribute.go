package propeller

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
)

// findAttribute finds an attribute by id or name, in a class or, if class is empty, in all.
func findAttribute(ctx context.Context, dir Directory, key, value, class string) (directory.Attribute, error) {
	absent := func() error { return attributeAbsent(key, value, class) }
	var a directory.Attribute
	if class != "" && class != document.ClassUser {
		return a, absent()
	}
	var err error
	if key == document.KeyID {
		id, perr := directory.ParseID[directory.AttributeID](document.KeyID, value)
		if perr != nil {
			return a, absent()
		}
		a, err = dir.Attribute(ctx, id)
	} else {
		if !document.IsAttributeName(value) {
			return a, absent()
		}
		a, err = dir.AttributeByName(ctx, strings.ToLower(value))
	}
	if err != nil && directory.KindOf(err) == directory.KindNotFound {
		return a, absent()
	}
	return a, err
}

func (q *request) definition(dir Directory, id directory.AttributeID) (d document.Definition, err error) {
	facets, err := dir.Facets(q.ctx(), id.Object())
	if err != nil {
		return d, err
	}
	for _, f := range facets {
		if f.Kind == document.FacetDefinition {
			err = json.Unmarshal([]byte(f.Data), &d)
		}
	}
	return d, err
}

// showAttribute renders a definition.
func (q *request) showAttribute(a *directory.Attribute) (map[string]any, error) {
	d, err := q.definition(q.dir, a.ID)
	if err != nil {
		return nil, err
	}
	return d.Show(a, q.Language), nil
}

// attributeLookup reads how the path names an attribute.
func (q *request) attributeLookup() (key, value string, err error) {
	key, value = q.pathValue("lookupKey"), q.pathValue("lookupValue")
	if key != document.KeyID && key != document.KeyName {
		return "", "", fault.New(fault.InvalidLookupKey, key, "id,name")
	}
	if class := q.query.Get("attributeClass"); class != "" && !slices.Contains(document.Classes(), class) {
		return "", "", fault.Schema("#/attributeClass: " + fault.Clip(class) + " is not a valid enum value")
	}
	return key, value, nil
}

// attributeAbsent is the error that an attribute does not exist, in a class or, if class is
// empty, at all.
func attributeAbsent(key, value, class string) *fault.Fault {
	f := fault.New(fault.AttributeNotFound, key, value)
	if key == document.KeyName && class != "" {
		f.Messages = []string{"Attribute with name [" + fault.Clip(value) + "] and attributeClass [" + class + "] not found."}
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
