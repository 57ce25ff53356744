// Command testreport reads the events of `go test -json` on its input and
// prints what `go test` would have: a line per package, and all that a failed
// test wrote. It exits 1 if a test failed or was skipped, because a skipped
// test proves nothing. It does not run tests.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	r := newReport(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(r.finish())
}

// An event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action  string `json:"Action"`
	Package string `json:"Package"`
	Test    string `json:"Test"`
	Output  string `json:"Output"`
}

// A testID names a test; Test is empty for what the package itself wrote.
type testID struct{ pkg, test string }

type report struct {
	out     io.Writer
	written map[testID][]string // what a test wrote, until it is over
	passed  int
	failed  []testID
	skipped []testID
	broken  int // packages that failed, with or without a failing test
}

func newReport(out io.Writer) *report {
	return &report{out: out, written: map[testID][]string{}}
}

// read takes all events. Lines that are none, such as the words of a failed
// build, are passed on.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
				r.take(e)
			} else {
				fmt.Fprint(r.out, line)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the test events: %w", err)
		}
	}
}

func (r *report) take(e event) {
	id := testID{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.written[id] = append(r.written[id], e.Output)
		if e.Test == "" && packageLine(e.Output) {
			fmt.Fprint(r.out, e.Output)
		}
	case "pass", "skip", "fail":
		r.over(id, e.Action)
	}
}

// packageLine reports whether a package's output is the line that sums it up.
func packageLine(s string) bool {
	return strings.HasPrefix(s, "ok  \t") || strings.HasPrefix(s, "?   \t") || strings.HasPrefix(s, "FAIL\t")
}

// over takes the end of a test, or of a package if no test is named.
func (r *report) over(id testID, action string) {
	switch {
	case action == "fail" && id.test == "":
		r.broken++
		r.show(id)
	case action == "fail":
		r.failed = append(r.failed, id)
		r.show(id)
	case id.test == "": // a package that passed, or has no tests
	case action == "skip":
		r.skipped = append(r.skipped, id)
		r.show(id)
	default:
		r.passed++
	}
	delete(r.written, id)
}

// show prints what a test wrote, without the line that was printed already.
func (r *report) show(id testID) {
	for _, s := range r.written[id] {
		if id.test == "" && packageLine(s) {
			continue
		}
		fmt.Fprint(r.out, s)
	}
}

// finish prints the sum and gives the exit status.
func (r *report) finish() int {
	for id := range r.written { // tests that a panic or a time limit cut off
		if id.test != "" {
			r.show(id)
		}
	}
	fmt.Fprintf(r.out, "%d tests passed, %d failed, %d skipped\n", r.passed, len(r.failed), len(r.skipped))
	for _, id := range r.failed {
		fmt.Fprintf(r.out, "failed: %s %s\n", id.pkg, id.test)
	}
	for _, id := range r.skipped {
		fmt.Fprintf(r.out, "skipped, which counts as failed: %s %s\n", id.pkg, id.test)
	}
	if r.broken+len(r.failed)+len(r.skipped) > 0 {
		return 1
	}
	return 0
}
