package propeller_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
)

// These are the vendor's examples, byte for byte. They are no golden files,
// which an update would change.
func TestDocumentedExamplesByteForByte(t *testing.T) {
	w := newWorld(t)
	for id := directory.AllUsers + 1; id <= 212; id++ {
		w.do(directory.CreateGroup{ID: id})
	}
	w.must("PATCH", "/usergroups/id/119", `{"name":"Europe"}`)
	for _, test := range []struct {
		name, method, target, body string
		status                     int
		want                       string
	}{
		{
			"create a usergroup", "POST", "/usergroups/",
			`{"budget":"N","budgetInherit":"N","company":"","department":"","inheritOrderList":"N","inheritProductList":"Y","language":"NL","name":"Netherlands","notes":"Usergroup created from API","office":"","parent":{"id":119}}`,
			201,
			`{"data":{"budget":"N","budgetInherit":"N","company":"","department":"","id":213,"inheritOrderList":"N","inheritProductList":"Y","language":"NL","name":"Netherlands","notes":"Usergroup created from API","office":"","parent":{"id":119}},"messages":["Usergroup created"],"total":1}`,
		},
		{
			"update a usergroup", "PATCH", "/usergroups/id/213",
			`{"budget":"N","budgetInherit":"N","company":"","department":"","inheritOrderList":"N","inheritProductList":"Y","name":"Netherlands","notes":"Usergroup created from API","office":"","parent":{"id":119}}`,
			200,
			`{"data":{"budget":"N","budgetInherit":"N","company":"","department":"","id":213,"inheritOrderList":"N","inheritProductList":"Y","name":"Netherlands","notes":"Usergroup created from API","office":"","parent":{"id":119}},"messages":["Usergroup updated"],"total":1}`,
		},
		{"the next example shows another flag", "PATCH", "/usergroups/id/213", `{"budgetInherit":"Y"}`, 200,
			`{"data":{"budgetInherit":"Y","id":213},"messages":["Usergroup updated"],"total":1}`},
		{
			"get a usergroup", "GET", "/usergroups/id/213?expands=sources", "", 200,
			`{"data":{"authorizeId":"","budget":"N","budgetInherit":"Y","company":"","defaultobjectId":"","department":"","id":213,"inheritOrderList":"N","inheritProductList":"Y","name":"Netherlands","notes":"Usergroup created from API","office":"","orderListAllowAll":"U","orderListManagerId":"","sources":[],"userManagerId":""},"messages":[],"total":1}`,
		},
		{
			"an unknown lookup key", "PATCH", "/usergroups/ids/213", `{}`, 400,
			`{"error":{"code":10006,"messages":["Invalid lookup key [ids], key must contain one of the following values: [id,sourceId,]"],"moreInfo":"https://www.propel.us/docs/errors/10006","status":400,"type":"InvalidLookupKey"}}`,
		},
		{
			"no such usergroup", "PATCH", "/usergroups/id/21317", `{}`, 404,
			`{"error":{"code":20006,"messages":["Usergroup with id [21317] not found"],"moreInfo":"https://www.propel.us/docs/errors/20006","status":404,"type":"UsergroupNotFound"}}`,
		},
		{
			"delete a usergroup", "DELETE", "/usergroups/id/213", "", 200,
			`{"data":{},"messages":["Usergroup deleted"]}`,
		},
		{
			"an address of a usergroup that there is not", "DELETE", "/usergroups/id/12256/addresses/1", "", 404,
			`{"error":{"code":20007,"messages":["Parent resource [Usergroup] with id [12256] not found"],"moreInfo":"https://www.propel.us/docs/errors/20007","status":404,"type":"ParentUsergroupNotFound"}}`,
		},
		{
			"an address that there is not", "DELETE", "/usergroups/id/122/addresses/819189", "", 404,
			`{"error":{"code":90006,"messages":["Address with id [819189] not found for [Usergroup] with id [122]"],"moreInfo":"https://www.propel.us/docs/errors/90006","status":404,"type":"AddressNotFound"}}`,
		},
		{
			"a user that there is not", "GET", "/users/sourceId/146991", "", 404,
			`{"error":{"code":70006,"messages":["User with sourceId [146991] not found"],"moreInfo":"https://www.propel.us/docs/errors/70006","status":404,"type":"UserNotFound"}}`,
		},
		{
			"an address of a user that there is not", "DELETE", "/users/id/147601/addresses/1", "", 404,
			`{"error":{"code":70007,"messages":["Parent resource [User] with id [147601] not found"],"moreInfo":"https://www.propel.us/docs/errors/70007","status":404,"type":"ParentUserNotFound"}}`,
		},
		{
			"an attribute that there is not", "GET", "/attributes/id/85", "", 404,
			`{"error":{"code":14001,"messages":["Attribute with id [85] not found."],"moreInfo":"https://www.propel.us/docs/errors/14001","status":404,"type":"AttributeNotFound"}}`,
		},
		{
			"a key that is not permitted", "PATCH", "/usergroups/id/122/addresses/1", `{"firstNames":"x"}`, 400,
			`{"error":{"code":10007,"messages":["#: extraneous key [firstNames] is not permitted"],"moreInfo":"https://www.propel.us/docs/errors/10007","status":400,"type":"SchemaValidationException"}}`,
		},
		{
			"a key that is not permitted, in bulk", "POST", "/usergroups/bulk/id", `{"usergroups":[{"id":1,"x":1}]}`, 400,
			`{"error":{"code":10007,"messages":["#/usergroups/0: extraneous key [x] is not permitted"],"moreInfo":"https://www.propel.us/docs/errors/10007","status":400,"type":"SchemaValidationException"}}`,
		},
	} {
		got := w.send("admin", test.method, test.target, test.body, nil)
		if got.status != test.status || got.body != test.want {
			t.Errorf("%s: %d\n%s, want %d\n%s", test.name, got.status, got.body, test.status, test.want)
		}
		if got.header.Get("Return-Format") == "" || got.header.Get("X-Request-ID") == "" ||
			got.header.Get("Content-Length") == "" {
			t.Errorf("%s: header %v", test.name, got.header)
		}
	}
}

func TestDocumentedBulkOfUsergroups(t *testing.T) {
	w := newWorld(t)
	w.do(directory.CreateGroup{ID: 14713},
		directory.SetSource{Object: directory.GroupID(14713).Object(), Source: "REST-API", SourceID: "3002196"})
	got := w.must("POST", "/usergroups/bulk/sourceId",
		`{"usergroups":[{"sourceId":3002196,"source":"REST-API","language":"NL"}]}`)
	const want = `{"data":[{"action":"update","id":14713,"key":3002196,"lookupKey":"sourceId","success":true}],"messages":["Completed"],"total":1}`
	if withoutOurs(got.body) != want {
		t.Errorf("%s, want\n%s", got.body, want)
	}
}

// withoutOurs is a reply without the member of results that is ours.
func withoutOurs(body string) string {
	return strings.NewReplacer(`"changed":true,`, "", `"changed":false,`, "").Replace(body)
}

func TestDocumentedBulkOfAttributes(t *testing.T) {
	w := newWorld(t)
	var others []directory.Edit
	for id := directory.FirstCustomAttribute; id < 668; id++ {
		if id != 644 {
			others = append(others, directory.CreateAttribute{ID: id, Name: fmt.Sprint("a_", id), Type: directory.TypeText})
		}
	}
	w.do(others...)
	w.do(
		directory.CreateAttribute{ID: 644, Name: "slogan", Type: directory.TypeText, Rule: directory.RuleNearest},
		directory.CreateAttribute{ID: 668, Name: "color", Type: directory.TypeEnum, Rule: directory.RuleNearest,
			Label: "Color"},
		directory.CreateAttribute{ID: 669, Name: "other", Type: directory.TypeEnum, Rule: directory.RuleNearest},
	)
	got := w.must("POST", "/attributes/bulk/id",
		`[{"id":644,"value":"x"},{"id":0,"name":"NEW","class":"user","type":"text"},{"id":668,"typeParam":"COLORS"},{"id":800,"name":"NONE"}]`)
	const want = `{"data":[{"action":"update","error":"Invalid value provided. Attribute type is [text].","key":644,"lookupKey":"id","success":false},{"action":"create","id":670,"key":0,"lookupKey":"id","message":"Attribute created.","success":true},{"action":"update","id":668,"key":668,"lookupKey":"id","message":"Attribute updated. Fields 'name', 'type' and 'class' are not updated.","success":true},{"action":"update","error":"Attribute with id [800] not found.","key":800,"lookupKey":"id","success":false}],"messages":["Completed"],"total":4}`
	if withoutOurs(got.body) != want {
		t.Errorf("%s, want\n%s", got.body, want)
	}
	w.must("PATCH", "/attributes/id/668", `{"descriptions":[{"language":"NL","value":"Kleur"}]}`)
	const shown = `{"data":{"class":"user","defaultLanguage":"EN","descriptions":[{"language":"EN","value":"Color"},{"language":"NL","value":"Kleur"}],"group":"","id":668,"isHidden":false,"isPublic":true,"isSearchable":false,"isSystem":false,"name":"COLOR","type":"enum","typeParam":"COLORS","units":[{"language":"EN","value":""},{"language":"NL","value":""}],"value":""},"messages":[],"total":1}`
	if got := w.must("GET", "/attributes/id/668", ""); got.body != shown {
		t.Errorf("%s, want\n%s", got.body, shown)
	}
}
