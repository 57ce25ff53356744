package scim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/scim"
)

// C29, C50, C53, C57, C58, C62 to C64, C66, C71 and failures 1 to 20, 35 to 37: a
// PATCH of members in every form, and what it leaves alone.
func TestC29C58C62toC64C71Members(t *testing.T) {
	for name, test := range map[string]struct{ op, want string }{
		"C62 Entra's remove": {`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"5"}]}`, "6 7 g3"},
		"C62 one object":     {`{"op":"remove","path":"members","value":{"value":"5"}}`, "6 7 g3"},
		"C63 remove all":     {`{"op":"remove","path":"members"}`, ""},
		"C63 remove null":    {`{"op":"remove","path":"members","value":null}`, "5 6 7 g3"},
		"C63 remove nobody":  {`{"op":"remove","path":"members","value":[]}`, "5 6 7 g3"},
		"C64 by value":       {`{"op":"remove","path":"members[value eq \"6\"]"}`, "5 7 g3"},
		"C64 by values":      {`{"op":"remove","path":"members[value eq \"5\" or value eq \"g3\"]"}`, "6 7"},
		"C64 by type":        {`{"op":"remove","path":"members[type eq \"Group\"]"}`, "5 6 7"},
		"C64 by display":     {`{"op":"remove","path":"members[display eq \"g f\" and value ne \"5\"]"}`, "5 g3"},
		"C64 not a member":   {`{"op":"remove","path":"members[value eq \"8\"]"}`, "5 6 7 g3"},
		"C64 nobody":         {`{"op":"remove","path":"members[value eq \"4711\"]"}`, "5 6 7 g3"},
		"C55 add":            {`{"op":"Add","path":"members","value":[{"$ref":null,"value":"8"}]}`, "5 6 7 8 g3"},
		"C55 add a text":     {`{"op":"add","path":"members","value":"8"}`, "5 6 7 8 g3"},
		"C55 add twice": {`{"op":"add","path":"members","value":[{"value":"5"},{"value":"8"},{"value":"8"}]}`,
			"5 6 7 8 g3"},
		"C53 add pathless":          {`{"op":"add","value":{"Members":[{"value":"8"}]}}`, "5 6 7 8 g3"},
		"C57 replace without":       {`{"op":"replace","value":{"id":"g2","displayName":"H"}}`, "5 6 7 g3"},
		"C58 replace":               {`{"op":"replace","path":"members","value":[{"value":"8"},{"value":"5"}]}`, "5 8"},
		"C58 replace with nobody":   {`{"op":"replace","path":"members","value":[]}`, ""},
		"C66 full path":             {`{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members","value":[{"value":"8"}]}`, "5 6 7 8 g3"},
		"Okta's two":                {`{"op":"remove","path":"members[value eq \"5\"]"},{"op":"add","path":"members","value":[{"value":"8","display":"x"}]}`, "6 7 8 g3"},
		"replace, add and remove":   {`{"op":"replace","path":"members","value":[{"value":"5"}]},{"op":"add","path":"members","value":[{"value":"6"}]},{"op":"remove","path":"members[value eq \"5\"]"}`, "6"},
		"typed":                     {`{"op":"add","path":"members","value":[{"value":"g4","type":"Group"},{"value":"8","type":"User"}]}`, "5 6 7 8 g3 g4"},
		"externalId, failure 14":    {`{"op":"replace","value":{"externalId":"e"}}`, "5 6 7 g3"},
		"add and remove the same":   {`{"op":"add","path":"members","value":[{"value":"8"}]},{"op":"remove","path":"members","value":[{"value":"8"}]}`, "5 6 7 g3"},
		"displayName, failure 7":    {`{"op":"replace","path":"displayName","value":"H"},{"op":"add","path":"members","value":[{"value":"8"}]}`, "5 6 7 8 g3"},
		"schema of Entra's samples": {`{"op":"replace","value":{"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group":{"x":1}}}`, "5 6 7 g3"},
	} {
		t.Run(name, func(t *testing.T) {
			w := membersWorld(t)
			got := w.must("entra", "PATCH", "/Groups/g2", patch(test.op))
			if got.status != 204 || got.header.Get("ETag") == "" || got.body != "" {
				t.Errorf("%d %v %s", got.status, got.header, got.body)
			}
			if members := w.members("g2"); members != test.want {
				t.Errorf("members %s, want %s", members, test.want)
			}
			after := w.revision()
			w.must("entra", "PATCH", "/Groups/g2", patch(test.op))
			if !strings.Contains(name, "Okta") && w.revision() != after {
				t.Errorf("the same again makes revision %d of %d", w.revision(), after)
			}
		})
	}
	w := membersWorld(t)
	for op, want := range map[string]string{
		`{"op":"add","path":"members","value":[{"value":"8"},{"value":"4711"}]}`:      "invalidValue",
		`{"op":"add","path":"members","value":[{"value":"8"},{"value":"not-an-id"}]}`: "invalidValue",
		`{"op":"add","path":"members","value":[{"value":"2"}]}`:                       "invalidValue",
		`{"op":"add","path":"members","value":[{"value":"3","type":"Group"}]}`:        "invalidValue",
		`{"op":"add","path":"members","value":[{"display":"x"}]}`:                     "invalidValue",
		`{"op":"replace","path":"members[value eq \"5\"]","value":{"value":"6"}}`:     "mutability",
		`{"op":"remove","path":"displayName"}`:                                        "mutability",
		`{"op":"replace","path":"id","value":"g9"}`:                                   "mutability",
		`{"op":"replace","path":"nothing","value":"x"}`:                               "invalidPath",
		`{"op":"add","path":"members","value":[{"value":"g2"}]}`:                      "invalidValue",
		`{"op":"replace","value":{"displayName":""}}`:                                 "mutability",
	} {
		w.want(400, want, "entra", "PATCH", "/Groups/g2", patch(`{"op":"remove","path":"members[value eq \"5\"]"}`, op))
	}
	if got := w.members("g2"); got != "5 6 7 g3" {
		t.Errorf("refused requests left %s", got)
	}
	w.must("okta", "PATCH", "/Groups/g2", patch(`{"op":"add","path":"members","value":[{"value":"8"},{"value":"4711"}]}`))
	if got := w.members("g2"); got != "5 6 7 8 g3" || w.clients.Skipped() != 1 {
		t.Errorf("failure 2: members %s, %d skipped", got, w.clients.Skipped())
	}
}

// membersWorld has nested groups, which Entra never sends (3.13) and others do: the users 5 to 8,
// and g2 with 5, 6, 7 and g3; g4 is beside it.
func membersWorld(t testing.TB) *world {
	w := newWorld(t)
	for i := range 4 {
		w.user("entra", fmt.Sprintf("u%d@x.org", i))
	}
	w.group("entra", "G", "5", "6", "7")
	w.group("entra", "child")
	w.group("entra", "other")
	w.do(directory.AddParent{Group: 3, Parent: 2})
	return w
}

// C50, C51 and failures 8, 9, 10, 20, 36: PUT of a group.
func TestC50C51PutOfAGroup(t *testing.T) {
	w := membersWorld(t)
	w.do(directory.AddMember{Group: 2, User: 3}) // a service account: no User, and nobody's to remove
	read := w.must("entra", "GET", "/Groups/g2", "")
	before := w.revision()
	if got := w.must("entra", "PUT", "/Groups/g2", read.body); got.body != read.body || w.revision() != before {
		t.Errorf("C51: %s at %d", got.body, w.revision())
	}
	if got := w.must("entra", "PUT", "/Groups/g2", `{"displayName":" H "}`); got.get("displayName") != " H " ||
		w.members("g2") != "5 6 7 g3" {
		t.Errorf("without members: %s", got.body)
	}
	w.must("entra", "PUT", "/Groups/g2", `{"schemas":[],"displayName":"H","members":[{"value":"8"},{"value":"5"}]}`)
	if got := w.members("g2"); got != "5 8" {
		t.Errorf("members %s", got)
	}
	w.must("entra", "PUT", "/Groups/2", `{"displayName":"H","members":[]}`)
	if got := w.members("g2"); got != "" {
		t.Errorf("members %s", got)
	}
	if got := w.must("entra", "GET", "/Groups/g2", ""); !strings.Contains(got.body, `"members":[]`) {
		t.Errorf("failure 35: %s", got.body)
	}
	u, err := w.admin().User(t.Context(), 3)
	if err != nil || len(u.Memberships) != 1 {
		t.Errorf("the service account: %+v, %v", u.Memberships, err)
	}
	w.want(400, "invalidValue", "entra", "PUT", "/Groups/g2", `{"members":[]}`)
	w.want(409, "uniqueness", "entra", "PUT", "/Groups/g2", `{"displayName":"CHILD"}`)
	w.want(409, "uniqueness", "entra", "POST", "/Groups", `{"displayName":"child"}`)
	w.want(400, "invalidValue", "entra", "POST", "/Groups", `{"displayName":"new","members":[{"value":"4711"}]}`)
	w.want(404, "", "entra", "GET", "/Groups/1", "")
	w.want(404, "", "entra", "PUT", "/Groups/99", `{"displayName":"x"}`)
	w.must("entra", "DELETE", "/Groups/g3", "")
	w.want(404, "", "entra", "DELETE", "/Groups/g3", "")
}

// C50, C71, failures 7 and 27: a group with more members than one change takes is
// made whole or not at all.
func TestC50C71LargeGroupsAreMadeWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	config := w.config
	config.MembersAtOnce = 10
	w.handler = scim.New(config)
	const size = 25
	for i := range size {
		w.user("entra", fmt.Sprintf("u%d@x.org", i))
	}
	list := func(more ...string) string {
		var ids []string
		for id := 5; id < 5+size; id++ {
			ids = append(ids, fmt.Sprintf(`{"value":"%d"}`, id))
		}
		return "[" + strings.Join(append(ids, more...), ",") + "]"
	}
	w.want(400, "invalidValue", "entra", "POST", "/Groups",
		`{"displayName":"large","members":`+list(`{"value":"99999"}`)+`}`)
	id := w.must("okta", "POST", "/Groups", `{"displayName":"large","members":`+list(`{"value":"99999"}`,
		`{"value":"99998"}`)+`}`).get("id")
	if n := len(strings.Fields(w.members(id))); n != size || w.clients.Skipped() != 2 {
		t.Errorf("%d members, %d skipped", n, w.clients.Skipped())
	}
	w.want(429, "", "entra", "PATCH", "/Groups/"+id, patch(`{"op":"remove","path":"members"}`))
	w.want(400, "invalidValue", "entra", "PATCH", "/Groups/"+id,
		patch(`{"op":"add","path":"members","value":`+list(`{"value":"99999"}`)+`}`))
	empty := w.group("entra", "empty")
	w.must("entra", "PATCH", "/Groups/"+empty, patch(`{"op":"replace","path":"members","value":`+list()+`}`))
	if n := len(strings.Fields(w.members(empty))); n != size {
		t.Errorf("%d members by PATCH", n)
	}
	other := w.group("entra", "other", "5")
	w.want(400, "invalidValue", "entra", "PUT", "/Groups/"+other,
		`{"displayName":"renamed","members":`+list(`{"value":"99999"}`)+`}`)
	w.must("entra", "PUT", "/Groups/"+other, `{"displayName":"renamed","members":`+list(`{"value":"`+id+`"}`)+`}`)
	if n := len(strings.Fields(w.members(other))); n != size+1 {
		t.Errorf("%d members", n)
	}
	w.want(429, "", "entra", "PUT", "/Groups/"+other, `{"displayName":"held","members":[]}`)
}

// C28, C37, C42 to C46, C4 and failure 12: groups of users, filters by index,
// pages and orders.
func TestC4C28C37C39C42toC46Lists(t *testing.T) {
	w := newWorld(t)
	for i, name := range []string{"Cy", "ab", "", "Bo", "x"} {
		body := fmt.Sprintf(`{"userName":"u%d@x.org","externalId":"e%d","active":%v,"name":{"givenName":%q},"emails":[{"type":"home","value":"h%d@x.org"},{"type":"work","value":"w%d@x.org"}]}`, i, i, i != 3, name, i, i)
		w.must("entra", "POST", "/Users", body)
	}
	w.group("entra", "In", "5", "6")
	w.must("entra", "POST", "/Groups", `{"displayName":"Out","externalId":"G-1","members":[{"value":"g2"},{"value":"7"}]}`)
	w.do(directory.CreateGroup{Name: "in"})
	ids := func(target string) string {
		t.Helper()
		got := w.must("entra", "GET", target, "")
		var list []string
		for i := 0; got.get(fmt.Sprintf("Resources|%d|id", i)) != ""; i++ {
			list = append(list, got.get(fmt.Sprintf("Resources|%d|id", i)))
		}
		return strings.Join(list, " ") + " of " + got.get("totalResults")
	}
	for target, want := range map[string]string{
		`/Users`: "5 6 7 8 9 of 5", `/Users?startIndex=2&count=2`: "6 7 of 5", `/Users?count=0`: " of 5",
		`/Users?startIndex=-3&count=1`: "5 of 5",
		`/Users?startIndex=99`:         " of 5", `/Users?count=-1`: " of 5",
		`/Users?count=99999999999999999999`:                                      "5 6 7 8 9 of 5",
		`/Users?sortBy=name.givenName`:                                           "6 8 5 9 7 of 5",
		`/Users?sortBy=name.givenName&sortOrder=descending&startIndex=2&count=2`: "9 5 of 5",
		`/Users?sortBy=userName&sortOrder=descending&count=1`:                    "9 of 5",
		`/Users?sortBy=active&count=1`:                                           "8 of 5",
		`/Users?sortBy=displayName`:                                              "6 8 5 9 7 of 5",
		`/Users?sortBy=emails&count=1`:                                           "5 of 5",
		`/Users?sortBy=meta.created`:                                             "5 6 7 8 9 of 5",
		`/Users?sortBy=id&sortOrder=descending&count=2`:                          "9 8 of 5",
		`/Users?filter=externalId eq "e3"`:                                       "8 of 1",
		`/Users?filter=id eq "6"`:                                                "6 of 1",
		`/Users?filter=emails.value eq "w2@X.org"`:                               "7 of 1",
		`/Users?filter=emails[type eq "work"].value eq "w2@x.org"`:               "7 of 1",
		`/Users?filter=emails[type eq "home" and value eq "h2@x.org"]`:           " of 0",
		`/Users?filter=emails.value co "h2"`:                                     "7 of 1",
		`/Users?filter=userName eq "u1@x.org" and active eq true`:                "6 of 1",
		`/Users?filter=active eq false`:                                          "8 of 1",
		`/Users?filter=name.givenName sw "a"`:                                    "6 of 1",
		`/Users?filter=name.givenName pr&count=1`:                                "5 of 4",
		`/Users?filter=not (name.givenName pr)`:                                  "7 of 1",
		`/Users?filter=groups.value eq "g2"`:                                     "5 6 of 2",
		`/Users?filter=groups.value eq "g3"`:                                     "5 6 7 of 3",
		`/Users?filter=groups[type eq "indirect"]`:                               "5 6 of 2",
		`/Users?filter=userName eq "u1@x.org" or userName eq "u0@x.org"`:         "5 6 of 2",
		`/Users?filter=userName eq "3f2504e0-4f89-11d3-9a0c-0305e82c3301"`:       " of 0",
		`/Groups`: "g2 g3 g4 of 3", `/Groups?filter=displayName eq "IN"`: "g2 g4 of 2",
		`/Groups?filter=externalId eq "G-1"`: "g3 of 1", `/Groups?filter=id eq g2`: "g2 of 1",
		`/Groups?filter=id eq "g2" and members eq "5"`: "g2 of 1", `/Groups?filter=id eq "g2" and members eq "7"`: " of 0",
		`/Groups?filter=members.value eq "g2"`: "g3 of 1",
		`/Groups?filter=members[value eq "7"]`: "g3 of 1", `/Groups?filter=members pr`: "g2 g3 of 2",
		`/Groups?filter=displayName sw "o" or displayName eq "in"`: "g2 g3 g4 of 3",
		`/Groups?sortBy=displayName&sortOrder=descending`:          "g3 g2 g4 of 3",
		`/Groups?startIndex=2&count=1`:                             "g3 of 3",
		`/Groups?filter=externalId pr`:                             "g3 of 1",
	} {
		if got := ids(target); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	for target, want := range map[string]string{
		`/Users?filter=foo eq "x"`: "invalidFilter", `/Groups?filter=members.display eq "x"`: "tooMany",
		`/Users?sortBy=nothing`: "invalidValue", `/Users?sortBy=title`: "invalidValue",
		`/Users?sortBy=id&sortOrder=up`: "invalidValue", `/Users?count=x`: "invalidValue", `/Users?cursor=x`: "invalidCursor",
		`/Users?cursor&startIndex=1`: "invalidCursor",
	} {
		w.want(400, want, "entra", "GET", target, "")
	}
	if got := w.must("entra", "GET", "/Users/5", ""); got.get("groups|0|value") != "g2" ||
		got.get("groups|0|type") != "direct" || got.get("groups|1|value") != "g3" || got.get("groups|1|type") != "indirect" {
		t.Errorf("C28: %s", got.body)
	}
	if got := w.must("entra", "POST", "/Users/.search",
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"userName eq \"u1@x.org\"","attributes":["userName"],"startIndex":1,"count":10}`); got.get("totalResults") != "1" || got.get("Resources|0|title") != "" {
		t.Errorf("C4: %s", got.body)
	}
	for _, list := range []string{"/Users?count=2", "/Users?count=2&sortBy=name.givenName",
		`/Users?count=2&filter=emails.value co "@"`, "/Groups?count=2"} {
		seen, cursor := 0, ""
		for range 4 {
			got := w.must("entra", "GET", list+"&cursor="+cursor, "")
			if got.get("startIndex") != "" || got.get("totalResults") != "" {
				t.Errorf("C44: %s", got.body)
			}
			for got.get(fmt.Sprintf("Resources|%d|id", seen%2)) != "" {
				if seen++; seen%2 == 0 {
					break
				}
			}
			if cursor = got.get("nextCursor"); cursor == "" {
				break
			}
			w.want(400, "invalidCount", "entra", "GET", strings.Replace(list, "count=2", "count=3", 1)+"&cursor="+cursor, "")
			w.want(400, "invalidCursor", "okta", "GET", list+"&cursor="+cursor, "")
			w.want(400, "invalidCursor", "entra", "GET", list+"&attributes=id&cursor="+cursor, "")
		}
		if want := map[bool]int{true: 3, false: 5}[strings.HasPrefix(list, "/Groups")]; seen != want {
			t.Errorf("%s: %d in all, want %d", list, seen, want)
		}
	}
}

// C5, C47, C48: bulk.
func TestC47C48Bulk(t *testing.T) {
	w := newWorld(t)
	got := w.must("generic", "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"G","members":[{"value":"bulkId:u"}]}},
		{"method":"post","path":"/Users","bulkId":"u","data":{"userName":"a@x.org"}},
		{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"replace","path":"displayName","value":"H"}]}},
		{"method":"POST","path":"/Users","bulkId":"v","data":{"userName":"A@x.org"}},
		{"method":"DELETE","path":"/Users/4711"},
		{"method":"POST","path":"/Groups","bulkId":"c1","data":{"displayName":"C1","members":[{"value":"bulkId:c2"}]}},
		{"method":"POST","path":"/Groups","bulkId":"c2","data":{"displayName":"C2","members":[{"value":"bulkId:c1"}]}}]}`)
	want := []string{"201", "201", "204", "409", "404", "409", "409"}
	for i, status := range want {
		if s := got.get(fmt.Sprintf("Operations|%d|status", i)); s != status {
			t.Errorf("operation %d: %s, want %s in %s", i, s, status, got.body)
		}
	}
	if got.get("Operations|0|location") != "https://cohort.example/scim/v2/Groups/g2" ||
		got.get("Operations|0|version") == "" || got.get("Operations|3|response|scimType") != "uniqueness" {
		t.Errorf("%s", got.body)
	}
	if w.members("g2") != "5" || w.must("generic", "GET", "/Groups/g2", "").get("displayName") != "H" {
		t.Error("the group is not as it should be")
	}
	gone := w.must("generic", "POST", "/Bulk",
		`{"Operations":[{"method":"DELETE","path":"/Groups/g2"},{"method":"DELETE","path":"/Users/5"},{"method":"delete","path":"/Groups/g2"}]}`)
	for i, status := range []string{"204", "204", "404"} {
		if s := gone.get(fmt.Sprintf("Operations|%d|status", i)); s != status {
			t.Errorf("deletion %d: %s in %s", i, s, gone.body)
		}
	}
	stopped := w.must("generic", "POST", "/Bulk",
		`{"failOnErrors":1,"Operations":[{"method":"DELETE","path":"/Users/4711"},{"method":"POST","path":"/Users","bulkId":"x","data":{"userName":"n@x.org"}}]}`)
	if stopped.get("Operations|0|status") != "404" || stopped.get("Operations|1") != "" {
		t.Errorf("failOnErrors: %s", stopped.body)
	}
	w.want(413, "tooMany", "generic", "POST", "/Bulk",
		`{"Operations":[`+strings.Repeat(`{"method":"DELETE","path":"/Users/1"},`,
			1000)+`{"method":"DELETE","path":"/Users/1"}]}`)
	w.want(400, "invalidValue", "generic", "POST", "/Bulk",
		`{"Operations":[{"method":"POST","path":"/Users","data":{"userName":"n@x.org"}}]}`)
	w.want(400, "invalidSyntax", "generic", "POST", "/Bulk", `{}`)
}

// A preview of a bulk request shows what each operation would do by itself.
func TestABulkRequestCanBePreviewed(t *testing.T) {
	w := newWorld(t)
	before := w.revision()
	got := w.send("generic", "POST", "/Bulk", `{"Operations":[
		{"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"a@x.org"}},
		{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"G","members":[{"value":"bulkId:u"}]}},
		{"method":"DELETE","path":"/Users/4711"}]}`, http.Header{"Cohort-Preview": {"true"}})
	for i, status := range []string{"200", "409", "404"} {
		if s := got.get(fmt.Sprintf("Operations|%d|status", i)); s != status {
			t.Errorf("operation %d: %s, want %s in %s", i, s, status, got.body)
		}
	}
	if got.get("Operations|0|response|changed") != "true" || got.get("Operations|0|location") != "" {
		t.Errorf("the first operation shows no preview: %s", got.body)
	}
	if w.revision() != before {
		t.Error("a preview changed the directory")
	}
}

// 6.5: own values through the extension, effective ones on request, hidden ones
// never.
func TestValuesOfAttributes(t *testing.T) {
	w := newWorld(t)
	w.do(
		directory.CreateAttribute{Name: "region", Type: directory.TypeString, Default: &directory.Value{Text: "world"}},
		directory.CreateAttribute{Name: "limit", Type: directory.TypeNumber},
		directory.CreateAttribute{Name: "vip", Type: directory.TypeYesNo},
		directory.CreateAttribute{Name: "tags", Type: directory.TypeList},
		directory.CreateAttribute{Name: "pin", Type: directory.TypeString, Hidden: true},
	)
	made := w.must("entra", "POST", "/Users",
		`{"userName":"a@x.org","`+values+`":{"region":"emea","limit":1.50,"vip":"Yes","tags":["a","b"],"pin":"1234"}}`)
	if got := made.get(values); got != `{"limit":1.50,"region":"emea","tags":["a","b"],"vip":true}` &&
		!strings.Contains(made.body, `"limit":1.50`) || strings.Contains(made.body, "1234") {
		t.Errorf("%s", made.body)
	}
	before := w.revision()
	w.must("entra", "PUT", "/Users/5", `{"userName":"a@x.org"}`)
	w.must("entra", "PATCH", "/Users/5", patch(`{"op":"replace","path":"`+values+`:pin","value":"other"}`))
	w.must("entra", "PUT", "/Users/5", made.body)
	if w.revision() != before {
		t.Errorf("what says nothing, the same, and a hidden value again made revision %d of %d", w.revision(), before)
	}
	got := w.must("entra", "PATCH", "/Users/5", patch(`{"op":"remove","path":"`+values+`:region"}`,
		`{"op":"replace","value":{"`+values+`:vip":"false"}}`))
	if got.get(values+"|region") != "" || got.get(values+"|vip") != "false" || got.get(effective) != "" {
		t.Errorf("%s", got.body)
	}
	if got := w.must("entra", "GET", "/Users/5?attributes="+effective, ""); got.get(effective+"|region") != "world" ||
		got.get(effective+"|pin") != "" {
		t.Errorf("effective: %s", got.body)
	}
	w.want(400, "invalidValue", "entra", "PATCH", "/Users/5",
		patch(`{"op":"replace","path":"`+values+`:limit","value":"much"}`))
	w.want(400, "mutability", "entra", "PATCH", "/Users/5",
		patch(`{"op":"replace","path":"`+effective+`:region","value":"x"}`))
	w.want(403, "sensitive", "entra", "GET", "/Users?filter="+values+`:pin eq "1234"`, "")
	if got := w.must("entra", "GET", "/Users?filter="+values+`:limit gt 1`, ""); got.get("totalResults") != "1" {
		t.Errorf("%s", got.body)
	}
}
