package requests

import (
	"context"

	"cohort/perf/constant"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Stack compares the constant with a bare handler of the same bytes: the cost of a request
// outside of its handler.
func Stack(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	reply := make([]byte, 2000)
	for i := range reply {
		reply[i] = ' '
	}
	q, k, err := constant.Start(ctx, l, reply)
	if err != nil {
		return r, err
	}
	defer q.Close()
	b, err := constant.StartBare(ctx, l, reply)
	if err != nil {
		return r, err
	}
	defer b.Close()
	program := &lab.Competitor{Name: "the constant", Process: q, Next: constant.Requester(k)}
	floor := &lab.Competitor{Name: "a bare net/http handler", Process: b, Next: constant.Requester(k)}
	contests := []*lab.Competitor{program, floor}
	for _, part := range []string{"log", "metrics", "limits", "hall", "token"} {
		p, c, err := constant.StartWithout(ctx, l, reply, part)
		if err != nil {
			return r, err
		}
		defer p.Close()
		contests = append(contests, &lab.Competitor{Name: "the constant without " + part, Process: p,
			Next: constant.Requester(c)})
	}
	if err := l.Compete(ctx, contests...); err != nil {
		return r, err
	}
	r.AtMost("processor time of the constant, against a bare net/http handler of the same bytes", 1.5, measure.Ratio,
		program.CPU.Per(floor.CPU))
	lab.NoteCompetitor(&r, program)
	lab.NoteCompetitor(&r, floor)
	for _, c := range contests[2:] {
		saved := (program.CPU.Median() - c.CPU.Median()) / (program.CPU.Median() - floor.CPU.Median())
		r.Note("%s: %s a request, %.0f %% less of what the stack costs.", c.Name,
			measure.Seconds.Format(c.CPU.Median()), 100*saved)
	}
	return r, nil
}
