package scim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// C19, failures 43 and 45: ids are the server's: those of groups and users cannot be
// mistaken for each other, and what a client sends as id is passed over.
func TestC19IdsAreTheServers(t *testing.T) {
	w := newWorld(t)
	made := w.must("okta", "POST", "/Users", `{"id":"1","userName":"a@x.org","externalId":"1"}`)
	if made.get("id") != "5" || made.get("externalId") != "1" {
		t.Errorf("POST with an id: %s", made.body)
	}
	for _, id := range []string{`"id":null,`, `"id":"4711",`, `"id":5,`, `"id":"1",`} {
		if got := w.must("okta", "PUT", "/Users/5", `{`+id+`"userName":"a@x.org","externalId":"1"}`); got.get("id") != "5" {
			t.Errorf("PUT with %s: %s", id, got.body)
		}
	}
	if g := w.must("okta", "POST", "/Groups",
		`{"id":"g99","displayName":"G","members":[{"value":"5"}]}`).get("id"); g != "g2" {
		t.Errorf("POST of a group: %s", g)
	}
	if got := w.must("okta", "PUT", "/Groups/g2", `{"id":"g1","displayName":"H"}`); got.get("id") != "g2" {
		t.Errorf("PUT of a group: %s", got.body)
	}
	for _, path := range []string{"/Users/g2", "/Users/G5", "/Users/05", "/Users/+5", "/Users/5.0", "/Users/0",
		"/Users/-5", "/Users/99999999999999999999", "/Users/%35%00", "/Groups/gg2", "/Groups/g02", "/Groups/g1",
		"/Groups/1"} {
		w.want(404, "", "okta", "GET", path, "")
	}
	for filter, want := range map[string]string{`id eq "5"`: "1", `id eq "05"`: "0", `id eq "g2"`: "0", `id eq "1"`: "0",
		`id eq "2"`: "0"} {
		if got := w.must("okta", "GET", "/Users?filter="+filter, ""); got.get("totalResults") != want {
			t.Errorf("%s: %s", filter, got.body)
		}
	}
	changed := w.must("okta", "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "")
	if strings.Contains(changed.body, `"name":"id"`) &&
		!strings.Contains(changed.body, `"name":"id","type":"string","multiValued":false`) {
		t.Errorf("%s", changed.body)
	}
}

// C21: meta is whole, in every reply, and a client's is passed over.
func TestC21Meta(t *testing.T) {
	w := newWorld(t)
	const theirs = `"meta":{"resourceType":"Group","created":"1999-01-01T00:00:00Z","version":"x","location":"y"},`
	w.must("entra", "POST", "/Users", `{`+theirs+`"userName":"a@x.org"}`)
	w.must("entra", "POST", "/Groups", `{`+theirs+`"displayName":"G"}`)
	w.pass(1500e6)
	for target, kind := range map[string]string{"/Users/5": "User", "/Groups/g2": "Group"} {
		w.must("entra", "PATCH", target, patch(`{"op":"replace","value":{`+theirs+`"externalId":"e-`+kind+`"}}`))
		got := w.must("entra", "GET", target, "")
		for path, want := range map[string]string{
			"meta|resourceType": kind, "meta|created": "2026-01-02T03:04:05.000Z",
			"meta|lastModified": "2026-01-02T03:04:06.500Z",
			"meta|location":     "https://cohort.example/scim/v2" + target, "meta|version": got.header.Get("ETag"),
		} {
			if got.get(path) != want || want == "" {
				t.Errorf("%s: %s is %q, want %q", target, path, got.get(path), want)
			}
		}
		list := w.must("entra", "GET", strings.TrimRight(target, "g0123456789/"), "")
		if list.get("Resources|0|meta") != got.get("meta") {
			t.Errorf("%s: in a list %s", target, list.body)
		}
		w.want(400, "mutability", "entra", "PATCH", target, patch(`{"op":"replace","path":"meta.version","value":"x"}`))
	}
}

// C25: what is said of a member cannot be changed, only the member taken out.
func TestC25AMemberCannotBeChanged(t *testing.T) {
	w := membersWorld(t)
	for _, op := range []string{
		`{"op":"replace","path":"members[value eq \"5\"].value","value":"8"}`,
		`{"op":"add","path":"members[value eq \"5\"].type","value":"Group"}`,
		`{"op":"replace","path":"members[value eq \"5\"]","value":{"display":"x"}}`,
		`{"op":"remove","path":"members[value eq \"5\"].display"}`, `{"op":"replace","path":"members.value","value":"8"}`,
		`{"op":"remove","path":"members.value"}`, `{"op":"replace","value":{"members.value":"8"}}`,
		`{"op":"add","value":{"members.type":"User"}}`,
	} {
		w.want(400, "mutability", "entra", "PATCH", "/Groups/g2", patch(op))
	}
	w.must("entra", "PATCH", "/Groups/g2",
		patch(`{"op":"add","path":"members","value":[{"value":"5","display":"another","$ref":"x","type":"User"}]}`))
	if got := w.members("g2"); got != "5 6 7 g3" {
		t.Errorf("members %s", got)
	}
}

// C39: what a filter finds, what a list has, and whose name is taken are the same.
func TestC39ListFilterAndUniquenessAgree(t *testing.T) {
	w := newWorld(t)
	w.do(
		directory.CreateUser{FirstName: "contact only", ContactEmail: "contact@x.org"},
		directory.CreateUser{Kind: directory.KindService, FirstName: "service"},
	)
	w.user("okta", "off@x.org")
	w.user("okta", "gone@x.org")
	w.must("okta", "POST", "/Users", `{"userName":"Plain Name"}`)
	w.must("okta", "PATCH", "/Users/7", patch(`{"op":"replace","value":{"active":false}}`))
	w.do(directory.DeleteUser{User: 8})
	listed := w.must("okta", "GET", "/Users", "").body
	for name, taken := range map[string]bool{
		"contact@x.org": false, "service": false, "off@x.org": true, "OFF@X.ORG": true, "gone@x.org": false,
		"plain name": true, "Plain  Name": false, "nobody": false,
		" Plain Name ": true, "off@x.org ": true,
	} {
		found := w.must("okta", "GET", `/Users?filter=userName eq "`+name+`"`, "").get("totalResults") == "1"
		inList := strings.Contains(strings.ToLower(listed), `"username":"`+strings.ToLower(strings.TrimSpace(name))+`"`)
		got := w.send("entra", "POST", "/Users", `{"userName":"`+name+`"}`, nil)
		if found != taken || inList != taken || (got.status == 409) != taken {
			t.Errorf("%s: found %v, listed %v, answered %d; taken %v", name, found, inList, got.status, taken)
		}
	}
	w.do(directory.CreateGroup{Name: "Ünïcode"})
	if got := w.must("okta", "GET", `/Groups?filter=displayName eq " ünïcode "`, ""); got.get("totalResults") != "1" {
		t.Errorf("a group's name: %s", got.body)
	}
	if got := w.send("okta", "POST", "/Groups", `{"displayName":"üNÏCODE"}`, nil); got.status != 409 {
		t.Errorf("a group's name: %d", got.status)
	}
	if got := w.must("okta", "GET", `/Groups?filter=displayName eq "%C3%BCN%C3%8FCODE"`,
		""); got.get("totalResults") != "1" {
		t.Errorf("a group's name: %s", got.body)
	}
}

// C43, C45: what Okta asks for when it imports, and how many there are in all.
func TestC43C45PagesAsOktaAsks(t *testing.T) {
	w := newWorld(t)
	var edits []directory.Edit
	for i := range 230 {
		u := directory.Made[directory.UserID](3 * i)
		edits = append(edits, directory.CreateUser{}, directory.SetLoginEmail{User: u, Email: fmt.Sprintf("u%03d@x.org", i)},
			directory.CreateGroup{Name: fmt.Sprintf("G%03d", i)})
	}
	w.do(edits...)
	for _, kind := range []string{"/Users", "/Groups"} {
		seen := map[string]bool{}
		for start := 1; start <= 301; start += 100 {
			got := w.must("okta", "GET", fmt.Sprintf("%s?startIndex=%d&count=100", kind, start), "")
			want := max(0, min(100, 230-start+1))
			if got.get("totalResults") != "230" || got.get("itemsPerPage") != fmt.Sprint(want) ||
				got.get("startIndex") != fmt.Sprint(start) {
				t.Errorf("%s from %d: %.200s", kind, start, got.body)
			}
			for i := range want {
				seen[got.get(fmt.Sprintf("Resources|%d|id", i))] = true
			}
		}
		if len(seen) != 230 {
			t.Errorf("%s: %d seen", kind, len(seen))
		}
		if got := w.must("okta", "GET", kind+"?count=2&startIndex=1", ""); got.get("itemsPerPage") != "2" {
			t.Errorf("%s: %.200s", kind, got.body)
		}
	}
	if got := w.must("okta", "GET", `/Users?filter=userName eq "u007@x.org"&startIndex=1&count=100`,
		""); got.get("totalResults") != "1" || got.get("Resources|0|userName") != "u007@x.org" {
		t.Errorf("%s", got.body)
	}
}

// C52, failure 33: operations are done in their order and together or not at all;
// schemas may be absent, and so may what is not changed.
func TestC52OperationsAreOneChange(t *testing.T) {
	w := newWorld(t)
	id := w.user("entra", "a@x.org")
	got := w.must("entra", "PATCH", "/Users/"+id, `{"Operations":[
		{"op":"add","path":"title","value":"one"},{"op":"replace","path":"title","value":"two"},{"op":"add","path":"nickName","value":"N"},
		{"op":"remove","path":"nickName"},{"op":"replace","value":{"name":{"familyName":"L"}}}]}`)
	if got.get("title") != "two" || got.get("nickName") != "" || got.get("name|familyName") != "L" ||
		got.get("name|givenName") != "G" || got.get("userName") != "a@x.org" {
		t.Errorf("%s", got.body)
	}
	before := w.revision()
	w.must("entra", "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"title","value":"three"}`,
		`{"op":"replace","path":"active","value":"False"}`))
	if w.revision() != before+1 {
		t.Errorf("two operations are %d changes", w.revision()-before)
	}
	w.want(400, "invalidPath", "entra", "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"title","value":"half"}`,
		`{"op":"add","path":"nothing","value":"x"}`))
	if got := w.must("entra", "GET", "/Users/"+id, ""); got.get("title") != "three" ||
		got.get("emails|0|value") != "a@x.org" {
		t.Errorf("%s", got.body)
	}
	w.want(400, "invalidSyntax", "entra", "PATCH", "/Users/"+id, patch())
	w.want(400, "invalidSyntax", "entra", "PATCH", "/Users/"+id, `{"Operations":"x"}`)
	w.want(400, "invalidSyntax", "entra", "PATCH", "/Users/"+id, `{"Operations":[7]}`)
}

// Failure 40: whom a provider keeps stays editable at every door.
func TestFailure40WhomAProviderKeepsIsLockedForNobody(t *testing.T) {
	w := newWorld(t)
	id := w.user("entra", "a@x.org")
	g := w.group("entra", "G", id)
	w.do(directory.SetSource{Object: directory.GroupID(2).Object(), Source: "entra", SourceID: "e"})
	name, email := "Native", "native@x.org"
	_, err := w.admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.UpdateUser{User: 5, FirstName: &name, Disabled: new(true)}, directory.SetLoginEmail{User: 5, Email: email},
		directory.RemoveMember{Group: 2, User: 5}, directory.UpdateGroup{Group: 2, Name: &name},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := w.must("entra", "GET", "/Users/"+id, "")
	if got.get("name|givenName") != name || got.get("userName") != email || got.get("active") != "false" ||
		w.members(g) != "" {
		t.Errorf("%s, members %s", got.body, w.members(g))
	}
	if _, err := w.admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{directory.DeleteUser{User: 5},
		directory.DeleteGroup{Group: 2}}}); err != nil {
		t.Errorf("deleting: %v", err)
	}
	w.want(404, "", "entra", "GET", "/Users/"+id, "")
	w.want(404, "", "entra", "GET", "/Groups/"+g, "")
}

// 3.10: a provider gives up on 401 and 404, so trouble of ours is never one: it comes
// again after 503.
func TestOurOwnTroubleIsNeverTheProviders(t *testing.T) {
	w := newWorld(t)
	id := w.user("entra", "a@x.org")
	w.core.Close()
	for _, call := range [][3]string{
		{"POST", "/Users", `{"userName":"b@x.org"}`},
		{"PATCH", "/Users/" + id, patch(`{"op":"replace","path":"title","value":"T"}`)}, {"DELETE", "/Users/" + id, ""},
		{"POST", "/Groups", `{"displayName":"G"}`},
	} {
		got := w.send("entra", call[0], call[1], call[2], nil)
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.get("status") != "503" {
			t.Errorf("%s %s: %d %v %s", call[0], call[1], got.status, got.header, got.body)
		}
	}
}

// C10, C11: bodies with names of parts that there are not, or that are of many, take
// nothing away from what else they say.
func TestC10C11NamesOfPartsTakeNothingAway(t *testing.T) {
	w := newWorld(t)
	got := w.must("entra", "POST", "/Users", `{"USERNAME":"a@x.org","Emails":[{"VALUE":"b@x.org","Type":"work"}],"emails.value":"c@x.org","emails.foo":"d",
		"title.foo":"x","name.foo":"y","name.givenName":"G","groups.value":"g2","meta.version":"v","active.x":false}`)
	if got.get("emails|0|value") != "b@x.org" || got.get("name|givenName") != "G" || got.get("title") != "" ||
		got.get("active") != "true" {
		t.Errorf("%s", got.body)
	}
}
