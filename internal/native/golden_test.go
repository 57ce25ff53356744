package native_test

import (
	"bytes"
	"encoding/json"
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
// their order, to a world of their own in memory and to one on disk, and
// compares the replies with those in the file. A file is a list of exchanges:
//
//	== what happens
//	ordinary PATCH /v1/users/5
//	If-Match: "1-abc"
//
//	{"first_name": "Ada"}
//	--
//	412
//
//	{…}
//
// Who asks is one of the callers of a world. {{x*300}} in a request stands for
// 300 x, and a body in double quotes is a Go string. Replies are written
// indented, with what changes from run to run replaced.
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
				t.Errorf("in memory (-want +got):\n%s", diff)
			}
			disk, err := sqlite.Open(t.Context(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), replay(t, newWorldIn(t, disk), string(text))); diff != "" {
				t.Errorf("in SQLite (-want +got):\n%s", diff)
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

func (w *world) exchange(t *testing.T, request string) string {
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
	return w.send(call[0], call[1], expand(call[2]), expand(body), header).String()
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
	for _, name := range []string{
		"Allow", "Retry-After", "WWW-Authenticate", "Location", "ETag", "Cohort-Revision", "Idempotency-Replayed",
	} {
		if value := r.header.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	if r.body != "" {
		var pretty bytes.Buffer
		if json.Indent(&pretty, []byte(r.body), "", "  ") == nil {
			r.body = pretty.String()
		}
		out.WriteString("\n" + steady(r.body) + "\n")
	}
	return out.String()
}

// steady replaces what is random.
func steady(body string) string {
	for pattern, with := range map[string]string{
		`("access_token": ")[^"]+`:      "${1}(token)",
		`("token": ")[a-z0-9]{40}"`:     `${1}(token)"`,
		`("secret": ")[^"]+`:            "${1}(secret)",
		`("change_id": ")[^"]+`:         "${1}(random)",
		`("request_id": ")[A-Z2-7]{26}`: "${1}(random)",
		`("next": ")[^"]+`:              "${1}(cursor)",
	} {
		body = regexp.MustCompile(pattern).ReplaceAllString(body, with)
	}
	return body
}
