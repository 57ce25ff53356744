package propeller_test

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"

	"cohort/internal/httpkit/golden"
	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
	"cohort/internal/store/sqlite/sqlitetest"
)

// databases are those of the package's tests, on one server.
var databases pgtest.Shared

func TestMain(m *testing.M) { os.Exit(databases.Run(m)) }

var update = flag.Bool("update", false, "write the replies that came into the golden files")

// TestGoldenExchanges replays testdata/golden. Bodies are held as they were
// sent, byte for byte.
func TestGoldenExchanges(t *testing.T) {
	golden.Run(t, "testdata/golden/*.txt", *update,
		golden.World{Name: "in memory", Open: func(t *testing.T) func(golden.Call) string { return newWorld(t).answer }},
		golden.World{Name: "in SQLite", Open: func(t *testing.T) func(golden.Call) string {
			s := sqlitetest.Open(t)
			return newWorldOn(t, s).answer
		}},
		golden.World{Name: "in PostgreSQL", Open: func(t *testing.T) func(golden.Call) string {
			s, err := postgres.Open(t.Context(), databases.Directory(t), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			return newWorldOn(t, s).answer
		}})
}

func (w *world) answer(c golden.Call) string {
	before := w.revision()
	got := w.send(c.As, c.Method, c.Target, c.Body, c.Header)
	if after := w.revision(); after != before && (got.status >= 400 || c.Method == "GET") {
		w.t.Errorf("%s %s: status %d, and yet the revision went from %d to %d", c.Method, c.Target, got.status, before, after)
	}
	if !strings.HasPrefix(c.Target, "/api/") && got.header.Get("Return-Format") != "json" ||
		got.header.Get("X-Request-ID") == "" || got.header.Get("Content-Length") == "" {
		w.t.Errorf("%s %s: the reply lacks a header: %v", c.Method, c.Target, got.header)
	}
	return got.String()
}

// String is a reply as golden files hold it.
func (r reply) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d\n", r.status)
	out.WriteString(golden.Headers(r.header, "Allow", "Retry-After", "WWW-Authenticate"))
	if r.body != "" {
		r.body = regexp.MustCompile(`("token":")\w+`).ReplaceAllString(r.body, "${1}(token)")
		out.WriteString("\n" + strings.TrimRight(r.body, "\n") + "\n")
	}
	return out.String()
}
