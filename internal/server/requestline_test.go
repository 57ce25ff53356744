package server

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAPercentSignThatBeginsNoEscapeIsEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"GET /a%zz HTTP/1.1\r\nX: %zz\r\n\r\n%zz": "GET /a%25zz HTTP/1.1\r\nX: %zz\r\n\r\n%zz",
		"GET /% HTTP/1.1\r\n":                     "GET /%25 HTTP/1.1\r\n",
		"GET /%4 HTTP/1.1\r\n":                    "GET /%254 HTTP/1.1\r\n",
		"GET /%%41 HTTP/1.1\r\n":                  "GET /%25%41 HTTP/1.1\r\n",
		"GET /%41%2F?q=%&r=%zz HTTP/1.1\r\n":      "GET /%41%2F?q=%&r=%zz HTTP/1.1\r\n",
		"POST /x HTTP/1.1\n\n%":                   "POST /x HTTP/1.1\n\n%",
	} {
		for part := 1; part <= len(in); part++ {
			m, got := pathMender{}, ""
			for rest := in; rest != ""; {
				n := min(part, len(rest))
				got += string(m.mend([]byte(rest[:n])))
				rest = rest[n:]
			}
			if got != want {
				t.Errorf("%q in parts of %d: %q, want %q", in, part, got, want)
			}
		}
	}
}

// TestEveryMendedPathIsRead mends random paths in random parts, one request
// after the other.
func TestEveryMendedPathIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m pathMender
		for range rapid.IntRange(1, 3).Draw(t, "requests") {
			path := "/" + rapid.StringMatching(`[a-f0-9%/x]{0,12}`).Draw(t, "path")
			in, got := "GET "+path+" HTTP/1.1\r\n\r\n", ""
			for rest := in; rest != ""; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "part")
				got += string(m.mend([]byte(rest[:n])))
				rest = rest[n:]
			}
			target := strings.Fields(got)[1]
			u, err := url.ParseRequestURI(target)
			if err != nil {
				t.Fatalf("%q became %q: %v", path, target, err)
			}
			if _, err := url.ParseRequestURI(path); err == nil && target != path {
				t.Fatalf("%q was right, and became %q", path, target)
			}
			if strings.Count(u.Path, "%") > strings.Count(path, "%") {
				t.Fatalf("%q became %q", path, u.Path)
			}
			m.next()
		}
	})
}
