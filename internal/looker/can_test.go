package looker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cohort/internal/dialect/dialecttest"
)

// A claim is one entry of a member "can": that the caller may, or may not, do
// something to an object.
type claim struct {
	object string // its path
	key    string
	may    bool
}

// claims collects what the replies to a caller say that it may do.
func (w *world) claims(caller string) []claim {
	w.t.Helper()
	var all []claim
	for _, list := range []string{"/users", "/groups", "/user_attributes", "/roles", "/permission_sets", "/model_sets"} {
		var objects []struct {
			ID               string          `json:"id"`
			Can              map[string]bool `json:"can"`
			CredentialsEmail *struct {
				Can map[string]bool `json:"can"`
			} `json:"credentials_email"`
		}
		if err := json.Unmarshal([]byte(w.get(caller, list).body), &objects); err != nil {
			w.t.Fatal(err)
		}
		for _, o := range objects {
			if len(o.Can) == 0 {
				w.t.Errorf("%s/%s has no can", list, o.ID)
			}
			for key, may := range o.Can {
				all = append(all, claim{list + "/" + o.ID, key, may})
			}
			if o.CredentialsEmail != nil {
				for key, may := range o.CredentialsEmail.Can {
					all = append(all, claim{list + "/" + o.ID + "/credentials_email", key, may})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b claim) int { return strings.Compare(a.object+a.key, b.object+b.key) })
	return all
}

// trial is the request that finds out whether a claim is true.
func (c claim) trial() (method, target, body string) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.object, "/"), "/")
	id := c.object[strings.LastIndex(c.object, "/")+1:]
	switch kind + "." + c.key {
	case "users.show", "users.show_details", "groups.show", "user_attributes.show",
		"roles.show", "permission_sets.show", "model_sets.show":
		return "GET", c.object, ""
	case "users.index", "users.index_details", "groups.index", "user_attributes.index",
		"roles.index", "permission_sets.index", "model_sets.index":
		return "GET", "/" + kind + "?fields=id", ""
	case "users.show_creds":
		return "GET", c.object + "/credentials_api3", ""
	case "users.update_creds":
		return "POST", c.object + "/credentials_api3", ""
	case "users.sudo":
		return "POST", "/login/" + id, ""
	case "users.show_password_reset_url":
		return "POST", c.object + "/password_reset", ""
	case "groups.create", "groups.add_to_content_metadata":
		return "POST", "/groups", `{"name":"New","can_add_to_content_metadata":true}`
	case "groups.update", "groups.edit_in_ui":
		return "PATCH", c.object, `{"name":"New"}`
	case "groups.delete", "user_attributes.destroy":
		return "DELETE", c.object, ""
	case "user_attributes.create":
		return "POST", "/user_attributes", `{"name":"new","label":"New","type":"string"}`
	case "roles.update", "permission_sets.update", "model_sets.update":
		return "PATCH", c.object, `{"name":"New"}`
	case "user_attributes.update":
		return "PATCH", c.object, `{"user_can_view":true}`
	case "user_attributes.set_value":
		if id == "11" {
			return "PATCH", "/groups/2/attribute_values/" + id, `{"value":"fr"}`
		}
		return "PATCH", "/groups/2/attribute_values/" + id, `{"value":"5"}`
	case "user_attributes.show_value":
		return "GET", c.object + "/group_values", ""
	}
	return "", "", ""
}

// builtIn are the role and the sets that cannot be changed.
func builtIn() []string { return []string{"/roles/2", "/permission_sets/1", "/model_sets/1"} }

// TestCanAgreesWithTheAnswer tries everything that any reply says about what
// the caller may do, each in a world that is as it was. Users that are disabled and
// tokens that are revoked are shown nothing that could say so; the matrix has
// their answers.
func TestCanAgreesWithTheAnswer(t *testing.T) {
	for _, caller := range []string{"admin", "manager", "ordinary"} {
		t.Run(caller, func(t *testing.T) {
			worlds := dialecttest.Supply[*world]{Make: func() *world { return newFurnishedWorld(t) }}
			list := worlds.World().claims(caller)
			if len(list) == 0 {
				t.Fatal("nothing is claimed")
			}
			for _, c := range list {
				method, target, body := c.trial()
				if method == "" {
					t.Errorf("%s: nothing tries %q", c.object, c.key)
					continue
				}
				got := worlds.World().send(caller, method, target, body, nil)
				worlds.Used(method, got.status)
				if slices.Contains(builtIn(), c.object) && c.key == "update" && c.may {
					if got.status != 405 {
						t.Errorf("%s is built in, but %s answers %d %s", c.object, method, got.status, got.body)
					}
					continue // update is true there, as recorded
				}
				if may := got.status/100 == 2; may != c.may {
					t.Errorf("%s says %s is %v, but %s %s answers %d %s", c.object, c.key, c.may, method, target, got.status, got.body)
				}
			}
		})
	}
}

// TestCanIsLeftOutWithOtherFields: it is not even asked about.
func TestCanIsLeftOutWithOtherFields(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/user", "/groups/1", "/user_attributes/1"} {
		if got := w.get("admin", target+"?fields=id").body; strings.Contains(got, "can") {
			t.Errorf("%s: %s", target, got)
		}
		if got := w.get("admin", target+"?fields=can(show)").body; got != `{"can":{"show":true}}` {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// TestCallersWhoAreNobodyAreShownNothing: what they are answered is an error,
// which holds no can.
func TestCallersWhoAreNobodyAreShownNothing(t *testing.T) {
	w := newWorld(t)
	for _, caller := range []string{"disabled", "revoked", "none"} {
		for _, target := range []string{"/user", "/users", "/groups", "/user_attributes", "/session"} {
			if got := w.get(caller, target); got.status != 401 || strings.Contains(got.body, `"can"`) {
				t.Errorf("%s %s: %s", caller, target, fmt.Sprint(got))
			}
		}
	}
}
