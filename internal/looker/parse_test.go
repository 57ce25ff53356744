package looker

import (
	"net/http/httptest"
	"net/url"
	"strings"
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

func FuzzLoginForm(f *testing.F) {
	for _, s := range []string{"client_id=a&client_secret=b", `{"client_id":"a","client_secret":"b"}`, `{"client_id":1}`,
		"%zz", "{", "a=b;c=d"} {
		f.Add(s, "client_id=q")
	}
	f.Fuzz(func(t *testing.T, body, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q := &request{w: httptest.NewRecorder(), r: httptest.NewRequest("POST", "/", strings.NewReader(body)), params: params{Values: values}}
		form, err := q.loginForm()
		if err != nil {
			if k := directory.KindOf(err); k != directory.KindMalformed && k != directory.KindTooLarge {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if form.Get("client_id") == "" && values.Get("client_id") != "" {
			t.Fatalf("%q: the client id of the query is lost", body)
		}
	})
}
