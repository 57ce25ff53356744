package document

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/httpkit"
)

// The hand-written encoder makes the same bytes as the encoder of all other
// replies, whatever members are wanted.
func TestRepliesAreAppendedAsTheyAreEncoded(t *testing.T) {
	t.Run("values", rapid.MakeCheck(func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Make[value](), 0, 4).Draw(t, "rows")
		can := Can{"show": true, "a\"b": false}
		for i := range rows {
			rows[i].Can, rows[i].Name = can, odd(t)
		}
		sameBytes(t, rows, func(a *appender, row *value) { appendUserValue(a, row, appendCan(nil, can)) })
	}))
	t.Run("groups", rapid.MakeCheck(func(t *rapid.T) {
		sameBytes(t, rapid.SliceOfN(rapid.Make[Group](), 0, 4).Draw(t, "groups"), appendGroup)
	}))
	t.Run("users", rapid.MakeCheck(func(t *rapid.T) {
		sameBytes(t, rapid.SliceOfN(rapid.Make[User](), 0, 3).Draw(t, "users"), appendUser)
	}))
}

// odd is a text that need not be UTF-8.
func odd(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "odd")) }

func sameBytes[T any](t *rapid.T, list []T, each func(*appender, *T)) {
	names := rapid.SampledFrom([]string{"", "name", "id,url,can", "group_ids,value", "none"}).Draw(t, "fields")
	fields, err := httpkit.ParseFields(names)
	if err != nil {
		t.Fatal(err)
	}
	want, err := httpkit.Encode(list)
	if err != nil {
		t.Fatal(err)
	}
	if want, err = fields.Select(want); err != nil {
		t.Fatal(err)
	}
	a := appender{fields: fields}
	appendList(&a, list, each)
	if diff := cmp.Diff(string(want), string(a.b)); diff != "" || a.err != nil {
		t.Error(diff, a.err)
	}
}
