package scim_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/httpkit/golden"
)

var update = flag.Bool("update", false, "write the replies that came into the golden files")

// TestGoldenExchanges replays what Entra, Okta and OneLogin send, on both engines.
func TestGoldenExchanges(t *testing.T) {
	worlds := []golden.World{{Name: "in memory",
		Open: func(t *testing.T) func(golden.Call) string { return goldenWorld(newWorld(t)) }}}
	for name, open := range engines() {
		worlds = append(worlds, golden.World{Name: name,
			Open: func(t *testing.T) func(golden.Call) string { return goldenWorld(newWorldOn(t, open(t))) }})
	}
	golden.Run(t, "testdata/golden/*.txt", *update, worlds...)
}

func goldenWorld(w *world) func(golden.Call) string {
	w.do(directory.CreateAttribute{Name: "region", Type: directory.TypeString})
	return func(c golden.Call) string {
		before := w.revision()
		got := w.send(c.As, c.Method, c.Target, c.Body, c.Header)
		if after := w.revision(); after != before && (got.status >= 400 || c.Method == "GET") {
			w.Errorf("%s %s: status %d, and yet the revision went from %d to %d", c.Method, c.Target, got.status, before, after)
		}
		var out strings.Builder
		fmt.Fprintf(&out, "%d\n", got.status)
		out.WriteString(golden.Headers(got.header, "Allow", "Retry-After", "WWW-Authenticate", "Location", "ETag"))
		if got.body != "" {
			out.WriteString("\n" + got.body + "\n")
		}
		return out.String()
	}
}
