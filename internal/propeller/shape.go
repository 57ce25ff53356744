package propeller

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A wireType is a JSON type, under the name that messages use.
type wireType string

// The types.
const (
	typeString  wireType = "String"
	typeInteger wireType = "Integer"
	typeNumber  wireType = "Number"
	typeBoolean wireType = "Boolean"
	typeObject  wireType = "JSONObject"
	typeArray   wireType = "JSONArray"
	typeNull    wireType = "Null"
)

// A shape describes what a JSON value must look like. Zero fields are not checked.
type shape struct {
	types    []wireType // the allowed types; messages name the first
	enum     []string   // of a string
	maxLen   int        // of a string, in characters
	pattern  string     // of a string: the name for people of what matches
	fits     func(string) bool
	min      *int64 // of a number
	members  map[string]*shape
	required []string
	items    *shape
	maxItems int
	lazy     bool                                 // items are read and checked one by one, when needed
	whole    bool                                 // everything inside is read: its shape depends on other values
	also     func(c *checker, at string, n *node) // of an object: further checks
}

// maxViolations limits how many violations are reported at once.
const maxViolations = 100

// violations lists everything that is wrong with a value, each with its place.
func (s *shape) violations(n *node) []string {
	c := checker{}
	c.check("#", s, n)
	return c.all()
}

// all lists the recorded violations, and how many more there are.
func (c *checker) all() []string {
	if more := c.count - len(c.found); more > 0 {
		c.found = append(c.found, fmt.Sprintf("#: %d schema violations more", more))
	}
	return c.found
}

// add records violations that were found elsewhere.
func (c *checker) add(messages ...string) {
	for _, m := range messages {
		if c.count++; c.count <= maxViolations {
			c.found = append(c.found, m)
		}
	}
}

type checker struct {
	found []string
	count int
}

func (c *checker) say(at, format string, args ...any) {
	if c.count++; c.count <= maxViolations {
		c.found = append(c.found, at+": "+fmt.Sprintf(format, args...))
	}
}

func (c *checker) check(at string, s *shape, n *node) {
	if len(s.types) > 0 && !slices.ContainsFunc(s.types, func(t wireType) bool { return fitsType(t, n) }) {
		c.say(at, "expected type: %s, found: %s", s.types[0], typeOf(n))
		return
	}
	switch n.kind() {
	case '"':
		c.checkText(at, s, n.text)
	case '0':
		if s.maxLen > 0 && len(n.text) > s.maxLen {
			c.say(at, "expected maxLength: %d, actual: %d", s.maxLen, len(n.text))
		}
		if f, err := strconv.ParseFloat(n.text, 64); s.min != nil && (err != nil || f < float64(*s.min)) {
			c.say(at, "%s is not greater or equal to %d", clip(n.text), *s.min)
		}
	case '{':
		c.checkObject(at, s, n)
	case '[':
		c.checkArray(at, s, n)
	}
}

func (c *checker) checkText(at string, s *shape, text string) {
	switch length := utf8.RuneCountInString(text); {
	case s.enum != nil && !slices.Contains(s.enum, text):
		c.say(at, "%s is not a valid enum value", clip(text))
	case s.maxLen > 0 && length > s.maxLen:
		c.say(at, "expected maxLength: %d, actual: %d", s.maxLen, length)
	case s.fits != nil && !s.fits(text):
		c.say(at, "string [%s] does not match pattern %s", clip(text), s.pattern)
	}
}

func (c *checker) checkObject(at string, s *shape, n *node) {
	for _, name := range s.required {
		if _, ok := n.members[name]; !ok {
			c.say(at, "required key [%s] not found", name)
		}
	}
	if s.members == nil {
		return
	}
	for _, name := range n.names {
		member, known := s.members[name]
		if !known {
			c.say(at, "extraneous key [%s] is not permitted", clip(name))
			continue
		}
		c.check(at+"/"+name, member, n.members[name])
	}
	if s.also != nil {
		s.also(c, at, n)
	}
}

func (c *checker) checkArray(at string, s *shape, n *node) {
	if s.maxItems > 0 && n.size() > s.maxItems {
		c.say(at, "expected maximum item count: %d, found: %d", s.maxItems, n.size())
		return
	}
	if s.items == nil {
		return
	}
	for i, item := range n.items {
		c.check(at+"/"+strconv.Itoa(i), s.items, item)
	}
}

func fitsType(t wireType, n *node) bool {
	switch n.kind() {
	case '"':
		return t == typeString
	case '0':
		return t == typeNumber || t == typeInteger && isWhole(n.text)
	case 't', 'f':
		return t == typeBoolean
	case '{':
		return t == typeObject
	case '[':
		return t == typeArray
	}
	return t == typeNull
}

func isWhole(number string) bool { return !strings.ContainsAny(number, ".eE") }

// typeOf names the type of a value as the vendor's validator does.
func typeOf(n *node) string {
	switch n.kind() {
	case jsontext.Kind('0'):
		if !isWhole(n.text) {
			return "BigDecimal"
		}
		switch i, err := strconv.ParseInt(n.text, 10, 64); {
		case err != nil:
			return "BigInteger"
		case int64(int32(i)) != i:
			return "Long"
		}
		return "Integer"
	case '"':
		return string(typeString)
	case 't', 'f':
		return string(typeBoolean)
	case '{':
		return string(typeObject)
	case '[':
		return string(typeArray)
	}
	return string(typeNull)
}

// Shapes that several objects share.

func textShape(maxLen int) *shape { return &shape{types: []wireType{typeString}, maxLen: maxLen} }

// keyShape is the shape of a text that clients also send as a number.
func keyShape(maxLen int) *shape {
	return &shape{types: []wireType{typeString, typeInteger}, maxLen: maxLen}
}

func enumShape(values ...string) *shape { return &shape{types: []wireType{typeString}, enum: values} }

func boolShape() *shape { return &shape{types: []wireType{typeBoolean}} }

func idShape(min int64) *shape { return &shape{types: []wireType{typeInteger}, min: &min} }

func arrayShape(maxItems int, items *shape) *shape {
	return &shape{types: []wireType{typeArray}, items: items, maxItems: maxItems}
}

// anyShape is the shape of a value that is read as a text or compared with one.
func anyShape() *shape { return &shape{} }

// wholeShape is the shape of a value that something else checks.
func wholeShape() *shape { return &shape{whole: true} }

func languageShape() *shape {
	return &shape{types: []wireType{typeString}, pattern: "^[A-Za-z]{2}$", fits: isLanguage}
}

func isLanguage(s string) bool {
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
