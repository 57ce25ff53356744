package operate

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/load"
	"cohort/internal/screen"
)

// A LoadCmd sends requests to servers and checks the answers.
type LoadCmd struct {
	cli.ObjectFormat
	URL         []string      `name:"url" sep:"none" placeholder:"URL" help:"the server to load, instead of COHORT_URL; can be repeated for the nodes of one directory"`
	Rate        string        `default:"100" placeholder:"N|P%|max" help:"requests a second, whether or not earlier ones are answered (default ${default}); 70% measures the maximum first and keeps that share of it; max sends each request after the previous reply"`
	Mix         string        `default:"reads=95,writes=5" placeholder:"KIND=N,…" help:"the weights of reads, explains, writes, group-writes and moves (default ${default})"`
	Duration    time.Duration `default:"30s" placeholder:"TIME" help:"how long to measure (default ${default})"`
	WarmUp      time.Duration `default:"5s" placeholder:"TIME" help:"how long to warm up at the rate (default ${default})"`
	Find        time.Duration `default:"10s" placeholder:"TIME" help:"how long to measure the maximum (default ${default})"`
	Users       int           `default:"1000" placeholder:"N" help:"users to create (default ${default})"`
	Attributes  int           `default:"20" placeholder:"N" help:"attributes to create and to read (default ${default})"`
	Connections int           `default:"64" placeholder:"N" help:"connections to each server (default ${default})"`
	Seed        uint64        `default:"1" placeholder:"N" help:"what is asked, and in which order (default ${default})"`
	Keep        bool          `help:"keep the users and groups that the run created"`
	Yes         bool          `help:"write also to a directory that others have users or groups in"`
}

// Help returns the details of the command's help.
func (*LoadCmd) Help() string {
	return `WRITES to the server at COHORT_URL or those at --url, as the caller of COHORT_CLIENT_ID and COHORT_CLIENT_SECRET: it creates users, groups and attributes of its own, whose names begin with "Cohort load" and cohort_load_, changes and reads them at a fixed rate, and removes them. Its changes stay in the history. It refuses a directory that is neither empty nor marked by an earlier run, except with --yes.

Every answer is checked: its revision must include everything that was acknowledged before the request, and it must be what was true at that revision. At the end every user is read from every server. Latency counts from the time at which a request was due.

Servers limit the requests of one credential; serve with --credential-rate 0 and --address-rate 0 to avoid status 429.

The exit status is 1 if an answer was wrong, a request failed, or one was never sent.

Examples:

  cohort load --rate 500 --duration 1m
  cohort load --rate 70% --duration 10m --json
  cohort load --url http://10.0.0.1:19999 --url http://10.0.0.2:19999 --mix reads=90,writes=5,moves=5`
}

// Run sends the requests and prints the report.
func (c *LoadCmd) Run(v *cli.Invocation) error {
	options, err := c.options(v)
	if err != nil {
		return err
	}
	options.Progress = loadProgress(v)
	report, err := load.Run(v.Context, options)
	if cli.IsTerminal(v.Stderr) {
		fmt.Fprint(v.Stderr, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		err = v.WriteObject(c.Format(), report)
	} else {
		showLoad(v, &report)
	}
	if err == nil && !report.Good() {
		err = cli.ErrFound
	}
	return err
}

// options reads the options from the flags and the environment.
func (c *LoadCmd) options(v *cli.Invocation) (load.Options, error) {
	o := load.Options{
		URLs: c.URL, Duration: c.Duration, WarmUp: c.WarmUp, Find: c.Find, Users: c.Users, Attributes: c.Attributes,
		Connections: c.Connections, Seed: c.Seed, Keep: c.Keep, Force: c.Yes,
	}
	env := map[string]string{}
	for _, entry := range v.Environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	if len(o.URLs) == 0 {
		o.URLs = []string{cmp.Or(env["COHORT_URL"], cli.DefaultURL)}
	}
	o.ClientID, o.ClientSecret = env["COHORT_CLIENT_ID"], env["COHORT_CLIENT_SECRET"]
	if _, err := v.Client(); err != nil {
		return o, err
	}
	var errs []error
	var err error
	if o.Rate, err = load.ParseRate(c.Rate); err != nil {
		errs = append(errs, fmt.Errorf("--rate: %w", err))
	}
	if o.Mix, err = load.ParseMix(c.Mix); err != nil {
		errs = append(errs, fmt.Errorf("--mix: %w", err))
	}
	within := func(name string, n, least, most int) {
		if n < least || n > most {
			errs = append(errs, fmt.Errorf("%s: must be from %d to %d", name, least, most))
		}
	}
	within("--users", c.Users, 10, 1_000_000)
	within("--attributes", c.Attributes, 3, 200)
	within("--connections", c.Connections, 1, 10_000)
	within("--url", len(o.URLs), 1, 100)
	within("--duration, in seconds", int(c.Duration.Seconds()), 1, 7*86400)
	within("--warm-up, in seconds", int(c.WarmUp.Seconds()), 0, 86400)
	within("--find, in seconds", int(c.Find.Seconds()), 1, 3600)
	if len(errs) > 0 {
		return o, cli.WrongUsage(errors.Join(errs...))
	}
	return o, nil
}

// loadProgress shows the progress of a run on the error stream: on a terminal in one line that
// changes, elsewhere in a line now and then.
func loadProgress(v *cli.Invocation) func(load.Progress) {
	terminal := cli.IsTerminal(v.Stderr)
	last, phase := time.Time{}, ""
	return func(p load.Progress) {
		if !terminal && phase == p.Phase && time.Since(last) < 10*time.Second {
			return
		}
		last, phase = time.Now(), p.Phase
		line := p.Phase
		switch {
		case p.Total > 0:
			line += fmt.Sprintf(": %v of %v, %.0f/s, p50 %.2f ms, p99 %.2f ms, errors %d, wrong answers %d",
				p.Elapsed.Round(time.Second), p.Total.Round(time.Second), p.PerSecond, p.Lately.P50, p.Lately.P99, p.Errors,
				p.Wrong)
		case p.All > 0:
			line += fmt.Sprintf(": %d of %d", p.Done, p.All)
		}
		if terminal {
			fmt.Fprint(v.Stderr, "\r", line, "\x1b[K")
		} else {
			fmt.Fprintln(v.Stderr, "cohort:", line)
		}
	}
}

// showLoad shows a report to people.
func showLoad(v *cli.Invocation, r *load.Report) {
	if r.Most > 0 {
		fmt.Fprintf(v.Stdout, "The servers answer %.0f requests a second of %s.\n", r.Most, r.Mix)
	}
	asked := "as fast as they are answered"
	if r.Rate > 0 {
		asked = fmt.Sprintf("at %.0f a second", r.Rate)
	}
	fmt.Fprintf(v.Stdout, "%s, %d users, %s: %.0f a second for %.0f s.\n\n", r.Mix, r.Users, asked, r.PerSecond, r.Seconds)
	rows := [][]string{{"", "count", "p50 ms", "p99 ms", "p99.9 ms", "max ms"}, latencyRow("all", r.All)}
	for _, kind := range load.Kinds() {
		if l, ok := r.Kinds[kind]; ok {
			rows = append(rows, latencyRow(kind, l))
		}
	}
	v.Table(rows)
	fmt.Fprintf(v.Stdout, "\nerrors %d, wrong answers %d, not sent in time %d, of unknown outcome %d; correct at the end "+
		"%d\n",
		r.Errors, r.Wrong, r.Unsent, r.Unsettled, r.Checked)
	for _, f := range r.ByKind {
		fmt.Fprintf(v.Stdout, "  %d of %s: %s\n", f.Count, f.Kind, cli.Plain(f.Example))
		if strings.HasPrefix(f.Kind, "429") {
			fmt.Fprintln(v.Stdout, "    serve with --credential-rate 0 --address-rate 0")
		}
	}
	for _, example := range r.Examples {
		fmt.Fprintf(v.Stdout, "  %s %s\n", v.Styled(screen.Yellow, "wrong:"), cli.Plain(example))
	}
	if r.Stopped {
		fmt.Fprintln(v.Stdout, "It was stopped early; not every user was checked at the end.")
		return
	}
	fmt.Fprintln(v.Stdout)
	rows = [][]string{{"", "start", "warm", "end", "idle", ""}}
	for _, s := range r.Servers {
		if !s.Seen {
			rows = append(rows, []string{s.URL, "shows no /metrics"})
			continue
		}
		memory, heap, goroutines := []string{s.URL + " memory"}, []string{s.URL + " heap"}, []string{s.URL + " goroutines"}
		for _, g := range []load.Gauge{s.Start, s.Warm, s.End, s.Idle} {
			memory = append(memory, strconv.FormatInt(g.RSS>>20, 10)+" MiB")
			heap = append(heap, strconv.FormatInt(g.Heap>>20, 10)+" MiB")
			goroutines = append(goroutines, strconv.FormatInt(g.Goroutines, 10))
		}
		rows = append(rows, append(memory, choose(s.Grew, "grew", "did not grow")), heap,
			append(goroutines, choose(s.Leaked, "stayed", "ended")))
	}
	v.Table(rows)
}

func latencyRow(name string, l load.Latency) []string {
	ms := func(x float64) string { return fmt.Sprintf("%.2f", x) }
	return []string{name, strconv.FormatInt(l.Count, 10), ms(l.P50), ms(l.P99), ms(l.P999), ms(l.Max)}
}

func choose(bad bool, yes, no string) string {
	if bad {
		return yes
	}
	return no
}
