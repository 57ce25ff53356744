package requests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// The load of the line.
const (
	waiting    = 64 // connections; most of them wait
	writesOf   = 10 // one request in so many is a write
	shareOfMax = 0.7
)

// Latency keeps a server at 70 % of its maximum and measures how long requests take from the
// time at which they are due.
func Latency(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	// The design asks for ten minutes.
	steady := max(time.Duration(l.Scale*float64(10*time.Minute)), 20*time.Second)
	shape := l.Written()
	d := sample.New(shape, sample.Initialized())
	folder, err := l.Folder("latency")
	if err != nil {
		return r, err
	}
	if err := lab.Fill(ctx, folder, shape, nil); err != nil {
		return r, err
	}
	url, err := l.FilledDatabase(ctx, "latency", shape)
	if err != nil {
		return r, err
	}
	for _, engine := range []struct {
		name    string
		storage []string
	}{{"SQLite", []string{"--data", folder}}, {"PostgreSQL", []string{"--database", url}}} {
		if err := steadily(ctx, l, &r, d, engine.name, steady, engine.storage); err != nil {
			return r, fmt.Errorf("%s: %w", engine.name, err)
		}
	}
	r.Note("One request in %d is a durable write (PATCH of a group's value), the others read effective values of 20 "+
		"attributes; %d users and %d groups. Times run from when a request was due, so waiting for a connection counts. "+
		"The client shares the cores with the server. The design asks for ten minutes: this took %v for each engine.",
		writesOf, shape.Users, shape.Groups, steady)
	return r, nil
}

// steadily measures one engine.
func steadily(
	ctx context.Context, l *lab.Lab, r *measure.Result, d *sample.Directory, engine string, steady time.Duration,
	storage []string,
) (err error) {
	p, c, err := l.ServeAndLogin(ctx, storage...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var next atomic.Int64
	before, after := lab.EffectivePath(d)
	write := func(r *rand.Rand) (string, []byte) {
		group := d.Group(r.IntN(d.Shape().Groups))
		head := fmt.Sprintf("PATCH /api/4.0/groups/%d/attribute_values/%d HTTP/1.1\r\n", group, d.Attribute(0))
		return head + c.Head + "Content-Type: application/json\r\n", fmt.Appendf(nil, `{"value":"due %d"}`, next.Add(1))
	}
	read := func(r *rand.Rand) (string, []byte) { //nolint:unparam // as write
		user := directory.FormatID(d.UserID(r.IntN(d.Shape().Users)))
		return "GET " + before + user + after + " HTTP/1.1\r\n" + c.Head, nil
	}
	mixed := func(r *rand.Rand) (string, []byte) {
		if r.IntN(writesOf) == 0 {
			return write(r)
		}
		return read(r)
	}
	if _, err = measure.Saturate(ctx, p.Addr, waiting, l.Burst, mixed); err != nil { // the first round is slower
		return err
	}
	t, err := inWindows(ctx, l, p, engine, steady, read, write, mixed)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		name string
		tails
	}{{"reads", t.reads}, {"writes", t.writes}} {
		if engine == "SQLite" {
			r.AtMost(fmt.Sprintf("p99 of %s at 70 %% of the maximum on %s, against their p50", side.name, engine), 20,
				measure.Ratio, side.p99.Per(side.p50))
		}
		r.Note("%s, %s at %s, median and range of the windows: p50 %s (%s), p99 %s (%s), p99.9 %s (%s), longest %s (%s).",
			engine, side.name, measure.Rate.Format(t.rates.Median()),
			measure.Seconds.Format(side.p50.Median()), side.p50.Range(measure.Seconds),
			measure.Seconds.Format(side.p99.Median()), side.p99.Range(measure.Seconds),
			measure.Seconds.Format(side.p999.Median()), side.p999.Range(measure.Seconds),
			measure.Seconds.Format(side.longest.Median()), side.longest.Range(measure.Seconds))
	}
	r.AtMost("windows on "+engine+" in which the machine could not serve what it did at most just before, of all",
		0.25, measure.Count, measure.Samples{float64(t.lost) / float64(t.lost+len(t.rates))})
	return nil
}

// steadyTimes are the times and the rates of the windows that count.
type steadyTimes struct {
	reads, writes tails
	rates         measure.Samples
	lost          int // windows that do not count
}

// tails has the quantiles of each window. A disturbance of the machine spoils one window, not
// all.
type tails struct{ p50, p99, p999, longest measure.Samples }

// add adds the times of a window.
func (t *tails) add(times measure.Samples) {
	t.p50, t.p99 = append(t.p50, times.Quantile(0.5)), append(t.p99, times.Quantile(0.99))
	t.p999, t.longest = append(t.p999, times.Quantile(0.999)), append(t.longest, times.Quantile(1))
}

// inWindows keeps a server at its share of the maximum. The maximum changes with other load of
// the machine, so it is measured before every window. A window in which the server falls
// behind does not count.
func inWindows(ctx context.Context, l *lab.Lab, p *measure.Process, engine string, steady time.Duration,
	read, write, mixed measure.Requester) (t steadyTimes, err error) {
	window := max(steady/30, 5*time.Second)
	for left := steady; left > 0; left -= window {
		most, err := measure.Saturate(ctx, p.Addr, waiting, l.Burst, mixed)
		if err != nil {
			return t, err
		}
		rate, begin := shareOfMax*most, time.Now()
		reads, writes, err := dueRequests(ctx, p.Addr, rate, window, read, write)
		if err != nil {
			return t, err
		}
		behind := time.Since(begin) - window
		l.Note(fmt.Sprintf("%s: %.0f/s at most, %.0f/s for %v, %v behind at the end", engine, most, rate, window, behind))
		if behind > window/20 {
			t.lost++
			continue
		}
		t.reads.add(reads)
		t.writes.add(writes)
		t.rates = append(t.rates, rate)
	}
	return t, nil
}

// dueRequests sends requests at a fixed rate, whether or not earlier ones are answered, and
// returns how long each took from the time at which it was due.
func dueRequests(
	ctx context.Context, addr string, rate float64, d time.Duration, read, write measure.Requester,
) (reads, writes measure.Samples, err error) {
	all := int64(rate * d.Seconds())
	times := [2][waiting]measure.Samples{}
	errs := make([]error, waiting)
	var taken atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range waiting {
		wg.Go(func() {
			conn, err := measure.Dial(ctx, addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer conn.Close()
			r := rand.New(rand.NewPCG(uint64(i), 17))
			for n := taken.Add(1) - 1; n < all && errs[i] == nil && ctx.Err() == nil; n = taken.Add(1) - 1 {
				due := begin.Add(time.Duration(float64(n) / rate * float64(time.Second)))
				select {
				case <-time.After(time.Until(due)):
				case <-ctx.Done():
				}
				kind, next := 0, read
				if n%writesOf == 0 {
					kind, next = 1, write
				}
				head, body := next(r)
				_, errs[i] = lab.Ask(conn, head, body)
				times[kind][i] = append(times[kind][i], time.Since(due).Seconds())
			}
		})
	}
	wg.Wait()
	for i := range waiting {
		reads, writes = append(reads, times[0][i]...), append(writes, times[1][i]...)
	}
	return reads, writes, errors.Join(errors.Join(errs...), ctx.Err())
}
