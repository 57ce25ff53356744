package scim

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of a filter, checked before and while it is parsed.
const (
	maxFilterLen   = 4 << 10
	maxFilterDepth = 20
	maxFilterTerms = 50
)

// A filter is an and, or, not, comparison or elementFilter.
type filter any

type (
	andFilter []filter
	orFilter  []filter
	notFilter struct{ inner filter }
	// A comparison compares the values of an attribute. The operator pr has no value.
	comparison struct {
		path  attrPath
		op    string
		value any // a string, bool, number, or nil for null
	}
	// An elementFilter matches if one element matches the inner filter and, if present, Then:
	// emails[type eq "work"].value eq "x".
	elementFilter struct {
		path  attrPath
		inner filter
		then  *comparison
	}
)

// An attrPath names an attribute, optionally with the URN of a schema and a sub-attribute.
type attrPath struct {
	name string // as written, with the URN, without the sub-attribute
	sub  string
}

// String returns the path as it was written.
func (p attrPath) String() string {
	if p.sub == "" {
		return p.name
	}
	return p.name + "." + p.sub
}

type filterParser struct {
	text  string
	at    int
	depth int
	terms int
}

// parseFilter parses a filter (RFC 7644, section 3.4.2.2). Grouping binds strongest, then not,
// and, or. It also accepts what providers send beyond the grammar: bare words for strings,
// True and False, and surrounding white space.
func parseFilter(s string) (filter, error) {
	if len(s) > maxFilterLen {
		return nil, newFault(http.StatusBadRequest, tooMany, "The filter is longer than 4096 bytes; ask in parts.")
	}
	if !utf8.ValidString(s) {
		return nil, errFilter("is not valid UTF-8")
	}
	p := &filterParser{text: s}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, errFilter("cannot be read from byte " + strconv.Itoa(p.at+1) + " on")
	}
	return f, nil
}

func errFilter(what string) error {
	return newFault(http.StatusBadRequest, invalidFilter, "The filter "+what+".")
}

func (p *filterParser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// word reads up to a blank or a character that ends a word.
func (p *filterParser) word() string {
	p.space()
	from := p.at
	for p.at < len(p.text) && !strings.ContainsRune(" \t()[]\"", rune(p.text[p.at])) {
		p.at++
	}
	return p.text[from:p.at]
}

// keyword skips a word if it comes next.
func (p *filterParser) keyword(want string) bool {
	at := p.at
	if strings.EqualFold(p.word(), want) {
		return true
	}
	p.at = at
	return false
}

func (p *filterParser) char(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) or() (filter, error) {
	return p.several("or", p.and, func(list []filter) filter { return orFilter(list) })
}

func (p *filterParser) and() (filter, error) {
	return p.several("and", p.not, func(list []filter) filter { return andFilter(list) })
}

// several parses filters that are joined by a word.
func (p *filterParser) several(word string, next func() (filter, error), join func([]filter) filter) (filter, error) {
	var list []filter
	for {
		f, err := next()
		if err != nil {
			return nil, err
		}
		if list = append(list, f); !p.keyword(word) {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return join(list), nil
}

func (p *filterParser) not() (filter, error) {
	at := p.at
	if p.keyword("not") {
		if p.char('(') {
			f, err := p.group(')')
			return notFilter{f}, err
		}
		p.at = at // it is an attribute called not
	}
	if p.char('(') {
		return p.group(')')
	}
	return p.term()
}

// group parses a filter up to the closing bracket.
func (p *filterParser) group(end byte) (filter, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, errFilter("has more than 20 brackets inside each other")
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	p.depth--
	if !p.char(end) {
		return nil, errFilter("lacks a " + string(end))
	}
	return f, nil
}

func (p *filterParser) term() (filter, error) {
	if p.terms++; p.terms > maxFilterTerms {
		return nil, newFault(http.StatusBadRequest, tooMany, "The filter has more than 50 comparisons; ask in parts.")
	}
	path, err := parseAttrPath(p.word())
	if err != nil {
		return nil, err
	}
	if !p.char('[') {
		return p.comparison(path)
	}
	inner, err := p.group(']')
	if err != nil {
		return nil, err
	}
	f := elementFilter{path: path, inner: inner}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		sub, err := parseAttrPath(p.word())
		if err != nil {
			return nil, err
		}
		c, err := p.comparison(sub)
		if err != nil {
			return nil, err
		}
		f.then = &c
	}
	return f, nil
}

func (p *filterParser) comparison(path attrPath) (comparison, error) {
	op := strings.ToLower(p.word())
	switch op {
	case "pr":
		return comparison{path: path, op: op}, nil
	case "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le":
		v, err := p.value()
		return comparison{path, op, v}, err
	case "":
		return comparison{}, errFilter("ends after " + quoteFor(path.String()) + "; an operator such as eq must follow")
	}
	return comparison{}, errFilter("has the operator " + quoteFor(op) +
		"; there are eq, ne, co, sw, ew, pr, gt, ge, lt, le")
}

// value parses the operand of a comparison: JSON, or a bare word, which is a string.
func (p *filterParser) value() (any, error) {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '"' {
		return p.quoted()
	}
	word := p.word()
	switch {
	case word == "":
		return nil, errFilter("lacks a value")
	case strings.HasPrefix(word, "'"):
		return nil, errFilter("has a value in single quotes; it must be in double quotes")
	case strings.EqualFold(word, "true"):
		return true, nil
	case strings.EqualFold(word, "false"):
		return false, nil
	case word == "null":
		return nil, nil
	case jsontext.Value(word).Kind() == '0' && jsontext.Value(word).IsValid():
		return number(word), nil
	}
	return word, nil
}

// quoted parses a JSON string.
func (p *filterParser) quoted() (any, error) {
	for end := p.at + 1; end < len(p.text); end++ {
		switch p.text[end] {
		case '\\':
			end++
		case '"':
			text, err := jsontext.AppendUnquote(nil, p.text[p.at:end+1])
			if err != nil {
				return nil, errFilter("has a text that is not valid JSON at byte " + strconv.Itoa(p.at+1))
			}
			p.at = end + 1
			return string(text), nil
		}
	}
	return nil, errFilter("has a text without an end at byte " + strconv.Itoa(p.at+1))
}

// parseAttrPath parses the name of an attribute. A URN ends at the last colon before the name.
func parseAttrPath(s string) (attrPath, error) {
	urn, name := "", s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		urn, name = s[:i+1], s[i+1:]
	}
	name, sub, dotted := strings.Cut(name, ".")
	// A URN such as …:core:2.0:User has no attribute; the 2.0 belongs to it.
	if !isAttrName(name) || dotted && !isAttrName(sub) {
		return attrPath{}, errFilter("has " + quoteFor(s) + " where the name of an attribute must stand")
	}
	return attrPath{urn + name, sub}, nil
}

// isAttrName reports whether a text can be the name of an attribute.
func isAttrName(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '$' && i == 0
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-' || c == '_')) {
			return false
		}
	}
	return s != ""
}

// quoteFor limits the length of a caller's text in a reply.
func quoteFor(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return "\"" + s + "\""
}
