package dialecttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A Probe is a request of a route that succeeds for somebody who may do
// everything.
type Probe struct{ Method, Target, Body string }

// A RouteMatrix is every route of a surface with every caller.
type RouteMatrix struct {
	File    string // the golden one
	Update  bool   // write it anew
	Routes  []string
	Callers []string // the first may do everything
	// Refused are the callers without a good token.
	Refused []string
	Probes  map[string]Probe // by route
	// World opens a world and returns how a request is sent to it.
	World func(t *testing.T) func(caller string, p Probe) (status int)
}

// Check sends every probe as every caller, each to a
// world that none before has changed, and holds the statuses against the golden file: a route
// without a row fails, and so does a status that nobody has looked at.
func (m *RouteMatrix) Check(t *testing.T) {
	t.Helper()
	var got strings.Builder
	fmt.Fprintf(&got, "%-60s", "route")
	for _, caller := range m.Callers {
		fmt.Fprintf(&got, " %-9s", caller)
	}
	worlds := Supply[func(string, Probe) int]{Make: func() func(string, Probe) int { return m.World(t) }}
	for _, route := range m.Routes {
		p, ok := m.Probes[route]
		if !ok {
			t.Errorf("%s has no row in the matrix", route)
			continue
		}
		fmt.Fprintf(&got, "\n%-60s", route)
		for i, caller := range m.Callers {
			status := worlds.World()(caller, p)
			worlds.Used(p.Method, status)
			if i == 0 && status/100 != 2 {
				t.Errorf("%s refuses %s with %d", route, caller, status)
			}
			for _, refused := range m.Refused {
				if caller == refused && status != 401 {
					t.Errorf("%s answers %s with %d", route, caller, status)
				}
			}
			fmt.Fprintf(&got, " %-9d", status)
		}
	}
	m.compare(t, got.String())
}

func (m *RouteMatrix) compare(t *testing.T, got string) {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(got) {
		text.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if m.Update {
		if err := os.MkdirAll(filepath.Dir(m.File), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(m.File, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(m.File)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
