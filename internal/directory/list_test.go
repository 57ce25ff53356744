package directory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAListIsSplitAsPeopleWriteIt(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" , ,", nil},
		{"a", []string{"a"}},
		{"a,b", []string{"a", "b"}},
		{" a , b c ", []string{"a", "b c"}},
		{"a^,b", []string{"a,b"}},
		{"^ a^ ", []string{" a "}},
		{`"a,b" , c`, []string{"a,b", "c"}},
		{`" a ",""`, []string{" a ", ""}},
		{`"say ^"hi^""`, []string{`say "hi"`}},
		{`5" pipe,6"`, []string{`5" pipe`, `6"`}},
		{`"open, end`, []string{"open, end"}},
		{`"a"b,c`, []string{"ab", "c"}},
		{"50%,a_b,-c", []string{"50%", "a_b", "-c"}},
		{"a^", []string{"a^"}},
	} {
		if diff := cmp.Diff(tt.want, SplitList(tt.text)); diff != "" {
			t.Errorf("elements of %q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestAListIsJoinedForAFilter(t *testing.T) {
	for _, tt := range []struct {
		elements []string
		want     string
	}{
		{nil, ""},
		{[]string{"a", "b c"}, "a,b c"},
		{[]string{"Santa Cruz, CA", "NY"}, "Santa Cruz^, CA,NY"},
		{[]string{"50%", "a_b", "-c", "d-e", "f^g", `"h"`}, `50^%,a^_b,^-c,d-e,f^^g,^"h^"`},
		{[]string{"", " ", " a "}, `"",^ ,^ a^ `},
	} {
		if got := JoinList(tt.elements); got != tt.want {
			t.Errorf("list of %q is %q, want %q", tt.elements, got, tt.want)
		}
	}
}

func TestLawSplittingUndoesJoining(t *testing.T) {
	element := rapid.StringOf(rapid.SampledFrom([]rune(`ab ,"^%_-` + "é")))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(element).Draw(t, "elements")
		text := JoinList(want)
		got := SplitList(text)
		if len(want)+len(got) > 0 {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("elements of %q (-want +got):\n%s", text, diff)
			}
		}
		if len(want) > 0 && len(want) <= MaxListLen {
			if err := ParseValue("value", TypeList, text); err != nil {
				t.Fatalf("%q is refused: %v", text, err)
			}
		}
	})
}

func FuzzSplitList(f *testing.F) {
	for _, text := range []string{"", "a,b", `"a,b",^c`, `5" pipe`, `"`, "^", ", ,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		elements := SplitList(text)
		again := SplitList(JoinList(elements))
		if len(elements)+len(again) > 0 && !cmp.Equal(elements, again) {
			t.Fatalf("%q has elements %q, which come back as %q", text, elements, again)
		}
		if n := strings.Count(text, ",") + 1; len(elements) > n {
			t.Fatalf("%q has %d elements, but %d at most", text, len(elements), n)
		}
	})
}
