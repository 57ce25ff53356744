package apicheck_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"cohort/api/apicheck"
)

// value is a group value as it is shown, changed by f.
func value(f func(map[string]any)) string {
	v := map[string]any{
		"can": map[string]bool{}, "id": "1", "group_id": "2", "user_attribute_id": "14",
		"value_is_hidden": false, "rank": 1, "value": "emea",
	}
	f(v)
	text, _ := json.Marshal(v)
	return string(text)
}

func keep(map[string]any) {}

func drop(name string) func(map[string]any) { return func(v map[string]any) { delete(v, name) } }

func set(name string, to any) func(map[string]any) { return func(v map[string]any) { v[name] = to } }

const (
	valuePath = "/api/4.0/groups/2/attribute_values/14"
	link      = `"documentation_url":"http://localhost/r/err/4.0/404/x"`
	detail    = `{"field":"name","code":"invalid","message":"name is empty",` + link + `}`
)

func TestExchanges(t *testing.T) {
	checkers := map[string]*apicheck.Checker{}
	for _, dir := range []string{"", os.Getenv(apicheck.Reference)} {
		t.Setenv(apicheck.Reference, dir)
		checker, err := apicheck.Looker()
		if err != nil {
			t.Fatal(err)
		}
		checkers[dir] = checker
	}
	for _, test := range []struct {
		name, method, path, query string
		status                    int
		body                      string
		header                    http.Header
		wrong                     string // part of what is reported; empty if the exchange is allowed
	}{
		{"a value is shown", "PATCH", valuePath, "", 200, value(keep), nil, ""},
		{"a property may be null", "PATCH", valuePath, "", 200, value(set("value", nil)), nil, ""},
		{"an id is a text", "PATCH", valuePath, "", 200, value(set("id", 1)), nil, "must be a string"},
		{"an id is never null", "PATCH", valuePath, "", 200, value(set("id", nil)), nil, "not nullable"},
		{"nothing is added", "PATCH", valuePath, "", 200, value(set("name", "region")), nil, "name"},
		{"nothing is left out", "PATCH", valuePath, "", 200, value(drop("rank")), nil, "/rank is missing"},
		{"fields leave out", "GET", "/api/4.0/groups/search", "fields=id", 200, `[{"id":"2"}]`, nil, ""},
		{"without fields a list is complete", "GET", "/api/4.0/groups/search", "", 200, `[{"id":"2"}]`, nil, "/0/"},
		{"a literal wins over a parameter", "GET", "/api/4.0/groups/search", "fields=id", 200, `{"id":"2"}`, nil,
			"must be an array"},
		{"a status that is not listed", "GET", "/api/4.0/groups/2", "", 403, `{"message":"no",` + link + `}`, nil,
			"does not list"},
		{"401 is possible everywhere", "GET", "/api/4.0/groups/2", "", 401, `{"message":"no",` + link + `}`, nil, ""},
		{"429 says when to try again", "GET", "/api/4.0/groups/2", "", 429, `{"message":"no",` + link + `}`, nil,
			"Retry-After"},
		{"an error has a link", "GET", "/api/4.0/groups/2", "", 404, `{"message":"no","documentation_url":""}`, nil,
			"documentation_url"},
		{"an error's link stays here", "GET", "/api/4.0/groups/2", "", 404,
			`{"message":"no","documentation_url":"https://cloud.google.com/looker/docs/r/err/4.0/404"}`, nil,
			"documentation_url"},
		{"422 lists fields", "PATCH", valuePath, "", 422, `{"message":"Validation Failed","errors":[` + detail + `],` + link +
			`}`, nil, ""},
		{"404 lists none", "PATCH", valuePath, "", 404, `{"message":"no","errors":[],` + link + `}`, nil, "errors"},
		{"a deletion answers nothing", "DELETE", valuePath, "", 204, "", http.Header{}, ""},
		{"a deletion has no type", "DELETE", valuePath, "", 204, "", nil, "content type"},
		{"an unknown address is not found", "GET", "/api/4.0/nothing", "", 404, `{"message":"no",` + link + `}`, nil, ""},
		{"an unknown address is nothing else", "GET", "/api/4.0/nothing", "", 200, `{}`, nil, "404 or 405"},
		{"a login without a version", "POST", "/api//login", "", 200,
			`{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":null}`, nil, ""},
		{"the session, which the reference lacks", "GET", "/api/4.0/session", "", 200,
			`{"can":{},"workspace_id":"dev","sudo_user_id":null}`, nil, ""},
		{"no JSON", "GET", "/api/4.0/groups/2", "", 404, `not found`, nil, "no JSON"},
		{"no JSON type", "GET", "/api/4.0/groups/2", "", 404, `{}`, http.Header{"Content-Type": {"text/plain"}},
			"content type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for dir, checker := range checkers {
				query, _ := url.ParseQuery(test.query)
				header := test.header
				if header == nil {
					header = http.Header{"Content-Type": {"application/json"}}
				}
				err := checker.Check(apicheck.Exchange{
					Method: test.method, Path: test.path, Query: query,
					Status: test.status, Header: header, Body: []byte(test.body),
				})
				switch {
				case test.wrong == "" && err != nil:
					t.Errorf("reference %q: got %v, want no error", dir, err)
				case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
					t.Errorf("reference %q: got %v, want an error with %q", dir, err, test.wrong)
				}
			}
		})
	}
}

func TestAMissingReferenceIsAFailure(t *testing.T) {
	t.Setenv(apicheck.Reference, t.TempDir())
	if _, err := apicheck.Looker(); err == nil {
		t.Error("got no error, want one")
	}
}
