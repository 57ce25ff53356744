package cli

import (
	"fmt"
	"io"
	"time"
)

// How often a meter shows something: to a person, and in a log.
const (
	meterOnTerminal = 200 * time.Millisecond
	meterInLog      = 5 * time.Second
)

// A Meter tells on the error stream how far something long has come, how fast
// it goes and how long it will take: in one line that changes on a terminal,
// and otherwise in a plain line now and then.
type Meter struct {
	out      io.Writer
	terminal bool
	What     string
	units    string
	total    int64 // 0 is not known
	begun    time.Time
	shown    time.Time
	from     int64 // how far it was when it began
	done     int64
}

// Meter begins to measure. What was done before does not count for the rate.
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

// Update says how far it has come.
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

// Clear takes the line away, so that what follows has one of its own.
func (m *Meter) Clear() {
	if m.terminal {
		fmt.Fprint(m.out, "\r\x1b[K")
	}
}
