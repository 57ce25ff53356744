package looker_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cohort/internal/effort"
	"cohort/internal/looker"
)

// TestErrorsNameMembersOfTheBody sends every write its usual body with one
// member that is bad, and every other member beside it: an error names a member
// as it is written, or a part of the path, and never a place inside the change
// that was made of it.
func TestErrorsNameMembersOfTheBody(t *testing.T) {
	members := []string{
		"name", "label", "type", "default_value", "value_is_hidden", "user_can_view", "user_can_edit",
		"hidden_value_domain_whitelist",
		"value", "rank", "group_id", "user_id", "user_attribute_id", "first_name", "last_name", "is_disabled", "locale",
		"home_folder_id",
		"models_dir_validated", "ui_state", "email", "forced_password_reset_at_next_login", "permission_set_id",
		"model_set_id",
		"permission_set", "model_set", "permissions", "models", "can_add_to_content_metadata", "external_user_id",
		"workspace_id",
		"min_length", "session_minutes", "require_numeric", "allow_persistent_sessions",
	}
	long := `"` + strings.Repeat("x", 70_000) + `"`
	bad := []string{`{"a":{"b":1}}`, `[[1]]`, long, `"\u0001"`, `1e999`, `true`, `"edits/0/name"`, `""`, `null`, `-1`}
	operations, _ := looker.Operations()
	w := newFurnishedWorld(t)
	refused := map[string]int{}
	for _, op := range operations {
		p := probes()[op[0]]
		method, _, _ := strings.Cut(op[1], " ")
		if method == "GET" || p.body == "" {
			continue
		}
		for _, member := range members {
			tried := bad
			if !strings.Contains(p.body, `"`+member+`"`) && !effort.All() {
				tried = bad[:2] // the probe does not have it, and mostly neither has the operation
			}
			for _, value := range tried {
				for _, field := range w.fieldsBlamed(method, w.named(p.target), bodyWith(t, p.body, member, value)) {
					refused[op[0]]++
					allowed := slices.Contains(members, field) || strings.Contains(op[1], "{"+field+"}") ||
						strings.HasPrefix(field, "ui_state/")
					if !allowed {
						t.Errorf("%s with %s of %.40s blames %q", op[0], member, value, field)
					}
				}
			}
		}
	}
	if len(refused) < 10 {
		t.Errorf("only %v refused anything", slices.Sorted(maps.Keys(refused)))
	}
}

// bodyWith is a body, an object or a list of objects, with a member set.
func bodyWith(t *testing.T, body, member, value string) string {
	t.Helper()
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &object) == nil {
		object[member] = json.RawMessage(value)
		return toJSON(object)
	}
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 || list[0][0] != '{' {
		return fmt.Sprintf(`[%s]`, value)
	}
	return "[" + bodyWith(t, string(list[0]), member, value) + "]"
}

var places = regexp.MustCompile(`edits/|items/|\d+/`)

// fieldsBlamed sends a request and returns the fields that its errors name. The
// world is the same for all: what is accepted does not matter.
func (w *world) fieldsBlamed(method, target, body string) []string {
	w.t.Helper()
	got := w.send("admin", method, target, body, nil)
	if got.status >= 500 {
		w.t.Errorf("%s %s %.200s: %d", method, target, body, got.status)
	}
	var reply struct {
		Message string
		Errors  []struct {
			Field, Message string
		}
	}
	if got.status < 400 || json.Unmarshal([]byte(got.body), &reply) != nil {
		return nil
	}
	if places.MatchString(reply.Message) {
		w.t.Errorf("%s %s %.100s: %s", method, target, body, reply.Message)
	}
	var fields []string
	for _, e := range reply.Errors {
		if places.MatchString(e.Message) {
			w.t.Errorf("%s %s %.100s: %s", method, target, body, e.Message)
		}
		if e.Field != "" {
			fields = append(fields, e.Field)
		}
	}
	return fields
}
