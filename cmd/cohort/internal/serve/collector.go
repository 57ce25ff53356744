package serve

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// heapFloor is what a server counts as in use beside what it holds. A directory of few users
// holds some megabytes, and the collector runs whenever these have doubled: hundreds of times a
// second under load.
const heapFloor = 64 << 20

// raiseHeap makes the collector run less often while little is in memory, until release is called.
// It reserves addresses that are never touched, so they take no memory; at most as much garbage
// is left lying in addition. It leaves a collector that the environment has set as it is.
func raiseHeap(environ []string) (release func()) {
	if slices.ContainsFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, "GOGC=") }) ||
		debug.SetMemoryLimit(-1) < 8*heapFloor {
		return func() {}
	}
	floor := make([]byte, heapFloor)
	return func() { runtime.KeepAlive(floor) }
}
