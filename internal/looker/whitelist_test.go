package looker

import (
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestParseWhitelist(t *testing.T) {
	for _, ok := range []string{
		"my_domain/route/sub/*", "https://example.com/*, *.example.org", "*", "http://[::1]:8080/a?b=c%20d",
	} {
		if err := parseWhitelist(ok); err != nil {
			t.Errorf("parseWhitelist(%q): %v", ok, err)
		}
	}
	for _, bad := range []string{
		"", " ", "a,", ",a", "a b", "a\nb", "a\x00", "é.example.com", "a\xff", `"a"`,
		strings.Repeat("a", maxWhitelistLen+1), strings.Repeat("a,", maxWhitelistEntries) + "a",
	} {
		if err := parseWhitelist(bad); directory.KindOf(err) != directory.KindInvalid {
			t.Errorf("parseWhitelist(%q) = %v, want an invalid field", bad, err)
		}
	}
}

func TestAWhitelistCanOnlyBeNarrowed(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"my_domain/*", "my_domain/*", true},
		{"my_domain/*", "my_domain/route/*", true},
		{"my_domain/route/*", "my_domain/*", false},
		{"a, b/*", "b/c", true},
		{"a,b", "a", true},
		{"a", "a,b", false},
		{"*.example.com/*", "x.example.com/y", true},
		{"*.example.com/*", "*.example.com/y/*", true},
		{"*.example.com/*", "example.com/y", false},
		{"a/*/c", "a/b/c", true},
		{"a/*/c", "a/c", false},
		{"a/*/c", "a/*", false},
		{"a*b*c", "abc", true},
		{"a*a", "a", false},
		{"a", "a*", false},
		{"*", "anything", true},
		{"A", "a", false},
	} {
		if got := narrows(test.from, test.to); got != test.want {
			t.Errorf("narrows(%q, %q) = %t, want %t", test.from, test.to, got, test.want)
		}
	}
}

// FuzzNarrows checks that no text which a narrower list allows is refused by
// the wider one: it puts a text in the place of each *.
func FuzzNarrows(f *testing.F) {
	f.Add("a/*/c", "a/*/*/c", "b")
	f.Add("*", "x", "")
	f.Fuzz(func(t *testing.T, from, to, text string) {
		if strings.ContainsAny(text, "*,") || !narrows(from, to) {
			return
		}
		for entry := range strings.SplitSeq(to, ",") {
			entry = strings.TrimSpace(strings.ReplaceAll(strings.TrimSpace(entry), "*", text))
			if !narrows(from, entry) {
				t.Errorf("%q narrows to %q, but does not cover %q", from, to, entry)
			}
		}
	})
}
