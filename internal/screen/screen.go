// Package screen writes the output of commands: for people with the width, the colours and the
// clock of their terminal, for programs as JSON, CSV, YAML or names.
package screen

import (
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
)

// A Screen describes the reader of the output. The zero Screen is a program: no width, no
// colours, no relative times.
type Screen struct {
	Person bool // a person reads it, on a terminal
	Width  int  // columns; 0 means no limit
	Height int  // lines; 0 if unknown
	Colour bool
	Now    time.Time
}

// The size of a terminal that does not report it.
const (
	usualWidth  = 80
	usualHeight = 24
	leastWidth  = 20
)

// Of inspects a writer. The environment may contain NO_COLOR, TERM=dumb and COLUMNS.
func Of(w io.Writer, env func(string) string) Screen {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Screen{}
	}
	s := Screen{Person: true, Width: usualWidth, Height: usualHeight, Now: time.Now()}
	if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		s.Width, s.Height = width, height
	}
	if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
		s.Width = n
	}
	s.Width = max(s.Width, leastWidth)
	s.Colour = env("NO_COLOR") == "" && env("TERM") != "dumb"
	return s
}

// IsTerminal reports whether a person is at the other end of a reader or writer.
func IsTerminal(x any) bool {
	f, ok := x.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// A Style is how a text is emphasized.
type Style string

// The styles.
const (
	Bold   Style = "1"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Grey   Style = "90"
)

// Styled returns a text in a style, if the screen has colours.
func (s Screen) Styled(style Style, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Plain removes what could control the terminal from stored texts.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, text)
}

// Time formats a moment: for a person as the time since then, for a program as RFC 3339. The
// zero time is empty.
func (s Screen) Time(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case !s.Person:
		return t.UTC().Format(time.RFC3339)
	}
	d := s.Now.Sub(t)
	if d < -aMoment {
		return "in " + span(-d)
	}
	if d < time.Minute {
		return "just now"
	}
	return span(d) + " ago"
}

// aMoment is how far a time of the server may lie ahead without counting as future: the
// command began before, or the clocks differ.
const aMoment = 5 * time.Second

// span formats a duration in its largest unit.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{365 * day, "year"}, {30 * day, "month"}, {day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"},
		{time.Second, "second"}} {
		if n := int64(d / unit.length); n > 1 {
			return strconv.FormatInt(n, 10) + " " + unit.name + "s"
		} else if n == 1 {
			return "1 " + unit.name
		}
	}
	return "a moment"
}
