package scim_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/history"
)

const full = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"],"id":"999","meta":{"resourceType":"User"},
	"externalId":"E-1","userName":"Ada@Example.com","name":{"formatted":"Dr. Ada Lovelace","familyName":"Lovelace","givenName":" Ada ","middleName":"K","honorificPrefix":"Dr."},
	"displayName":"Ada L.","nickName":"A","title":"T","userType":"U","profileUrl":"BAPNQLJSRQGD","preferredLanguage":"en","locale":"BAPNQ","timezone":"Nowhere/Land",
	"active":"True","password":"hunter2","roles":[{"primary":"True","type":"a","value":"r"}],
	"emails":[{"value":"ada@home.org","type":"home","primary":true},{"value":"ada@work.org","type":"work"}],
	"phoneNumbers":[{"type":"mobile","value":"+1"},{"type":"mobile","value":"+1"}],"addresses":[{"type":"work","streetAddress":"1 St","primary":"false"}],
	"department":null,"` + enterprise + `":{"employeeNumber":701984,"manager":"26118915"},"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"x":"y"}}`

// C2, C10, C11, C12, C18 to C29, C50 (echo: C51): what is sent comes back, in the
// form in which it was sent, and writing it again changes nothing.
func TestC2C10C11C12C18toC29C51AUserComesBackAsItWasSent(t *testing.T) {
	w := newWorld(t)
	made := w.must("entra", "POST", "/Users", full)
	if made.status != 201 || made.header.Get("Location") != "https://cohort.example/scim/v2/Users/5" ||
		made.header.Get("ETag") != made.get("meta|version") {
		t.Errorf("%d %v", made.status, made.header)
	}
	for path, want := range map[string]string{
		"id": "5", "externalId": "E-1", "userName": "Ada@Example.com", "name|formatted": "Dr. Ada Lovelace",
		"name|givenName": " Ada ", "name|middleName": "K",
		"displayName": "Ada L.", "profileUrl": "BAPNQLJSRQGD", "locale": "BAPNQ", "timezone": "Nowhere/Land",
		"active": "true", "password": "",
		"roles|0|primary": "true", "emails|0|value": "ada@home.org", "emails|1|type": "work", "phoneNumbers|1": "",
		"addresses|0|primary":          "false",
		enterprise + "|employeeNumber": "701984", enterprise + "|manager|value": "26118915", "schemas|1": enterprise,
		"schemas|2":         "",
		"meta|resourceType": "User", "meta|created": "2026-01-02T03:04:05.000Z",
		"meta|location": "https://cohort.example/scim/v2/Users/5",
	} {
		if got := made.get(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	read := w.must("entra", "GET", "/Users/5", "")
	if read.body != made.body {
		t.Errorf("failure 31: read as\n%s\nmade as\n%s", read.body, made.body)
	}
	before := w.revision()
	for _, again := range []string{read.body, full} {
		if got := w.must("entra", "PUT", "/Users/5", again); got.body != read.body || w.revision() != before {
			t.Errorf("C51: written again it is\n%s\nat revision %d, was\n%s\nat %d", got.body, w.revision(), read.body, before)
		}
	}
	if got := w.must("okta", "GET", "/Users/5", ""); got.get("externalId") != "" {
		t.Errorf("failure 45: another client sees the reference: %s", got.body)
	}
	u, err := w.admin().User(t.Context(), 5)
	if err != nil || u.User.FirstName != "Ada" || u.User.ContactEmail != "ada@work.org" ||
		u.User.Timezone != "Nowhere/Land" || u.User.Disabled {
		t.Errorf("%+v, %v", u.User, err)
	}
	w.do(directory.UpdateUser{User: 5, FirstName: new("Augusta"), ContactEmail: new("new@work.org")})
	changed := w.must("entra", "GET", "/Users/5", "")
	if changed.get("name|givenName") != "Augusta" || changed.get("emails|1|value") != "new@work.org" ||
		changed.get("name|middleName") != "K" {
		t.Errorf("after a change elsewhere: %s", changed.body)
	}
	if strings.Contains(full+"", "hunter2") {
		changes, err := w.views.As(directory.System("scim")).Facets(t.Context(), directory.UserID(5).Object())
		for _, f := range changes {
			if strings.Contains(f.Data, "hunter2") {
				t.Errorf("C27: the password is kept: %s, %v", f.Data, err)
			}
		}
	}
}

// C22, C38, failures 24, 25, 42: a login name is an address or not, one over both,
// without regard to case, and an e-mail never is one.
func TestC22C38LoginNames(t *testing.T) {
	w := newWorld(t)
	a := w.must("okta", "POST", "/Users", `{"userName":"JDoe","emails":[{"value":"j@x.org"}]}`).get("id")
	w.want(409, "uniqueness", "okta", "POST", "/Users", `{"userName":"jdoe"}`)
	b := w.must("okta", "POST", "/Users", `{"userName":"jdoe_1","emails":[{"value":"j@x.org"}]}`).get("id")
	for filter, want := range map[string]string{`userName eq "jDOE"`: a, `userName eq "JDOE_1"`: b,
		`userName eq "jdo"`: "", `userName eq "j@x.org"`: ""} {
		if got := w.must("okta", "GET", "/Users?filter="+filter, ""); got.get("Resources|0|id") != want {
			t.Errorf("%s: %s", filter, got.body)
		}
	}
	if got := w.must("okta", "PUT", "/Users/"+a, `{"userName":"j.doe@x.org"}`); got.get("userName") != "j.doe@x.org" ||
		got.get("emails|0|value") != "j.doe@x.org" {
		t.Errorf("to an address: %s", got.body)
	}
	if got := w.must("okta", "GET", `/Users?filter=userName eq "jdoe"`, ""); got.get("totalResults") != "0" {
		t.Errorf("the old name still finds: %s", got.body)
	}
	w.must("okta", "PATCH", "/Users/"+a, patch(`{"op":"replace","value":{"userName":"back"}}`))
	w.want(409, "uniqueness", "okta", "PATCH", "/Users/"+b, patch(`{"op":"replace","path":"userName","value":"BACK"}`))
	w.want(400, "mutability", "okta", "PATCH", "/Users/"+b, patch(`{"op":"remove","path":"userName"}`))
	w.want(400, "invalidValue", "okta", "PUT", "/Users/"+b, `{"userName":""}`)
}

// C3, C20, C24, C72, 6.6 and failures 21, 22, 23, 26, 27, 28, 29, 30, 32, 43: the
// life of a user.
func TestC3C20C24C72TheLifeOfAUser(t *testing.T) {
	w := newWorld(t)
	id := w.user("okta", "ada@x.org")
	g := w.group("okta", "G", id)
	w.want(404, "", "okta", "PUT", "/Users/99", `{"userName":"n@x.org"}`)
	w.want(404, "", "okta", "GET", "/Users/g5", "")
	w.want(404, "", "okta", "GET", "/Users/2", "")
	w.want(409, "uniqueness", "okta", "POST", "/Users", `{"userName":"ada@X.org","externalId":"other"}`)
	w.want(409, "uniqueness", "okta", "POST", "/Users", `{"userName":"b@x.org","externalId":"x-ada@x.org"}`)
	w.must("okta", "PATCH", "/Users/"+id, patch(`{"op":"replace","value":{"active":false}}`))
	if got := w.must("okta", "GET", `/Users?filter=userName eq "ada@x.org"`,
		""); got.get("Resources|0|active") != "false" {
		t.Errorf("a disabled user is not returned: %s", got.body)
	}
	back := w.must("okta", "POST", "/Users",
		`{"userName":"ada@x.org","externalId":"x-ada@x.org","name":{"givenName":"Ada"}}`)
	if back.status != 201 || back.get("id") != id || back.get("active") != "true" || w.members(g) != id {
		t.Errorf("failure 21: %d %s; members %s", back.status, back.body, w.members(g))
	}
	w.must("okta", "PATCH", "/Users/"+id, patch(`{"op":"Replace","path":"active","value":"False"}`))
	renamed := w.must("okta", "POST", "/Users", `{"userName":"lovelace@x.org","externalId":"x-ada@x.org"}`)
	if renamed.get("id") != id || renamed.get("userName") != "lovelace@x.org" {
		t.Errorf("failures 22 and 23: %s", renamed.body)
	}
	w.do(directory.UpdateUser{User: 5, Disabled: new(true)})
	w.want(403, "", "okta", "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":true}`))
	w.want(409, "uniqueness", "okta", "POST", "/Users", `{"userName":"lovelace@x.org","externalId":"x-ada@x.org"}`)
	if got := w.must("okta", "PUT", "/Users/"+id,
		`{"userName":"lovelace@x.org","externalId":"x-ada@x.org"}`); got.get("active") != "false" {
		t.Errorf("C49: a PUT without active enables: %s", got.body)
	}
	native := directory.UserID(w.do(directory.CreateUser{FirstName: "Nat"},
		directory.SetLoginEmail{User: directory.Made[directory.UserID](0), Email: "nat@x.org"}).Results[0].ID)
	nat := directory.FormatID(native)
	w.want(403, "", "okta", "PUT", "/Users/"+nat, `{"userName":"evil@x.org","externalId":"n"}`)
	w.must("okta", "PUT", "/Users/"+nat, `{"userName":"Nat@x.org","externalId":"n"}`)
	tag := w.must("okta", "GET", "/Users/"+nat, "").header.Get("ETag")
	if got := w.send("okta", "GET", "/Users/"+nat, "", http.Header{"If-None-Match": {tag}}); got.status != 304 {
		t.Errorf("If-None-Match: %d", got.status)
	}
	for match, want := range map[string]int{`W/"1-1"`: 412, tag: 200, "*": 200} {
		if got := w.send("okta", "PATCH", "/Users/"+nat, patch(`{"op":"replace","path":"title","value":"T"}`),
			http.Header{"If-Match": {match}}); got.status != want && match != tag {
			t.Errorf("If-Match %s: %d %s", match, got.status, got.body)
		}
	}
	if got := w.send("okta", "DELETE", "/Users/"+nat, "", http.Header{"If-Match": {`W/"1-1"`}}); got.status != 412 {
		t.Errorf("DELETE of an old version: %d", got.status)
	}
	if got := w.must("okta", "DELETE", "/Users/"+nat, ""); got.status != 204 {
		t.Errorf("DELETE: %d", got.status)
	}
	w.want(404, "", "okta", "DELETE", "/Users/"+nat, "")
	w.want(404, "", "okta", "GET", "/Users/"+nat, "")
	if again := w.must("okta", "POST", "/Users", `{"userName":"nat@x.org","externalId":"n"}`); again.get("id") == nat {
		t.Error("a deleted user came back by POST")
	}
}

// 6.6: who may enable a user again is decided by the last change that disabled it,
// also where that is a revert, and where the user is disabled just now.
func TestAProviderEnablesOnlyWhomItHasDisabled(t *testing.T) {
	w := newWorld(t)
	id := w.user("okta", "ada@x.org")
	set := func(active string) string { return patch(`{"op":"replace","path":"active","value":` + active + `}`) }
	w.must("okta", "PATCH", "/Users/"+id, set("false"))
	w.do(directory.CreateGroup{Name: "G"}, directory.AddMember{Group: directory.Made[directory.GroupID](0), User: 5})
	revert := func(rev directory.Revision) {
		t.Helper()
		if _, err := history.Revert(t.Context(), w.admin(), rev, ""); err != nil {
			t.Fatal(err)
		}
	}
	revert(w.revision())
	w.must("okta", "PATCH", "/Users/"+id, set("true")) // what was undone has nothing to do with it
	revert(w.revision())                               // an administrator takes that back
	w.want(403, "", "okta", "PATCH", "/Users/"+id, set("true"))
	w.want(409, "uniqueness", "okta", "POST", "/Users", `{"userName":"ada@x.org","externalId":"x-ada@x.org"}`)
	w.do(directory.UpdateUser{User: 5, Disabled: new(false)})
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			active := strconv.FormatBool(i%2 == 0)
			if got := w.send("okta", "PATCH", "/Users/"+id, set(active), nil); got.status != 200 && got.status != 503 {
				t.Errorf("active %s: %d %s", active, got.status, got.body)
			}
		})
	}
	all.Wait()
}

// C53 to C61, C65 to C70: a PATCH of a user in every form that providers send.
func TestC53toC61C65toC70PatchOfAUser(t *testing.T) {
	for name, test := range map[string]struct{ op, path, want string }{
		"C53 add object": {`{"op":"Add","value":{"name.givenName":"X","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"D"}}`, "name|givenName", "X"},
		"C53 URN key":    {`{"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"D"}}`, enterprise + "|department", "D"},
		"C53 extension object": {`{"op":"add","value":{"` + enterprise + `":{"manager.value":"7"}}}`, enterprise +
			"|manager|value", "7"},
		"3.6 brackets in a key": {`{"op":"replace","value":{"emails[type eq \"work\"].value":"k@x.org"}}`,
			"emails|0|value", "k@x.org"},
		"C59 nothing for nobody": {`{"op":"Replace","path":"phoneNumbers[type eq \"fax\"].value","value":""},` +
			`{"op":"add","path":"roles[primary eq \"True\"].value","value":[{}]}`, "phoneNumbers", ""},
		"3.6 brackets, not there": {`{"op":"add","value":{"phoneNumbers[type eq \"mobile\"].value":"1"}}`,
			"phoneNumbers|0|type", "mobile"},
		"C53 parts of nothing": {`{"op":"replace","value":{"title.foo":"x","name.foo":"y","emails.foo":"z",` +
			`"foo[type eq 1].value":"a","active.x":true,"nickName":"N"}}`, "nickName", "N"},
		"C54 add single": {`{"op":"add","path":"title","value":"T2"}`, "title", "T2"},
		"C55 add to a list": {`{"op":"add","path":"emails","value":[{"value":"n@x.org","type":"other"}]}`,
			"emails|1|value", "n@x.org"},
		"C55 one object": {`{"op":"add","path":"emails","value":{"value":"n@x.org"}}`, "emails|1|value",
			"n@x.org"},
		"C55 a text": {`{"op":"add","path":"emails","value":"n@x.org"}`, "emails|1|value", "n@x.org"},
		"C26 primary moves": {`{"op":"add","path":"emails","value":{"value":"n@x.org","primary":true}}`,
			"emails|0|primary", "false"},
		"C56 add merges":     {`{"op":"add","path":"name","value":{"middleName":"M"}}`, "name|givenName", "G"},
		"C57 replace object": {`{"op":"replace","value":{"title":"T3"}}`, "name|familyName", "F"},
		"C58 replace list": {`{"op":"replace","path":"emails","value":[{"value":"n@x.org"}]}`, "emails|1|value",
			""},
		"C59 filter matches": {`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"w2@x.org"}`,
			"emails|0|value", "w2@x.org"},
		"C59 filter matches none": {`{"op":"Replace","path":"addresses[type eq \"work\"].streetAddress","value":"1 St"}`,
			"addresses|0|type", "work"},
		"C59 primary as a text": {`{"op":"Add","path":"roles[primary eq \"True\"].value","value":"r"}`,
			"roles|0|primary", "true"},
		"C60 merge into an element": {`{"op":"replace","path":"emails[type eq \"work\"]","value":{"display":"W"}}`,
			"emails|0|display", "W"},
		"C61 remove":        {`{"op":"remove","path":"title"}`, "title", ""},
		"C65 remove a part": {`{"op":"remove","path":"emails[type eq \"work\"].display"}`, "emails|0|type", "work"},
		"C66 full path": {`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"T4"}`,
			"title", "T4"},
		"C66 URN alone": {`{"op":"remove","path":"` + enterprise + `"}`, enterprise, ""},
		"C66 manager by URN": {`{"op":"Add","path":"` + enterprise + `:manager","value":{"value":"9"}}`, enterprise +
			"|manager|value", "9"},
		"C67 case and spaces": {`{"op":"replace","path":" EMAILS[ TYPE EQ \"work\" ].VALUE ","value":"w3@x.org"}`,
			"emails|0|value", "w3@x.org"},
		"C68 FALSE":          {`{"op":"replace","path":"active","value":"FALSE"}`, "active", "false"},
		"C69 manager a text": {`{"op":"Add","path":"manager","value":"26"}`, enterprise + "|manager|value", "26"},
		"C69 manager a list": {`{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/2","value":"2"}]}`,
			enterprise + "|manager|value", "2"},
		"C69 manager removed": {`{"op":"replace","path":"` + enterprise + `:manager","value":""}`, enterprise +
			"|manager", ""},
		"C11 null removes": {`{"op":"replace","path":"title","value":null}`, "title", ""},
		"C24 own id": {`{"op":"replace","value":{"id":"5","title":"T5","groups":[],"meta":{},"schemas":[]}}`,
			"title", "T5"},
		"3.3 unknown members ignored": {`{"op":"replace","value":{"foo":"bar","title":"T6","urn:x:1.0:User":{"a":1}}}`,
			"title", "T6"},
		"password": {`{"op":"replace","path":"password","value":"x"}`, "password", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.must("entra", "POST", "/Users", `{"userName":"ada@x.org","name":{"givenName":"G","familyName":"F"},"title":"T",
				"emails":[{"value":"w@x.org","type":"work","primary":true}],"`+enterprise+`":{"manager":{"value":"1"},"costCenter":"c"}}`).get("id")
			got := w.must("entra", "PATCH", "/Users/"+id, patch(test.op))
			if got.status != 200 || got.get(test.path) != test.want {
				t.Errorf("%s is %q, want %q: %s", test.path, got.get(test.path), test.want, got.body)
			}
			if read := w.must("entra", "GET", "/Users/"+id, ""); read.body != got.body {
				t.Errorf("read as %s", read.body)
			}
			if got.get("schemas|0") != "urn:ietf:params:scim:schemas:core:2.0:User" {
				t.Errorf("failure 38: %s", got.body)
			}
		})
	}
	w := newWorld(t)
	id := w.user("entra", "ada@x.org")
	for op, want := range map[string]string{
		`{"op":"fly","path":"title"}`: "invalidSyntax", `{"op":"add","path":"title"}`: "invalidValue",
		`{"op":"remove"}`: "noTarget",
		`{"op":"replace","path":"/title","value":"x"}`:                            "invalidPath",
		`{"op":"replace","path":"nothing","value":"x"}`:                           "invalidPath",
		`{"op":"replace","path":"emails[type eq","value":"x"}`:                    "invalidPath",
		`{"op":"replace","path":"emails[type ne \"x\"].value","value":"y"}`:       "",
		`{"op":"replace","path":"groups","value":[]}`:                             "mutability",
		`{"op":"replace","path":"id","value":"6"}`:                                "mutability",
		`{"op":"replace","path":"active","value":"maybe"}`:                        "invalidValue",
		`{"op":"replace","path":"name","value":"x"}`:                              "invalidValue",
		`{"op":"replace","path":"phoneNumbers[type co \"x\"].value","value":"y"}`: "noTarget",
		`{"op":"replace","value":"x"}`:                                            "invalidValue",
	} {
		if want == "" {
			continue
		}
		w.want(400, want, "entra", "PATCH", "/Users/"+id, patch(`{"op":"replace","path":"title","value":"half"}`, op))
	}
	w.want(400, "invalidSyntax", "entra", "PATCH", "/Users/"+id, `{"Operations":[]}`)
	w.want(400, "invalidSyntax", "entra", "PATCH", "/Users/"+id, `{}`)
	if got := w.must("entra", "PATCH", "/Users/"+id,
		`{"operations":[{"Op":"REPLACE","Path":"title","Value":"C10"}]}`); got.get("title") != "C10" {
		t.Errorf("C10: %s", got.body)
	}
}

// C23, C30, C31, C32: what is shown.
func TestC23C30C31C32Projections(t *testing.T) {
	w := newWorld(t)
	id := w.must("entra", "POST", "/Users", full).get("id")
	g := w.group("entra", "G", id)
	keys := func(r reply, want string) {
		t.Helper()
		if got := strings.Join(topKeys(r.body), " "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	keys(w.must("entra", "GET", "/Users/"+id+"?attributes=USERNAME,name.givenName,nothing", ""),
		"schemas id userName name")
	keys(w.must("entra", "GET", "/Users/"+id+`?attributes=emails[type eq "work"]`, ""), "schemas id emails")
	keys(w.must("entra", "GET", "/Users/"+id+"?attributes="+enterprise, ""), "schemas id "+enterprise)
	keys(w.must("entra", "GET", "/Users/"+id+"?attributes=urn:ietf:params:scim:schemas:core:2.0:User:title"+
		"&excludedAttributes=title", ""), "schemas id title")
	if got := w.must("entra", "GET", "/Users/"+id+"?attributes=name.givenName",
		""); got.get("name") != `{"givenName":" Ada "}` {
		t.Errorf("%s", got.body)
	}
	if got := w.must("entra", "GET", "/Users/"+id+"?excludedAttributes=id,schemas,groups,name.formatted",
		""); got.get("id") != id || got.get("groups") != "" || got.get("name|formatted") != "" ||
		got.get("name|givenName") == "" {
		t.Errorf("%s", got.body)
	}
	keys(w.must("entra", "GET", "/Groups/"+g+"?excludedAttributes=members", ""), "schemas id displayName meta")
	if got := w.must("entra", "GET", `/Groups?excludedAttributes=members&filter=displayName eq "g"`,
		""); strings.Contains(got.body, "members") {
		t.Errorf("C31: %s", got.body)
	}
	if got := w.must("entra", "PATCH", "/Groups/"+g+"?attributes=displayName",
		patch(`{"op":"replace","path":"displayName","value":"H"}`)); got.status != 200 || got.get("displayName") != "H" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := w.must("entra", "POST", "/Users?attributes=userName",
		`{"userName":"b@x.org","title":"T"}`); got.get("title") != "" || got.get("userName") == "" ||
		got.header.Get("Location") == "" {
		t.Errorf("%s", got.body)
	}
}

// topKeys are the members of an object, in order.
func topKeys(body string) (keys []string) {
	depth, inText, escaped, start := 0, false, false, 0
	for i, c := range body {
		switch {
		case escaped:
			escaped = false
		case inText && c == '\\':
			escaped = true
		case c == '"':
			if inText && depth == 1 && strings.HasPrefix(body[i+1:], ":") {
				keys = append(keys, body[start:i])
			}
			inText, start = !inText, i+1
		case inText:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
	}
	return keys
}
