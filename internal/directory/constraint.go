package directory

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// An AllowedValue is an allowed value of an attribute.
type AllowedValue struct {
	Value string
	Label string // for people; empty means the value itself
}

// Constraints restrict the values of an attribute beyond its type. They apply to each element
// of a list and to each text of a localized value. The zero Constraints allow every value of
// the type.
type Constraints struct {
	Allowed   []AllowedValue // in the order of choice lists; empty allows all
	Pattern   string         // an RE2 expression that the whole text must match; empty allows any text
	Least     string         // of numbers and times; may be empty
	Greatest  string         // of numbers and times; may be empty
	MaxLength int            // in characters; 0 means no further limit
}

// IsZero reports whether there are no constraints.
func (c *Constraints) IsZero() bool {
	return len(c.Allowed) == 0 && c.Pattern == "" && c.Least == "" && c.Greatest == "" && c.MaxLength == 0
}

// Equal reports whether two constraints are the same, labels and order included.
func (c *Constraints) Equal(d *Constraints) bool {
	return c.Pattern == d.Pattern && c.Least == d.Least && c.Greatest == d.Greatest && c.MaxLength == d.MaxLength &&
		slices.Equal(c.Allowed, d.Allowed)
}

// TakesAllOf reports whether c allows every text of type t that was allows. It may be false
// for an equivalent pattern that is written differently.
func (c *Constraints) TakesAllOf(was *Constraints, t Type) bool { return c.TighterIn(was, t) == "" }

// TighterIn returns the field of the first constraint that may refuse a text of type t that
// was allows, or "".
func (c *Constraints) TighterIn(was *Constraints, t Type) (field string) {
	allows := func(a AllowedValue) bool {
		return slices.ContainsFunc(c.Allowed, func(b AllowedValue) bool { return sameText(t, a.Value, b.Value) })
	}
	switch {
	case len(c.Allowed) > 0 && (len(was.Allowed) == 0 || !allAre(was.Allowed, allows)):
		return "allowed"
	case c.Pattern != "" && c.Pattern != was.Pattern:
		return "pattern"
	case c.Least != "" && (was.Least == "" || CompareValues(t, c.Least, was.Least) > 0):
		return "least"
	case c.Greatest != "" && (was.Greatest == "" || CompareValues(t, c.Greatest, was.Greatest) < 0):
		return "greatest"
	case c.MaxLength != 0 && (was.MaxLength == 0 || was.MaxLength > c.MaxLength):
		return "max_length"
	}
	return ""
}

func allAre(list []AllowedValue, is func(AllowedValue) bool) bool {
	return !slices.ContainsFunc(list, func(a AllowedValue) bool { return !is(a) })
}

// Label returns the label of an allowed value, or the text itself if there is none.
func (c *Constraints) Label(t Type, text string) string {
	for _, a := range c.Allowed {
		if a.Label != "" && sameText(t, a.Value, text) {
			return a.Label
		}
	}
	return text
}

// ParseConstraints checks constraints for attributes of type t and cleans their labels. The
// fields of its errors are allowed, pattern, least, greatest and max_length.
func ParseConstraints(t Type, c Constraints) (Constraints, error) {
	var err error
	if c.Allowed, err = parseAllowed(t, c.Allowed); err != nil {
		return c, err
	}
	if _, err := compilePattern(c.Pattern); err != nil {
		return c, err
	}
	if err := checkBound("least", t, c.Least); err != nil {
		return c, err
	}
	if err := checkBound("greatest", t, c.Greatest); err != nil {
		return c, err
	}
	if c.Least != "" && c.Greatest != "" && CompareValues(t, c.Least, c.Greatest) > 0 {
		return c, Invalid("least", "must not be above greatest")
	}
	if c.MaxLength < 0 || c.MaxLength > MaxValueLen {
		return c, Invalid("max_length", "must be between 1 and %d, or 0 for none", MaxValueLen)
	}
	return c, nil
}

func parseAllowed(t Type, list []AllowedValue) ([]AllowedValue, error) {
	if len(list) > MaxAllowed {
		return nil, TooLong("allowed", "has %d values; the most is %d", len(list), MaxAllowed)
	}
	var out []AllowedValue
	seen, size := map[string]bool{}, 0
	for _, a := range list {
		if err := ParseValue("allowed", elementType(t), a.Value); err != nil {
			return nil, err
		}
		label, err := ParseName("allowed", a.Label)
		if err != nil {
			return nil, err
		}
		key := canonical(t, a.Value)
		if seen[key] {
			return nil, Invalid("allowed", "has a value twice")
		}
		if size += len(a.Value) + len(label); size > MaxValueLen {
			return nil, TooLong("allowed", "has more than %d bytes together, with the labels", MaxValueLen)
		}
		seen[key] = true
		out = append(out, AllowedValue{a.Value, label})
	}
	return out, nil
}

// elementType returns the type that constraints of attributes of type t apply to.
func elementType(t Type) Type {
	if t == TypeList || t == TypeEnumList {
		return TypeString
	}
	return t
}

// maxPatternSteps limits the instructions of a compiled expression. Matching costs at most
// that many steps for each byte of a text.
const maxPatternSteps = 1000

func compilePattern(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	if len(pattern) > MaxPatternLen {
		return nil, TooLong("pattern", "has %d bytes; the most is %d", len(pattern), MaxPatternLen)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, Invalid("pattern", "is no expression of RE2: %v", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > maxPatternSteps {
		return nil, Invalid("pattern", "repeats too much: it takes more than %d steps", maxPatternSteps)
	}
	whole, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		return nil, Invalid("pattern", "is no expression of RE2: %v", err)
	}
	return whole, nil
}

func checkBound(field string, t Type, bound string) error {
	if bound == "" {
		return nil
	}
	switch t {
	case TypeInteger, TypeNumber, TypeDate, TypeDateTime:
		return ParseValue(field, t, bound)
	case TypeString, TypeText, TypeYesNo, TypeZipcode, TypeRelativeURL, TypeFilterString, TypeFilterNumber,
		TypeFilterDateTime, TypeList, TypeEnum, TypeEnumList:
	}
	return Invalid(field, "is possible for integer, number, date and datetime only, not for %s", t)
}

// sameText reports whether two texts are the same value of type t.
func sameText(t Type, a, b string) bool { return a == b || canonical(t, a) == canonical(t, b) }

// canonical returns the same text for all texts with the same value. A text that is not a
// value of the type is returned unchanged.
func canonical(t Type, text string) string {
	switch t {
	case TypeInteger, TypeNumber:
		if d, ok := parseDecimal(text); ok {
			sign := ""
			if d.negative {
				sign = "-"
			}
			return sign + d.whole + "." + d.fraction
		}
	case TypeYesNo:
		if yes, ok := parseYesNo(text); ok && yes {
			return "yes"
		} else if ok {
			return "no"
		}
	case TypeDateTime:
		if at, ok := parseDateTime(text); ok {
			return at.Format(time.RFC3339Nano)
		}
	case TypeString, TypeText, TypeDate, TypeZipcode, TypeRelativeURL, TypeFilterString, TypeFilterNumber,
		TypeFilterDateTime,
		TypeList, TypeEnum, TypeEnumList:
	}
	return text
}

// A Fit decides which texts an attribute accepts: its type and constraints, prepared for many
// checks.
type Fit struct {
	t           Type
	constraints Constraints
	allowed     map[string]bool
	pattern     *regexp.Regexp
	broken      error
}

// NewFit returns the Fit of an attribute.
func NewFit(a *Attribute) *Fit {
	f := &Fit{t: a.Type, constraints: a.Constraints}
	f.pattern, f.broken = compilePattern(a.Pattern)
	if len(a.Allowed) > 0 {
		f.allowed = make(map[string]bool, len(a.Allowed))
		for _, v := range a.Allowed {
			f.allowed[canonical(a.Type, v.Value)] = true
		}
	}
	return f
}

// IsOf reports whether f is the Fit of an attribute.
func (f *Fit) IsOf(a *Attribute) bool { return f.t == a.Type && f.constraints.Equal(&a.Constraints) }

// Check refuses a text that is not a value of the type or violates the constraints. field is
// the field of the error, which does not repeat the text.
func (f *Fit) Check(field, text string) error {
	if err := ParseValue(field, f.t, text); err != nil {
		return err
	}
	return f.CheckConstraints(field, text)
}

// CheckConstraints is Check for a text that is known to be a value of the type.
func (f *Fit) CheckConstraints(field, text string) error {
	if f.constraints.IsZero() {
		return nil
	}
	if elementType(f.t) == f.t {
		return f.one(field, text)
	}
	for _, e := range SplitList(text) {
		if err := f.one(field, e); err != nil {
			return err
		}
	}
	return nil
}

// CheckChange is CheckConstraints for a value that replaces another. Unchanged texts are not
// checked, because they may be older than the constraints.
func (f *Fit) CheckChange(field string, before, v Value) error {
	switch {
	case f.constraints.IsZero() || v.Equal(before):
		return nil
	case len(v.Texts) == 0:
		return f.CheckConstraints(field, v.Text)
	}
	for _, t := range v.Texts {
		if was, ok := before.In(t.Language); ok && len(before.Texts) > 0 && was == t.Text {
			continue
		}
		if err := f.CheckConstraints(field, t.Text); err != nil {
			return err
		}
	}
	return nil
}

// maxShownAllowed is how many allowed values an error lists.
const maxShownAllowed = 10

func (f *Fit) one(field, text string) error {
	c := &f.constraints
	switch {
	case f.broken != nil:
		return f.broken
	case f.allowed != nil && !f.allowed[canonical(f.t, text)]:
		names := make([]string, 0, maxShownAllowed)
		for _, a := range c.Allowed[:min(len(c.Allowed), maxShownAllowed)] {
			names = append(names, a.Value)
		}
		more := ""
		if n := len(c.Allowed) - len(names); n > 0 {
			more = " and " + strconv.Itoa(n) + " more"
		}
		return Invalid(field, "must be among the allowed values: %s%s", strings.Join(names, ", "), more)
	case f.pattern != nil && !f.pattern.MatchString(text):
		return Invalid(field, "does not match the pattern %s", c.Pattern)
	case c.Least != "" && CompareValues(f.t, text, c.Least) < 0:
		return Invalid(field, "must be at least %s", c.Least)
	case c.Greatest != "" && CompareValues(f.t, text, c.Greatest) > 0:
		return Invalid(field, "must be at most %s", c.Greatest)
	case c.MaxLength != 0 && len(text) > c.MaxLength && utf8.RuneCountInString(text) > c.MaxLength:
		return TooLong(field, "has %d characters; the most is %d", utf8.RuneCountInString(text), c.MaxLength)
	}
	return nil
}
