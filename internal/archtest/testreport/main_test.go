package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	const passing = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.01s\n"}
{"Action":"pass","Package":"p"}
`
	for _, test := range []struct {
		name, events, want string
		status             int
	}{
		{"A passing package is one line", passing, "ok  \tp\t0.01s\n1 tests passed, 0 failed, 0 skipped\n", 0},
		{
			"A package without tests is no skipped test",
			`{"Action":"output","Package":"q","Output":"?   \tq\t[no test files]\n"}` + "\n" +
				`{"Action":"skip","Package":"q"}` + "\n",
			"?   \tq\t[no test files]\n0 tests passed, 0 failed, 0 skipped\n", 0,
		},
		{
			"A skipped test fails the run and says why it was skipped",
			`{"Action":"output","Package":"p","Test":"TestB","Output":"no node\n"}` + "\n" +
				`{"Action":"skip","Package":"p","Test":"TestB"}` + "\n",
			"no node\n0 tests passed, 0 failed, 1 skipped\nskipped, which counts as failed: p TestB\n", 1,
		},
		{
			"A failed test shows what it wrote",
			passing + `{"Action":"output","Package":"r","Test":"TestC","Output":"got 1, want 2\n"}` + "\n" +
				`{"Action":"fail","Package":"r","Test":"TestC"}` + "\n" +
				`{"Action":"output","Package":"r","Output":"FAIL\tr\t0.01s\n"}` + "\n" + `{"Action":"fail","Package":"r"}` + "\n",
			"ok  \tp\t0.01s\ngot 1, want 2\nFAIL\tr\t0.01s\n1 tests passed, 1 failed, 0 skipped\nfailed: r TestC\n", 1,
		},
		{
			"A package that does not compile fails the run",
			`{"ImportPath":"s","Action":"build-output","Output":"s.go:1: no\n"}` + "\n" + `{"Action":"fail","Package":"s"}` +
				"\n",
			"s.go:1: no\n0 tests passed, 0 failed, 0 skipped\n", 1,
		},
		{"What is no event is passed on", "pattern ./x: no such directory\n",
			"pattern ./x: no such directory\n0 tests passed, 0 failed, 0 skipped\n", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			r := newReport(&out)
			if err := r.read(strings.NewReader(test.events)); err != nil {
				t.Fatal(err)
			}
			status := r.finish()
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if status != test.status {
				t.Errorf("status = %d, want %d", status, test.status)
			}
		})
	}
}
