package load

import (
	"bufio"
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
const (
	grownShare = 0.10
	grownBytes = 16 << 20
	// strayGoroutines may come and go at any time: of the runtime, of timers.
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

// judge says whether the memory grew while the rate was held: the median of the
// last third of what was measured, against that of the first third.
func (w *watcher) judge() {
	if n := len(w.held); n >= 3 {
		w.Warm, w.End = middle(w.held[:n/3]), middle(w.held[n-n/3:])
	}
	more := w.End.RSS - w.Warm.RSS
	w.Grew = more > grownBytes && float64(more) > grownShare*float64(w.Warm.RSS)
	w.Leaked = w.Idle.Goroutines > w.Start.Goroutines+strayGoroutines
}

// middle is the gauge of median memory.
func middle(list []Gauge) Gauge {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b Gauge) int { return int(a.RSS - b.RSS) })
	return sorted[len(sorted)/2]
}

// settle waits until the goroutines of connections that were closed are gone,
// for a few seconds at most.
func (w *watcher) settle(ctx context.Context) {
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
