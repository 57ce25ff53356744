package propeller_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
)

// writeBack writes what a path shows back to where it is kept, and asks for no
// change and the same again.
func (w *world) writeBack(method, show, write string, body func(data string) string) {
	w.t.Helper()
	shown := w.must("GET", show, "")
	before := w.revision()
	sent := body(shown.data(w.t))
	reply := w.must(method, write, sent)
	if strings.Contains(reply.body, `"success":false`) {
		w.t.Errorf("%s %s with %s: %s", method, write, sent, reply.body)
	}
	if after := w.revision(); after != before {
		w.t.Errorf("%s %s with %s makes revision %d, was %d", method, write, sent, after, before)
	}
	if again := w.must("GET", show, ""); again.body != shown.body {
		w.t.Errorf("GET %s: %s, was %s", show, again.body, shown.body)
	}
}

func whole(data string) string { return data }

// ownValues keeps the values of a list that are the owner's own: to write an
// inherited one sets an own.
func ownValues(data string) string {
	var list []map[string]any
	dec := json.NewDecoder(strings.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&list); err != nil {
		panic(err)
	}
	own := []map[string]any{}
	for _, item := range list {
		texts, byLanguage := item["value"].([]any)
		if _, ok := item["inherited"]; ok || !byLanguage {
			if item["inherited"] == false {
				own = append(own, item)
			}
			continue
		}
		kept := slices.DeleteFunc(texts, func(text any) bool {
			m, ok := text.(map[string]any)
			return ok && m["inherited"] == true
		})
		if len(kept) > 0 {
			item["value"] = kept
			own = append(own, item)
		}
	}
	b, err := json.Marshal(own)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// sampleValues has a text of every type, some of them written oddly.
func sampleValues() map[directory.Type][]string {
	return map[directory.Type][]string{
		directory.TypeString: {"a", "", " b\n"}, directory.TypeText: {"a", ""}, directory.TypeInteger: {"007", "+5", "-0"},
		directory.TypeNumber: {"1.50", ".5", "-00.10"}, directory.TypeYesNo: {"Yes", "no"},
		directory.TypeDate:     {"2026-01-02"},
		directory.TypeDateTime: {"2026-01-02T03:04:05Z", "2026-01-02"}, directory.TypeZipcode: {"00501"},
		directory.TypeRelativeURL: {"/browse"}, directory.TypeFilterString: {"%, NULL"},
		directory.TypeFilterNumber:   {"<0, >=0"},
		directory.TypeFilterDateTime: {"7 days"}, directory.TypeList: {`a, "b, c"`, "^-x"}, directory.TypeEnum: {"a b"},
		directory.TypeEnumList: {`"a" , b`, "a,b"},
	}
}

// TestWritingBackWhatIsShownChangesNothing: integrators read an object, change
// a member and send all of it back. What was not changed makes no change.
func TestWritingBackWhatIsShownChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/usergroups/bulk/id",
		`{"usergroups":[{"id":10,"name":"Top"},{"id":11},{"id":12,"name":"Low","parent":{"id":10},"budget":"H","budgetInherit":"N","company":"ACME","notes":"a\nb","orderListAllowAll":"P","sourceId":7,"source":"erp","addresses":[{"type":"delivery","street":"Dam","number":1,"city":"Amsterdam","country":"nl","gender":"m"}]}]}`)
	w.do(
		directory.CreateUser{FirstName: "Ada", LastName: "Lovelace", ContactEmail: "ada@example.com", Language: "NL"},
		directory.SetLoginEmail{User: 4, Email: "Ada.Login@example.com"},
		directory.SetFirstGroup{User: 4, Group: 12},
		directory.SetSource{Object: directory.UserID(4).Object(), Source: "erp", SourceID: "A 1/%"},
	)
	w.must("PATCH", "/users/id/4",
		`{"dateOfBirth":"28/08/1993","debtorId":12,"gender":"m","pricelistAmount":1.50,"middleName":"King","fullName":"The Countess"}`)
	id := directory.FirstCustomAttribute
	for _, kind := range directory.Types() {
		for i, text := range sampleValues()[kind] {
			value := directory.Value{Text: text}
			w.do(
				directory.CreateAttribute{Name: fmt.Sprintf("a_%s_%d", kind, i), Type: kind, Default: &value, UserCanView: true,
					Rule: directory.RuleNearest},
				directory.SetGroupValue{Group: 10, Attribute: id, Value: value},
				directory.SetGroupValue{Group: 12, Attribute: id, Value: value},
				directory.SetUserValue{User: 4, Attribute: id, Value: value},
			)
			w.writeBack("PATCH", fmt.Sprintf("/attributes/id/%d", id), fmt.Sprintf("/attributes/id/%d", id), whole)
			id++
		}
	}
	w.do(
		directory.CreateAttribute{Name: "hidden_text", Type: directory.TypeString, Hidden: true, Rule: directory.RuleNearest,
			Default: &directory.Value{Text: "d"}},
		directory.SetGroupValue{Group: 12, Attribute: id, Value: directory.Value{Text: "s3cret"}},
		directory.CreateAttribute{Name: "hidden_number", Type: directory.TypeInteger, Hidden: true,
			Rule: directory.RuleNearest},
		directory.SetGroupValue{Group: 12, Attribute: id + 1, Value: directory.Value{Text: "42"}},
		directory.SetUserValue{User: 4, Attribute: id + 1, Value: directory.Value{Text: "43"}},
	)
	w.must("PATCH", "/attributes/name/A_ENUM_0",
		`{"isPublic":false,"isSearchable":true,"isSystem":true,"isHidden":true,"group":"g","typeParam":"P","descriptions":[{"language":"DE","value":"Aufzählung"}],"units":[{"language":"EN","value":"kg"},{"language":"FR","value":"kg"}]}`)
	for attribute := directory.AttrFirstName; attribute <= directory.AttrLandingPage; attribute++ {
		if !attribute.Computed() {
			w.writeBack("PATCH", fmt.Sprintf("/attributes/id/%d", attribute), fmt.Sprintf("/attributes/id/%d", attribute), whole)
		}
	}
	for _, path := range []string{"/usergroups/id/10", "/usergroups/id/11", "/usergroups/sourceId/7", "/users/id/4",
		"/users/id/1"} {
		w.writeBack("PATCH", path+"?expands=sources", path, whole)
	}
	for _, name := range []string{"A_ENUM_0", "HIDDEN_TEXT", "HIDDEN_NUMBER"} {
		w.writeBack("PATCH", "/attributes/name/"+name, "/attributes/name/"+name, whole)
	}
	w.writeBack("PATCH", "/usergroups/id/12/addresses/1", "/usergroups/id/12/addresses/1", whole)
	for _, path := range []string{"/usergroups/id/10/attributes", "/usergroups/id/12/attributes",
		"/users/id/4/attributes"} {
		w.writeBack("POST", path+"?offset=100", path, ownValues)
		if shown := w.must("GET", path+"?offset=100", ""); strings.Contains(shown.body, "s3cret") ||
			strings.Contains(shown.body, `"42"`) {
			t.Errorf("%s shows what is hidden: %s", path, shown.body)
		}
	}
	w.writeBack("POST", "/usergroups/id/12?expands=sources", "/usergroups/bulk/id",
		func(data string) string { return `{"usergroups":[` + data + `]}` })
	w.writeBack("POST", "/users/id/4?expands=sources", "/users/bulk/id",
		func(data string) string { return `{"users":[` + data + `]}` })
}

// drawGroup draws a usergroup as a client could send it.
func drawGroup(t *rapid.T, groups int) map[string]any {
	text := rapid.StringOf(rapid.RuneFrom([]rune("aZ9 é%/_\"\\'~漢🙂")))
	members := map[string]*rapid.Generator[any]{
		"name": text.AsAny(), "company": text.AsAny(), "notes": text.AsAny(), "department": text.AsAny(),
		"office":             text.AsAny(),
		"budget":             rapid.SampledFrom([]string{"Y", "N", "H"}).AsAny(),
		"budgetInherit":      rapid.SampledFrom([]string{"Y", "N"}).AsAny(),
		"inheritOrderList":   rapid.SampledFrom([]string{"Y", "N"}).AsAny(),
		"inheritProductList": rapid.SampledFrom([]string{"Y", "N"}).AsAny(),
		"language":           rapid.SampledFrom([]string{"EN", "nl"}).AsAny(),
		"orderListAllowAll":  rapid.SampledFrom([]string{"N", "Y", "A", "U", "P"}).AsAny(),
		"parent": rapid.Custom(func(t *rapid.T) any {
			if id := rapid.IntRange(1, groups+1).Draw(t, "parent"); id <= groups {
				return map[string]any{"id": id}
			}
			return nil
		}),
	}
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if rapid.Bool().Draw(t, "with "+name) {
			out[name] = members[name].Draw(t, name)
		}
	}
	return out
}

// TestEchoOfRandomUsergroups: whatever was accepted is shown, and written back
// it changes nothing; sent twice, the second time changes nothing.
func TestEchoOfRandomUsergroups(t *testing.T) {
	w := newWorld(t)
	groups := 1
	rapid.Check(t, func(rt *rapid.T) {
		var body bytes.Buffer
		enc := json.NewEncoder(&body)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(drawGroup(rt, groups)); err != nil {
			rt.Fatal(err)
		}
		id := rapid.IntRange(2, groups+1).Draw(rt, "id")
		method, target := "PATCH", fmt.Sprintf("/usergroups/id/%d", id)
		if id > groups {
			method, target = "POST", "/usergroups"
		}
		reply := w.send("admin", method, target, body.String(), nil)
		switch {
		case reply.status == 400 && strings.Contains(reply.body, "inside"):
			return
		case reply.status/100 != 2:
			rt.Fatalf("%s %s %s: %d %s", method, target, body.String(), reply.status, reply.body)
		case method == "POST":
			groups++
		}
		target = fmt.Sprintf("/usergroups/id/%d", id)
		before := w.revision()
		w.must("PATCH", target, body.String())
		w.must("PATCH", target, w.must("GET", target+"?expands=sources", "").data(t))
		if after := w.revision(); after != before {
			rt.Fatalf("sent again, %s makes revision %d, was %d", body.String(), after, before)
		}
	})
}
