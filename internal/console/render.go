package console

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages are the templates of all pages. Files that begin with an underscore
// are parts of every page.
type pages struct {
	byName map[string]*template.Template
}

func loadPages(static string) (*pages, error) {
	funcs := template.FuncMap{
		"static": func(name string) string { return static + "/" + name },
		"icon":   func(name string) string { return static + "/icons.svg#" + name },
		"num":    func(n any) string { return number(fmt.Sprint(n)) },
		"plural": plural,
		"list":   func(items ...any) []any { return items },
		"exact":  exactTime,
		"stamp":  func(i directory.Instant) string { return i.Time().Format(time.RFC3339) },
		"ago":    func(i directory.Instant) string { return ago(time.Now(), i.Time()) },
		"show":   visible,
		"muting": func(may bool, id, text string, muted, asks bool, drafted []part) muting {
			return muting{may, id, text, muted, asks, drafted}
		},
		"next": func(i int) int { return i + 1 },
	}
	shared, err := template.New("").Funcs(funcs).ParseFS(templateFiles, "templates/_*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{byName: map[string]*template.Template{}}
	files, err := fs.Glob(templateFiles, "templates/[a-z]*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, err
		}
		p.byName[strings.TrimSuffix(path.Base(file), ".html")] = t
	}
	return p, nil
}

// visible writes characters that would turn the direction of the text around
// them as their numbers.
func visible(text string) string {
	turns := func(r rune) bool {
		return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' || r == '\u200e' || r == '\u200f' ||
			r == '\u061c'
	}
	if !strings.ContainsFunc(text, turns) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if turns(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// number puts thin spaces between the thousands.
func number(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 3 || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return sign + digits
	}
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return sign + b.String()
}

// plural counts things: "1 user", "2 users".
func plural(n any, one string) string {
	text := fmt.Sprint(n)
	if text == "1" {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ey") {
		return number(text) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return number(text) + " " + one + "s"
}

// ago says how long ago something was, or in how long it will be.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	if d < 0 {
		return "in " + span(-d)
	}
	if d < 10*time.Second {
		return "just now"
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return plural(int(d.Seconds()), "second")
	case d < time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour")
	case d < 60*24*time.Hour:
		return plural(int(d.Hours()/24), "day")
	case d < 2*365*24*time.Hour:
		return plural(int(d.Hours()/24/30), "month")
	}
	return plural(int(d.Hours()/24/365), "year")
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if c := s[0]; 'a' <= c && c <= 'z' {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// itoa is short for the templates' structs.
func itoa[T ~int64 | ~int](n T) string { return strconv.FormatInt(int64(n), 10) }

// exactTime is a time to the second.
func exactTime(i directory.Instant) string { return i.Time().Format("2 January 2006, 15:04:05 UTC") }
