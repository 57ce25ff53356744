package render_test

import (
	"testing"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/render"
)

func TestValuesAreTypedJSON(t *testing.T) {
	for _, test := range []struct {
		of   directory.Type
		v    directory.Value
		want string
	}{
		{directory.TypeString, directory.Value{Text: "a\"b"}, `"a\"b"`},
		{directory.TypeInteger, directory.Value{Text: "025"}, `25`},
		{directory.TypeInteger, directory.Value{Text: "-0"}, `-0`},
		{directory.TypeInteger, directory.Value{Text: "+7"}, `7`},
		{directory.TypeNumber, directory.Value{Text: ".50"}, `0.50`},
		{directory.TypeNumber, directory.Value{Text: "-00.5"}, `-0.5`},
		{directory.TypeNumber, directory.Value{Text: "123456789012345678901234567890"}, `123456789012345678901234567890`},
		{directory.TypeYesNo, directory.Value{Text: "YES"}, `true`},
		{directory.TypeYesNo, directory.Value{Text: "no"}, `false`},
		{directory.TypeEnumList, directory.Value{Text: `a,"b, c"`}, `["a","b, c"]`},
		{directory.TypeEnumList, directory.Value{Text: ""}, `[]`},
		{directory.TypeDate, directory.Value{Text: "2026-01-31"}, `"2026-01-31"`},
		{directory.TypeText, directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: "eins"},
			{Language: "EN", Text: "one"}}}, `"one"`},
		{directory.TypeText, directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: "eins"}}}, `null`},
		{directory.TypeString, directory.Value{Sealed: 5}, `{"hidden":true,"set":true}`},
	} {
		got, err := json.Marshal(render.Value(test.of, test.v, "EN"))
		if err != nil || string(got) != test.want {
			t.Errorf("%s %+v: %s, %v; want %s", test.of, test.v, got, err, test.want)
		}
	}
	row := directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: "eins"}, {Language: "EN", Text: "one,two"}}}
	got, err := json.Marshal(render.Row(directory.TypeList, row), json.Deterministic(true))
	if want := `{"texts":{"DE":["eins"],"EN":["one","two"]}}`; err != nil || string(got) != want {
		t.Errorf("a stored row: %s, %v; want %s", got, err, want)
	}
}

func TestReasonsAreSentences(t *testing.T) {
	names := func(id directory.GroupID) string { return map[directory.GroupID]string{2: "EMEA", 3: "Berlin"}[id] }
	a := &directory.Attribute{ID: 14, Name: "credit", Type: directory.TypeInteger, Rule: directory.RuleMin}
	x := directory.Explanation{
		Effective: directory.Effective{
			Attribute: 14, Origin: directory.OriginGroup, Value: directory.Value{Text: "1"}, Groups: []directory.GroupID{4},
		},
	}
	for _, c := range []struct {
		outcome directory.Outcome
		by      directory.GroupID
		want    string
	}{
		{directory.Contributes, 0, "It is the answer."},
		{directory.Outranked, 2, "It is outranked by the value of EMEA."},
		{directory.Farther, 4, "It is farther away than the value of group 4."},
		{directory.Shadowed, 0, "The user's own value decides."},
		{directory.NotExtreme, 2, "The value of EMEA is less."},
		{directory.NotExtreme, 0, "The user's own value is less."},
		{directory.NotDeciding, 2, "The value of EMEA decides."},
		{directory.Repeated, 0, "It adds no element that is not there already."},
		{directory.Yielded, 0, "A group has a value, and the user's own value gives way to it."},
		{directory.NotYetForced, 0, "It is not in force before 1970-01-01T00:00:05Z."},
		{directory.Expired, 0, "It expired at 1970-01-01T00:00:09Z."},
		{directory.NoText, 0, "It has no text in this language."},
		{directory.NotReached, 0, "The default counts only where there is nothing else."},
	} {
		x.Candidates = append(x.Candidates, directory.Candidate{
			Origin: directory.OriginGroup, Group: 4, Rank: 1, Path: []directory.GroupID{3, 2, 4}, Outcome: c.outcome, By: c.by,
			Window: directory.Window{StartsAt: 5000, ExpiresAt: 9000},
		})
		out := render.ExplanationOf("Ada", a, x, names, "EN")
		if got := out.Candidates[len(out.Candidates)-1].Reason; got != c.want {
			t.Errorf("%s by %d: %q, want %q", c.outcome, c.by, got, c.want)
		}
	}
	want := `Ada has "1" for credit from group 4 through Berlin and EMEA, the least of 6 values.`
	if got := render.ExplanationOf("Ada", a, x, names, "EN").Summary; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
}
