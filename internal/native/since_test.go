package native_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// TestAnExplanationSaysSinceWhen asks which change set each candidate.
func TestAnExplanationSaysSinceWhen(t *testing.T) {
	w := newWorld(t)
	w.do(directory.SetGroupValue{Group: 2, Attribute: 14, Value: directory.Value{Text: "europe"}})
	done := w.do(directory.SetUserValue{User: 2, Attribute: 14, Value: directory.Value{Text: "own"}})
	own := fmt.Sprintf(`"since":{"revision":%d,"at":"`, done.Revision)
	for _, path := range []string{"/v1/users/2/effective/region", "/v1/groups/2/effective/region"} {
		if got := w.send("admin", "GET", path, "", nil); got.status != 200 || strings.Contains(got.body, `"since"`) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		got := w.send("admin", "GET", path+"?since=true", "", nil)
		if got.status != 200 || !strings.Contains(got.body, `"since"`) ||
			strings.Contains(got.body, own) != strings.Contains(path, "users") {
			t.Errorf("%s since: %d %s", path, got.status, got.body)
		}
		if got := w.send("admin", "GET", path+"?since=when", "", nil); got.status != 400 {
			t.Errorf("%s since when: %d %s", path, got.status, got.body)
		}
	}
	if got := w.send("ordinary", "GET", "/v1/users/2/effective/region?since=true", "", nil); got.status != 403 {
		t.Errorf("without see_history: %d %s", got.status, got.body)
	}
}
