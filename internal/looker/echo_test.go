package looker_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// revision is where the directory stands.
func (w *world) revision() directory.Revision { return w.core.Head().Revision }

// TestWritingBackWhatIsShownChangesNothing: clients read an object, change one
// member and send all of it back. An object that was not changed at all must
// make no change, though this API cannot show all of it.
func TestWritingBackWhatIsShownChangesNothing(t *testing.T) {
	w := newWorld(t)
	values := map[directory.Type]string{
		directory.TypeString: "a", directory.TypeText: "a", directory.TypeInteger: "007", directory.TypeNumber: "1.50",
		directory.TypeYesNo: "Yes", directory.TypeDate: "2026-01-02", directory.TypeDateTime: "2026-01-02T03:04:05Z",
		directory.TypeZipcode: "00501", directory.TypeRelativeURL: "/browse", directory.TypeFilterString: "%, NULL",
		directory.TypeFilterNumber: "<0, >=0, NULL", directory.TypeFilterDateTime: "7 days",
		directory.TypeList: `a^,b, "NULL" ,^"c`,
		directory.TypeEnum: "a", directory.TypeEnumList: `a, "b\"`,
	}
	w.do(directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{}, directory.CreateGroup{Name: "emea"})
	w.must("admin", "PATCH", "/groups/2", `{"can_add_to_content_metadata": false}`)
	paths := []string{"/groups/2", "/groups/3", "/groups/4"}
	id := directory.FirstCustomAttribute
	for _, kind := range directory.Types() {
		value := directory.Value{Text: values[kind]}
		w.do(
			directory.CreateAttribute{Name: "a_" + string(kind), Type: kind, Default: &value, UserCanView: true},
			directory.SetGroupValue{Group: 2, Attribute: id, Value: value},
			directory.SetGroupValue{Group: 3, Attribute: id, Value: value},
		)
		paths = append(paths, fmt.Sprintf("/user_attributes/%d", id), fmt.Sprintf("/user_attributes/%d/group_values", id))
		id++
	}
	w.must("admin", "POST", "/user_attributes",
		`{"name": "key", "label": "Key", "type": "string", "value_is_hidden": true, "hidden_value_domain_whitelist": "a/*", "default_value": "x"}`)
	w.must("admin", "PATCH", fmt.Sprintf("/groups/2/attribute_values/%d", id), `{"value": "s3cret"}`)
	paths = append(paths, fmt.Sprintf("/user_attributes/%d", id), fmt.Sprintf("/user_attributes/%d/group_values", id))
	for attribute := directory.AttrLocale; attribute <= directory.AttrLandingPage; attribute++ {
		paths = append(paths, fmt.Sprintf("/user_attributes/%d", attribute))
	}

	for _, path := range paths {
		before := w.revision()
		shown := w.get("admin", path)
		method := "PATCH"
		if shown.body[0] == '[' {
			method = "POST"
		}
		again := w.must("admin", method, path, shown.body)
		if again.body != shown.body {
			t.Errorf("%s %s answers %s, was %s", method, path, again.body, shown.body)
		}
		if after := w.revision(); after != before {
			t.Errorf("%s %s with %s makes revision %d, was %d", method, path, shown.body, after, before)
		}
		if method == "POST" {
			w.writeBackEach(before, shown.body)
		}
	}
}

// writeBackEach writes every value of a list back, one by one.
func (w *world) writeBackEach(before directory.Revision, list string) {
	w.t.Helper()
	var rows []json.RawMessage
	if err := json.Unmarshal([]byte(list), &rows); err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		var ids struct {
			GroupID         string `json:"group_id"`
			UserAttributeID string `json:"user_attribute_id"`
		}
		if err := json.Unmarshal(row, &ids); err != nil {
			w.t.Fatal(err)
		}
		path := "/groups/" + ids.GroupID + "/attribute_values/" + ids.UserAttributeID
		again := w.must("admin", "PATCH", path, string(row))
		if again.body != string(row) || w.revision() != before {
			w.t.Errorf("PATCH %s with %s answers %s and makes revision %d, was %d", path, row, again.body, w.revision(), before)
		}
	}
}

// FuzzBodies sends anything to everything that takes a body about groups,
// attributes, roles and settings: each reply is one that the vendor documents, and none is our
// fault.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `"x"`, `{"name":"x"}`, `{"name":"x","label":"X","type":"number","default_value":"1"}`,
		`{"name":null,"can":{"a":[{}]}}`, `{"value":"x"}`, `{"value":""}`, `[{"group_id":"2","value":"1","rank":1}]`,
		`[{"group_id":2,"value":"1"},{"group_id":2,"value":"1"}]`, `{"user_id":3}`, `{"group_id":3.5}`, `{"user_id":-1}`,
		`["2",3]`, `[null]`, `{"permission_set_id":2,"model_set":{"id":"1"},"name":"x"}`,
		`{"permissions":["a","a"],"models":null}`,
		`{"min_length":1e3}`, `{"session_minutes":5,"external_user_id":7}`,
		`{"value_is_hidden":true,"hidden_value_domain_whitelist":"*"}`, `{"type":"zipcode"}`, "{\"name\":\"\xff\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld(t)
		w.do(
			directory.CreateGroup{Name: "EMEA"}, directory.CreateGroup{Name: "APAC"},
			directory.CreateAttribute{Name: "budget", Type: directory.TypeNumber},
			directory.SetGroupValue{Group: 2, Attribute: directory.FirstCustomAttribute, Value: directory.Value{Text: "1"}},
		)
		for _, call := range [][2]string{
			{"POST", "/groups"}, {"PATCH", "/groups/2"}, {"POST", "/groups/2/groups"}, {"POST", "/groups/2/users"},
			{"PATCH", "/groups/2/attribute_values/14"}, {"POST", "/user_attributes/14/group_values"},
			{"POST", "/user_attributes"}, {"PATCH", "/user_attributes/14"},
			{"POST", "/roles"}, {"PATCH", "/roles/3"}, {"PUT", "/roles/3/groups"}, {"PUT", "/roles/3/users"},
			{"PUT", "/users/3/roles"},
			{"POST", "/permission_sets"}, {"PATCH", "/permission_sets/2"}, {"POST", "/model_sets"}, {"PATCH", "/model_sets/1"},
			{"PATCH", "/password_config"}, {"PATCH", "/session_config"}, {"POST", "/users/embed_user"},
			{"POST", "/users/3/credentials_totp"},
		} {
			before := w.revision()
			got := w.send("admin", call[0], call[1], body, nil)
			if got.status >= 500 {
				t.Errorf("%s %s with %q is our fault: %s", call[0], call[1], body, got.body)
			}
			if got.status >= 400 && w.revision() != before {
				t.Errorf("%s %s with %q is refused with %d, and half done", call[0], call[1], body, got.status)
			}
		}
	})
}

// FuzzQueries asks lists with anything behind the
// question mark.
func FuzzQueries(f *testing.F) {
	for _, seed := range []string{
		"", "fields=id,name", "fields=a(b(c", "sorts=name%20desc", "limit=2&offset=1", "page=2&per_page=1", "ids=%221,2%22",
		"name=%25a_&filter_or=true", "id=1,2,x", "externally_managed=true", "external_group_id=IS%20NULL", "%zz", "a=%00",
		"limit=2147483647",
	} {
		f.Add(seed)
	}
	w := newWorld(f)
	w.do(directory.CreateGroup{Name: "EMEA"}, directory.CreateAttribute{Name: "budget", Type: directory.TypeNumber})
	f.Fuzz(func(t *testing.T, query string) {
		w := *w
		w.t = t
		if strings.ContainsFunc(query, func(r rune) bool { return r <= ' ' || r == '#' || r >= 0x7f }) {
			return // no client can put it into a request line
		}
		for _, path := range []string{
			"/groups", "/groups/search", "/groups/search/with_roles", "/groups/search/with_hierarchy", "/groups/1/users",
			"/groups/2/groups", "/user_attributes", "/user_attributes/14/group_values",
			"/roles", "/roles/search", "/roles/search/with_user_count", "/permission_sets/search", "/model_sets/search",
			"/user_login_lockouts/search", "/users/search", "/credentials_email/search", "/roles/3/users", "/users/3/roles",
		} {
			if got := w.get("admin", path+"?"+query); got.status != 200 && got.status != 400 {
				t.Errorf("%s?%s answers %d: %s", path, query, got.status, got.body)
			}
		}
	})
}
