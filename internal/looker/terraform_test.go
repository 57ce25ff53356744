package looker_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/effort"
)

// A plan is what a provider does, in its order: requests with the names of
// ids in braces, which earlier replies have given.
type plan struct {
	w   *world
	ids map[string]string
}

func newPlan(t testing.TB) *plan { return &plan{newWorld(t), map[string]string{}} }

func (p *plan) fill(s string) string {
	for name, id := range p.ids {
		s = strings.ReplaceAll(s, "{"+name+"}", id)
	}
	return s
}

// do sends a request that must be answered with a status. If as is not empty
// the id in the reply is remembered under that name.
func (p *plan) do(as, method, path, body string, status int) string {
	p.w.t.Helper()
	got := p.w.send("admin", method, p.fill(path), p.fill(body), nil)
	if got.status != status {
		p.w.t.Fatalf("%s %s %s: %d %s, want %d", method, p.fill(path), p.fill(body), got.status, got.body, status)
	}
	if as != "" {
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(got.body), &made); err != nil ||
			!regexp.MustCompile(`^[0-9]+$`).MatchString(made.ID) {
			p.w.t.Fatalf("%s %s: the id %q is no decimal number, %v", method, path, made.ID, err)
		}
		p.ids[as] = made.ID
	}
	return got.body
}

// same reads a path and wants what is there to be what was written.
func (p *plan) same(path string, want map[string]any) {
	p.w.t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(p.do("", "GET", path, "", 200)), &got); err != nil {
		p.w.t.Fatal(err)
	}
	for name, value := range want {
		if toJSON(got[name]) != toJSON(value) {
			p.w.t.Errorf("%s: %s is %s, was written as %s", path, name, toJSON(got[name]), toJSON(value))
		}
	}
}

// apply makes one of each kind that providers manage.
func (p *plan) apply() {
	p.w.t.Helper()
	p.do("permissions", "POST", "/permission_sets", `{"name":"tf permissions","permissions":["see_looks","access_data"]}`,
		200)
	p.do("models", "POST", "/model_sets", `{"name":"tf models","models":["b","a"]}`, 200)
	p.do("role", "POST", "/roles", `{"name":"tf role","permission_set_id":"{permissions}","model_set_id":"{models}"}`, 200)
	p.do("parent", "POST", "/groups", `{"name":"tf parent"}`, 200)
	p.do("child", "POST", "/groups", `{"name":"tf child"}`, 200)
	p.do("user", "POST", "/users", `{"first_name":"Terra","last_name":"Form"}`, 200)
	p.do("", "POST", "/users/{user}/credentials_email", `{"email":"terra@example.com"}`, 200)
	p.do("key", "POST", "/users/{user}/credentials_api3", "", 200)
	p.do("", "POST", "/groups/{parent}/groups", `{"group_id":{child}}`, 200)
	p.do("", "POST", "/groups/{child}/users", `{"user_id":{user}}`, 200)
	p.do("attribute", "POST", "/user_attributes",
		`{"name":"tf_attr","label":"tf attr","type":"advanced_filter_number","default_value":"","value_is_hidden":false,"user_can_view":true,"user_can_edit":false}`, 200)
	p.do("", "PATCH", "/groups/{parent}/attribute_values/{attribute}", `{"value":"<0, >=0, NULL"}`, 200)
	p.do("", "PATCH", "/users/{user}/attribute_values/{attribute}", `{"value":"7"}`, 200)
	p.do("", "PUT", "/users/{user}/roles", `["{role}"]`, 200)
	p.do("", "PUT", "/roles/{role}/groups", `["{parent}"]`, 200)
}

func TestTerraformReadsBackWhatItWrote(t *testing.T) {
	p := newPlan(t)
	p.apply()
	p.same("/permission_sets/{permissions}",
		map[string]any{"name": "tf permissions", "permissions": []string{"access_data", "see_looks"}})
	p.same("/model_sets/{models}", map[string]any{"name": "tf models", "models": []string{"a", "b"}})
	p.same("/groups/{parent}", map[string]any{"name": "tf parent", "external_group_id": nil})
	p.same("/users/{user}", map[string]any{"first_name": "Terra", "last_name": "Form", "email": "terra@example.com",
		"is_disabled": false})
	p.same("/users/{user}/credentials_email", map[string]any{"email": "terra@example.com"})
	p.same("/user_attributes/{attribute}", map[string]any{"name": "tf_attr", "label": "tf attr",
		"type": "advanced_filter_number", "user_can_view": true})
	for path, want := range map[string]string{
		"/users/{user}/roles?fields=id&direct_association_only=true":                            `[{"id":"{role}"}]`,
		"/roles/{role}/groups?fields=id":                                                        `[{"id":"{parent}"}]`,
		"/groups/{child}/users?fields=id":                                                       `[{"id":"{user}"}]`,
		"/groups/{parent}/groups?fields=id":                                                     `[{"id":"{child}"}]`,
		"/users/{user}/attribute_values?user_attribute_ids={attribute}&fields=value,source":     `[{"source":"User Setting","value":"7"}]`,
		"/user_attributes/{attribute}/group_values?fields=value":                                `[{"value":"<0, >=0, NULL"}]`,
		"/groups/search/with_hierarchy?id={parent},{child}&fields=id,parent_group_ids&sorts=id": `[{"id":"{parent}","parent_group_ids":["1"]},{"id":"{child}","parent_group_ids":["1","{parent}"]}]`,
	} {
		var got, wanted any
		if err := json.Unmarshal([]byte(p.do("", "GET", path, "", 200)), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(p.fill(want)), &wanted); err != nil {
			t.Fatal(err)
		}
		if toJSON(got) != toJSON(wanted) {
			t.Errorf("%s: %s, want %s", p.fill(path), toJSON(got), toJSON(wanted))
		}
	}
}

// TestTerraformSendsWholeObjectsBack: one provider changes a member of what it
// read and sends all of it, with what is read-only and ids of others.
func TestTerraformSendsWholeObjectsBack(t *testing.T) {
	p := newPlan(t)
	p.apply()
	for path, change := range map[string][2]string{
		"/groups/{child}":                 {"name", "tf child 2"},
		"/user_attributes/{attribute}":    {"label", "tf attr 2"},
		"/users/{user}":                   {"last_name", "Formed"},
		"/roles/{role}":                   {"name", "tf role 2"},
		"/permission_sets/{permissions}":  {"name", "tf permissions 2"},
		"/model_sets/{models}":            {"name", "tf models 2"},
		"/users/{user}/credentials_email": {"email", "terra2@example.com"},
	} {
		var whole map[string]any
		if err := json.Unmarshal([]byte(p.do("", "GET", path, "", 200)), &whole); err != nil {
			t.Fatal(err)
		}
		whole[change[0]] = change[1]
		p.do("", "PATCH", path, toJSON(whole), 200)
		p.same(path, map[string]any{change[0]: change[1]})
	}
	list := p.do("", "GET", "/user_attributes/{attribute}/group_values", "", 200)
	p.do("", "POST", "/user_attributes/{attribute}/group_values", list, 200)
	p.do("", "POST", "/user_attributes/{attribute}/group_values",
		`[{"group_id":"{child}","value":"1"},{"group_id":{parent},"value":"2","name":"unknown","user_attribute_id":"999"}]`,
		200)
	p.do("", "POST", "/user_attributes/{attribute}/group_values", `[]`, 200)
	if got := p.do("", "GET", "/user_attributes/{attribute}/group_values", "", 200); got != "[]" {
		t.Errorf("after all were removed: %s", got)
	}
}

// TestTerraformDestroysInAnyOrder: every order of destruction ends with nothing
// left. What went along with something else is 404, which providers take for
// done. Only sets go after the role that is made of them, as its reference to
// them says.
func TestTerraformDestroysInAnyOrder(t *testing.T) {
	effort.Check(t, 20, func(r *rapid.T) {
		p := newPlan(t)
		p.apply()
		order := rapid.Permutation([][2]string{
			{"DELETE", "/groups/{parent}/attribute_values/{attribute}"},
			{"DELETE", "/users/{user}/attribute_values/{attribute}"},
			{"DELETE", "/groups/{child}/users/{user}"}, {"DELETE", "/groups/{parent}/groups/{child}"},
			{"DELETE", "/user_attributes/{attribute}"}, {"DELETE", "/groups/{parent}"}, {"DELETE", "/groups/{child}"},
			{"DELETE", "/users/{user}/credentials_email"}, {"DELETE", "/users/{user}/credentials_api3/{key}"},
			{"DELETE", "/users/{user}"},
			{"PUT", "/users/{user}/roles"}, {"PUT", "/roles/{role}/groups"}, {"DELETE", "/roles/{role}"},
		}).Draw(r, "order")
		order = append(order, rapid.Permutation([][2]string{{"DELETE", "/permission_sets/{permissions}"},
			{"DELETE", "/model_sets/{models}"}}).Draw(r, "sets")...)
		for _, step := range order {
			body := ""
			if step[0] == "PUT" {
				body = "[]"
			}
			got := p.w.send("admin", step[0], p.fill(step[1]), body, nil)
			if got.status/100 != 2 && got.status != 404 {
				r.Fatalf("%s %s: %d %s", step[0], p.fill(step[1]), got.status, got.body)
			}
		}
		for _, path := range []string{
			"/groups/{parent}", "/groups/{child}", "/users/{user}", "/user_attributes/{attribute}", "/roles/{role}",
			"/permission_sets/{permissions}", "/model_sets/{models}", "/users/{user}/credentials_email", "/roles/{role}/groups",
			"/user_attributes/{attribute}/group_values",
		} {
			if got := p.w.get("admin", p.fill(path)); got.status != 404 || !strings.Contains(got.body, "/404/") {
				r.Errorf("%s after all was destroyed: %d %s", p.fill(path), got.status, fmt.Sprint(got.body))
			}
		}
	})
}
