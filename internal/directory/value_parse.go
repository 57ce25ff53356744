package directory

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ParseValue checks that a text is a value of type t on an owner. field is the field of the
// error. The text is stored as it was written, so only an error is returned. The empty text is
// a value of textual types only; callers for whom it means absence, as for a default, handle
// it before.
func ParseValue(field string, t Type, text string) error {
	switch {
	case len(text) > MaxValueLen:
		return TooLong(field, "has %d bytes; the most is %d", len(text), MaxValueLen)
	case !utf8.ValidString(text):
		return Invalid(field, "is not valid UTF-8")
	case strings.ContainsFunc(text, forbiddenIn(t)):
		return Invalid(field, "contains a control character")
	case text == "":
		if t.Textual() {
			return nil
		}
		return Invalid(field, "must not be empty: it is of type %s", t)
	}
	switch t {
	case TypeInteger, TypeNumber:
		return checkNumber(field, t, text)
	case TypeYesNo:
		if _, ok := parseYesNo(text); !ok {
			return Invalid(field, "must be yes or no")
		}
	case TypeDate:
		if _, ok := parseDate(text); !ok {
			return Invalid(field, "must be a date, such as 2026-01-31")
		}
	case TypeDateTime:
		if _, ok := parseDateTime(text); !ok {
			return Invalid(field, "must be a date and time, such as 2026-01-31T12:00:00Z")
		}
	case TypeRelativeURL:
		return checkRelativeURL(field, text)
	case TypeList, TypeEnumList:
		return checkList(field, text)
	case TypeString, TypeText, TypeZipcode, TypeFilterString, TypeFilterNumber, TypeFilterDateTime, TypeEnum:
		// any text
	}
	return nil
}

// forbiddenIn returns the test for characters that values of a type must not contain: control
// characters, except that string and text allow line breaks and tabs, because they hold
// certificates and letters.
func forbiddenIn(t Type) func(rune) bool {
	if t == TypeString || t == TypeText {
		return func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	}
	return unicode.IsControl
}

// checkNumber checks for an optional sign and decimal digits and, for numbers, an optional
// fraction. It accepts neither exponent nor grouping.
func checkNumber(field string, t Type, text string) error {
	whole, fraction, dotted := strings.Cut(unsigned(text), ".")
	switch {
	case t == TypeInteger && (dotted || !digits(whole)):
		return Invalid(field, "must be a whole number")
	case dotted && !digits(fraction) || !digits(whole) && (whole != "" || !dotted):
		return Invalid(field, "must be a decimal number, without an exponent")
	}
	return nil
}

func unsigned(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// checkRelativeURL checks for a path within the same site. It refuses everything that a
// browser could take for another host or scheme.
func checkRelativeURL(field, text string) error {
	scheme, _, colon := strings.Cut(text, ":")
	switch {
	case strings.HasPrefix(text, "//"), strings.ContainsRune(text, '\\'):
		return Invalid(field, "must be a relative URL: // and \\ may lead to another host")
	case colon && !strings.ContainsAny(scheme, "/?#"):
		return Invalid(field, "must be a relative URL, without a scheme")
	case strings.ContainsFunc(text, unicode.IsSpace):
		return Invalid(field, "must be a relative URL, without spaces")
	}
	return nil
}

// YesNo parses the text of a yesno value. Every text other than yes means no.
func YesNo(text string) bool {
	yes, _ := parseYesNo(text)
	return yes
}

// parseYesNo also checks the length, because some letters that only look like an s fold to s.
func parseYesNo(text string) (yes, ok bool) {
	switch {
	case len(text) == len("yes") && strings.EqualFold(text, "yes"):
		return true, true
	case len(text) == len("no") && strings.EqualFold(text, "no"):
		return false, true
	}
	return false, false
}

func parseDate(text string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// parseDateTime parses a date and a time to the minute, the second or a fraction of it,
// separated by T or a space. Without a zone the time is UTC.
func parseDateTime(text string) (time.Time, bool) {
	for _, layout := range [...]string{
		time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// CompareValues compares two texts of type t by their values: numbers by size, ignoring
// needless zeros, times by instant, no before yes. It compares texts of other types, and texts
// that are not values of the type, byte by byte; the latter come after all values.
func CompareValues(t Type, a, b string) int {
	switch t {
	case TypeInteger, TypeNumber:
		return compareParsed(a, b, parseDecimal, decimal.compare)
	case TypeYesNo:
		return compareParsed(a, b, parseYesNo, func(x, y bool) int {
			switch {
			case x == y:
				return 0
			case y:
				return -1
			}
			return 1
		})
	case TypeDate:
		return compareParsed(a, b, parseDate, time.Time.Compare)
	case TypeDateTime:
		return compareParsed(a, b, parseDateTime, time.Time.Compare)
	default:
		return strings.Compare(a, b)
	}
}

func compareParsed[P any](a, b string, parse func(string) (P, bool), compare func(P, P) int) int {
	x, okX := parse(a)
	y, okY := parse(b)
	switch {
	case okX && okY:
		return compare(x, y)
	case okX:
		return -1
	case okY:
		return 1
	}
	return strings.Compare(a, b)
}

// A decimal is a number without needless zeros: digits before and after the
// point. Zero is the zero decimal.
type decimal struct {
	negative        bool
	whole, fraction string
}

func parseDecimal(s string) (decimal, bool) {
	if s == "" || checkNumber("", TypeNumber, s) != nil {
		return decimal{}, false
	}
	whole, fraction, _ := strings.Cut(unsigned(s), ".")
	d := decimal{s[0] == '-', strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")}
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

func (d decimal) compare(e decimal) int {
	if d.negative != e.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	c := cmp.Or(cmp.Compare(len(d.whole), len(e.whole)), strings.Compare(d.whole, e.whole),
		strings.Compare(d.fraction, e.fraction))
	if d.negative {
		return -c
	}
	return c
}
