package document

import (
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/propeller/schema"
)

func TestDays(t *testing.T) {
	for text, want := range map[string]string{
		"28/08/1993": "1993-08-28", "1993-08-28": "1993-08-28", "August, 28 1993 00:00:00 +0000": "1993-08-28", "": "",
		"31/02/1993": "no", "8/28/1993": "no", "28-08-1993": "no", "1993-08-28T00:00:00Z": "no",
	} {
		day, ok := parseDay(text)
		if !ok {
			day = "no"
		}
		if day != want {
			t.Errorf("%q is %q, want %q", text, day, want)
		}
	}
}

func TestNumbersAsJSONWritesThem(t *testing.T) {
	for text, want := range map[string]string{
		"025": "25", "+5": "5", "-0": "-0", ".5": "0.5", "-00.10": "-0.10", "0": "0", "5.": "5", "": "", ".": "", "+": "",
		"x": "", "1e5": "1e5", "--1": "",
	} {
		if got := jsonNumber(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// FuzzValue reads any value for any type: what was read is shown so that it is
// read again, and is then the same.
func FuzzValue(f *testing.F) {
	for i, s := range []string{`"a"`, `["a","b, c"]`, `12.50`, `[{"language":"EN","value":"x"}]`,
		`[{"language":"en","value":["x"]},{"language":"NL"}]`, `{"a":1}`, `-0`} {
		f.Add(s, i, "007")
	}
	f.Fuzz(func(t *testing.T, s string, which int, have string) {
		types := directory.Types()
		a := &directory.Attribute{ID: 14, Name: "a", Type: types[uint(which)%uint(len(types))]}
		n, err := schema.Parse(jsontext.Value(s), nil)
		if err != nil {
			return
		}
		had := directory.Value{Text: have}
		if a.Type.Localized() {
			had = directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: have}}}
		}
		v, _, err := ReadValue(a, n, had, true, "EN")
		if err != nil || a.Type.Localized() || directory.ParseValue("value", a.Type, v.Text) != nil {
			return
		}
		shown, err := json.Marshal(ShowValue(a, v, false, "EN")["value"])
		if err != nil {
			t.Fatal(err)
		}
		again, err := schema.Parse(jsontext.Value(shown), nil)
		if err != nil {
			t.Fatal(err)
		}
		if read, same, err := ReadValue(a, again, v, true, "EN"); err != nil || !same {
			t.Fatalf("%s of type %s is kept as %+v, shown as %s, read again as %+v, %v", s, a.Type, v, shown, read, err)
		}
	})
}

func FuzzDay(f *testing.F) {
	f.Add("28/08/1993")
	f.Add("August, 28 1993 00:00:00 +0000")
	f.Fuzz(func(t *testing.T, s string) {
		day, ok := parseDay(s)
		if !ok {
			return
		}
		if again, ok := parseDay(showDay(day)); !ok || again != day {
			t.Fatalf("%q is %q, shown as %q", s, day, showDay(day))
		}
	})
}

// TestAPlaceholderKeepsAHiddenValue reads what clients send back of a hidden value.
func TestAPlaceholderKeepsAHiddenValue(t *testing.T) {
	for sent, keeps := range map[string]bool{
		`"DEFAULT_IS_SET"`: true, `""`: true, `[{"language":"EN","value":""}]`: true, `"x"`: false,
		`["DEFAULT_IS_SET"]`: false,
	} {
		n, err := schema.Parse(jsontext.Value(sent), nil)
		if err != nil {
			t.Fatal(err)
		}
		in := ValueInput{Value: n}
		if got := in.Keeps(&directory.Attribute{Hidden: true}); got != keeps {
			t.Errorf("%s keeps a hidden value: %v", sent, got)
		}
		if in.Keeps(&directory.Attribute{}) {
			t.Errorf("%s keeps a value that is shown", sent)
		}
	}
}
