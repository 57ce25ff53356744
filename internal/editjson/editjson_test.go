package editjson_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/record"
)

// TestAFileMayHoldEditsAsRecordsShowThem: people make seeds of what the log
// shows. What is sealed there cannot be read.
func TestAFileMayHoldEditsAsRecordsShowThem(t *testing.T) {
	f, err := os.Open("../record/testdata/forms.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "edit ")
		if !ok || strings.Contains(text, `"sealed"`) || strings.Contains(text, `"edit":"baseline"`) {
			continue
		}
		want, err := record.DecodeEdit("edits/0", []byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, _, err := editjson.Decoder{}.File(fmt.Appendf(nil, `{"version":1,"edits":[%s]}`, text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		read[want.EditName()] = true
		if diff := cmp.Diff([]directory.Edit{want}, got, cmpopts.EquateEmpty(),
			cmpopts.IgnoreFields(directory.SetGroupValue{}, "Vendor"), cmpopts.IgnoreFields(directory.SetUserValue{}, "Vendor"),
			cmpopts.IgnoreFields(directory.SetGroupValues{}, "Vendor")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if len(read) < 40 {
		t.Errorf("only %d kinds of edit were read", len(read))
	}
}

func TestFilesOfEdits(t *testing.T) {
	const edit = `{"edit":"delete_group","group":"2"}`
	want := []directory.Edit{directory.DeleteGroup{Group: 2}}
	for _, text := range []string{
		`{"edits":[` + edit + `]}`, `{"version":1,"edits":[` + edit + `]}`, `[` + edit + `]`,
		"\xef\xbb\xbf" + `{"edits":[` + edit + `],"comment":"why"}`,
	} {
		got, comment, err := editjson.Decoder{}.File([]byte(text))
		if err != nil || comment != "" && comment != "why" {
			t.Errorf("%s: %q, %v", text, comment, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for text, field := range map[string]string{
		``: "", `{}`: "edits", `{"edits":{}}`: "edits", `{"edits":[1]}`: "edits/0", `{"version":2,"edits":[]}`: "version",
		`{"cohort":1}`: "cohort", `{"edits":[` + edit + `]} x`: "", `[` + edit: "", `{"edits":[],"edits":[]}`: "edits",
	} {
		_, _, err := editjson.Decoder{}.File([]byte(text))
		e, ok := err.(*directory.Error) //nolint:errorlint // as it is returned
		if !ok || field != "" && e.Field != field {
			t.Errorf("%s: %v, want an error about %q", text, err, field)
		}
	}
}

// decode reads one edit as a request.
func decode(text string) (directory.Edit, error) {
	return editjson.Decoder{Find: func(place, kind, selector string) (int64, error) {
		if selector == "name:EMEA" {
			return 7, nil
		}
		return 0, &directory.Error{Kind: directory.KindNotFound, Field: place, Msg: kind + " was not found"}
	}}.Edit("edits/3", []byte(text))
}

func TestRequestsAreReadStrictly(t *testing.T) {
	for text, field := range map[string]string{
		`{"edit":"set_user_value","user":"1","attribute":"14"}`:                                                                          "edits/3/value",
		`{"edit":"set_user_value","user":"1","value":"x"}`:                                                                               "edits/3/attribute",
		`{"edit":"set_user_value","user":1,"attribute":"14","value":"x"}`:                                                                "edits/3/user",
		`{"edit":"set_user_value","user":"01","attribute":"14","value":"x"}`:                                                             "edits/3/user",
		`{"edit":"set_user_value","user":"email:a","attribute":"14","value":"x"}`:                                                        "edits/3/user",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":null}`:                                                             "edits/3/value",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":{"hidden":true,"sealed":"3"}}`:                                     "edits/3/value",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":{"hidden":true,"set":true}}`:                                       "edits/3/value",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":{"texts":{}}}`:                                                     "edits/3/value",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":{"texts":{"ENG":"x"}}}`:                                            "edits/3/value/texts",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":{"texts":{"EN":"x","en":"y"}}}`:                                    "edits/3/value/texts/en",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":["a",1]}`:                                                          "edits/3/value/1",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":"x","vendor":true}`:                                                "edits/3/vendor",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":"x","keep":true}`:                                                  "edits/3/keep",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":"x","value":"y"}`:                                                  "edits/3/value",
		`{"edit":"set_user_value","user":"1","attribute":"14","value":"x","Value":"y"}`:                                                  "edits/3/Value",
		`{"edit":"add_member","group":"2","user":"1","window":{"expires_at":4070908800}}`:                                                "edits/3/window/expires_at",
		`{"edit":"add_member","group":"2","user":"1","window":{"expires_at":"tomorrow"}}`:                                                "edits/3/window/expires_at",
		`{"edit":"add_member","group":"2","user":"1","window":{"starts_at":"1969-01-01T00:00:00Z"}}`:                                     "edits/3/window/starts_at",
		`{"edit":"add_member","group":"2","user":"1","window":{"from":"2026-01-01T00:00:00Z"}}`:                                          "edits/3/window/from",
		`{"edit":"add_member","group":"2","user":"1","window":{"starts_at":"2027-01-01T00:00:00Z","expires_at":"2026-01-01T00:00:00Z"}}`: "edits/3/window/expires_at",
		`{"edit":"add_member","group":"2","user":"1","window":{"starts_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T00:00:00Z"}}`: "edits/3/window/expires_at",
		`{"edit":"create_api_credential","user":"1","secret":"x"}`:                                                                       "edits/3/secret",
		`{"edit":"create_user","disabled":"true"}`:                                                                                       "edits/3/disabled",
		`{"edit":"set_group_values","attribute":"14","items":[{"group":"2","value":"x","rank":1.5}]}`:                                    "edits/3/items/0/rank",
		`{"edit":"nothing"}`: "edits/3/edit", `{}`: "edits/3/edit", `[]`: "edits/3",
		`{"edit":"delete_group","group":"2"} 1`: "edits/3",
	} {
		edit, err := decode(text)
		e, ok := err.(*directory.Error) //nolint:errorlint // as it is returned
		if !ok || e.Field != field {
			t.Errorf("%s is read as %+v, %v; want an error about %s", text, edit, err, field)
		}
	}
}

func TestRequestsSayInWhichTypeOfJSONAValueIsWritten(t *testing.T) {
	for value, want := range map[string]directory.Value{
		`"x"`:                    {Text: "x"},
		`"025"`:                  {Text: "025"},
		`1e5`:                    {Text: "100000", Written: directory.JSONNumber},
		`5.0`:                    {Text: "5", Written: directory.JSONNumber},
		`true`:                   {Text: "yes", Written: directory.JSONBool},
		`["a","b,c"]`:            {Text: "a,b^,c", Written: directory.JSONList},
		`{"texts":{"en":"x"}}`:   {Texts: []directory.LocalText{{Language: "EN", Text: "x"}}},
		`{"texts":{"EN":["a"]}}`: {Texts: []directory.LocalText{{Language: "EN", Text: "a"}}, Written: directory.JSONList},
	} {
		got, err := decode(`{"edit":"set_group_value","group":"name:EMEA","attribute":"$1","value":` + value + `}`)
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		edit := directory.SetGroupValue{Group: 7, Attribute: directory.Made[directory.AttributeID](1), Value: want}
		if diff := cmp.Diff(directory.Edit(edit), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", value, diff)
		}
	}
	edit, err := decode(`{"edit":"update_attribute","attribute":"14","default":null}`)
	if u, ok := edit.(directory.UpdateAttribute); err != nil || !ok || u.Default == nil || !u.Default.IsZero() {
		t.Errorf("a default of null: %+v, %v", edit, err)
	}
}
