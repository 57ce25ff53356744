package propeller_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/view"
)

// lookerValue is what the Looker dialect shows of a user's value, and its
// source.
func (w *world) lookerValue(user, attribute int) string {
	w.t.Helper()
	reply := w.must("GET", fmt.Sprintf("/api/4.0/users/%d/attribute_values?user_attribute_ids=%d", user, attribute), "")
	var list []struct {
		Value  *string
		Source string
	}
	if err := json.Unmarshal([]byte(reply.body), &list); err != nil || len(list) != 1 {
		w.t.Fatalf("%s: %v", reply.body, err)
	}
	value := "null"
	if list[0].Value != nil {
		value = *list[0].Value
	}
	return value + " from " + list[0].Source
}

// TestAValueSetHereIsSeenByLooker, effective and explained.
func TestAValueSetHereIsSeenByLooker(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/usergroups/bulk/id",
		`{"usergroups":[{"id":10,"name":"Top"},{"id":11,"name":"Low","parent":{"id":10}}]}`)
	w.must("POST", "/users/bulk/id", `{"users":[{"id":50,"firstName":"Ada","parent":{"id":11}}]}`)
	w.must("POST", "/attributes/bulk/name", `[
		{"name":"REGION","class":"user","type":"enum"},{"name":"SLOGAN","class":"user","type":"text"},
		{"name":"LIMIT","class":"user","type":"decimal"},{"name":"BRANDS","class":"user","type":"list"}]`)
	w.must("POST", "/usergroups/id/10/attributes", `[
		{"id":14,"type":"enum","value":"emea"},{"id":15,"type":"text","value":[{"language":"EN","value":"Go"},{"language":"NL","value":"Ga"}]},
		{"id":16,"type":"decimal","value":12.5},{"id":17,"type":"list","value":[{"language":"EN","value":["A","B, C"]}]}]`)
	for attribute, want := range map[int]string{14: "emea", 15: "Go", 16: "12.5", 17: `A,"B, C"`} {
		if got := w.lookerValue(50, attribute); !strings.HasPrefix(got, want+" from Group") {
			t.Errorf("attribute %d: %q, want %q", attribute, got, want)
		}
	}
	x, err := view.New(w.core).As(directory.System("test")).Explain(t.Context(), 50, 14)
	if err != nil || x.Origin != directory.OriginGroup || x.Rule != directory.RuleNearest || len(x.Groups) != 1 ||
		x.Groups[0] != 10 {
		t.Errorf("explained as %+v, %v", x, err)
	}
	w.must("POST", "/usergroups/id/11/attributes", `[{"id":14,"type":"enum","value":"nl"}]`)
	if got := w.lookerValue(50, 14); !strings.HasPrefix(got, "nl from ") {
		t.Errorf("the nearest: %q", got)
	}
	w.must("POST", "/users/id/50/attributes", `[{"id":14,"type":"enum","value":"mine"}]`)
	if got := w.lookerValue(50, 14); !strings.HasPrefix(got, "mine from ") {
		t.Errorf("the user's own: %q", got)
	}
	var group struct {
		Name      string
		UserCount int `json:"user_count"`
	}
	if err := json.Unmarshal([]byte(w.must("GET", "/api/4.0/groups/11", "").body), &group); err != nil ||
		group.Name != "Low" || group.UserCount != 1 {
		t.Errorf("the usergroup is %+v there, %v", group, err)
	}
}

// TestAValueSetThroughLookerIsSeenHere, own, inherited and effective; and what
// is written back there changes nothing of what only this format knows.
func TestAValueSetThroughLookerIsSeenHere(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/usergroups/bulk/id", `{"usergroups":[{"id":12,"name":"Top","budget":"Y"},{"id":13,"name":"Low"}]}`)
	w.must("POST", "/api/4.0/groups/12/groups", `{"group_id":"13"}`)
	w.must("POST", "/api/4.0/user_attributes", `{"name":"region","label":"Region","type":"string"}`)
	w.must("PATCH", "/api/4.0/groups/12/attribute_values/14", `{"value":"emea"}`)
	for path, want := range map[string]string{
		"/usergroups/id/12/attributes":     `{"class":"user","id":14,"name":"REGION","type":"text","value":[{"inherited":false,"language":"EN","value":"emea"}]}`,
		"/usergroups/id/13/attributes":     `{"class":"user","id":14,"name":"REGION","type":"text","value":[{"inherited":true,"language":"EN","value":"emea"}]}`,
		"/usergroups/id/13/effective":      `{"class":"user","id":14,"name":"REGION","origin":"group","type":"text","usergroups":[{"id":12,"name":"Top"}],"value":"emea"}`,
		"/usergroups/id/13?expands=parent": `"parent":{"authorizeId":"","budget":"Y"`,
		"/usergroups/id/12/children":       `"id":13`,
	} {
		if got := w.must("GET", path, ""); !strings.Contains(got.body, want) {
			t.Errorf("%s: %s, want in it %s", path, got.body, want)
		}
	}
	before := w.revision()
	for _, path := range []string{"/api/4.0/groups/12", "/api/4.0/user_attributes/14"} {
		w.must("PATCH", path, w.must("GET", path, "").body)
	}
	w.must("POST", "/usergroups/id/12/attributes",
		`[{"name":"REGION","type":"text","value":[{"language":"EN","value":"emea"}]}]`)
	if after := w.revision(); after != before {
		t.Errorf("writing back made revision %d, was %d", after, before)
	}
	w.must("PATCH", "/api/4.0/groups/12", `{"name":"Europe"}`)
	if got := w.must("GET", "/usergroups/id/12", ""); !strings.Contains(got.body, `"budget":"Y"`) ||
		!strings.Contains(got.body, `"name":"Europe"`) {
		t.Errorf("after a change there: %s", got.body)
	}
}

// TestNumbersAreExact, whatever their size.
func TestNumbersAreExact(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/usergroups", `{"name":"a"}`)
	w.must("POST", "/attributes/bulk/name",
		`[{"name":"N","class":"user","type":"integer"},{"name":"D","class":"user","type":"decimal"}]`)
	for _, number := range []string{"9007199254740992", "9007199254740993", "9007199254740994", "0", "-1"} {
		w.must("POST", "/usergroups/id/2/attributes",
			`[{"name":"N","type":"integer","value":`+number+`},{"name":"D","type":"decimal","value":`+number+`.1}]`)
		w.must("PATCH", "/attributes/name/N", `{"value":`+number+`}`)
		if got := w.must("GET", "/usergroups/id/2/attributes", "").body; !strings.Contains(got, `"value":`+number+`}`) ||
			!strings.Contains(got, `"value":`+number+`.1}`) {
			t.Errorf("%s: %s", number, got)
		}
		if got := w.must("GET", "/attributes/name/N", "").body; !strings.Contains(got, `"value":`+number+`}`) {
			t.Errorf("default %s: %s", number, got)
		}
	}
	w.must("POST", "/usergroups/id/2/pricing",
		`{"products":[{"id":1,"pricing":{"type":"SP","amount":12345678901234567.89}}]}`)
	if got := w.must("GET", "/usergroups/id/2/effective", "").body; !strings.Contains(got,
		`"amount":12345678901234567.89`) {
		t.Errorf("price: %s", got)
	}
}

// TestASecondParentStays: this format shows one parent, and removes none that
// it cannot show.
func TestASecondParentStays(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/usergroups/bulk/id", `{"usergroups":[{"id":10},{"id":11},{"id":12},{"id":13,"parent":{"id":10}}]}`)
	w.do(directory.AddParent{Group: 13, Parent: 11})
	w.must("PATCH", "/usergroups/id/13", `{"parent":{"id":12}}`)
	details, err := view.New(w.core).As(directory.System("test")).GroupDetails(t.Context(), []directory.GroupID{13})
	if err != nil || fmt.Sprint(details[0].Parents) != "[12 11]" {
		t.Errorf("the parents are %v, %v", details, err)
	}
	w.must("PATCH", "/usergroups/id/13", `{"parent":null}`)
	if got := w.must("GET", "/usergroups/id/13?expands=parent", ""); !strings.Contains(got.body, `"id":11,`) {
		t.Errorf("the next parent has not moved up: %s", got.body)
	}
}

// TestTheLoginEmailIsTheOneThatIsShownAndSet.
func TestTheLoginEmailIsTheOneThatIsShownAndSet(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/users", `{"firstName":"Ada","email":"ada@example.com"}`)
	w.must("POST", "/api/4.0/users/4/credentials_email", `{"email":"login@example.com"}`)
	if got := w.must("GET", "/users/id/4", ""); !strings.Contains(got.body, `"email":"login@example.com"`) {
		t.Errorf("shown: %s", got.body)
	}
	w.must("PATCH", "/users/id/4", `{"email":"new@example.com"}`)
	if got := w.must("GET", "/api/4.0/users/4/credentials_email", ""); !strings.Contains(got.body, `"new@example.com"`) {
		t.Errorf("there: %s", got.body)
	}
	if got := w.send("admin", "PATCH", "/users/id/4", `{"email":""}`, nil); got.status != 400 ||
		!strings.Contains(got.body, "10017") {
		t.Errorf("no login e-mail: %d %s", got.status, got.body)
	}
}

// TestLookupValuesRoundTrip: a source id is its exact bytes, whatever stands in
// it.
func TestLookupValuesRoundTrip(t *testing.T) {
	w := newWorld(t)
	for i, id := range []string{
		"a/b", "/", "a//b", "100%", "%2F", "a b", " a ", "a+b", "?x=1&y=2", "#1", ";", "ä/é", "e\u0301", "漢字🙂", "..", ".",
		"\"quoted\"",
		"bulk", "a\nb", strings.Repeat("é/ %", 250), strings.Repeat("🙂", 1000),
	} {
		body, err := json.Marshal(map[string]any{"sourceId": id, "source": "src/%", "name": fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"usergroups", "users"} {
			if kind == "users" {
				body = []byte(strings.Replace(string(body), `"name"`, `"firstName"`, 1))
			}
			w.must("POST", "/"+kind+"/", string(body))
			target := "/" + kind + "/sourceId/" + escape(id)
			for _, path := range []string{target, target + "?source=" + url.QueryEscape("src/%")} {
				got := w.must("GET", path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"expands=sources", "")
				var shown struct {
					Data struct{ Sources []struct{ SourceID string } }
				}
				if err := json.Unmarshal([]byte(got.body), &shown); err != nil || len(shown.Data.Sources) != 1 ||
					shown.Data.Sources[0].SourceID != id {
					t.Errorf("%q: %s, %v", id, got.body, err)
				}
			}
			w.must("PATCH", target, `{}`)
			w.must("GET", target+"/attributes", "")
			w.must("POST", target+"/addresses", `{"type":"home","street":"a","city":"b","country":"NL"}`)
			w.must("DELETE", target+"/", "")
			if got := w.send("admin", "GET", target, "", nil); got.status != 404 ||
				!strings.Contains(got.body, "with sourceId [") {
				t.Errorf("%q, deleted: %d %s", id, got.status, got.body)
			}
		}
	}
}

// escape is how a client writes a value into a path. Dots alone are escaped
// too: URLs give them another meaning.
func escape(s string) string {
	if strings.Trim(s, ".") == "" {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}

// TestWhatIsNoTextNamesNothing: bytes that are no UTF-8, and NUL.
func TestWhatIsNoTextNamesNothing(t *testing.T) {
	w := newWorld(t)
	for _, value := range []string{"%ff", "a%00b", "%c3"} {
		for _, path := range []string{"/usergroups/sourceId/" + value, "/usergroups/id/" + value, "/attributes/name/" + value,
			"/usergroups/sourceId/a?source=" + value} {
			if got := w.send("admin", "GET", path, "", nil); got.status != 404 || !json.Valid([]byte(got.body)) {
				t.Errorf("%s: %d %s", path, got.status, got.body)
			}
		}
	}
}

// TestEverythingIsAlsoBelowAPrefix, with the errors of this server.
func TestBelowAPrefix(t *testing.T) {
	w := newWorld(t, withPrefix)
	w.must("POST", "/propeller/usergroups/", `{"name":"a"}`)
	w.must("GET", "/usergroups/id/2", "")
	got := w.send("admin", "GET", "/propeller/usergroups/id/3", "", nil)
	if !strings.Contains(got.body, `"moreInfo":"https://localhost:19999/docs/errors/20006"`) {
		t.Errorf("%s", got.body)
	}
	if page := w.send("none", "GET", "/propeller/docs/propeller.yaml", "", nil); page.status != 200 ||
		page.header.Get("Content-Type") != "application/yaml" || page.body != "openapi" {
		t.Errorf("%d %s", page.status, page.body)
	}
	if page := newWorld(t).send("none", "GET", "/docs/propeller.yaml", "", nil); page.status != 404 {
		t.Errorf("%d %s", page.status, page.body)
	}
	if page := w.send("none", "GET", "/docs/errors/20006", "", nil); page.status != 200 ||
		!strings.HasPrefix(page.body, "20006 UsergroupNotFound") {
		t.Errorf("%d %s", page.status, page.body)
	}
}

// TestADeletionIsUndoneByRevertingIt: all that hung on the usergroup is there
// again.
func TestADeletionIsUndoneByRevertingIt(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/attributes/bulk/name", `[{"name":"REGION","class":"user","type":"enum"}]`)
	w.must("POST", "/usergroups/bulk/id",
		`{"usergroups":[{"id":10,"name":"Top"},{"id":11,"name":"Middle","parent":{"id":10},"sourceId":"M","source":"erp","budget":"Y","attributes":[{"name":"REGION","type":"enum","value":"NL"}],"addresses":[{"type":"home","street":"a","city":"b","country":"NL"}]},{"id":12,"name":"Low","parent":{"id":11}}]}`)
	w.must("POST", "/users/", `{"firstName":"Ada","parent":{"id":11}}`)
	paths := []string{
		"/usergroups/sourceId/M?expands=sources,parent", "/usergroups/id/11/attributes", "/usergroups/id/11/addresses",
		"/usergroups/id/11/users", "/usergroups/id/11/children", "/users/id/4?expands=parent", "/users/id/4/attributes",
		"/usergroups/id/12?expands=parent", "/usergroups/id/12/effective",
	}
	before := map[string]string{}
	for _, path := range paths {
		before[path] = w.must("GET", path, "").body
	}
	w.must("DELETE", "/usergroups/id/11", "")
	if got := w.must("GET", "/users/id/4?expands=parent", ""); !strings.Contains(got.body, `"parent":null`) {
		t.Errorf("after the deletion: %s", got.body)
	}
	if _, err := history.Revert(t.Context(), view.New(w.core).As(directory.System("test")), w.revision(), ""); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if got := w.must("GET", path, "").body; got != before[path] {
			t.Errorf("%s: %s, was %s", path, got, before[path])
		}
	}
}
