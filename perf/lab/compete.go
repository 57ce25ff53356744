package lab

import (
	"context"
	"fmt"
	"time"

	"cohort/perf/measure"
)

// A burst is how a server did in one round.
type burst struct {
	perSecond float64
	cpu       float64 // seconds for each request
}

// saturate keeps a server busy for a while.
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

// A Competitor is a server that takes part in a comparison, and what came of it.
type Competitor struct {
	Name      string
	Process   *measure.Process
	Next      measure.Requester
	CPU, Rate measure.Samples
}

// Compete lets servers take turns at being busy.
func (l *Lab) Compete(ctx context.Context, contests ...*Competitor) error {
	var sides []measure.Side
	for _, c := range contests {
		if _, err := l.saturate(ctx, c.Process, c.Next); err != nil { // the first time is slower
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

// NoteCompetitor says what a server did.
func NoteCompetitor(r *measure.Result, c *Competitor) {
	r.Note("%s: %s, %s of processor time a request.", c.Name, measure.Rate.Format(c.Rate.Median()),
		measure.Seconds.Format(c.CPU.Median()))
}
