package looker_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The tests of this file are about what is known to break clients that are in
// use, one for each. The one about the URLs in errors is with the errors.

// object reads a JSON object.
func object(t testing.TB, body string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return o
}

// TestBite01TheValueIsTakenFromABodyThatIsReadOnly: the description marks every
// member read-only, and clients send any of these. Ids in the path win.
func TestBite01TheValueIsTakenFromABodyThatIsReadOnly(t *testing.T) {
	w := newFurnishedWorld(t)
	for i, body := range []string{
		`{"value":"V"}`,
		`{"group_id":"2","user_attribute_id":"14","value":"V"}`,
		`{"value":"V","value_is_hidden":false}`,
		`{"id":"999","group_id":"777","user_attribute_id":"888","value":"V","rank":42,"can":{"show":false},"value_is_hidden":true,"name":"foreign"}`,
	} {
		value := "v" + strconv.Itoa(i)
		got := object(t, w.must("admin", "PATCH", "/groups/2/attribute_values/14", strings.ReplaceAll(body, "V", value)).body)
		if got["value"] != value || got["group_id"] != "2" || got["user_attribute_id"] != "14" || got["rank"] != 1.0 ||
			got["value_is_hidden"] != false {
			t.Errorf("%s is answered with %v", body, got)
		}
	}
	if got := w.must("admin", "POST", "/groups/3/groups?fields=id",
		`{"group_id":"4","id":"9","can":{}}`).body; got != `{"id":"4"}` {
		t.Errorf("a nested group is answered with %s", got)
	}
}

// TestBite02IDsAreTextsOfDecimalNumbersAndMayBeSentAsNumbers: one client reads
// them as such and sends them as numbers.
func TestBite02IDsAreTextsOfDecimalNumbersAndMayBeSentAsNumbers(t *testing.T) {
	w := newFurnishedWorld(t)
	decimal := regexp.MustCompile(`^[1-9][0-9]*$`)
	for _, made := range []reply{
		w.must("admin", "POST", "/users", `{}`),
		w.must("admin", "POST", "/groups", `{"name":"New"}`),
		w.must("admin", "POST", "/user_attributes", `{"name":"new","label":"New","type":"string"}`),
		w.must("admin", "POST", "/users/5/credentials_api3", ``),
		w.must("admin", "PATCH", "/groups/4/attribute_values/14", `{"value":"x"}`),
	} {
		if id, _ := object(t, made.body)["id"].(string); !decimal.MatchString(id) {
			t.Errorf("the id in %s is no text of a decimal number", made.body)
		}
	}
	w.must("admin", "POST", "/groups/3/groups", `{"group_id":4}`)
	w.must("admin", "POST", "/groups/3/users", `{"user_id":5}`)
	w.must("admin", "PATCH", "/users/5", `{"home_folder_id":5}`)
	w.must("admin", "POST", "/user_attributes/14/group_values",
		`[{"group_id":2,"value":"x"},{"group_id":"3","value":"y"}]`)
}

// TestBite03LoginsAreAtThePathsThatClientsUse: one sends an empty version, one
// logs out without a version. A redirect would lose the body.
func TestBite03LoginsAreAtThePathsThatClientsUse(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"client_id": {w.keys["admin"][0]}, "client_secret": {w.keys["admin"][1]}}.Encode()
	for _, login := range []string{"/api/4.0/login", "/api/login", "/api//login"} {
		r := w.send("none", "POST", login, form, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		if r.status != 200 {
			t.Fatalf("%s: %d %s", login, r.status, r.body)
		}
		token, _ := object(t, r.body)["access_token"].(string)
		for _, logout := range []string{"/api/4.0/logout", "/api/logout", "/api//logout"} {
			w.tokens["fresh"] = token
			if r := w.get("fresh", "/user?fields=id"); r.status != 200 {
				t.Fatalf("the token of %s is answered with %d", login, r.status)
			}
			if r := w.send("fresh", "DELETE", logout, "", nil); r.status != 204 {
				t.Errorf("%s: %d %s", logout, r.status, r.body)
			}
			if r := w.get("fresh", "/user?fields=id"); r.status != 401 {
				t.Errorf("after %s the token is answered with %d", logout, r.status)
			}
			r := w.send("none", "POST", "/login", form, nil)
			token, _ = object(t, r.body)["access_token"].(string)
		}
	}
}

// TestBite04ListsMayStandInQuotes: the Go client quotes them.
func TestBite04ListsMayStandInQuotes(t *testing.T) {
	w := newWorld(t)
	for _, list := range []string{
		`1,3`, `"1,3"`, `1%2C3`, `%221%2C3%22`, `1,%203`, `1,3,`, `%20,1,,3`, `%221%22,%223%22`, `1&X=3`,
		`%5B%221%22,%20%223%22%5D`, `%5B1%2C3%5D`, `%5B%221%22%5D&X=%5B3%5D`, `%22%5B1,3%5D%22`,
	} {
		named := func(name string) string { return name + "=" + strings.ReplaceAll(list, "X", name) }
		if got, want := w.get("admin", "/users?fields=id&"+named("ids")).body, `[{"id":"1"},{"id":"3"}]`; got != want {
			t.Errorf("ids=%s: %s, want %s", list, got, want)
		}
		if got, want := w.get("admin",
			"/users/3/attribute_values?fields=user_attribute_id&"+named("user_attribute_ids")).body,
			`[{"user_attribute_id":"1"},{"user_attribute_id":"3"}]`; got != want {
			t.Errorf("user_attribute_ids=%s: %s, want %s", list, got, want)
		}
		if got := w.get("admin", "/groups?fields=id&"+named("ids")).body; got != `[{"id":"1"}]` {
			t.Errorf("ids=%s: %s", list, got)
		}
	}
	for _, fields := range []string{
		`%22id,first_name%22`, `%22id%22,%22first_name%22`, `id,%20first_name,`, `id&fields=first_name`,
		`%5B%22id%22,%22first_name%22%5D`, `%5B%22id%22%5D&fields=%5B%22first_name%22%5D`,
	} {
		if got := w.get("admin", "/users/1?fields="+fields).body; got != `{"first_name":"Admin","id":"1"}` {
			t.Errorf("fields=%s: %s", fields, got)
		}
		if got := w.get("admin", "/users?limit=1&sorts="+strings.ReplaceAll(fields, "fields", "sorts")); got.status != 200 {
			t.Errorf("sorts=%s: %d %s", fields, got.status, got.body)
		}
	}
	for _, list := range []string{`%5B1`, `%5B%22x%22%5D`, `x`, `1,x`, `%5B%5B1%5D%5D`, `-1`, `%7B%7D`} {
		for _, target := range []string{"/users?ids=", "/groups?ids=", "/roles?ids=",
			"/users/3/attribute_values?user_attribute_ids="} {
			if got := w.get("admin", target+list); got.status != 400 {
				t.Errorf("%s%s: %d %s", target, list, got.status, got.body)
			}
		}
	}
}

// TestBite05BodiesAreJSONWhateverTheirTypeSays: one client leaks the type of a
// login into the next request; one sends no Accept.
func TestBite05BodiesAreJSONWhateverTheirTypeSays(t *testing.T) {
	w := newWorld(t)
	for _, contentType := range []string{"application/x-www-form-urlencoded", "", "text/plain",
		"application/json; charset=latin-1"} {
		header := http.Header{"Content-Type": {contentType}, "Accept": {"text/html"}}
		if got := w.send("admin", "PATCH", "/users/3?fields=first_name", `{"first_name":"Ada"}`,
			header); got.body != `{"first_name":"Ada"}` {
			t.Errorf("content type %q: %s", contentType, got.body)
		}
	}
}

// TestBite07ABadLoginIsNotFound: clients tell bad credentials from a wrong host
// by a 404 whose URL ends in login. A bad token on other calls is 401.
func TestBite07ABadLoginIsNotFound(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/login", "/api/login", "/api//login"} {
		r := w.send("none", "POST", path, "client_id=x&client_secret=y", nil)
		doc, _ := object(t, r.body)["documentation_url"].(string)
		if r.status != 404 || !strings.HasSuffix(doc, "/r/err/4.0/404/post/login") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	w.tokens["forged"] = "0123456789abcdef"
	if r := w.get("forged", "/user"); r.status != 401 {
		t.Errorf("a forged token: %d %s", r.status, r.body)
	}
}

// TestBite08HiddenValuesAreEmptyAndNeverNull: clients take the text without
// looking whether there is one.
func TestBite08HiddenValuesAreEmptyAndNeverNull(t *testing.T) {
	w := newFurnishedWorld(t)
	attribute := w.must("admin", "POST", "/user_attributes",
		`{"name":"key","label":"Key","type":"string","value_is_hidden":true,"default_value":"s3cret","hidden_value_domain_whitelist":"my_domain/*"}`)
	if got := object(t, attribute.body)["default_value"]; got != "DEFAULT_IS_SET" {
		t.Errorf("the default is shown as %v", got)
	}
	for _, r := range []reply{
		w.must("admin", "PATCH", "/groups/2/attribute_values/15", `{"value":"s3cret"}`),
		w.must("admin", "PATCH", "/users/5/attribute_values/15", `{"value":"s3cret"}`),
	} {
		if got := object(t, r.body); got["value"] != "" || got["value_is_hidden"] != true {
			t.Errorf("a hidden value is answered with %s", r.body)
		}
	}
	for _, target := range []string{
		"/user_attributes/15/group_values", "/users/5/attribute_values?user_attribute_ids=15&all_values=true",
		"/users/3/attribute_values?user_attribute_ids=15", "/user_attributes",
	} {
		if got := w.get("admin", target).body; strings.Contains(got, "s3cret") || strings.Contains(got, `"value":null`) {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// TestBite09SingleObjectsHaveEveryMember: null where there is nothing, and can
// unless it was not asked for. That no other is missing is checked of every
// reply in every test.
func TestBite09SingleObjectsHaveEveryMember(t *testing.T) {
	w := newFurnishedWorld(t)
	for target, members := range map[string][]string{
		"/users/5":                    {"can", "embed_group_folder_id", "ui_state", "credentials_google"},
		"/users/5/credentials_email":  {"can", "logged_in_at"},
		"/users/5/credentials_api3/5": {"can", "is_disabled"},
		"/groups/2":                   {"can", "external_group_id"},
		"/user_attributes/14":         {"can", "default_value", "hidden_value_domain_whitelist"},
	} {
		o := object(t, w.get("admin", target).body)
		for _, name := range members {
			if _, ok := o[name]; !ok {
				t.Errorf("%s has no %s", target, name)
			}
		}
	}
}

// TestBite10APatchChangesWhatItNamesAndNullClears: a name that was cleared
// reads back as the empty text.
func TestBite10APatchChangesWhatItNamesAndNullClears(t *testing.T) {
	w := newWorld(t)
	if got := w.must("admin", "PATCH", "/users/3?fields=first_name,last_name",
		`{"first_name":"Ada"}`).body; got != `{"first_name":"Ada","last_name":"Ordinary"}` {
		t.Errorf("one name changed: %s", got)
	}
	if got := w.must("admin", "PATCH", "/users/3?fields=first_name,last_name",
		`{"first_name":null,"last_name":null}`).body; got != `{"first_name":"","last_name":""}` {
		t.Errorf("names cleared: %s", got)
	}
}

// TestBite11LinksAreAbsoluteAndSplitAtCommas as one client does.
func TestBite11LinksAreAbsoluteAndSplitAtCommas(t *testing.T) {
	w := newWorld(t)
	r := w.get("admin", "/users?fields=id,first_name&limit=1&offset=1&sorts=last_name,+id")
	rels := map[string]string{}
	for part := range strings.SplitSeq(r.header.Get("Link"), ",") {
		m := regexp.MustCompile(`^\s*<(.*)>;\s*rel="(.*)"$`).FindStringSubmatch(part)
		if m == nil {
			t.Fatalf("%q is no link", part)
		}
		u, err := url.Parse(m[1])
		if err != nil || !u.IsAbs() || u.Host == "" || u.Query().Get("fields") != "id,first_name" {
			t.Errorf("%q: %v", m[1], err)
		}
		rels[m[2]] = u.Query().Get("offset")
	}
	if rels["first"] != "0" || rels["last"] != "3" || rels["next"] != "2" || rels["prev"] != "0" ||
		r.header.Get("X-Total-Count") != "4" {
		t.Errorf("offsets %v of %s", rels, r.header.Get("X-Total-Count"))
	}
	if r := w.get("admin", "/users?fields=id"); r.header.Get("Link") != "" || r.header.Get("X-Total-Count") != "" {
		t.Errorf("without a limit there are the headers %v", r.header)
	}
}

// TestBite12TheCallerItselfIsStable around a session as somebody else: one
// client compares all of it.
func TestBite12TheCallerItselfIsStable(t *testing.T) {
	w := newWorld(t)
	before := w.get("admin", "/user").body
	token, _ := object(t, w.must("admin", "POST", "/login/3", "").body)["access_token"].(string)
	w.tokens["sudo"] = token
	if got := w.get("sudo", "/user?fields=id").body; got != `{"id":"3"}` {
		t.Errorf("in the sudo the caller is %s", got)
	}
	if got := object(t, w.get("sudo", "/session").body)["sudo_user_id"]; got != "1" {
		t.Errorf("behind the sudo stands %v", got)
	}
	if r := w.send("sudo", "DELETE", "/logout", "", nil); r.status != 204 {
		t.Errorf("the logout of the sudo: %d", r.status)
	}
	if got := w.get("sudo", "/user").status; got != 401 {
		t.Errorf("after it the token is answered with %d", got)
	}
	if after := w.get("admin", "/user"); after.body != before {
		t.Errorf("the caller was\n%s\nand is\n%s", before, after.body)
	}
}

// TestBite13NothingHasNoTypeAndErrorsAreJSON.
func TestBite13NothingHasNoTypeAndErrorsAreJSON(t *testing.T) {
	w := newFurnishedWorld(t)
	for _, target := range []string{"/groups/2/attribute_values/14", "/users/5/attribute_values/14", "/groups/2/users/5",
		"/groups/3", "/user_attributes/14", "/users/5", "/logout"} {
		r := w.send("admin", "DELETE", target, "", nil)
		if r.status != 204 || r.body != "" || r.header.Get("Content-Type") != "" || r.header.Get("Content-Length") != "" {
			t.Errorf("%s: %d %q %v", target, r.status, r.body, r.header)
		}
	}
	for _, r := range []reply{w.get("none", "/user"), w.get("manager", "/users/99"), w.get("manager", "/nothing"),
		w.send("manager", "PUT", "/users/3", "", nil)} {
		if r.status < 400 || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%d with content type %q", r.status, r.header.Get("Content-Type"))
		}
	}
}

// TestPatternsInPathsArriveInMoreThanOneEncoding: with a plus for a space, or
// with escapes that are none.
func TestPatternsInPathsArriveInMoreThanOneEncoding(t *testing.T) {
	w := newWorld(t)
	w.must("admin", "PATCH", "/users/3", `{"first_name":"John Allen"}`)
	w.must("admin", "POST", "/users/3/credentials_email", `{"email":"ed+fred@example.com"}`)
	for pattern, want := range map[string]string{
		"John%20Allen":            `[{"id":"3"}]`,
		"john+allen":              `[{"id":"3"}]`,
		"john%2Ballen":            `[]`,
		"ed+fred@example.com":     `[{"id":"3"}]`,
		"ed%2Bfred%40example.com": `[{"id":"3"}]`,
		"%25fred%25":              `[{"id":"3"}]`,
		"%ed%2525":                `[]`,
		"%ed+fred@example.com":    `[{"id":"3"}]`,
		"_d+%25":                  `[{"id":"3"}]`,
		"John":                    `[]`,
		"%25nobody%25":            `[]`,
		"a%2Fb":                   `[]`,
	} {
		r := w.get("admin", "/users/search/names/"+pattern+"?fields=id")
		if r.body != want {
			t.Errorf("%s: %d %s, want %s", pattern, r.status, r.body, want)
		}
	}
}
