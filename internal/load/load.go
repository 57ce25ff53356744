package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/client"
)

// Options say what to drive, and how.
type Options struct {
	URLs         []string // of the nodes; requests go to one after the other
	ClientID     string
	ClientSecret string

	Rate        Rate
	Mix         Mix
	Duration    time.Duration // that the rate is held and measured
	WarmUp      time.Duration // that it is held before
	Find        time.Duration // to find out the most that the servers make, if the rate is a share of it
	Users       int
	Attributes  int // that a read asks for; at least 3
	Connections int // to each node; so many requests are under way at most
	Seed        uint64

	Keep  bool // what was made stays
	Force bool // also in a directory that is neither empty nor marked
	// Progress, if it is not nil, is told several times a second how far things
	// are. Calls do not overlap.
	Progress func(Progress)
}

// A Progress is how far a run is.
type Progress struct {
	Phase     string        // what is being done
	Done, All int           // of it, if it is counted
	Elapsed   time.Duration // of it, if it is timed
	Total     time.Duration
	Sent      int64   // requests answered so far
	PerSecond float64 // lately
	Lately    Latency
	Errors    int64
	Wrong     int64
}

// requestTime bounds one request.
const requestTime = 30 * time.Second

// cleanTime bounds the clean-up, also of a run that was stopped.
const cleanTime = 2 * time.Minute

// A driver is a run under way.
type driver struct {
	Options
	*world
	nodes    []*node
	run      string // begins the keys of this run
	tally    tally
	watchers []*watcher
	floor    floor
}

// A node is one server.
type node struct {
	*client.Client
	url       string
	transport *http.Transport
}

// Run drives the servers until the time is over, checks in the end that every
// node says of every user what was acknowledged, and removes what it made. If
// ctx ends first, the report is of what there was until then, and
// Report.Stopped is set. An error says why there is nothing to report.
func Run(ctx context.Context, o Options) (Report, error) {
	d := &driver{Options: o, world: sketch(o.Users, o.Attributes), run: runName()}
	for _, url := range o.URLs {
		transport := &http.Transport{
			MaxConnsPerHost: o.Connections, MaxIdleConnsPerHost: o.Connections, IdleConnTimeout: time.Minute,
			DisableCompression: true,
		}
		d.nodes = append(d.nodes, &node{
			Client:    client.New(url, o.ClientID, o.ClientSecret, &http.Client{Timeout: requestTime, Transport: transport}),
			url:       url,
			transport: transport,
		})
		d.watchers = append(d.watchers, &watcher{url: url, Server: Server{URL: url}})
	}
	defer d.disconnect()
	err := d.build(ctx, d.nodes[0].Client, o.Force, func(done, all int) {
		d.tell(Progress{Phase: "make users", Done: done, All: all})
	})
	if errors.Is(err, errForeign) {
		return Report{}, err
	}
	if err != nil {
		return Report{}, errors.Join(fmt.Errorf("make what is needed: %w", err), d.clean(ctx))
	}
	report, err := d.drive(ctx)
	return report, errors.Join(err, d.clean(ctx))
}

// clean removes what was made.
func (d *driver) clean(ctx context.Context) error {
	if d.Keep {
		return nil
	}
	d.tell(Progress{Phase: "clean up"})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	if err := sweep(ctx, d.nodes[0].Client); err != nil {
		return fmt.Errorf("clean up (the next run does it): %w", err)
	}
	return nil
}

func (d *driver) tell(p Progress) {
	if d.Progress != nil {
		d.Progress(p)
	}
}

func (d *driver) disconnect() {
	for _, n := range d.nodes {
		n.transport.CloseIdleConnections()
	}
}

// drive finds the rate if it must, holds it, and looks at what is there then.
func (d *driver) drive(ctx context.Context) (Report, error) {
	for _, w := range d.watchers {
		g, err := gauge(ctx, w.url)
		w.Seen, w.Start, w.Warm, w.End, w.Idle = err == nil, g, g, g, g
	}
	report := Report{Mix: d.Mix.String(), Users: d.Users, Seed: d.Seed}
	rate := d.Rate.PerSecond
	if d.Rate.Percent > 0 {
		found, err := d.hold(ctx, "find the most", d.schedule(0, 0, d.Find))
		if err == nil {
			err = d.tally.firstError()
		}
		if err != nil {
			return report, fmt.Errorf("find the most that the servers make: %w", err)
		}
		report.Most = found
		rate = cmp.Or(found*d.Rate.Percent/100, 1)
	}
	report.Rate = rate
	s := d.schedule(rate, d.WarmUp, d.Duration)
	var err error
	report.PerSecond, err = d.hold(ctx, "hold the rate", s)
	if err != nil {
		return report, err
	}
	report.Stopped = ctx.Err() != nil
	report.Unsent = s.unsent()
	if !report.Stopped {
		report.Unsettled, report.Checked = d.verify(ctx)
		d.disconnect()
		for _, w := range d.watchers {
			if w.Seen {
				w.awaitQuiet(ctx)
				w.judge()
			}
		}
	}
	d.tally.fill(&report)
	report.Seconds = s.measured().Seconds()
	for _, w := range d.watchers {
		report.Servers = append(report.Servers, w.Server)
	}
	return report, nil
}
