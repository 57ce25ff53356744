package looker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"cohort/internal/directory"
)

// TestALongListIsWhatItsPagesAre: lists that are read and rendered in parts have
// every item once, in order, with the fields that were asked for.
func TestALongListIsWhatItsPagesAre(t *testing.T) {
	w := newWorld(t)
	group := directory.GroupID(w.do(directory.CreateGroup{Name: "Large"}).Results[0].ID)
	const users = 2300
	for from := 0; from < users; from += 1000 {
		var edits []directory.Edit
		for i := from; i < min(users, from+1000); i++ {
			edits = append(edits, directory.CreateUser{FirstName: fmt.Sprint("N", i*7919%users), LastName: "Long"},
				directory.AddMember{Group: group, User: directory.Made[directory.UserID](len(edits))},
				directory.CreateGroup{Name: fmt.Sprint("G", i)})
		}
		w.do(edits...)
	}
	items := func(path string, header string) []json.RawMessage {
		t.Helper()
		r := w.get("admin", path)
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(r.body), &list); err != nil || r.status != http.StatusOK {
			t.Fatalf("%s: %d, %v: %.200s", path, r.status, err, r.body)
		}
		if got := r.header.Get("X-Total-Count"); header != "" && got != header {
			t.Errorf("%s: X-Total-Count is %q, want %q", path, got, header)
		}
		return list
	}
	for _, path := range []string{
		"/users?fields=id,first_name,group_ids", "/users?fields=id&sorts=first_name%20desc",
		"/users?fields=id&sorts=id%20desc",
		"/users/search?last_name=Lon%25&fields=id", "/groups/" + directory.FormatID(group) + "/users?fields=id,email",
		"/groups?fields=id,name", "/users/search?first_name=%255%25&fields=id",
	} {
		var want []json.RawMessage
		for offset := 0; ; offset += 500 {
			page := items(fmt.Sprintf("%s&limit=500&offset=%d", path, offset), "")
			if want = append(want, page...); len(page) == 0 {
				break
			}
		}
		total := fmt.Sprint(len(want))
		same := func(what string, got, want []json.RawMessage) {
			t.Helper()
			if !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
				t.Errorf("%s%s: %d items, want the %d that its pages have", path, what, len(got), len(want))
			}
		}
		same("", items(path, ""), want)
		if len(want) > 1500 {
			same("&limit=1450&offset=20", items(path+"&limit=1450&offset=20", total), want[20:1470])
		}
	}
}
