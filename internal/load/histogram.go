package load

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Buckets are 1 µs wide up to 64 µs, and then as wide as a thirty-second of
// what they hold; the last one begins after a day. Forty lines of our own: the
// libraries for it bring more packages than they have lines.
const (
	bucketsPerOctave = 32
	octaveBits       = 5
	bucketCount      = 1024
)

// A histogram counts durations. Its zero value is empty; any number of
// goroutines may use it.
type histogram struct {
	counts [bucketCount]atomic.Int64
	total  atomic.Int64
	most   atomic.Int64 // ns
}

// bucketOf is where a number of µs is counted.
func bucketOf(us int64) int {
	shift := max(0, bits.Len64(uint64(us))-octaveBits-1)
	return min(shift*bucketsPerOctave+int(us>>shift), bucketCount-1)
}

// topOf is the largest number of µs of a bucket.
func topOf(bucket int) int64 {
	shift := max(0, bucket/bucketsPerOctave-1)
	return int64(bucket-shift*bucketsPerOctave+1)<<shift - 1
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(max(0, d.Microseconds()))].Add(1)
	h.total.Add(1)
	for {
		old := h.most.Load()
		if int64(d) <= old || h.most.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// quantile is the duration that a share q of all does not exceed, at most a
// thirty-second too long; 0 if there are none.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(h.total.Load())))
	var seen int64
	for i := range h.counts {
		if seen += h.counts[i].Load(); rank > 0 && seen >= rank {
			return min(time.Duration(topOf(i))*time.Microsecond, time.Duration(h.most.Load()))
		}
	}
	return time.Duration(h.most.Load())
}

// A Latency is how long answers took, from when they should have been asked
// for, in milliseconds.
type Latency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
}

func (h *histogram) latency() Latency {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Latency{
		Count: h.total.Load(), P50: ms(h.quantile(0.5)), P99: ms(h.quantile(0.99)), P999: ms(h.quantile(0.999)),
		Max: ms(time.Duration(h.most.Load())),
	}
}

// join adds what others counted.
func (h *histogram) join(others ...*histogram) {
	for _, o := range others {
		for i := range o.counts {
			if n := o.counts[i].Load(); n != 0 {
				h.counts[i].Add(n)
			}
		}
		h.total.Add(o.total.Load())
		h.most.Store(max(h.most.Load(), o.most.Load()))
	}
}
