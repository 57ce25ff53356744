package propeller

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	documents "cohort/api"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(documents.Propeller()))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	var said, served []string
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			said = append(said, method+" "+path)
		}
	}
	for _, op := range operations() {
		served = append(served, op.route)
	}
	slices.Sort(said)
	slices.Sort(served)
	if diff := cmp.Diff(served, said); diff != "" {
		t.Errorf("(-served +in the document)\n%s", diff)
	}
}

// The members that are checked and those that are documented stand in two places.
func TestTheDocumentHasTheMembersThatAreTaken(t *testing.T) {
	schemas := document(t).Components.Schemas
	for name, form := range map[string]*shape{
		"UsergroupEdit": groupShape(), "UsergroupUpdate": updateShape(groupShape()), "UserEdit": userShape(),
		"UserUpdate":  updateShape(userShape()),
		"AddressEdit": addressShape(true), "AddressUpdate": addressShape(false), "ValueEdit": valuesShape().items,
		"AttributeCreate": newAttributeShape(), "AttributeUpdate": updateShape(attributeShape()),
		"UsergroupById": updateShape(subShapes(groupShape())), "UsergroupBySourceId": subShapes(groupShape()),
		"AttributeSearch": searchShape(),
		"UserById":        updateShape(subShapes(userShape())), "UserBySourceId": subShapes(userShape()),
	} {
		s := schemas[name].Value
		if diff := cmp.Diff(slices.Sorted(maps.Keys(form.members)), slices.Sorted(maps.Keys(s.Properties))); diff != "" {
			t.Errorf("members of %s (-taken +in the document)\n%s", name, diff)
		}
		if !strings.Contains(name, "By") && !slices.Equal(form.required, s.Required) {
			t.Errorf("%s requires %v, the document says %v", name, form.required, s.Required)
		}
		for member, part := range form.members {
			var enum []string
			for _, v := range s.Properties[member].Value.Enum {
				if text, ok := v.(string); ok {
					enum = append(enum, text)
				}
			}
			if part.enum != nil && !slices.Equal(slices.Sorted(slices.Values(part.enum)), slices.Sorted(slices.Values(enum))) {
				t.Errorf("%s/%s takes %v, the document says %v", name, member, part.enum, enum)
			}
		}
	}
}
