package cli

import (
	"fmt"
	"io"
	"time"
)

// How often a meter is shown: on a terminal, and in a log.
const (
	meterOnTerminal = 200 * time.Millisecond
	meterInLog      = 5 * time.Second
)

// A Meter shows the progress of long work on the error stream: how much is done, the rate, and
// the time left. On a terminal it updates one line; elsewhere it prints a line now and then.
type Meter struct {
	out      io.Writer
	terminal bool
	What     string
	units    string
	total    int64 // 0 if it is not known
	begun    time.Time
	shown    time.Time
	from     int64 // what was done when the meter began
	done     int64
}

// Meter starts a meter. What was done before does not count for the rate.
func (v *Invocation) Meter(what, units string, from, total int64) *Meter {
	now := time.Now()
	if units != "" {
		units = " " + units
	}
	return &Meter{
		out: v.Stderr, terminal: IsTerminal(v.Stderr), What: what, units: units, total: total,
		begun: now, shown: now, from: from, done: from,
	}
}

// Update tells the meter how much is done.
func (m *Meter) Update(done int64) {
	m.done = done
	every := meterInLog
	if m.terminal {
		every = meterOnTerminal
	}
	if now := time.Now(); now.Sub(m.shown) >= every {
		m.shown = now
		m.show(now)
	}
}

func (m *Meter) show(now time.Time) {
	took := now.Sub(m.begun).Seconds()
	rate := float64(m.done-m.from) / max(took, 0.001)
	text := fmt.Sprintf("%s: %d%s, %.0f a second", m.What, m.done, m.units, rate)
	if m.total > 0 && rate > 0 {
		left := time.Duration(float64(max(m.total-m.done, 0))/rate*float64(time.Second)) + time.Second - 1
		text += fmt.Sprintf(", %d %%, about %s left", 100*min(m.done, m.total)/m.total, left.Truncate(time.Second))
	}
	if m.terminal {
		fmt.Fprintf(m.out, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(m.out, "cohort:", text)
}

// Clear removes the line from the terminal.
func (m *Meter) Clear() {
	if m.terminal {
		fmt.Fprint(m.out, "\r\x1b[K")
	}
}
