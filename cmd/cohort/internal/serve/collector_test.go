package serve

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheCollectorIsLeftAsTheEnvironmentSetsIt(t *testing.T) {
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	raised := func(environ ...string) bool {
		before := inUse()
		release := raiseHeap(environ)
		defer release()
		return inUse()-before > heapFloor/2
	}
	if !raised("HOME=/", "COHORT_GOGC=1") {
		t.Error("the heap is not raised")
	}
	if raised("GOGC=50") {
		t.Error("the heap is raised although GOGC is set")
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(7 * heapFloor))
	if raised() {
		t.Error("the heap is raised above a small limit of memory")
	}
}
