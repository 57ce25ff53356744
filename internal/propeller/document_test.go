package propeller

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	documents "cohort/api"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

func described(t *testing.T) *openapi3.T {
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
	for path, item := range described(t).Paths.Map() {
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
	schemas := described(t).Components.Schemas
	for name, form := range map[string]*schema.Shape{
		"UsergroupEdit":       document.UsergroupShape(),
		"UsergroupUpdate":     document.ForUpdate(document.UsergroupShape()),
		"UserEdit":            document.UserShape(),
		"UserUpdate":          document.ForUpdate(document.UserShape()),
		"AddressEdit":         document.AddressShape(true),
		"AddressUpdate":       document.AddressShape(false),
		"ValueEdit":           document.ValuesShape().Items,
		"AttributeCreate":     document.NewAttributeShape(),
		"AttributeUpdate":     document.ForUpdate(document.AttributeShape()),
		"UsergroupById":       document.ForUpdate(document.SubShapes(document.UsergroupShape())),
		"UsergroupBySourceId": document.SubShapes(document.UsergroupShape()),
		"AttributeSearch":     searchShape(),
		"UserById":            document.ForUpdate(document.SubShapes(document.UserShape())),
		"UserBySourceId":      document.SubShapes(document.UserShape()),
	} {
		s := schemas[name].Value
		if diff := cmp.Diff(slices.Sorted(maps.Keys(form.Members)), slices.Sorted(maps.Keys(s.Properties))); diff != "" {
			t.Errorf("members of %s (-taken +in the document)\n%s", name, diff)
		}
		if !strings.Contains(name, "By") && !slices.Equal(form.Required, s.Required) {
			t.Errorf("%s requires %v, the document says %v", name, form.Required, s.Required)
		}
		for member, part := range form.Members {
			var enum []string
			for _, v := range s.Properties[member].Value.Enum {
				if text, ok := v.(string); ok {
					enum = append(enum, text)
				}
			}
			if part.Enum != nil && !slices.Equal(slices.Sorted(slices.Values(part.Enum)), slices.Sorted(slices.Values(enum))) {
				t.Errorf("%s/%s takes %v, the document says %v", name, member, part.Enum, enum)
			}
		}
	}
}
