package record_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/record"
)

// alike compares what went in with what came out: a list that is empty may
// come back as none, and neither a secret nor Keep comes back.
var alike = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(directory.CreateAPICredential{}, "Secret"),
	cmpopts.IgnoreFields(directory.SetGroupValue{}, "Keep"),
	cmpopts.IgnoreFields(directory.SetUserValue{}, "Keep"),
	cmpopts.IgnoreFields(directory.GroupValueItem{}, "Keep"),
}

func TestEveryEditHasAForm(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../directory/edit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared, tested []string
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "EditName" {
			declared = append(declared, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	for _, e := range edits {
		tested = append(tested, reflect.TypeOf(e).Name())
		if _, err := record.EncodeEdits([]directory.Edit{e}); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(declared)
	slices.Sort(tested)
	if diff := cmp.Diff(declared, tested); diff != "" {
		t.Errorf("edits of directory and of these tests (-directory +tests):\n%s", diff)
	}
	if len(rows) != len(directory.RowKinds()) {
		t.Errorf("%d rows are tested, of %d", len(rows), len(directory.RowKinds()))
	}
}

func TestEditsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []directory.Edit
		for range rapid.IntRange(0, 3).Draw(t, "edits") {
			want = append(want, filled(drawn(t, true), rapid.SampledFrom(edits).Draw(t, "edit")))
		}
		b, err := record.EncodeEdits(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := record.DecodeEdits(b)
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if diff := cmp.Diff(want, got, alike); diff != "" {
			t.Fatalf("edits (-want +got):\n%s\n%s", diff, b)
		}
	})
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := filled(drawn(t, false), rapid.SampledFrom(rows).Draw(t, "row"))
		image := record.Image(want)
		got, err := record.ParseImage(want.Key().Kind, image)
		if err != nil {
			t.Fatalf("%v\n%s", err, image)
		}
		if diff := cmp.Diff(want, got, alike); diff != "" {
			t.Fatalf("row (-want +got):\n%s\n%s", diff, image)
		}
		if again := record.Image(got); string(again) != string(image) {
			t.Fatalf("the image of what came back is %s, want %s", again, image)
		}
	})
}

func TestASecretIsNeitherWrittenNorRead(t *testing.T) {
	b, err := record.EncodeEdits([]directory.Edit{
		directory.CreateAPICredential{User: 7, ClientID: "abc", Secret: "canary"},
		directory.SetUserValue{User: 7, Attribute: 14, Value: directory.Value{Sealed: 3, Text: "canary"}},
		directory.CreateAttribute{Name: "a", Type: directory.TypeString, Hidden: true,
			Default: &directory.Value{Sealed: 4, Texts: []directory.LocalText{{Language: "EN", Text: "canary"}}}},
	})
	if err != nil || strings.Contains(string(b), "canary") {
		t.Errorf("written: %s, %v", b, err)
	}
	image := record.Image(directory.UserValue{User: 7, Attribute: 14, Value: directory.Value{Sealed: 3, Text: "canary"}})
	if strings.Contains(string(image), "canary") {
		t.Errorf("in an image: %s", image)
	}
	_, err = record.DecodeEdit("edits/0", []byte(`{"edit":"create_api_credential","user":"7","secret":"canary"}`))
	if directory.KindOf(err) != directory.KindMalformed {
		t.Errorf("read: %v", err)
	}
}

func TestTextsThatAreNotUTF8AreNotRecorded(t *testing.T) {
	bad := "a\xff"
	if _, err := record.EncodeEdits([]directory.Edit{directory.CreateGroup{Name: bad}}); err == nil {
		t.Error("an edit with such a text is encoded")
	}
	writes := []directory.RowWrite{{After: directory.Group{ID: 1, Name: bad}}}
	if _, err := record.Build(directory.ChangeHeader{}, nil, writes, [32]byte{}, salts()); err == nil {
		t.Error("a row with such a text is recorded")
	}
	other := directory.Group{ID: 1, Name: "a\ufffd"}
	if string(record.Image(writes[0].After)) == string(record.Image(other)) {
		t.Error("its image is that of another row, so the digest does not see the difference")
	}
}

func TestBadEditsAreRefusedWithTheirPlace(t *testing.T) {
	for _, tt := range []struct{ edit, field, want string }{
		{`{"edit":"delete_group"}`, "edits/0/group", "is required"},
		{`{"group":"12"}`, "edits/0/edit", "is required"},
		{`{"edit":"explode","group":"12"}`, "edits/0/edit", "names no edit"},
		{`{"edit":7}`, "edits/0/edit", "must be a text"},
		{`{"edit":"delete_group","edit":"delete_group","group":"12"}`, "edits/0/edit", "occurs twice"},
		{`{"edit":"delete_group","group":"12","group":"12"}`, "edits/0/group", "occurs twice"},
		{`{"edit":"delete_group","Group":"12"}`, "edits/0/Group", "is not known here; the fields are group"},
		{`{"edit":"delete_group","group":"12","x":1}`, "edits/0/x", "is not known here"},
		{`{"edit":"delete_group","group":12}`, "edits/0/group", "must be a text"},
		{`{"edit":"delete_group","group":null}`, "edits/0/group", "must be a text"},
		{`{"edit":"delete_group","group":"012"}`, "edits/0/group", "must be a positive whole number"},
		{`{"edit":"delete_group","group":"0"}`, "edits/0/group", "must be a positive whole number"},
		{`{"edit":"delete_group","group":"-1"}`, "edits/0/group", "must be a positive whole number"},
		{`{"edit":"delete_group","group":"+1"}`, "edits/0/group", "must be a positive whole number"},
		{`{"edit":"delete_group","group":"$-1"}`, "edits/0/group", "must be a positive whole number"},
		{`{"edit":"delete_group","group":"99999999999999999999"}`, "edits/0/group", "must be a positive whole number"},
		{`{"edit":"set_user_value","user":"1","attribute":"2"}`, "edits/0/value", "is required"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":null}`, "edits/0/value", "must be a text, {"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":7}`, "edits/0/value", "must be a text, {"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":{}}`, "edits/0/value", "must be a text, {"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":{"hidden":true}}`, "edits/0/value",
			"must be a text, {"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":{"sealed":"3"}}`, "edits/0/value", "must be a text, {"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":{"hidden":true,"sealed":"0"}}`, "edits/0/value/sealed",
			"must be a positive"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":{"texts":{"EN":1}}}`, "edits/0/value/texts/EN",
			"must be a text"},
		{`{"edit":"set_user_value","user":"1","attribute":"2","value":{"text":"x"}}`, "edits/0/value/text",
			"is not part of a value"},
		{`{"edit":"add_member","user":"1","group":"2","window":{"starts_at":"tomorrow"}}`, "edits/0/window/starts_at",
			"must be a time"},
		{`{"edit":"add_member","user":"1","group":"2","window":{"starts_at":"1950-01-01T00:00:00Z"}}`,
			"edits/0/window/starts_at", "must be later than 1970"},
		{`{"edit":"set_group_values","attribute":"1","items":{}}`, "edits/0/items", "must be a list"},
		{`{"edit":"set_group_values","attribute":"1","items":[{"group":"1","value":"x"},{"value":"x"}]}`,
			"edits/0/items/1/group", "is required"},
		{`{"edit":"set_group_values","attribute":"1","items":[{"group":"1","value":"x","rank":1.5}]}`, "edits/0/items/0/rank",
			"must be a whole number"},
		{`{"edit":"set_facet","object":"planet:1","dialect":"d","kind":"k","data":"{}"}`, "edits/0/object", "must be one of"},
		{`{"edit":"set_facet","object":"group:x","dialect":"d","kind":"k","data":"{}"}`, "edits/0/object",
			"must be a positive"},
		{`{"edit":"update_user","user":"1","disabled":"yes"}`, "edits/0/disabled", "must be true or false"},
		{`[]`, "edits/0", "must be an object"},
		{"{\"edit\":\"create_group\",\"name\":\"a\xff\"}", "edits/0/name", "is not valid JSON"},
		{`{"edit":"create_group","name":"a}`, "", "is not valid JSON"},
		{`{"edit":"create_group","name":"a`, "", "is not valid JSON"},
	} {
		_, err := record.DecodeEdits([]byte(`{"version":1,"edits":[` + tt.edit + `]}`))
		e, ok := errors.AsType[*directory.Error](err)
		if !ok || e.Kind != directory.KindMalformed && e.Kind != directory.KindInvalid {
			t.Errorf("%s: %v", tt.edit, err)
			continue
		}
		if tt.field != "" && e.Field != tt.field || !strings.Contains(e.Public(), tt.want) && tt.field != "" {
			t.Errorf("%s: field %q, %q; want field %q and %q", tt.edit, e.Field, e.Msg, tt.field, tt.want)
		}
	}
}

func TestBadDocumentsAreRefused(t *testing.T) {
	for _, doc := range []string{
		``, `{}`, `[]`, `null`, `{"version":1}`, `{"version":2,"edits":[]}`, `{"version":"1","edits":[]}`, `{"edits":[]}`,
		`{"version":1,"edits":[]`, `{"version":1,"edits":[]}x`, `{"version":1,"edits":[]}{}`,
		`{"version":1,"edits":[],"more":1}`,
		`{"version":1,"edits":null}`, `{"version":1,"Edits":[]}`, `{"version":1,"edits":[{"edit":"initialize"},]}`,
	} {
		if edits, err := record.DecodeEdits([]byte(doc)); directory.KindOf(err) != directory.KindMalformed &&
			directory.KindOf(err) != directory.KindInvalid {
			t.Errorf("%s: %v, %v", doc, edits, err)
		}
	}
	if _, err := record.DecodeEdit("edits/0", []byte(`{"edit":"initialize"} x`)); err == nil {
		t.Error("something behind an edit is not seen")
	}
}

func TestTheNameOfAnEditMayStandAnywhere(t *testing.T) {
	got, err := record.DecodeEdit("edits/3", []byte(` {"group":"$2", "edit":"delete_group"} `))
	if want := (directory.DeleteGroup{Group: directory.Made[directory.GroupID](2)}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func FuzzDecodeEdits(f *testing.F) {
	for _, e := range edits {
		b, err := record.EncodeEdits([]directory.Edit{filled(full(), e)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := record.DecodeEdits(b)
		if err != nil {
			return
		}
		again, err := record.EncodeEdits(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := record.DecodeEdits(again)
		if err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
		if diff := cmp.Diff(first, second, alike); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}

func FuzzParseImage(f *testing.F) {
	for _, r := range rows {
		f.Add(byte(r.Key().Kind), record.Image(filled(full(), r)))
	}
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		row, err := record.ParseImage(directory.RowKind(kind), b)
		if err != nil {
			return
		}
		again, err := record.ParseImage(directory.RowKind(kind), record.Image(row))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row, again, alike); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}
