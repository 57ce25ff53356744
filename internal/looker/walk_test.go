package looker_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cohort/api"
	"cohort/api/apicheck"
	"cohort/internal/looker"
)

// A documented operation is one of a description of the API.
type documented struct {
	OperationID string
	RequestBody *struct{}
	method      string
	path        string
}

// documentedOperations are those of the vendor's description, if there is one,
// else of ours, by id.
func documentedOperations(t *testing.T) []documented {
	t.Helper()
	text := []byte(api.LookerJSON())
	if dir := os.Getenv(apicheck.Reference); dir != "" {
		var err error
		if text, err = os.ReadFile(filepath.Join(dir, "looker-4.0.24.6.oas.json")); err != nil {
			t.Fatal(err)
		}
	}
	var doc struct {
		Paths map[string]map[string]documented
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var list []documented
	for path, methods := range doc.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			list = append(list, op)
		}
	}
	slices.SortFunc(list, func(a, b documented) int { return strings.Compare(a.OperationID, b.OperationID) })
	return list
}

// openProbes are the requests of the operations that need no token.
func openProbes() map[string]probe {
	return map[string]probe{
		"login":    {"/login", "client_id=admin-client&client_secret=" + strings.Repeat("admin", 5)},
		"versions": {"/versions", ""},
		"api_spec": {"/api_spec/4.0/swagger.json", ""},
	}
}

// forEverybody are the operations that nobody is refused: they are about the
// caller, or show as much as the caller may see.
func forEverybody() []string {
	return []string{
		"login", "logout", "versions", "api_spec", "session", "update_session",
		"me", "all_users", "search_users", "search_users_names", "search_credentials_email",
		"all_groups", "search_groups", "search_groups_with_roles", "search_groups_with_hierarchy",
		"all_user_attributes", "all_permissions", "all_roles", "search_roles", "search_roles_with_user_count",
		"all_permission_sets", "search_permission_sets", "all_model_sets", "search_model_sets",
	}
}

// contentIDs are the reads of content: what is empty is shown to everybody.
func contentIDs() []string {
	var ids []string
	for _, op := range looker.ContentOperations() {
		ids = append(ids, op[0])
	}
	return ids
}

// noIDs are parameters in paths that name no object.
func noIDs() []string { return []string{"pattern"} }

// TestEveryDocumentedOperationIsWalked sends, for each operation that the
// description has, a request that succeeds, one with each id wrong, one of
// somebody without permission, and one whose body is broken. Every reply is
// checked against the schema of its status.
func TestEveryDocumentedOperationIsWalked(t *testing.T) {
	list := documentedOperations(t)
	if len(list) < 106 {
		t.Errorf("the description has %d operations, want at least 106", len(list))
	}
	table := probes()
	maps.Copy(table, openProbes())
	for _, op := range list {
		p, ok := table[op.OperationID]
		if !ok {
			t.Errorf("%s is missing from the table", op.OperationID)
			continue
		}
		t.Run(op.OperationID, func(t *testing.T) { op.walk(t, p) })
	}
}

// fresh is a world that nothing has happened in yet.
func fresh(t *testing.T) *world {
	w := newFurnishedWorld(t)
	return w
}

func (op documented) walk(t *testing.T, p probe) {
	w := fresh(t)
	if got := w.send("admin", op.method, w.named(p.target), p.body, nil); got.status/100 != 2 {
		t.Errorf("%s %s: %d %s", op.method, p.target, got.status, got.body)
	}
	w = fresh(t)
	for _, target := range op.wrong(w.named(p.target)) {
		if got := w.send("admin", op.method, target, p.body, nil); got.status != 404 {
			t.Errorf("%s %s, a wrong id: %d %s", op.method, target, got.status, got.body)
		}
	}
	got := w.send("ordinary", op.method, w.named(p.target), p.body, nil)
	everybody := slices.Contains(forEverybody(), op.OperationID) || slices.Contains(contentIDs(), op.OperationID)
	refused := got.status == 403 || got.status == 404
	if refused == everybody || !refused && got.status/100 != 2 {
		t.Errorf("%s %s without permission: %d %s", op.method, p.target, got.status, got.body)
	}
	if op.RequestBody == nil && op.OperationID != "login" {
		return
	}
	w = fresh(t)
	before := w.revision()
	for _, body := range []string{`{"name":`, `[`, `"x`} {
		if op.OperationID == "login" && body[0] != '{' {
			continue // it is a form, without what a login needs
		}
		if got := w.send("admin", op.method, w.named(p.target), body, nil); got.status != 400 {
			t.Errorf("%s %s with %s: %d %s", op.method, p.target, body, got.status, got.body)
		}
	}
	if after := w.revision(); after != before {
		t.Errorf("what was refused made revision %d, was %d", after, before)
	}
}

// wrong gives the target with each id replaced by that of nothing, and by what
// is no id.
func (op documented) wrong(target string) []string {
	var list []string
	target, query, _ := strings.Cut(target, "?")
	segments := strings.Split(target, "/")
	for i, name := range strings.Split(op.path, "/") {
		if !strings.HasPrefix(name, "{") || slices.Contains(noIDs(), strings.Trim(name, "{}")) {
			continue
		}
		for _, id := range []string{"987654321", "no-such"} {
			changed := slices.Clone(segments)
			changed[i] = id
			list = append(list, strings.Join(changed, "/")+"?"+query)
		}
	}
	return list
}
