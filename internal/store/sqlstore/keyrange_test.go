package sqlstore

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cohort/internal/directory"
)

// inRange is what the database does with a prefix pattern.
func inRange(key, prefix string) bool {
	end, bounded := keyRange(prefix)
	return key >= prefix && (!bounded || key < end)
}

// anyText favours the ends of the ranges of UTF-8, where a bound can go wrong.
func anyText() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune{
		0, 1, 'a', 'b', 'z', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, utf8.MaxRune - 1, utf8.MaxRune,
	})), 0, 4, -1)
}

func TestAKeyRangeHoldsExactlyWhatBeginsSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := anyText().Draw(t, "prefix")
		key := rapid.OneOf(anyText(), rapid.Map(anyText(), func(s string) string { return prefix + s })).Draw(t, "key")
		if got, want := inRange(key, prefix), strings.HasPrefix(key, prefix); got != want {
			end, bounded := keyRange(prefix)
			t.Fatalf("%+q in the range of %+q to %+q (%v): %v, want %v", key, prefix, end, bounded, got, want)
		}
		if end, bounded := keyRange(prefix); bounded && !utf8.ValidString(end) {
			t.Fatalf("the end %+q of the range of %+q is not UTF-8", end, prefix)
		}
	})
}

// A pattern that is a prefix and a % is answered by a range alone, others by a
// range and then the pattern: both must agree with the pattern itself.
func FuzzKeyRangeAgreesWithThePattern(f *testing.F) {
	for _, seed := range [][2]string{{"ab%", "abc"}, {"ab%", "ac"}, {"\U0010ffff%", "\U0010ffff"}, {"\ud7ff%", "\ue000"},
		{"%", ""}, {"a%b_", "axbc"}, {"ß%", "SSx"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := directory.ParsePattern("pattern", pattern)
		if err != nil || !utf8.ValidString(text) {
			return
		}
		key := directory.Fold(text)
		prefix, only := p.Prefix()
		matches := p.Match(key)
		if matches && !inRange(key, prefix) {
			t.Errorf("%q matches %q, which is outside its range", pattern, key)
		}
		if only && inRange(key, prefix) != matches {
			t.Errorf("the range of %q holds %q: %v; it matches: %v", pattern, key, inRange(key, prefix), matches)
		}
		if exact, ok := p.Exact(); ok && (exact == key) != matches {
			t.Errorf("%q is %q: %v; it matches: %v", exact, key, exact == key, matches)
		}
	})
}
