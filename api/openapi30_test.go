package api_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"cohort/api"
)

// TestTheNativeDocumentIsThereInOpenAPI30: some generators read 3.0 only. The
// document is made of native.yaml by go test ./api -update.
func TestTheNativeDocumentIsThereInOpenAPI30(t *testing.T) {
	doc := parse(t, api.Native())
	doc["openapi"] = "3.0.3"
	made, err := json.Marshal(to30(doc))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("native.openapi30.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(made) != api.Native30() {
		t.Error("native.openapi30.json is not what native.yaml says; run go test ./api -update")
	}
	read, err := openapi3.NewLoader().LoadFromData(made)
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// to30 writes in the terms of 3.0 what 3.1 says otherwise: a list of types is one
// type that may be null, or none if there are several.
func to30(v any) any {
	switch v := v.(type) {
	case node:
		out := node{}
		for name, member := range v {
			out[name] = to30(member)
		}
		types, ok := v["type"].([]any)
		if !ok {
			return out
		}
		delete(out, "type")
		var others []any
		for _, one := range types {
			if one == "null" {
				out["nullable"] = true
			} else {
				others = append(others, one)
			}
		}
		if len(others) == 1 {
			out["type"] = others[0]
			return out
		}
		delete(out, "items")    // of several types, one is a list
		delete(out, "nullable") // without a type anything goes
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = to30(v[i])
		}
		return out
	}
	return v
}
