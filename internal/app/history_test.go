package app_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"cohort/internal/config"
)

// TestAnOrdinaryUserCannotFillTheDisk: whatever the door, what a user's changes add to
// the history in a day ends at its budget, and others go on.
func TestAnOrdinaryUserCannotFillTheDisk(t *testing.T) {
	s := serve(t, config.Flags{"history-budget": "1"})
	ordinary := s.userToken()
	_, me := s.ask("GET", "/v1/me", ordinary, "")
	s.ask("POST", "/v1/changes", s.token,
		`{"edits":[{"edit":"create_attribute","name":"note","type":"string","user_can_view":true,"user_can_edit":true}]}`)
	user := idOf(t, me)
	write := func() answer {
		noise := make([]byte, 45<<10)
		rand.Read(noise)
		resp, body := s.ask("POST", "/v1/changes", ordinary,
			fmt.Sprintf(`{"edits":[{"edit":"set_user_value","user":%q,"attribute":"note","value":%q}]}`, user,
				base64.RawURLEncoding.EncodeToString(noise)))
		if resp.status != http.StatusOK && resp.status != http.StatusTooManyRequests {
			t.Fatalf("%d %s", resp.status, body)
		}
		return resp
	}
	n, resp := 0, write()
	for ; resp.status == http.StatusOK; resp = write() {
		if n++; n > 100 {
			t.Fatal("it is never refused")
		}
	}
	if seconds, err := strconv.Atoi(resp.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 86400 ||
		n < 4 {
		t.Errorf("after %d changes: Retry-After %q", n, resp.header.Get("Retry-After"))
	}
	for _, door := range []struct{ method, path, body string }{
		{"PATCH", "/api/4.0/users/" + user + "/attribute_values/14", `{"value":"x"}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"delete_user_value","user":"` + user + `","attribute":"note"}]}`},
	} {
		if resp, body := s.ask(door.method, door.path, ordinary, door.body); resp.status != http.StatusTooManyRequests {
			t.Errorf("%s %s: %d %s", door.method, door.path, resp.status, body)
		}
	}
	if resp, body := s.ask("GET", "/v1/users/"+user+"/effective", ordinary, ""); resp.status != http.StatusOK {
		t.Errorf("a read: %d %s", resp.status, body)
	}
	s.othersAreServed()
}
