package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cohort/internal/app"
	"cohort/internal/config"
)

// TestConstraintsHoldAtEveryDoor sets values through every dialect that an
// attribute's constraints take and do not take, and values that were there
// before.
func TestConstraintsHoldAtEveryDoor(t *testing.T) {
	a := open(t, settings(t, config.Flags{}), app.Options{InMemory: true})
	_, bearer := token(t, a.Handler(), a.Made()[0])
	ask := func(method, path, body string, status int, says ...string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+bearer)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s %s %s: %d %s, want %d", method, path, body, w.Code, w.Body, status)
		}
		for _, s := range says {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s %s %s: %s, want %s in it", method, path, body, w.Body, s)
			}
		}
	}
	ask(http.MethodPost, "/v1/changes", `{"edits":[
		{"edit":"create_attribute","name":"region","type":"enum"},
		{"edit":"create_group","id":"7","name":"G"}, {"edit":"create_group","id":"8","name":"H"},
		{"edit":"set_group_value","group":"7","attribute":"$0","value":"mars"}]}`, 200)
	ask(http.MethodPost, "/v1/changes",
		`{"edits":[{"edit":"update_attribute","attribute":"REGION","allowed":["emea",{"value":"apac","label":"Asia"}],"misfits":"keep"}]}`, 200)
	const attribute = "14"

	ask(http.MethodPatch, "/api/4.0/groups/8/attribute_values/"+attribute, `{"value":"emea"}`, 200)
	ask(http.MethodPatch, "/api/4.0/groups/8/attribute_values/"+attribute, `{"value":"moon"}`, 422, `"field":"value"`,
		"emea, apac")
	ask(http.MethodPatch, "/api/4.0/groups/7/attribute_values/"+attribute, `{"value":"mars"}`, 200)
	ask(http.MethodPatch, "/api/4.0/users/1/attribute_values/"+attribute, `{"value":"apac"}`, 200)
	ask(http.MethodPatch, "/api/4.0/users/1/attribute_values/"+attribute, `{"value":"moon"}`, 422, `"field":"value"`)
	ask(http.MethodPatch, "/api/4.0/user_attributes/"+attribute, `{"default_value":"moon"}`, 422)
	ask(http.MethodGet, "/api/4.0/user_attributes/"+attribute, "", 200, `"hidden_value_domain_whitelist":null`)

	value := func(v string) string { return `[{"name":"region","class":"user","type":"enum","value":"` + v + `"}]` }
	ask(http.MethodPost, "/usergroups/id/8/attributes", value("apac"), 200, `"action":"put"`)
	ask(http.MethodPost, "/usergroups/id/8/attributes", value("moon"), 200, "emea, apac")
	ask(http.MethodGet, "/usergroups/id/8/attributes", "", 200, `"apac"`)
	ask(http.MethodPost, "/usergroups/id/7/attributes", value("mars"), 200, `"action":"put"`)
	ask(http.MethodPost, "/usergroups/bulk/id", `{"usergroups":[
		{"id":8,"name":"H2","attributes":`+value("moon")+`}, {"id":7,"name":"G2","attributes":`+value("emea")+`}]}`, 200,
		`"success":false`, `"success":true`, "emea, apac")
	ask(http.MethodGet, "/usergroups/id/8", "", 200, `"name":"H"`)

	ask(http.MethodPut, "/v1/groups/8/values/REGION", `{"value":"moon"}`, 422, `"field":"value"`)
	ask(http.MethodPost, "/v1/changes",
		`{"edits":[{"edit":"set_user_value","user":"1","attribute":"Region","value":"moon"}]}`, 422, "edits/0/value")
}
