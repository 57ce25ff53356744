package dialecttest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A Race is callers who set, remove and read one value at the same time.
type Race struct {
	// Set sets the value to a text. It returns the header Cohort-Revision of the
	// reply.
	Set func(text string) (revision string)
	// Remove removes it. The revision is empty if there was none to remove.
	Remove func() (revision string)
	// Read reads it; "" is none.
	Read func() (revision, text string)
}

// Run has four callers at once write n times each, and four read until all is
// written. Every reply must be what a model says that the value was at the revision
// that the reply names.
func (r *Race) Run(t *testing.T, n int) {
	t.Helper()
	var mu sync.Mutex
	wrote, read := map[int64]string{}, map[int64]map[string]bool{}
	note := func(header, text string, is func(rev int64, text string)) {
		_, number, _ := strings.Cut(header, "-")
		rev, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Errorf("a reply names the revision %q", header)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		is(rev, text)
	}
	writes := func(rev int64, text string) { wrote[rev] = text }
	reads := func(rev int64, text string) {
		if read[rev] == nil {
			read[rev] = map[string]bool{}
		}
		read[rev][text] = true
	}
	var writing, reading sync.WaitGroup
	var over atomic.Bool // all is written
	for caller := range 3 {
		writing.Go(func() {
			for i := range n {
				text := fmt.Sprint(1000*caller + i + 1)
				note(r.Set(text), text, writes)
			}
		})
	}
	writing.Go(func() {
		for range n {
			if rev := r.Remove(); rev != "" {
				note(rev, "", writes)
			}
		}
	})
	for range 4 {
		reading.Go(func() {
			for last := false; !last; {
				last = over.Load() // what is read then has seen a write
				rev, text := r.Read()
				note(rev, text, reads)
			}
		})
	}
	writing.Wait()
	over.Store(true)
	reading.Wait()
	compare(t, wrote, read)
}

// compare holds what was read at revisions against the last write before.
func compare(t *testing.T, wrote map[int64]string, read map[int64]map[string]bool) {
	t.Helper()
	revisions := slices.Sorted(maps.Keys(wrote))
	compared := 0
	for rev, texts := range read {
		at, exact := slices.BinarySearch(revisions, rev)
		if !exact {
			at--
		}
		if at < 0 {
			continue
		}
		compared++
		if want := wrote[revisions[at]]; len(texts) != 1 || !texts[want] {
			t.Errorf("at revision %d replies say %v; it was %q since revision %d",
				rev, slices.Collect(maps.Keys(texts)), want, revisions[at])
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}
