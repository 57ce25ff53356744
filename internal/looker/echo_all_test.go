package looker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/effort"
)

// TestEveryObjectWrittenBackChangesNothing is the law of echo for all that
// this API shows: in random directories every object of every list is read and
// written back, whole or as the list of its ids, by each PATCH, PUT and
// list-replacing POST that there is for it. No revision is made. A directory takes
// some fifty requests.
func TestEveryObjectWrittenBackChangesNothing(t *testing.T) {
	effort.Check(t, 12, func(r *rapid.T) {
		w := newFurnishedWorld(t)
		w.scatter(r)
		before := w.revision()
		for _, e := range w.echoes() {
			body := e.body(w.get("admin", e.read).body)
			got := w.send("admin", e.method, e.write, body, nil)
			if got.status != 200 {
				r.Errorf("%s %s with %s: %d %s", e.method, e.write, body, got.status, got.body)
			}
			if after := w.revision(); after != before {
				r.Fatalf("%s %s with what %s shows, %s, makes revision %d, was %d", e.method, e.write, e.read, body, after, before)
			}
		}
	})
}

// scatter puts random state into everything that is written back later.
func (w *world) scatter(r *rapid.T) {
	w.t.Helper()
	name := func(of string) string { return of + rapid.StringMatching(`[A-Za-zé_% ]{0,6}[a-z]`).Draw(r, of) }
	yes := func(of string) bool { return rapid.Bool().Draw(r, of) }
	ids := func(of string, list ...string) string {
		return toJSON(rapid.SliceOfDistinct(rapid.SampledFrom(list), rapid.ID).Draw(r, of))
	}
	w.do(
		directory.SetUserValue{User: 5, Attribute: directory.AttrLocale, Value: directory.Value{Text: "de"}},
		directory.CreateAttribute{Name: "secret", Type: directory.TypeString, Hidden: true},
		directory.SetGroupValue{Group: 2, Attribute: 15, Value: directory.Value{Text: "x"}},
	)
	for _, write := range [][3]string{
		{"PATCH", "/users/5", fmt.Sprintf(`{"first_name":%q,"last_name":%q,"is_disabled":%v}`, name("first"), name("last"),
			yes("disabled"))},
		{"PATCH", "/users/5", fmt.Sprintf(`{"home_folder_id":"%d","ui_state":{"a":"b"},"models_dir_validated":%v}`,
			rapid.IntRange(1, 3).Draw(r, "home"), yes("models"))},
		{"PATCH", "/users/5/credentials_email", fmt.Sprintf(`{"forced_password_reset_at_next_login":%v}`, yes("forced"))},
		{"PATCH", "/groups/2", fmt.Sprintf(`{"name":%q,"can_add_to_content_metadata":%v}`, name("group"), yes("content"))},
		{"PATCH", "/user_attributes/14", fmt.Sprintf(`{"label":%q,"user_can_view":%v,"default_value":%q}`, name("label"),
			yes("view"), name("default"))},
		{"PATCH", "/permission_sets/3", fmt.Sprintf(`{"name":%q,"permissions":%s}`, name("set"),
			ids("permissions", "explore", "see_users", "sudo", "x"))},
		{"PATCH", "/model_sets/2", fmt.Sprintf(`{"name":%q,"models":%s}`, name("models"), ids("model", "a", "b", "B"))},
		{"PATCH", "/roles/3", fmt.Sprintf(`{"name":%q,"model_set_id":%d}`, name("role"),
			rapid.IntRange(1, 2).Draw(r, "model set"))},
		{"PUT", "/roles/3/groups", ids("role groups", "2", "3", "4")},
		{"PUT", "/roles/3/users", ids("role users", "2", "3", "4", "5")},
		{"PATCH", "/password_config", fmt.Sprintf(`{"min_length":%d,"require_special":%v}`,
			rapid.IntRange(7, 100).Draw(r, "length"), yes("special"))},
		{"PATCH", "/session_config", fmt.Sprintf(`{"session_minutes":%d,"allow_persistent_sessions":%v}`,
			rapid.IntRange(5, 43200).Draw(r, "minutes"), yes("persistent"))},
	} {
		w.must("admin", write[0], write[1], write[2])
	}
	if yes("all forced") {
		w.must("admin", "PUT", "/password_config/force_password_reset_at_next_login_for_all_users", "")
	}
}

// An echo is something that is shown and how it is written back.
type echo struct {
	read, method, write string
	body                func(shown string) string
}

// echoes are all that there are in a world.
func (w *world) echoes() []echo {
	whole := func(shown string) string { return shown }
	list := []echo{
		{"/password_config", "PATCH", "/password_config", whole},
		{"/session_config", "PATCH", "/session_config", whole},
		{"/session", "PATCH", "/session", whole},
		{"/users/5/credentials_email", "PATCH", "/users/5/credentials_email", whole},
	}
	for _, id := range w.ids("/users") {
		user := "/users/" + id
		list = append(list,
			echo{user, "PATCH", user, withoutInherited(w, id)},
			echo{user + "/roles?direct_association_only=true", "PUT", user + "/roles", w.idsIn})
		for _, row := range w.rows(user + "/attribute_values?fields=user_attribute_id,source") {
			if value := user + "/attribute_values/" + row["user_attribute_id"].(string); row["source"] == "User Setting" {
				list = append(list, echo{user + "/attribute_values?user_attribute_ids=" + row["user_attribute_id"].(string),
					"PATCH", value, first})
			}
		}
	}
	for _, id := range w.ids("/groups") {
		if id != "1" { // All Users cannot be written
			list = append(list, echo{"/groups/" + id, "PATCH", "/groups/" + id, whole})
		}
	}
	for _, row := range w.rows("/user_attributes?fields=id,is_system") {
		path := "/user_attributes/" + row["id"].(string)
		if row["is_system"] == true {
			continue
		}
		list = append(list, echo{path, "PATCH", path, whole}, echo{path + "/group_values", "POST", path + "/group_values",
			whole})
		for _, value := range w.rows(path + "/group_values") {
			at := "/groups/" + value["group_id"].(string) + "/attribute_values/" + row["id"].(string)
			text := toJSON(value)
			list = append(list, echo{path + "/group_values", "PATCH", at, func(string) string { return text }})
		}
	}
	for _, kind := range []string{"/roles", "/permission_sets", "/model_sets"} {
		for _, row := range w.rows(kind) {
			path := kind + "/" + row["id"].(string)
			if can, _ := row["can"].(map[string]any); can["update"] == true &&
				!slices.Contains(builtIn(), kind+"/"+row["id"].(string)) {
				list = append(list, echo{path, "PATCH", path, whole})
			}
			if kind == "/roles" {
				list = append(list,
					echo{path + "/groups", "PUT", path + "/groups", w.idsIn},
					echo{path + "/users?direct_association_only=true", "PUT", path + "/users", w.idsIn})
			}
		}
	}
	return list
}

// withoutInherited is the user as it is shown, but for a locale that is not its
// own: writing an inherited value sets an own one.
func withoutInherited(w *world, id string) func(string) string {
	return func(shown string) string {
		var user map[string]any
		if err := json.Unmarshal([]byte(shown), &user); err != nil {
			w.t.Fatal(err)
		}
		if id != "5" {
			delete(user, "locale")
		}
		return toJSON(user)
	}
}

// first is the one row of a list.
func first(shown string) string { return strings.TrimSuffix(strings.TrimPrefix(shown, "["), "]") }

func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (w *world) rows(target string) []map[string]any {
	w.t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(w.get("admin", target).body), &rows); err != nil {
		w.t.Fatalf("%s: %v", target, err)
	}
	return rows
}

func (w *world) ids(target string) []string {
	w.t.Helper()
	var ids []string
	for _, row := range w.rows(target) {
		ids = append(ids, row["id"].(string))
	}
	return ids
}

// idsIn are the ids of the objects in a reply, as a list.
func (w *world) idsIn(shown string) string {
	var rows []struct{ ID string }
	if err := json.Unmarshal([]byte(shown), &rows); err != nil {
		w.t.Fatal(err)
	}
	ids := []string{}
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return toJSON(ids)
}
