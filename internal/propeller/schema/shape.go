package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/propeller/fault"
)

// A Type is a JSON type, under the name that messages use.
type Type string

// The types.
const (
	String  Type = "String"
	Integer Type = "Integer"
	Number  Type = "Number"
	Boolean Type = "Boolean"
	Object  Type = "JSONObject"
	Array   Type = "JSONArray"
	Null    Type = "Null"
)

// A Shape describes what a JSON value must look like. Zero fields are not checked.
type Shape struct {
	Types    []Type   // the allowed types; messages name the first
	Enum     []string // of a string
	MaxLen   int      // of a string, in characters
	Pattern  string   // of a string: the name for people of what matches
	Fits     func(string) bool
	min      *int64 // of a number
	Members  map[string]*Shape
	Required []string
	Items    *Shape
	MaxItems int
	Lazy     bool                                 // items are read and checked one by one, when needed
	whole    bool                                 // everything inside is read: its shape depends on other values
	Also     func(c *Checker, at string, n *Node) // of an object: further checks
}

// maxViolations limits how many violations are reported at once.
const maxViolations = 100

// Violations lists everything that is wrong with a value, each with its place.
func (s *Shape) Violations(n *Node) []string {
	c := Checker{}
	c.Check("#", s, n)
	return c.All()
}

// All lists the recorded violations, and how many more there are.
func (c *Checker) All() []string {
	if more := c.Count - len(c.found); more > 0 {
		c.found = append(c.found, fmt.Sprintf("#: %d schema violations more", more))
	}
	return c.found
}

// Add records violations that were found elsewhere.
func (c *Checker) Add(messages ...string) {
	for _, m := range messages {
		if c.Count++; c.Count <= maxViolations {
			c.found = append(c.found, m)
		}
	}
}

// A Checker collects violations.
type Checker struct {
	found []string
	Count int
}

func (c *Checker) say(at, format string, args ...any) {
	if c.Count++; c.Count <= maxViolations {
		c.found = append(c.found, at+": "+fmt.Sprintf(format, args...))
	}
}

// Check records what is wrong with a value at a place.
func (c *Checker) Check(at string, s *Shape, n *Node) {
	if len(s.Types) > 0 && !slices.ContainsFunc(s.Types, func(t Type) bool { return fitsType(t, n) }) {
		c.say(at, "expected type: %s, found: %s", s.Types[0], typeOf(n))
		return
	}
	switch n.Kind() {
	case '"':
		c.checkText(at, s, n.Text)
	case '0':
		if s.MaxLen > 0 && len(n.Text) > s.MaxLen {
			c.say(at, "expected maxLength: %d, actual: %d", s.MaxLen, len(n.Text))
		}
		if f, err := strconv.ParseFloat(n.Text, 64); s.min != nil && (err != nil || f < float64(*s.min)) {
			c.say(at, "%s is not greater or equal to %d", fault.Clip(n.Text), *s.min)
		}
	case '{':
		c.checkObject(at, s, n)
	case '[':
		c.checkArray(at, s, n)
	}
}

func (c *Checker) checkText(at string, s *Shape, text string) {
	switch length := utf8.RuneCountInString(text); {
	case s.Enum != nil && !slices.Contains(s.Enum, text):
		c.say(at, "%s is not a valid enum value", fault.Clip(text))
	case s.MaxLen > 0 && length > s.MaxLen:
		c.say(at, "expected maxLength: %d, actual: %d", s.MaxLen, length)
	case s.Fits != nil && !s.Fits(text):
		c.say(at, "string [%s] does not match pattern %s", fault.Clip(text), s.Pattern)
	}
}

func (c *Checker) checkObject(at string, s *Shape, n *Node) {
	for _, name := range s.Required {
		if _, ok := n.Members[name]; !ok {
			c.say(at, "required key [%s] not found", name)
		}
	}
	if s.Members == nil {
		return
	}
	for _, name := range n.Names {
		member, known := s.Members[name]
		if !known {
			c.say(at, "extraneous key [%s] is not permitted", fault.Clip(name))
			continue
		}
		c.Check(at+"/"+name, member, n.Members[name])
	}
	if s.Also != nil {
		s.Also(c, at, n)
	}
}

func (c *Checker) checkArray(at string, s *Shape, n *Node) {
	if s.MaxItems > 0 && n.size() > s.MaxItems {
		c.say(at, "expected maximum item count: %d, found: %d", s.MaxItems, n.size())
		return
	}
	if s.Items == nil {
		return
	}
	for i, item := range n.Items {
		c.Check(at+"/"+strconv.Itoa(i), s.Items, item)
	}
}

func fitsType(t Type, n *Node) bool {
	switch n.Kind() {
	case '"':
		return t == String
	case '0':
		return t == Number || t == Integer && IsWhole(n.Text)
	case 't', 'f':
		return t == Boolean
	case '{':
		return t == Object
	case '[':
		return t == Array
	}
	return t == Null
}

// IsWhole reports whether a number has neither a fraction nor an exponent.
func IsWhole(number string) bool { return !strings.ContainsAny(number, ".eE") }

// typeOf names the type of a value as the vendor's validator does.
func typeOf(n *Node) string {
	switch n.Kind() {
	case jsontext.Kind('0'):
		if !IsWhole(n.Text) {
			return "BigDecimal"
		}
		switch i, err := strconv.ParseInt(n.Text, 10, 64); {
		case err != nil:
			return "BigInteger"
		case int64(int32(i)) != i:
			return "Long"
		}
		return "Integer"
	case '"':
		return string(String)
	case 't', 'f':
		return string(Boolean)
	case '{':
		return string(Object)
	case '[':
		return string(Array)
	}
	return string(Null)
}

// Missing lists the required members that an object lacks.
func (s *Shape) Missing(at string, n *Node) []string {
	c := Checker{}
	c.checkObject(at, &Shape{Required: s.Required}, n)
	return c.found
}

// CheckReadOnly refuses a read-only member that differs from the current one.
func CheckReadOnly(at string, n *Node, shown map[string]any, names ...string) error {
	for _, name := range names {
		sent, ok := n.Members[name]
		if !ok {
			continue
		}
		have, err := json.Marshal(shown[name])
		if err != nil {
			return err
		}
		if !Same(sent.Raw, jsontext.Value(have)) {
			return fault.Schema(at + "/" + name + ": value is read-only")
		}
	}
	return nil
}

// Names lists the names of members, sorted.
func Names(members map[string]*Shape) []string { return slices.Sorted(maps.Keys(members)) }

// Shapes that several objects share.

// Text is the shape of a text.
func Text(maxLen int) *Shape { return &Shape{Types: []Type{String}, MaxLen: maxLen} }

// Key is the shape of a text that clients also send as a number.
func Key(maxLen int) *Shape {
	return &Shape{Types: []Type{String, Integer}, MaxLen: maxLen}
}

// OneOf is the shape of one of some texts.
func OneOf(values ...string) *Shape { return &Shape{Types: []Type{String}, Enum: values} }

// Bool is the shape of a boolean.
func Bool() *Shape { return &Shape{Types: []Type{Boolean}} }

// ID is the shape of a whole number from a minimum.
func ID(min int64) *Shape { return &Shape{Types: []Type{Integer}, min: &min} }

// List is the shape of a list.
func List(maxItems int, items *Shape) *Shape {
	return &Shape{Types: []Type{Array}, Items: items, MaxItems: maxItems}
}

// Any is the shape of a value that is read as a text or compared with one.
func Any() *Shape { return &Shape{} }

// Whole is the shape of a value that something else checks.
func Whole() *Shape { return &Shape{whole: true} }

// Language is the shape of a language.
func Language() *Shape {
	return &Shape{Types: []Type{String}, Pattern: "^[A-Za-z]{2}$", Fits: IsLanguage}
}

// IsLanguage reports whether a text has the form of a language: two letters.
func IsLanguage(s string) bool {
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// Same reports whether two values are equal, in whatever order their members are.
func Same(a, b jsontext.Value) bool {
	a, b = a.Clone(), b.Clone()
	return a.Canonicalize() == nil && b.Canonicalize() == nil && string(a) == string(b)
}
