package looker_test

import (
	"crypto/tls"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/looker"
)

func TestValuesThatAreNotInForceAreNotShown(t *testing.T) {
	w := newFurnishedWorld(t)
	now := directory.InstantOf(at())
	hour := directory.Instant(time.Hour.Milliseconds())
	w.do(
		directory.AddMember{Group: 3, User: 5}, directory.AddMember{Group: 4, User: 5},
		directory.SetGroupValue{Group: 3, Attribute: 14, Value: directory.Value{Text: "past"},
			Window: &directory.Window{ExpiresAt: now - hour}},
		directory.SetGroupValue{Group: 4, Attribute: 14, Value: directory.Value{Text: "future"},
			Window: &directory.Window{StartsAt: now + hour}},
		directory.SetUserValue{User: 5, Attribute: 14, Value: directory.Value{Text: "own"},
			Window: &directory.Window{StartsAt: now + hour}},
	)
	if got, want := w.get("admin",
		"/users/5/attribute_values?user_attribute_ids=14&all_values=true&fields=value").body, `[{"value":"emea"}]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	w.must("admin", "PATCH", "/users/5/attribute_values/14", `{"value":"now"}`)
	if got, want := w.get("admin",
		"/users/5/attribute_values?user_attribute_ids=14&fields=value").body, `[{"value":"now"}]`; got != want {
		t.Errorf("after a write of this dialect: %s, want %s", got, want)
	}
}

// TestLimitsAreAskedBeforeAndAfterTheCallerIsKnown.
func TestLimitsAreAskedBeforeAndAfterTheCallerIsKnown(t *testing.T) {
	var asked []directory.UserID
	refuse := directory.UserID(-1)
	w := newWorld(t, func(c *looker.Config) {
		c.Limit = func(from netip.Addr, caller directory.Caller) error {
			if asked = append(asked, caller.User); !from.IsValid() {
				t.Error("no address was given")
			}
			if caller.User == refuse {
				return &directory.Error{Kind: directory.KindTooMany, Msg: "try again in 3 seconds", RetryAfter: 3 * time.Second}
			}
			return nil
		}
	})
	if r := w.get("ordinary", "/user"); r.status != 200 || len(asked) != 2 || asked[0] != 0 || asked[1] != 3 {
		t.Errorf("%d, asked about %v", r.status, asked)
	}
	refuse = 3
	if r := w.get("ordinary", "/user"); r.status != 429 || r.header.Get("Retry-After") != "3" {
		t.Errorf("the caller is over its limit: %d %s", r.status, r.body)
	}
	refuse = 0
	for _, target := range []string{"/user", "/versions", "/alive"} {
		if r := w.get("none", target); r.status != 429 {
			t.Errorf("the address is over its limit: %s %d", target, r.status)
		}
	}
}

// TestRepliesNameTheRevisionAtWhichTheyAreTrue.
func TestRepliesNameTheRevisionAtWhichTheyAreTrue(t *testing.T) {
	w := newWorld(t)
	before := w.get("admin", "/groups").header.Get("Cohort-Revision")
	made := w.must("admin", "POST", "/groups", `{"name":"New"}`).header.Get("Cohort-Revision")
	after := w.get("admin", "/groups").header.Get("Cohort-Revision")
	if before == made || made != after || after == "" {
		t.Errorf("before %q, of the change %q, after %q", before, made, after)
	}
}

// TestAddressesInRepliesAreThoseTheCallerUsed if nothing else was configured.
func TestAddressesInRepliesAreThoseTheCallerUsed(t *testing.T) {
	w := newWorld(t, func(c *looker.Config) { c.BaseURL = "" })
	for host, want := range map[string]string{"cohort:8443": "http://cohort:8443", "evil.example": "http://localhost",
		"": "http://localhost"} {
		r := httptest.NewRequest("GET", "/versions", nil)
		r.Host = host
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if got := object(t, rec.Body.String())["api_server_url"]; got != want {
			t.Errorf("host %q: %v, want %s", host, got, want)
		}
		r.TLS = &tls.ConnectionState{}
		rec = httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if got := object(t, rec.Body.String())["api_server_url"]; host != "" &&
			got != strings.Replace(want, "http:", "https:", 1) {
			t.Errorf("host %q with TLS: %v", host, got)
		}
	}
}

// TestRolesOfGroupsAreShownWithTheirSets to whoever searches for groups.
func TestRolesOfGroupsAreShownWithTheirSets(t *testing.T) {
	w := newFurnishedWorld(t)
	w.do(directory.SetGroupRoles{Group: 2, Roles: []directory.RoleID{directory.AdminRole}})
	w.get("admin", "/groups/search/with_roles?id=2") // has all that the description says
	got := w.get("admin", "/groups/search/with_roles?id=2"+
		"&fields=roles(id,name,can,permission_set(id,all_access),model_set(id))").body
	want := `[{"roles":[{"can":{"index":true,"show":true,"update":true},"id":"2","name":"Admin","permission_set":{"id":"1","all_access":true},"model_set":{"id":"1"}}]}]`
	if diff := cmp.Diff(object(t, `{"x":`+want+`}`), object(t, `{"x":`+got+`}`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.get("admin", "/groups/search/with_hierarchy?id=2&fields=role_ids").body; got != `[{"role_ids":["2"]}]` {
		t.Errorf("role_ids: %s", got)
	}
}

// TestListsAreWrittenAsTheyAreShown: as filters that match elements, and nothing
// else.
func TestListsAreWrittenAsTheyAreShown(t *testing.T) {
	w := newFurnishedWorld(t)
	w.do(directory.CreateAttribute{Name: "regions", Type: directory.TypeList, Rule: directory.RuleUnion})
	for _, target := range []string{"/groups/2/attribute_values/15", "/users/5/attribute_values/15",
		"/user_attributes/15"} {
		field, member := "value", "value"
		if target == "/user_attributes/15" {
			field, member = "default_value", "default_value"
		}
		body := func(text string) string { return toJSON(map[string]any{member: text}) }
		for text, want := range map[string]string{`a, "NULL"`: `a,"NULL"`, `a\,b,c^_d`: `"a,b","c_d"`,
			`"say \"x\""`: `"say \"x\""`} {
			got := object(t, w.must("admin", "PATCH", target, body(text)).body)
			if got[field] != want {
				t.Errorf("%s with %s shows %v, want %s", target, text, got[field], want)
			}
		}
		for _, text := range []string{"a,NULL", "-a", "a%", `"a`, "a,"} {
			if got := w.send("admin", "PATCH", target, body(text), nil); got.status != 422 ||
				!strings.Contains(got.body, `"field":"`+field+`"`) {
				t.Errorf("%s with %s: %d %s", target, text, got.status, got.body)
			}
		}
	}
}
