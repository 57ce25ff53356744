package sentence

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

// Number puts commas between the thousands.
func Number(digits string) string {
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

// Plural counts things: "1 user", "2 users".
func Plural(n any, one string) string {
	text := fmt.Sprint(n)
	if text == "1" {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ey") {
		return Number(text) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return Number(text) + " " + one + "s"
}

// Ago says how long ago something was, or in how long it will be.
func Ago(now, t time.Time) string {
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
		return Plural(int(d.Seconds()), "second")
	case d < time.Hour:
		return Plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return Plural(int(d.Hours()), "hour")
	case d < 60*24*time.Hour:
		return Plural(int(d.Hours()/24), "day")
	case d < 2*365*24*time.Hour:
		return Plural(int(d.Hours()/24/30), "month")
	}
	return Plural(int(d.Hours()/24/365), "year")
}

// Punctuated makes a sentence of a text: it begins with a capital and ends with a full stop.
func Punctuated(s string) string {
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

// Itoa formats an integer of any type.
func Itoa[T ~int64 | ~int](n T) string { return strconv.FormatInt(int64(n), 10) }

// ExactTime formats a time to the second.
func ExactTime(i directory.Instant) string { return i.Time().Format("2 January 2006, 15:04:05 UTC") }
