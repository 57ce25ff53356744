package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzNode reads any JSON: whatever is read is echoed as it was.
func FuzzNode(f *testing.F) {
	for _, s := range []string{`{"a":[1,"2",null,true,{"b":-0.5e3}],"c":{}}`, `[[],{}]`, ` { "a" : "\u00e9\\" } `,
		`{"a":1,"a":2}`, `"`, `1 2`} {
		f.Add(s)
	}
	form := &Shape{Types: []Type{Object}, Members: map[string]*Shape{"a": List(2, Key(3))},
		Required: []string{"b"}}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(jsontext.Value(s), nil)
		if err != nil {
			return
		}
		if !json.Valid([]byte(s)) {
			t.Fatalf("%q was read", s)
		}
		want := jsontext.Value(s)
		if err := want.Compact(); err != nil || string(n.Raw) != string(want) {
			t.Fatalf("%q is read as %s", s, n.Raw)
		}
		for _, v := range form.Violations(n) {
			if !strings.HasPrefix(v, "#") || !strings.Contains(v, ": ") {
				t.Fatalf("%q: violation %q", s, v)
			}
		}
		if n.Kind() == '{' {
			out, err := json.Marshal(n.Echo(7, map[string]string{"x": s}))
			if err != nil || !json.Valid(out) {
				t.Fatalf("%q is echoed as %s, %v", s, out, err)
			}
		}
	})
}
