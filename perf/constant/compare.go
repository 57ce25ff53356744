package constant

import (
	"context"
	"math/rand/v2"

	"cohort/perf/lab"
	"cohort/perf/measure"
)

// A Request is a request whose processor time is compared with that of a constant of the same
// bytes.
type Request struct {
	Name   string
	AtMost float64 // limit, as a multiple of the constant
	Path   func(r *rand.Rand) string
}

// CompareAll compares requests of a running server with constants of the same bytes.
func CompareAll(ctx context.Context, l *lab.Lab, r *measure.Result, p *measure.Process, c *lab.Caller,
	list []Request) error {
	for _, d := range list {
		reply, err := c.Get(ctx, d.Path(rand.New(rand.NewPCG(1, 2))))
		if err != nil {
			return err
		}
		program := &lab.Competitor{Name: d.Name, Process: p, Next: c.Asking(d.Path)}
		if err := Compare(ctx, l, r, d.Name, d.AtMost, append([]byte{}, reply...), program); err != nil {
			return err
		}
	}
	return nil
}

// Compare compares the processor time of a request with that of a constant of the same bytes.
func Compare(ctx context.Context, l *lab.Lab, r *measure.Result, name string, most float64, reply []byte,
	program *lab.Competitor) error {
	q, k, err := Start(ctx, l, reply)
	if err != nil {
		return err
	}
	defer q.Close()
	floor := &lab.Competitor{Name: "the constant of the same bytes", Process: q, Next: Requester(k)}
	if err := l.Compete(ctx, program, floor); err != nil {
		return err
	}
	r.AtMost(name+": processor time against a constant of the same bytes", most, measure.Ratio, program.CPU.Per(floor.CPU))
	lab.NoteCompetitor(r, program)
	lab.NoteCompetitor(r, floor)
	return nil
}
