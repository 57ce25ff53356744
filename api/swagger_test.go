package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/google/go-cmp/cmp"

	"cohort/api"
)

// swagger is what clients of the Swagger document read of it.
type swagger struct {
	BasePath string
	Info     map[string]any
	Paths    map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Consumes    []string
		Parameters  []map[string]any
	}
}

func readSwagger(t *testing.T) (parsed swagger, raw []byte) {
	t.Helper()
	raw = []byte(api.LookerSwagger())
	if err := json.Unmarshal(raw, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed, raw
}

func TestSwaggerDocumentIsValid(t *testing.T) {
	_, raw := readSwagger(t)
	var doc openapi2.T
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	back, err := openapi2conv.ToV3(&doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSwaggerDocumentHasEveryOperationOfTheOriginal(t *testing.T) {
	doc, raw := readSwagger(t)
	var got []string
	for path, item := range doc.Paths {
		for method, op := range item {
			if !slices.Contains([]string{"get", "post", "put", "patch", "delete"}, method) {
				t.Errorf("%s has the key %q, which clients take for a method", path, method)
			}
			got = append(got, method+" "+path+" "+op.OperationID)
		}
	}
	var want []string
	for key, op := range operations(load(t, api.Looker())) {
		want = append(want, key+" "+op.OperationID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if strings.Contains(string(raw), "#/components/") {
		t.Error("a reference was not converted")
	}
}

func TestRubyFindsWhatItBuildsMethodsFrom(t *testing.T) {
	doc, _ := readSwagger(t)
	if doc.BasePath != "/api/4.0" {
		t.Errorf("basePath = %q", doc.BasePath)
	}
	if doc.Info["x-looker-release-version"] == nil {
		t.Error("info has no x-looker-release-version")
	}
	op := doc.Paths["/groups/{group_id}/attribute_values/{user_attribute_id}"]["patch"]
	var got []string
	for _, p := range op.Parameters {
		got = append(got, p["in"].(string)+" "+p["name"].(string))
	}
	want := []string{"path group_id", "path user_attribute_id", "body body"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"application/json"}, op.Consumes); diff != "" {
		t.Errorf("consumes (-want +got):\n%s", diff)
	}
}
