package propeller_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/store/sqlite"
)

var update = flag.Bool("update", false, "write the replies that came into the golden files")

// TestGoldenExchanges sends the requests of every file in testdata/golden, in
// their order and to a world of their own, in memory and on SQLite, and compares
// the replies with those in the file. A file is a list of exchanges:
//
//	== what happens
//	admin PATCH /usergroups/id/213
//	Cohort-Comment: a header
//
//	{"name":"Netherlands"}
//	--
//	200
//
//	{"data":…
//
// Who asks is one of the callers of a world. {{x*300}} in a request stands for
// 300 x. Bodies are held as they were sent, byte for byte.
func TestGoldenExchanges(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(t, newWorld(t), string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			s, err := sqlite.OpenMemory(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), replay(t, newWorldOn(t, s), string(text))); diff != "" {
				t.Errorf("on SQLite (-want +got):\n%s", diff)
			}
		})
	}
}

// replay sends the requests of a golden file and returns the file with the
// replies that came.
func replay(t *testing.T, w *world, text string) string {
	head, rest, _ := strings.Cut("\n"+text, "\n== ")
	var out strings.Builder
	out.WriteString(strings.TrimPrefix(head, "\n"))
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	for exchange := range strings.SplitSeq(rest, "\n== ") {
		request, _, _ := strings.Cut(exchange, "\n--\n")
		request = strings.TrimRight(request, "\n")
		fmt.Fprintf(&out, "== %s\n--\n%s\n", request, w.exchange(t, request))
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

func (w *world) exchange(t *testing.T, request string) reply {
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
	before := w.revision()
	got := w.send(call[0], call[1], expand(call[2]), expand(body), header)
	if after := w.revision(); after != before && (got.status >= 400 || call[1] == "GET") {
		t.Errorf("%s %s: status %d, and yet the revision went from %d to %d", call[1], call[2], got.status, before, after)
	}
	if !strings.HasPrefix(call[2], "/api/") && got.header.Get("Return-Format") != "json" || got.header.Get("X-Request-Id") == "" || got.header.Get("Content-Length") == "" {
		t.Errorf("%s %s: the reply lacks a header: %v", call[1], call[2], got.header)
	}
	return got
}

// expand spells repetitions out.
func expand(s string) string {
	return regexp.MustCompile(`\{\{(.)\*(\d+)\}\}`).ReplaceAllStringFunc(s, func(m string) string {
		what, times, _ := strings.Cut(strings.Trim(m, "{}"), "*")
		n, _ := strconv.Atoi(times)
		return strings.Repeat(what, n)
	})
}

// String is a reply as golden files hold it.
func (r reply) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d\n", r.status)
	for _, name := range []string{"Allow", "Retry-After", "WWW-Authenticate"} {
		if value := r.header.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	if r.body != "" {
		r.body = regexp.MustCompile(`("token":")\w+`).ReplaceAllString(r.body, "${1}(token)")
		out.WriteString("\n" + strings.TrimRight(r.body, "\n") + "\n")
	}
	return out.String()
}
