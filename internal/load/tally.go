package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"cohort/client"
)

// maxExamples bounds how many wrong answers are told one by one.
const maxExamples = 20

// A Failure is a kind of error, how often it came, and one of them.
type Failure struct {
	Kind    string `json:"kind"`
	Count   int64  `json:"count"`
	Example string `json:"example"`
}

// A Report is what came of a run.
type Report struct {
	Mix       string  `json:"mix"`
	Users     int     `json:"users"`
	Seed      uint64  `json:"seed"`
	Most      float64 `json:"most_per_second,omitempty"` // that was found, if it was looked for
	Rate      float64 `json:"rate_per_second"`           // that was held; 0 if it was what the servers make
	Seconds   float64 `json:"seconds"`                   // that were measured
	PerSecond float64 `json:"answers_per_second"`
	Stopped   bool    `json:"stopped"` // before the time was over

	All    Latency            `json:"latency"`
	Kinds  map[string]Latency `json:"latency_by_kind"`
	Errors int64              `json:"errors"`
	ByKind []Failure          `json:"errors_by_kind"`
	Unsent int64              `json:"unsent"` // requests that came up while the servers were too slow, and were never sent

	Wrong     int64    `json:"wrong_answers"`
	Examples  []string `json:"wrong_examples"`
	Unsettled int      `json:"writes_of_unknown_outcome"` // sent again, and still without an answer
	Checked   int64    `json:"right_answers_at_the_end"`  // of every user from every node

	Servers []Server `json:"servers"`
}

// Good reports whether every request was sent, and answered rightly.
func (r *Report) Good() bool {
	return r.Wrong == 0 && r.Errors == 0 && r.Unsent == 0 && r.Unsettled == 0
}

// A tally counts what became of requests.
type tally struct {
	kinds  [kindCount]*histogram // since the last phase began
	recent atomic.Pointer[histogram]
	last   time.Time // when recent was made

	answered atomic.Int64
	errors   atomic.Int64
	wrong    atomic.Int64

	mu       sync.Mutex
	failures map[string]*Failure
	examples []string
}

// begin starts a phase: latencies begin anew, errors stay.
func (t *tally) begin() {
	for k := range t.kinds {
		t.kinds[k] = &histogram{}
	}
	t.recent.Store(&histogram{})
	t.last = time.Now()
}

// add counts an answer and how long it took. What does not count yet is shown
// and not measured.
func (t *tally) add(k kind, took time.Duration, counts bool) {
	t.recent.Load().add(took)
	if counts {
		t.kinds[k].add(took)
	}
}

// note counts a request, its error and what was wrong with its answer.
func (t *tally) note(err error, wrong string) {
	t.answered.Add(1)
	if err == nil && wrong == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if wrong != "" {
		t.wrong.Add(1)
		if len(t.examples) < maxExamples {
			t.examples = append(t.examples, wrong)
		}
	}
	if err == nil {
		return
	}
	t.errors.Add(1)
	if t.failures == nil {
		t.failures = map[string]*Failure{}
	}
	kind := kindOf(err)
	if t.failures[kind] == nil {
		t.failures[kind] = &Failure{Kind: kind, Example: err.Error()}
	}
	t.failures[kind].Count++
}

// count is how many answers were measured since the phase began.
func (t *tally) count() int64 {
	var n int64
	for _, h := range t.kinds {
		n += h.total.Load()
	}
	return n
}

// addRecent completes p by what there was since the last call.
func (t *tally) addRecent(p *Progress) {
	now := time.Now()
	h := t.recent.Swap(&histogram{})
	p.Lately = h.latency()
	if seconds := now.Sub(t.last).Seconds(); seconds > 0 {
		p.PerSecond = float64(p.Lately.Count) / seconds
	}
	t.last = now
	p.Sent, p.Errors, p.Wrong = t.answered.Load(), t.errors.Load(), t.wrong.Load()
}

// firstError is an example of the errors so far, if there are any.
func (t *tally) firstError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.failures {
		return fmt.Errorf("%s: %s", f.Kind, f.Example)
	}
	return nil
}

// fill writes what was counted into a report.
func (t *tally) fill(r *Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := &histogram{}
	all.join(t.kinds[:]...)
	r.All, r.Kinds = all.latency(), map[string]Latency{}
	for k, h := range t.kinds {
		if h.total.Load() > 0 {
			r.Kinds[kind(k).String()] = h.latency()
		}
	}
	r.Errors, r.Wrong, r.Examples = t.errors.Load(), t.wrong.Load(), slices.Concat([]string{}, t.examples)
	r.ByKind = []Failure{}
	for _, kind := range slices.Sorted(maps.Keys(t.failures)) {
		r.ByKind = append(r.ByKind, *t.failures[kind])
	}
}

// problemIn is the server's own word on an error; nil if it said none.
func problemIn(err error) *client.Problem {
	p, _ := errors.AsType[*client.Problem](err)
	return p
}

// kindOf names the kind of an error: the status and sort that the server
// answered with, or what became of the connection.
func kindOf(err error) string {
	if p := problemIn(err); p != nil {
		kind := strconv.Itoa(p.Status)
		if p.Type != "" {
			kind += " " + path.Base(p.Type)
		}
		return kind
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	}
	return "connection"
}
