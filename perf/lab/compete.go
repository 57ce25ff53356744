package lab

import (
	"context"
	"fmt"
	"time"

	"cohort/perf/measure"
)

// A burst is the result of one round of a server.
type burst struct {
	perSecond float64
	cpu       float64 // seconds of processor time per request
}

// saturate keeps a server busy for the time of a burst.
func (l *Lab) saturate(ctx context.Context, p *measure.Process, next measure.Requester) (b burst, err error) {
	before, err := p.CPU()
	if err != nil {
		return b, err
	}
	begin := time.Now()
	if b.perSecond, err = measure.Saturate(ctx, p.Addr, Connections, l.Burst, next); err != nil {
		return b, err
	}
	took := time.Since(begin).Seconds()
	after, err := p.CPU()
	b.cpu = (after - before) / (b.perSecond * took)
	return b, err
}

// A Competitor is a server in a comparison, and its results.
type Competitor struct {
	Name      string
	Process   *measure.Process
	Next      measure.Requester
	CPU, Rate measure.Samples
}

// Compete keeps the servers busy in turns.
func (l *Lab) Compete(ctx context.Context, contests ...*Competitor) error {
	var sides []measure.Side
	for _, c := range contests {
		if _, err := l.saturate(ctx, c.Process, c.Next); err != nil { // the first round is slower
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		sides = append(sides, measure.Side{Name: c.Name + ", requests/s", Run: func(ctx context.Context) (float64, error) {
			b, err := l.saturate(ctx, c.Process, c.Next)
			c.CPU, c.Rate = append(c.CPU, b.cpu), append(c.Rate, b.perSecond)
			return b.perSecond, err
		}})
	}
	_, err := l.Alternate(ctx, sides...)
	return err
}

// NoteCompetitor notes the results of a server.
func NoteCompetitor(r *measure.Result, c *Competitor) {
	r.Note("%s: %s, %s of processor time a request.", c.Name, measure.Rate.Format(c.Rate.Median()),
		measure.Seconds.Format(c.CPU.Median()))
}
