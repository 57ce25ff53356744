package propeller_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/view"
)

// TestImportsAtTheSameTimeMakeNothingTwice: each item looks and writes at once,
// so none can come between.
func TestImportsAtTheSameTimeMakeNothingTwice(t *testing.T) {
	const n = 40
	w := newWorld(t)
	before := w.core.Head().Groups
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			reply := w.send("admin", "POST", "/usergroups/bulk/sourceId", bulkBody(n, fmt.Sprint("from ", i)), nil)
			if got := strings.Count(reply.body, `"success":true`); got != n {
				t.Errorf("%d of %d succeeded: %.300s", got, n, reply.body)
			}
		})
	}
	wg.Wait()
	if made := w.core.Head().Groups - before; made != n {
		t.Errorf("%d usergroups were made, want %d", made, n)
	}
}

// TestEveryItemIsAChangeUnderTheIdOfTheCall, so that a call can be found and
// undone as a whole, and any item by itself.
func TestEveryItemIsAChangeUnderTheIdOfTheCall(t *testing.T) {
	w := newWorld(t)
	before := w.revision()
	w.send("admin", "POST", "/usergroups/bulk/sourceId", bulkBody(5, "Customer"), http.Header{
		"X-Request-Id": {"import-7"}, "Cohort-Comment": {"nightly"},
	})
	changes, err := history.Changes(t.Context(), view.New(w.core).As(directory.System("test")),
		directory.ChangeQuery{After: before})
	if err != nil || len(changes) != 5 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	for _, c := range changes {
		if shown, own := directory.SplitRequestIDs(c.RequestID); shown != "import-7" || own == "" || c.Comment != "nightly" ||
			c.Dialect != "propeller" || c.Caller != 1 {
			t.Errorf("%+v", c.ChangeHeader)
		}
	}
	w.must("POST", "/usergroups/bulk/sourceId", bulkBody(5, "Customer"))
	if after := w.revision(); after != before+5 {
		t.Errorf("sent again it makes revision %d, was %d", after, before+5)
	}
	if _, err := history.RevertRequest(t.Context(), view.New(w.core).As(directory.System("test")), "import-7", nil,
		""); err != nil {
		t.Fatal(err)
	}
	if got := w.must("GET", "/usergroups", ""); !strings.Contains(got.body, `"itemsFound":0`) {
		t.Errorf("after undoing the call: %s", got.body)
	}
}

// TestMoreThanACallTakesIsRefused: up to 10,000 items, and a word on what is more.
func TestMoreThanACallTakesIsRefused(t *testing.T) {
	w := newWorld(t)
	before := w.revision()
	got := w.send("admin", "POST", "/usergroups/bulk/sourceId", bulkBody(10_001, "x"), nil)
	if want := `"#/usergroups: expected maximum item count: 10000, found: 10001"`; got.status != 400 ||
		!strings.Contains(got.body, want) {
		t.Errorf("%d %.300s, want %s", got.status, got.body, want)
	}
	got = w.send("admin", "POST", "/usergroups", `{"notes":"`+strings.Repeat("x", 64<<20)+`"}`, nil)
	if got.status != 413 || !strings.Contains(got.body, "10413") {
		t.Errorf("%d %.300s", got.status, got.body)
	}
	if after := w.revision(); after != before {
		t.Errorf("revision %d, was %d", after, before)
	}
}
