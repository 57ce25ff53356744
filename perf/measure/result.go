package measure

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// A Unit is the unit of a figure.
type Unit string

// The units.
const (
	Seconds Unit = "s"
	Ratio   Unit = "×"
	MiB     Unit = "MiB"
	Rate    Unit = "/s"
	Count   Unit = ""
)

// Format formats a figure for people.
func (u Unit) Format(v float64) string {
	switch u {
	case Seconds:
		return formatSeconds(v)
	case Ratio:
		return significant(v) + " ×"
	case Rate:
		return significant(v) + "/s"
	case MiB:
		return significant(v) + " MiB"
	default:
		return significant(v)
	}
}

func formatSeconds(v float64) string {
	switch {
	case v <= 0:
		return "0 s"
	case v < 1e-6:
		return significant(v*1e9) + " ns"
	case v < 1e-3:
		return significant(v*1e6) + " µs"
	case v < 1:
		return significant(v*1e3) + " ms"
	}
	return significant(v) + " s"
}

// significant formats a figure with three digits, and with all digits before the point.
func significant(v float64) string {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return fmt.Sprint(v)
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	text := strconv.FormatFloat(v, 'f', max(decimals, 0), 64)
	if whole := len(text); decimals <= 0 {
		for i := whole - 3; i > 0 && text[i-1] != '-'; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
	}
	return text
}

// A Result is the result of a line.
type Result struct {
	Verdicts []Verdict `json:"verdicts"`
	Notes    []string  `json:"notes"` // absolute figures, for orientation
	Tables   []Table   `json:"tables"`
}

// A Verdict is a budget and what was measured.
type Verdict struct {
	What     string `json:"what"`
	Budget   string `json:"budget"`
	Measured string `json:"measured"`
	Pass     bool   `json:"pass"`
}

// A Table is a table of figures.
type Table struct {
	Title string     `json:"title"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
}

// Note adds a remark.
func (r *Result) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// AtMost compares the median of samples with an upper limit.
func (r *Result) AtMost(what string, limit float64, unit Unit, s Samples) {
	r.judge(what, "≤ "+unit.Format(limit), unit, s, s.Median() <= limit)
}

// AtLeast compares the median of samples with a lower limit.
func (r *Result) AtLeast(what string, limit float64, unit Unit, s Samples) {
	r.judge(what, "≥ "+unit.Format(limit), unit, s, s.Median() >= limit)
}

func (r *Result) judge(what, budget string, unit Unit, s Samples, pass bool) {
	measured := unit.Format(s.Median())
	if len(s) > 1 {
		measured += " (" + s.Range(unit) + ")"
	}
	r.Verdicts = append(r.Verdicts, Verdict{What: what, Budget: budget, Measured: measured, Pass: pass && len(s) > 0})
}

// Elapsed runs f and returns how long it took, in seconds.
func Elapsed(f func() error) (float64, error) {
	start := time.Now()
	err := f()
	return time.Since(start).Seconds(), err
}
