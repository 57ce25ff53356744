package native_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A door is a request that writes a value.
type door struct {
	method, path, body string // with ATTR for the attribute and VALUE for the value
}

// doors are all requests that write a value of an attribute.
func doors() []door {
	return []door{
		{"PUT", "/v1/users/2/values/ATTR", `{"value":VALUE}`},
		{"PUT", "/v1/groups/2/values/ATTR", `{"value":VALUE}`},
		{"PUT", "/v1/attributes/ATTR/values", `{"values":[{"group":"2","value":VALUE}]}`},
		{"PATCH", "/v1/attributes/ATTR", `{"default":VALUE}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"set_user_value","user":"2","attribute":"ATTR","value":VALUE}]}`},
		{"POST", "/v1/changes", `{"version":1,"edits":[{"edit":"set_group_value","group":"2","attribute":"ATTR","value":VALUE}]}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"set_group_values","attribute":"ATTR","items":[{"group":"2","value":VALUE}]}]}`},
		{"POST", "/v1/changes", `{"edits":[{"edit":"update_attribute","attribute":"ATTR","default":VALUE}]}`},
		{"POST", "/v1/preview", `{"edits":[{"edit":"set_user_value","user":"2","attribute":"ATTR","value":VALUE}]}`},
	}
}

// TestEveryDoorTakesTheSameJSON: which types of JSON an attribute takes depends
// on its type only, and neither on the request nor on the text in it.
func TestEveryDoorTakesTheSameJSON(t *testing.T) {
	takes := map[directory.Type]string{ // by what is written: text, number, true or false, list, list of numbers
		directory.TypeInteger: `"5" 5 5.0 1e2`, directory.TypeNumber: `"5" "1.5" 5 5.0 1.5 1e2`,
		directory.TypeYesNo: `"yes" true`,
		directory.TypeList:  `"5" "1.5" "yes" "a" ["a"] ["5"]`, directory.TypeEnumList: `"5" "1.5" "yes" "a" ["a"] ["5"]`,
		directory.TypeDate: ``, directory.TypeDateTime: ``,
	}
	written := strings.Fields(`"5" "1.5" "yes" "a" 5 5.0 1.5 1e2 true ["a"] ["5"] [5] [["a"]] {} {"texts":{"EN":5}} {"text":"a"}`)
	w := newWorld(t)
	for i, kind := range directory.Types() {
		want, listed := takes[kind]
		if !listed {
			want = `"5" "1.5" "yes" "a"`
		}
		done := w.do(directory.CreateAttribute{Name: fmt.Sprintf("typed_%d", i), Type: kind})
		id := directory.FormatID(directory.AttributeID(done.Results[0].ID))
		for _, value := range written {
			taken := strings.Contains(" "+want+" ", " "+value+" ")
			for _, d := range doors() {
				fill := strings.NewReplacer("ATTR", id, "VALUE", value)
				got := w.send("admin", d.method, fill.Replace(d.path), fill.Replace(d.body), nil)
				if got.status/100 == 2 != taken || got.status/100 != 2 && got.status != 400 && got.status != 422 {
					t.Errorf("%s of type %s in %s %s: %d %s", value, kind, d.method, d.path, got.status, got.body)
				}
			}
		}
	}
}

// TestNumbersAreStoredAsTheDecimalsThatTheyMean, and a value that is written
// back as it is shown stays as it was written.
func TestNumbersAreStoredAsTheDecimalsThatTheyMean(t *testing.T) {
	w := newWorld(t)
	put := func(attribute, body string) (text string, changed bool) {
		t.Helper()
		got := w.send("admin", "PUT", "/v1/groups/2/values/"+attribute, body, nil)
		var done struct {
			Changed bool `json:"changed"`
		}
		if err := json.Unmarshal([]byte(got.body), &done); err != nil || got.status != 200 {
			t.Fatalf("%s: %d %s", body, got.status, got.body)
		}
		id, err := directory.ParseID[directory.AttributeID]("attribute", attribute)
		if err != nil {
			t.Fatal(err)
		}
		v, err := view.New(w.core).As(directory.System("test")).GroupValue(t.Context(), 2, id)
		if err != nil {
			t.Fatal(err)
		}
		return v.Value.Text, done.Changed
	}
	for _, step := range []struct {
		attribute, body, text string
		changed               bool
	}{
		{"15", `{"value":1e3}`, "1000", true},
		{"15", `{"value":1000.0}`, "1000", false},
		{"15", `{"value":"025"}`, "025", true},
		{"15", `{"value":25}`, "025", false},
		{"15", `{"value":26}`, "26", true},
		{"17", `{"value":"Yes"}`, "Yes", true},
		{"17", `{"value":true}`, "Yes", false},
		{"17", `{"value":false}`, "no", true},
	} {
		if text, changed := put(step.attribute, step.body); text != step.text || changed != step.changed {
			t.Errorf("%s: %q, changed %v, want %q, %v", step.body, text, changed, step.text, step.changed)
		}
	}
}

// TestEveryDoorTakesTheSameWindows.
func TestEveryDoorTakesTheSameWindows(t *testing.T) {
	w := newWorld(t)
	for window, taken := range map[string]bool{
		`"starts_at":"2026-01-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z"`:      true,
		`"starts_at":null,"expires_at":"2027-01-01T00:00:00+01:00"`:                   true,
		`"starts_at":"2027-01-01T00:00:00Z","expires_at":"2026-01-01T00:00:00Z"`:      false,
		`"starts_at":"2027-01-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z"`:      false,
		`"starts_at":"2027-01-01T01:00:00+01:00","expires_at":"2027-01-01T00:00:00Z"`: false,
		`"expires_at":4070908800`:             false,
		`"expires_at":"4070908800"`:           false,
		`"expires_at":"2027-01-01"`:           false,
		`"expires_at":"1970-01-01T00:00:00Z"`: false,
		`"expires_at":true`:                   false,
	} {
		for _, d := range []door{
			{"PUT", "/v1/users/2/groups/2", `{` + window + `}`},
			{"PUT", "/v1/groups/2/members/2", `{` + window + `}`},
			{"PUT", "/v1/users/2/values/14", `{"value":"x",` + window + `}`},
			{"PUT", "/v1/groups/2/values/14", `{"value":"x",` + window + `}`},
			{"POST", "/v1/changes", `{"edits":[{"edit":"add_member","group":"2","user":"2","window":{` + window + `}}]}`},
			{"POST", "/v1/changes", `{"edits":[{"edit":"set_user_value","user":"2","attribute":"region","value":"x","window":{` +
				window + `}}]}`},
			{"POST", "/v1/changes", `{"edits":[{"edit":"set_group_value","group":"2","attribute":"14","value":"x","window":{` +
				window + `}}]}`},
			{"POST", "/v1/preview", `{"edits":[{"edit":"set_group_value","group":"2","attribute":"14","value":"x","window":{` +
				window + `}}]}`},
		} {
			got := w.send("admin", d.method, d.path, d.body, nil)
			named := strings.Contains(got.body, "starts_at") || strings.Contains(got.body, "expires_at")
			if got.status/100 == 2 != taken || !taken && (!named || got.status != 400 && got.status != 422) {
				t.Errorf("%s in %s %s: %d %s", window, d.method, d.path, got.status, got.body)
			}
		}
	}
}
