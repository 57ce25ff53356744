package document

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
)

func TestListsAreShownAsFiltersThatMeanTheirElements(t *testing.T) {
	for _, test := range []struct {
		elements []string
		want     string
	}{
		{nil, `""`},
		{[]string{"a", "b c"}, `a,b c`},
		{[]string{"a", "NULL"}, `a,"NULL"`},
		{[]string{"null", "Empty", "EMPTYING", "nullable"}, `"null","Empty","EMPTYING","nullable"`},
		{[]string{"a,b"}, `"a,b"`},
		{[]string{`a\`, "b"}, `"a\\",b`},
		{[]string{`say "x"`}, `"say \"x\""`},
		{[]string{"10%", "a_b", "-a", "a-b"}, `"10%","a_b","-a",a-b`},
		{[]string{"a^b", " a", "a "}, `"a^^b"," a","a "`},
		{[]string{`{{ _user_attributes['x'] }}`}, `"{{ _user_attributes['x'] }}"`},
	} {
		if got := showList(test.elements); got != test.want {
			t.Errorf("%q is shown as %s, want %s", test.elements, got, test.want)
		}
	}
}

func TestListsAreReadAsTheyAreShown(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		elements := rapid.SliceOfN(rapid.OneOf(
			rapid.StringOfN(rapid.SampledFrom([]rune(`ab ,"\^%_-{}é`)), 1, 6, -1),
			rapid.SampledFrom([]string{"NULL", "null", "EMPTY", "Empty", "nullx"}),
		), 1, 4).Draw(r, "elements")
		shown := showList(elements)
		got, err := readList("value", shown)
		if err != nil || !slices.Equal(got, elements) {
			r.Fatalf("%q is shown as %s, and read as %q, %v", elements, shown, got, err)
		}
		stored := directory.JoinList(elements)
		if again := directory.SplitList(stored); !slices.Equal(again, elements) {
			r.Fatalf("%q is stored as %s, and read as %q", elements, stored, again)
		}
	})
}

func TestListsThatPeopleWrite(t *testing.T) {
	for text, want := range map[string][]string{
		`a, b`: {"a", "b"}, `a,"b, c" , d`: {"a", "b, c", "d"}, `a^,b`: {"a,b"}, `a\,b`: {"a,b"}, `^ a`: {" a"},
		`a^ `:   {"a "},
		`"a^b"`: {"a^b"}, `""`: nil, ``: nil, `"-1"`: {"-1"}, `^-1`: {"-1"},
	} {
		if got, err := readList("value", text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is read as %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		`a,NULL`, `empty`, `-a`, `a%`, `%`, `a_b`, `"a`, `a"b"`, `"a"b`, `a,,b`, `a,`, `,a`, `a^b`, `a\`, `\n`, `"a\n"`,
	} {
		if got, err := readList("value", text); directory.KindOf(err) != directory.KindInvalid {
			t.Errorf("%s is read as %q, %v, want a refusal", text, got, err)
		}
	}
}
