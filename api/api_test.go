package api_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"cohort/api"
)

// load reads a document, without judging it.
func load(t *testing.T, text string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// reference is the vendor's document, if there is one: COHORT_REFERENCE names
// the folder that holds it. Most checkouts have none.
func reference(t *testing.T) (doc *openapi3.T, ok bool) {
	t.Helper()
	dir := os.Getenv("COHORT_REFERENCE")
	if dir == "" {
		t.Log("COHORT_REFERENCE is not set: there is nothing to compare with")
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(dir, "looker-4.0.24.6.oas.json"))
	if err != nil {
		t.Fatal(err)
	}
	return load(t, string(text)), true
}

// operations gives the operations of a document by "method path".
func operations(doc *openapi3.T) map[string]*openapi3.Operation {
	ops := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			ops[strings.ToLower(method)+" "+path] = op
		}
	}
	return ops
}

func TestLookerAndSCIMDocumentsAreValid(t *testing.T) {
	for _, text := range []string{api.Looker(), api.SCIM(), api.SCIMJSON()} {
		if err := load(t, text).Validate(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestOperationIDsAreUnique(t *testing.T) {
	for _, text := range []string{api.Looker(), api.SCIM()} {
		seen := map[string]string{}
		for key, op := range operations(load(t, text)) {
			if other, ok := seen[op.OperationID]; ok {
				t.Errorf("%s and %s are both %s", key, other, op.OperationID)
			}
			seen[op.OperationID] = key
		}
	}
}

// spelled gives an operation's wire facts, one line each.
func spelled(op *openapi3.Operation) []string {
	lines := []string{"operation " + op.OperationID, "tags " + strings.Join(op.Tags, " ")}
	for _, ref := range op.Parameters {
		p := ref.Value
		line := "parameter " + p.In + " " + p.Name + " " + typeOf(p.Schema)
		if p.Required {
			line += " required"
		}
		if p.Deprecated {
			line += " deprecated"
		}
		lines = append(lines, line)
	}
	if op.RequestBody != nil {
		line := "body " + typeOf(op.RequestBody.Value.Content["application/json"].Schema)
		if op.RequestBody.Value.Required {
			line += " required"
		}
		lines = append(lines, line)
	}
	for status, r := range op.Responses.Map() {
		line := "reply " + status
		// The vendor's document gives some empty replies a type. All are empty.
		if media := r.Value.Content["application/json"]; media != nil && status != "204" {
			line += " " + typeOf(media.Schema)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// typeOf spells a schema in a word.
func typeOf(ref *openapi3.SchemaRef) string {
	if ref.Ref != "" {
		return ref.Ref[strings.LastIndex(ref.Ref, "/")+1:]
	}
	s := ref.Value
	word := strings.Join(s.Type.Slice(), " ")
	switch {
	case s.Items != nil:
		return "list of " + typeOf(s.Items)
	case word == "any" || word == "object" && s.AdditionalProperties.Has != nil:
		return "anything"
	case s.AdditionalProperties.Schema != nil:
		word += " of " + typeOf(s.AdditionalProperties.Schema)
	case s.Format != "":
		word += " " + s.Format
	}
	return word
}

// properties gives a schema's wire facts, one line for each property.
func properties(s *openapi3.Schema) []string {
	var lines []string
	for name, p := range s.Properties {
		line := name + " " + typeOf(p)
		if p.Ref == "" {
			if p.Value.ReadOnly {
				line += " read-only"
			}
			if p.Value.Nullable {
				line += " nullable"
			}
			if p.Value.Deprecated {
				line += " deprecated"
			}
			if p.Value.Extensions["x-looker-write-only"] != nil {
				line += " write-only"
			}
		}
		if slices.Contains(s.Required, name) {
			line += " required"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func TestOperationsAgreeWithTheReference(t *testing.T) {
	doc, ok := reference(t)
	if !ok {
		return
	}
	want := operations(doc)
	for key, op := range operations(load(t, api.Looker())) {
		if slices.Contains(op.Tags, "Session") || op.Extensions["x-cohort-content"] != nil {
			continue // the vendor has them, but not in this extract of its document
		}
		if want[key] == nil {
			t.Errorf("the reference has no %s", key)
			continue
		}
		if diff := cmp.Diff(spelled(want[key]), spelled(op)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestSchemasAgreeWithTheReference(t *testing.T) {
	doc, ok := reference(t)
	if !ok {
		return
	}
	want := doc.Components.Schemas
	for name, s := range load(t, api.Looker()).Components.Schemas {
		if name == "ApiSession" || name == "Folder" || name == "ContentMeta" {
			continue // as above
		}
		if want[name] == nil {
			t.Errorf("the reference has no schema %s", name)
			continue
		}
		if diff := cmp.Diff(properties(want[name].Value), properties(s.Value)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEverySchemaIsUsed(t *testing.T) {
	for _, text := range []string{api.Looker(), api.SCIM()} {
		raw, err := json.Marshal(load(t, text))
		if err != nil {
			t.Fatal(err)
		}
		for name := range maps.Keys(load(t, text).Components.Schemas) {
			if !strings.Contains(string(raw), `"#/components/schemas/`+name+`"`) {
				t.Errorf("nothing refers to the schema %s", name)
			}
		}
	}
}

func TestLookerDocumentIsTheSameInJSON(t *testing.T) {
	want, got := operations(load(t, api.Looker())), operations(load(t, api.LookerJSON()))
	for key, op := range want {
		if got[key] == nil {
			t.Errorf("%s is missing", key)
			continue
		}
		if diff := cmp.Diff(spelled(op), spelled(got[key])); diff != "" {
			t.Errorf("%s (-YAML +JSON):\n%s", key, diff)
		}
	}
}
