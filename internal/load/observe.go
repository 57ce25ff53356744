package load

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Gauge is how large a server was at one moment.
type Gauge struct {
	RSS        int64 `json:"rss_bytes"`
	Heap       int64 `json:"heap_bytes"` // that is in use, garbage included
	Goroutines int64 `json:"goroutines"`
}

// A Server is how a server did.
type Server struct {
	URL    string `json:"url"`
	Start  Gauge  `json:"start"`
	Warm   Gauge  `json:"after_warm_up"`
	End    Gauge  `json:"end"`
	Idle   Gauge  `json:"idle"`   // once our connections are gone
	Grew   bool   `json:"grew"`   // memory did, after the warm-up
	Leaked bool   `json:"leaked"` // goroutines stayed that were not there at the start
	Seen   bool   `json:"seen"`   // its metrics could be read; else the rest is empty
}

// Grown is more than memory changes for by itself: a share, and so many bytes.
// Beside the heap there is what SQLite keeps of the pages of a directory that
// grows from nothing: 64 MiB for the writer, and 16 for each of four readers. So
// resident memory shows no small leak there; the heap does, and so does a
// directory that is already larger than that.
const (
	grownShare = 0.10
	grownHeap  = 16 << 20
	grownRSS   = 160 << 20
	// strayGoroutines belong to the runtime and its timers and may come and go at
	// any time.
	strayGoroutines = 8
	gaugeTime       = 10 * time.Second
)

// gauge reads the metrics of a server, over a connection of its own.
func gauge(ctx context.Context, base string) (Gauge, error) {
	ctx, cancel := context.WithTimeout(ctx, gaugeTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/metrics", nil)
	if err != nil {
		return Gauge{}, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return Gauge{}, err
	}
	var g Gauge
	figures := map[string]*int64{
		"process_resident_memory_bytes": &g.RSS, "go_memstats_heap_inuse_bytes": &g.Heap, "go_goroutines": &g.Goroutines,
	}
	found := 0
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if into := figures[name]; into != nil {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				continue
			}
			*into = int64(n)
			found++
		}
	}
	err = errors.Join(lines.Err(), res.Body.Close())
	if err == nil && found == 0 {
		err = fmt.Errorf("%s/metrics: status %d", base, res.StatusCode)
	}
	return g, err
}

// A watcher gauges a server now and then.
type watcher struct {
	url  string
	held []Gauge // while the rate is held, after the warm-up
	Server
}

// judge compares the memory of the last third of the run with that of the first
// third.
func (w *watcher) judge() {
	if n := len(w.held); n >= 3 {
		w.Warm, w.End = typical(w.held[:n/3]), typical(w.held[n-n/3:])
	}
	w.Grew = grown(w.Warm.Heap, w.End.Heap, grownHeap) || grown(w.Warm.RSS, w.End.RSS, grownRSS)
	w.Leaked = w.Idle.Goroutines > w.Start.Goroutines+strayGoroutines
}

func grown(from, to, slack int64) bool {
	return to-from > slack && float64(to-from) > grownShare*float64(from)
}

// typical is the gauge of median size, with the heap as it is after garbage was
// collected: it grows and shrinks all the time, and its lower quartile does not.
func typical(list []Gauge) Gauge {
	by := func(size func(Gauge) int64) []Gauge {
		return slices.SortedFunc(slices.Values(list), func(a, b Gauge) int { return cmp.Compare(size(a), size(b)) })
	}
	g := by(func(g Gauge) int64 { return g.RSS })[len(list)/2]
	g.Heap = by(func(g Gauge) int64 { return g.Heap })[len(list)/4].Heap
	return g
}

// awaitQuiet waits until the goroutines of connections that were closed are gone,
// for a few seconds at most.
func (w *watcher) awaitQuiet(ctx context.Context) {
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for range 50 {
		g, err := gauge(ctx, w.url)
		if err == nil {
			w.Idle = g
		}
		if err != nil || g.Goroutines <= w.Start.Goroutines+strayGoroutines {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}
