package requests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Seeds compares the first two calls of the project, as durable writes of 64 callers, with the
// same edit in process.
func Seeds(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	shape := l.Written()
	d := sample.New(shape, sample.Initialized())
	served, native := "", ""
	for _, path := range []*string{&served, &native} {
		if *path, err = l.Folder("seeds"); err != nil {
			return r, err
		}
		if err := lab.Fill(ctx, *path, shape, nil); err != nil {
			return r, err
		}
	}
	o, err := lab.Open(ctx, native, core.Options{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	p, c, err := l.ServeAndLogin(ctx, "--data", served)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var next atomic.Int64
	group := func(r *rand.Rand) directory.GroupID { return d.Group(r.IntN(shape.Groups)) }
	looker := func(r *rand.Rand) (string, []byte) {
		head := fmt.Sprintf("PATCH /api/4.0/groups/%d/attribute_values/%d HTTP/1.1\r\n", group(r), d.Attribute(0))
		return head + c.Head + "Content-Type: application/json\r\n", fmt.Appendf(nil, `{"value":"written %d"}`, next.Add(1))
	}
	propeller := func(r *rand.Rand) (string, []byte) {
		head := fmt.Sprintf("POST /usergroups/id/%d/attributes HTTP/1.1\r\n", group(r))
		return head + c.Head + "Content-Type: application/json\r\n",
			fmt.Appendf(nil, `[{"name":"%s","type":"text","value":[{"language":"EN","value":"written %d"}]}]`, d.Name(0),
				next.Add(1))
	}
	line, body := propeller(rand.New(rand.NewPCG(1, 2)))
	if reply, err := c.Ask(ctx, line, body); err != nil || !strings.Contains(string(reply), `"success":true`) {
		return r, fmt.Errorf("the call of Propeller was answered %.300s: %w", reply, err)
	}
	inProcess := func(ctx context.Context) (float64, error) {
		return cpuOfEdits(l.Burst, func(r *rand.Rand) error {
			return o.Do(ctx, directory.SetGroupValue{
				Group: group(r), Attribute: d.Attribute(0), Value: directory.Value{Text: fmt.Sprint("written ", next.Add(1))},
			})
		})
	}
	found, err := l.Alternate(ctx,
		measure.Side{Name: "in process, s of processor time an edit", Run: inProcess},
		measure.Side{Name: "PATCH of Looker, the same", Run: cpuOfWrites(l, p, looker)},
		measure.Side{Name: "POST of Propeller, the same", Run: cpuOfWrites(l, p, propeller)})
	if err != nil {
		return r, err
	}
	r.AtMost("Looker PATCH /groups/{id}/attribute_values/{id}, 64 callers on SQLite: processor time against the same "+
		"edit in process", 1.6, measure.Ratio, found[1].Per(found[0]))
	r.AtMost("Propeller POST /usergroups/id/N/attributes, the same", 1.6, measure.Ratio, found[2].Per(found[0]))
	r.Note("An edit in process takes %s of processor time, the calls %s and %s.",
		measure.Seconds.Format(found[0].Median()), measure.Seconds.Format(found[1].Median()),
		measure.Seconds.Format(found[2].Median()))
	return r, nil
}

// cpuOfWrites writes on 64 connections, and returns the server's processor time per request.
func cpuOfWrites(l *lab.Lab, p *measure.Process, next measure.Requester) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		before, err := p.CPU()
		if err != nil {
			return 0, err
		}
		begin := time.Now()
		rate, err := measure.Saturate(ctx, p.Addr, lab.Writers, l.Burst, next)
		if err != nil {
			return 0, err
		}
		done := rate * time.Since(begin).Seconds()
		after, err := p.CPU()
		return (after - before) / done, err
	}
}

// cpuOfEdits edits in 64 goroutines, and returns the processor time of this process per edit.
func cpuOfEdits(burst time.Duration, edit func(*rand.Rand) error) (float64, error) {
	before := measure.OwnCPU()
	errs := make([]error, lab.Writers)
	var done atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range lab.Writers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 11))
			for errs[i] == nil && time.Since(begin) < burst {
				errs[i] = edit(r)
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return (measure.OwnCPU() - before) / float64(done.Load()), errors.Join(errs...)
}
