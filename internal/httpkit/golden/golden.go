// Package golden sends the requests that stand in files, and compares the
// replies with those that stand beside them. It is for the tests of dialects,
// and knows none.
//
// A file is a list of exchanges:
//
//	== what happens
//	ordinary PATCH /users/5
//	Content-Type: text/plain
//
//	{"first_name": "Ada"}
//	--
//	403
//	Retry-After: 1
//
//	{…}
//
// The caller is a word that means something to the test. {{x*300}} in a request
// stands for 300 x, and a body in double quotes is a Go string.
package golden

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A Call is a request of a file.
type Call struct {
	As, Method, Target, Body string
	Header                   http.Header
}

// A World opens something that is asked by one file and no other, and returns
// what answers a call with the text of its reply.
type World struct {
	Name string
	Open func(t *testing.T) func(Call) string
}

// Run replays every file of a pattern in each world, in a subtest of the file's
// name. With update it writes what came in the first world instead of comparing.
func Run(t *testing.T, pattern string, update bool, worlds ...World) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range worlds {
				got := replay(t, string(want), w.Open(t))
				if update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", w.Name, diff)
				}
			}
		})
	}
}

// replay returns a file with the replies that come.
func replay(t *testing.T, text string, send func(Call) string) string {
	t.Helper()
	head, rest, _ := strings.Cut("\n"+text, "\n== ")
	var out strings.Builder
	out.WriteString(strings.TrimPrefix(head, "\n"))
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	for exchange := range strings.SplitSeq(rest, "\n== ") {
		request, _, _ := strings.Cut(exchange, "\n--\n")
		request = strings.TrimRight(request, "\n")
		fmt.Fprintf(&out, "== %s\n--\n%s\n", request, send(parse(t, request)))
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// parse reads a request: its title, the line of the call, headers and body.
func parse(t *testing.T, request string) Call {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || len(strings.Fields(lines[1])) != 3 {
		t.Fatalf("%q is no exchange", request)
	}
	call := strings.Fields(lines[1])
	header := http.Header{}
	for _, line := range lines[2:] {
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, expand(value))
	}
	if strings.HasPrefix(body, `"`) {
		plain, err := strconv.Unquote(body)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		body = plain
	}
	return Call{As: call[0], Method: call[1], Target: expand(call[2]), Body: expand(body), Header: header}
}

// expand spells repetitions out.
func expand(s string) string {
	return regexp.MustCompile(`\{\{(.)\*(\d+)\}\}`).ReplaceAllStringFunc(s, func(m string) string {
		what, times, _ := strings.Cut(strings.Trim(m, "{}"), "*")
		n, _ := strconv.Atoi(times) // digits, and few
		return strings.Repeat(what, n)
	})
}

// Headers are those of the names that a reply has, a line each.
func Headers(h http.Header, names ...string) string {
	var out strings.Builder
	for _, name := range names {
		if value := h.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	return out.String()
}
