package api_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cohort/api"
)

// A node is a mapping of a document.
type node = map[string]any

var update = flag.Bool("update", false, "write the JSON documents anew")

// The JSON documents are made of the YAML documents: change those, and run
// go test ./api -update.
func TestTheJSONDocumentsAreThoseOfTheYAML(t *testing.T) {
	doc := parse(t, api.Looker())
	for _, test := range []struct {
		file     string
		made     node
		embedded string
	}{
		{"looker.json", doc, api.LookerJSON()},
		{"looker.swagger.json", toSwagger(doc), api.LookerSwagger()},
		{"scim.json", parse(t, api.SCIM()), api.SCIMJSON()},
	} {
		made, err := json.Marshal(test.made)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(test.file, made, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if string(made) != test.embedded {
			t.Errorf("%s is not what the YAML says; run go test ./api -update", test.file)
		}
	}
}

// toSwagger converts the document of the Looker dialect to Swagger 2.0: the
// official Ruby SDK builds its methods from it. Clients read operations without
// following references, so parameters and replies are spelled out in each, and
// path items have no keys but HTTP methods.
func toSwagger(doc node) node {
	c := converter{components: child(doc, "components")}
	paths := node{}
	for path, item := range child(doc, "paths") {
		methods := node{}
		for method, op := range asNode(item) {
			methods[method] = c.operation(asNode(op))
		}
		paths[path] = methods
	}
	return node{
		"swagger":             "2.0",
		"info":                doc["info"],
		"basePath":            asNode(asList(doc["servers"])[0])["url"],
		"tags":                doc["tags"],
		"consumes":            []string{"application/json"},
		"produces":            []string{"application/json"},
		"securityDefinitions": node{"token": node{"type": "apiKey", "in": "header", "name": "Authorization"}},
		"security":            doc["security"],
		"paths":               paths,
		"definitions":         schema(child(c.components, "schemas")),
	}
}

func parse(t *testing.T, text string) (doc node) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// child descends by names. A name that leads nowhere is a mistake in our own
// document, which tests find.
func child(n node, names ...string) node {
	for _, name := range names {
		n = asNode(n[name])
	}
	return n
}

// asNode is a mapping, or an empty one if there is something else.
func asNode(v any) node {
	n, _ := v.(node)
	return n
}

// asList is a list, or an empty one if there is something else.
func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// A converter turns parts of an OpenAPI 3.0 document into Swagger 2.0.
type converter struct {
	components node
}

// resolve follows a reference to a parameter or a reply.
func (c converter) resolve(n node) node {
	ref, ok := n["$ref"].(string)
	if !ok {
		return n
	}
	return child(c.components, strings.Split(strings.TrimPrefix(ref, "#/components/"), "/")...)
}

func (c converter) operation(op node) node {
	out := node{}
	for _, name := range []string{"tags", "operationId", "summary", "security"} {
		if v, ok := op[name]; ok {
			out[name] = v
		}
	}
	parameters := []any{}
	for _, p := range asList(op["parameters"]) {
		parameters = append(parameters, parameter(c.resolve(asNode(p))))
	}
	if body, ok := op["requestBody"].(node); ok {
		parameters = append(parameters, node{
			"name":     "body",
			"in":       "body",
			"required": body["required"] == true,
			"schema":   schema(child(body, "content", "application/json", "schema")),
		})
		out["consumes"] = []string{"application/json"}
	}
	out["parameters"] = parameters
	replies := node{}
	for status, r := range child(op, "responses") {
		r := c.resolve(asNode(r))
		reply := node{"description": r["description"]}
		if _, ok := r["content"]; ok {
			reply["schema"] = schema(child(r, "content", "application/json", "schema"))
		}
		replies[status] = reply
	}
	out["responses"] = replies
	return out
}

// parameter merges the schema of a parameter into it.
func parameter(p node) node {
	out := node{}
	for name, v := range p {
		switch name {
		case "schema":
			maps.Copy(out, schema(asNode(v)))
		case "deprecated":
			out["x-deprecated"] = v
		case "style", "explode": // a list is separated by commas, in both versions
		default:
			out[name] = v
		}
	}
	if out["type"] == "array" {
		out["collectionFormat"] = "csv"
	}
	return out
}

// schema converts a schema, and everything in it.
func schema(n node) node {
	out := node{}
	for name, v := range n {
		switch v := v.(type) {
		case node:
			out[name] = schema(v)
		case string:
			out[name] = v
			if name == "$ref" {
				out[name] = strings.Replace(v, "#/components/schemas/", "#/definitions/", 1)
			}
		case bool:
			out[swaggerNames(name)] = v
		default:
			out[name] = v
		}
	}
	return out
}

// swaggerNames gives the extension that stands for a flag which Swagger 2.0
// does not have.
func swaggerNames(flag string) string {
	if slices.Contains([]string{"nullable", "deprecated"}, flag) {
		return "x-" + flag
	}
	return flag
}
