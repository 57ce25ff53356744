package scim_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

// anyPath makes paths: good, odd and bad ones.
func anyPath() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"", "/x", "emails[", "emails[type eq]", "userName", "externalId", "active", "emails", "emails.value", "emails.foo",
		`emails[type eq "work"].value`, `emails[type eq "work"]`, `roles[primary eq "True"].value`,
		`addresses[type eq "work" and primary eq true].country`, `phoneNumbers[not (type eq "x")].value`,
		"emails[type pr].value",
		"name", "name.givenName", "name.foo", "members", `members[value eq "5"]`, `members[type eq "User"]`, "members.value",
		"schemas", "id", "meta", "meta.version", "groups", "password", "displayName", "locale", "timezone",
		"x509Certificates",
		"manager", "manager.value", "title", "title.x", "active.x", `name[givenName eq "x"]`, `userName[value eq "x"].y`,
		enterprise, enterprise + ":manager", enterprise + ":manager.value", enterprise + ":nothing", values,
		values + ":region",
		values + ":number_format", effective + ":region", "region", "urn:", "urn:x:y",
	})
}

// anyValue makes values of every form.
func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		if depth == 0 {
			kind = min(kind, 7)
		}
		switch kind {
		case 8:
			return rapid.SliceOfN(anyValue(depth-1), 0, 3).Draw(t, "list")
		case 9:
			names := rapid.SampledFrom([]string{"value", "type", "primary", "display", "$ref", "givenName", "members",
				"userName",
				"displayName", "emails", "active", "externalId", "emails.value", `emails[type eq "work"].value`, "title.x",
				enterprise})
			return rapid.MapOfN(names, anyValue(depth-1), 0, 3).Draw(t, "object")
		}
		return rapid.SampledFrom([]any{nil, true, 1, 1e300, "", "x", "True", "5"}).Draw(t, "value")
	})
}

// Nothing that a client can send ends in an error of ours, and every answer is what
// the document allows.
func TestNoBodyOrQueryEndsInAnErrorOfOurs(t *testing.T) {
	w := newWorld(t)
	user, group := w.user("entra", "ada@x.org"), w.group("entra", "G")
	rapid.Check(t, func(t *rapid.T) {
		path, value := anyPath().Draw(t, "path"), anyValue(2).Draw(t, "value")
		operation := map[string]any{"op": rapid.SampledFrom([]string{"add", "replace", "Remove"}).Draw(t, "op"),
			"value": value}
		if path != "" {
			operation["path"] = path
		}
		body, err := json.Marshal(rapid.SampledFrom([]any{
			map[string]any{"Operations": []any{operation}},
			map[string]any{"Operations": []any{map[string]any{"op": "replace", "value": map[string]any{path: value}}}},
			map[string]any{"userName": "ada@x.org", "displayName": "G", path: value},
			map[string]any{"filter": value, "attributes": value, "count": value, "sortBy": value, "startIndex": value,
				"cursor": value},
			map[string]any{"Operations": value, "failOnErrors": value},
			map[string]any{"Operations": []any{map[string]any{"method": "PUT", "path": "/Groups/" + group, "data": value,
				"bulkId": value}}},
			value,
		}).Draw(t, "body"))
		if err != nil {
			t.Fatal(err)
		}
		method := rapid.SampledFrom([]string{"PATCH", "PUT", "POST"}).Draw(t, "method")
		targets := []string{"/Users/" + user, "/Groups/" + group}
		if method == "POST" {
			targets = []string{"/Users", "/Groups", "/Bulk", "/Users/.search", "/Groups/.search"}
		}
		target := rapid.SampledFrom(targets).Draw(t, "target")
		if got := w.send("entra", method, target, string(body), nil); got.status >= 500 {
			t.Fatalf("%s %s %s: %d %s", method, target, body, got.status, got.body)
		}
		name := rapid.SampledFrom([]string{"attributes", "excludedAttributes", "sortBy", "filter"}).Draw(t, "name")
		if got := w.send("entra", "GET", target+"?"+name+"="+url.QueryEscape(path+" pr"), "", nil); got.status >= 500 {
			t.Fatalf("GET %s by %s %s: %d %s", target, name, path, got.status, got.body)
		}
	})
}
