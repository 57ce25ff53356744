package looker

import (
	"net/url"
	"testing"
	"unicode/utf8"

	"cohort/internal/directory"
)

func FuzzNamePatterns(f *testing.F) {
	for _, s := range []string{"/a/John%20Allen", "/a/%25ed", "/a/%ed%25", "/a/b+c", "/a/%2F", "/a/%00", "/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		patterns := namePatterns(u)
		if len(patterns) == 0 {
			t.Fatalf("%q gives no pattern", path)
		}
		for _, p := range patterns {
			if _, err := directory.ParsePattern("pattern", p); err == nil && !utf8.ValidString(p) {
				t.Fatalf("%q gives %q", path, p)
			}
		}
	})
}
