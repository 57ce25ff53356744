package looker_test

import (
	"bytes"
	"encoding/json"
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

// TestGoldenExchanges replays testdata/golden. Replies are written indented,
// with what changes from run to run replaced.
func TestGoldenExchanges(t *testing.T) {
	golden.Run(t, "testdata/golden/*.txt", *update,
		golden.World{Name: "in memory", Open: func(t *testing.T) func(golden.Call) string { return newWorld(t).answer }},
		golden.World{Name: "in SQLite", Open: func(t *testing.T) func(golden.Call) string {
			disk := sqlitetest.Open(t)
			return newWorldIn(t, disk).answer
		}},
		golden.World{Name: "in PostgreSQL", Open: func(t *testing.T) func(golden.Call) string {
			server, err := postgres.Open(t.Context(), databases.Directory(t), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			return newWorldIn(t, server).answer
		}})
}

// TestRequestsOfSDKs replays testdata/sdk: requests in the forms that the official
// SDKs for Python and Ruby give them. testdata/sdk/README.md says what they are.
func TestRequestsOfSDKs(t *testing.T) {
	golden.Run(t, "testdata/sdk/*.txt", *update,
		golden.World{Name: "in memory", Open: func(t *testing.T) func(golden.Call) string { return newWorld(t).answer }})
}

// answer sends a call. {token} in a header stands for the caller's.
func (w *world) answer(c golden.Call) string {
	for name, values := range c.Header {
		for i, value := range values {
			c.Header[name][i] = strings.ReplaceAll(value, "{token}", w.tokens[c.As])
		}
	}
	return w.send(c.As, c.Method, c.Target, c.Body, c.Header).String()
}

// String is a reply as golden files hold it.
func (r reply) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d\n", r.status)
	out.WriteString(golden.Headers(r.header, "Allow", "Retry-After", "X-Total-Count", "Link", "WWW-Authenticate"))
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
		`("access_token": ")[^"]+`:              "${1}(token)",
		`("client_secret": ")[^"]+`:             "${1}(secret)",
		`("client_id": ")[A-Za-z0-9]{20}"`:      `${1}(client id)"`,
		`(/(password/reset|account/setup)/)\w+`: "${1}(token)",
	} {
		body = regexp.MustCompile(pattern).ReplaceAllString(body, with)
	}
	return body
}
