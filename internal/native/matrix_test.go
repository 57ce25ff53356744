package native_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cohort/internal/dialect/dialecttest"
	"cohort/internal/directory"
	"cohort/internal/native"
)

// bodies are those of the routes that need one, and the query of those that need
// one.
func bodies() map[string]string {
	return map[string]string{
		"POST /v1/effective": `{"users":["2"],"attributes":["region"]}`,
		"POST /v1/changes":   `{"edits":[{"edit":"set_group_value","group":"2","attribute":"region","value":"x"}]}`,
		"POST /v1/preview":   `{"edits":[{"edit":"set_group_value","group":"2","attribute":"region","value":"x"}]}`,

		"PUT /v1/lint/muted/{finding}":                    `{"why":"so"}`,
		"POST /v1/changes/revert":                         `{"request_id":"matrix"}`,
		"POST /v1/changes/{revision}/revert":              `{}`,
		"POST /v1/users":                                  `{"first_name":"New"}`,
		"PATCH /v1/users/{user}":                          `{"first_name":"New"}`,
		"POST /v1/users/{user}/erase":                     `{}`,
		"PUT /v1/users/{user}/values/{attribute}":         `{"value":"x"}`,
		"PUT /v1/users/{user}/roles":                      `{"roles":["3"]}`,
		"POST /v1/users/{user}/credentials":               `{"kind":"api3"}`,
		"POST /v1/users/{user}/sign-in-link":              `{}`,
		"POST /v1/scim/clients":                           `{"name":"entra","profile":"entra"}`,
		"POST /v1/scim/clients/{name}/rotate":             `{}`,
		"POST /v1/scim/clients/{name}/release":            `{"removals":30}`,
		"PATCH /v1/users/{user}/credentials/{credential}": `{"disabled":true}`,
		"PUT /v1/users/{user}/sources/{source}":           `{"id":"9"}`,

		"POST /v1/users/{user}/credentials/{credential}/rotate": `{"old_valid_for_seconds":60}`,

		"POST /v1/groups":                                 `{"name":"New"}`,
		"PATCH /v1/groups/{group}":                        `{"name":"New"}`,
		"PUT /v1/groups/{group}/values/{attribute}":       `{"value":"x"}`,
		"PUT /v1/groups/{group}/roles":                    `{"roles":["3"]}`,
		"PUT /v1/groups/{group}/sources/{source}":         `{"id":"9"}`,
		"POST /v1/attributes":                             `{"name":"new","type":"string"}`,
		"PATCH /v1/attributes/{attribute}":                `{"label":"New"}`,
		"PUT /v1/attributes/{attribute}/values":           `{"values":[]}`,
		"PUT /v1/attributes/{attribute}/sources/{source}": `{"id":"9"}`,
	}
}

// names are what the paths of some routes have instead of what all have.
func names() map[string][]string {
	hidden := []string{"{attribute}", "pin"}
	return map[string][]string{
		"POST /v1/users/{user}/values/{attribute}/reveal":   hidden,
		"POST /v1/groups/{group}/values/{attribute}/reveal": {"{group}", "4", "{attribute}", "pin"},
		"POST /v1/attributes/{attribute}/default/reveal":    hidden,
		"PUT /v1/users/{user}/groups/{group}":               {"{group}", "2"},
		"POST /v1/changes/{revision}/revert":                {"{revision}", "newest"},
		"PUT /v1/groups/{group}/members/{user}":             {"{group}", "2"},
		"PUT /v1/groups/{group}/parents/{parent}":           {"{group}", "4", "{parent}", "3"},
		"GET /v1/groups/{group}/values/{attribute}":         {"{group}", "2"},
		"PUT /v1/groups/{group}/values/{attribute}":         {"{group}", "2"},
		"DELETE /v1/groups/{group}/values/{attribute}":      {"{group}", "2"},
		"DELETE /v1/groups/{group}/parents/{parent}":        {"{group}", "3", "{parent}", "2"},
	}
}

func nativeProbes() map[string]dialecttest.Probe {
	all := map[string]dialecttest.Probe{}
	for _, route := range native.Patterns() {
		method, path, _ := strings.Cut(route, " ")
		if route == "GET /v1/changes/stream" {
			method = "HEAD" // it has no end
		}
		named := append(names()[route], "{user}", "2", "{group}", "3", "{attribute}", "region", "{credential}", "3",
			"{source}", "erp", "{parent}", "2", "{revision}", "4", "{session}", "5", "{client}", "okta", "{name}", "okta",
			"{finding}", "empty_group.g2")
		for i := 0; i < len(named); i += 2 {
			path = strings.ReplaceAll(path, named[i], named[i+1])
		}
		all[route] = dialecttest.Probe{Method: method, Target: path, Body: bodies()[route]}
	}
	return all
}

// routesOfAll are the routes of the matrix: all but those of imports, each of
// which is there for the caller who has uploaded it.
func routesOfAll() []string {
	return slices.DeleteFunc(native.Patterns(), func(route string) bool { return strings.Contains(route, "/v1/imports") })
}

// TestEveryRouteAnswersEveryCallerAsTheMatrixSays has Ada as the caller without
// permissions: what is about user 2 is about herself.
func TestEveryRouteAnswersEveryCallerAsTheMatrixSays(t *testing.T) {
	m := dialecttest.RouteMatrix{
		File: "testdata/matrix.txt", Update: *update, Routes: routesOfAll(),
		Callers: []string{"admin", "support", "ordinary", "none"}, Refused: []string{"none"}, Probes: nativeProbes(),
		World: func(t *testing.T) func(string, dialecttest.Probe) int {
			w := newWorld(t)
			w.do(
				directory.SetSource{Object: directory.GroupID(3).Object(), Source: "erp", SourceID: "3"},
				directory.SetSource{Object: directory.AttributeID(14).Object(), Source: "erp", SourceID: "14"},
				directory.SetUserValue{User: 2, Attribute: 14, Value: directory.Value{Text: "own"}},
				directory.SetUserValue{User: 2, Attribute: 18, Value: directory.Value{Text: "1"}},
				directory.UpdateAttribute{Attribute: 18, Default: &directory.Value{Text: "0"}},
			)
			w.send("admin", "PATCH", "/v1/groups/4", `{"name":"Selling"}`, http.Header{"X-Request-Id": {"matrix"}})
			newest := fmt.Sprint("/", w.core.Head().Revision, "/")
			return func(caller string, p dialecttest.Probe) int {
				p.Target = strings.Replace(p.Target, "/newest/", newest, 1)
				return w.send(caller, p.Method, p.Target, p.Body, nil).status
			}
		},
	}
	m.Check(t)
}
