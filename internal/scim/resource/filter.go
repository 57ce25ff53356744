package resource

import (
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

// A Filter is an AndFilter, OrFilter, NotFilter, Comparison or ElementFilter.
type Filter any

// The filters.
type (
	// An AndFilter matches if all of its filters do.
	AndFilter []Filter
	// An OrFilter matches if one of its filters does.
	OrFilter []Filter
	// A NotFilter matches if the inner filter does not.
	NotFilter struct{ Inner Filter }
	// A Comparison compares the values of an attribute. The operator pr has no value.
	Comparison struct {
		Path  AttrPath
		Op    string
		Value any // a string, bool, number, or nil for null
	}
	// An ElementFilter matches if one element matches the inner filter and, if present, Then:
	// emails[type eq "work"].value eq "x".
	ElementFilter struct {
		Path  AttrPath
		Inner Filter
		Then  *Comparison
	}
)

// An AttrPath names an attribute, optionally with the URN of a schema and a sub-attribute.
type AttrPath struct {
	Name string // as written, with the URN, without the sub-attribute
	Sub  string
}

// String returns the path as it was written.
func (p AttrPath) String() string {
	if p.Sub == "" {
		return p.Name
	}
	return p.Name + "." + p.Sub
}

type filterParser struct {
	text  string
	at    int
	depth int
	terms int
}

// ParseFilter parses a filter (RFC 7644, section 3.4.2.2). Grouping binds strongest, then not,
// and, or. It also accepts what providers send beyond the grammar: bare words for strings,
// True and False, and surrounding white space.
func ParseFilter(s string) (Filter, error) {
	if len(s) > maxFilterLen {
		return nil, BadRequest(TooMany, "The filter is longer than 4096 bytes; ask in parts.")
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
	return BadRequest(invalidFilter, "The filter "+what+".")
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

func (p *filterParser) or() (Filter, error) {
	return p.several("or", p.and, func(list []Filter) Filter { return OrFilter(list) })
}

func (p *filterParser) and() (Filter, error) {
	return p.several("and", p.not, func(list []Filter) Filter { return AndFilter(list) })
}

// several parses filters that are joined by a word.
func (p *filterParser) several(word string, next func() (Filter, error), join func([]Filter) Filter) (Filter, error) {
	var list []Filter
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

func (p *filterParser) not() (Filter, error) {
	at := p.at
	if p.keyword("not") {
		if p.char('(') {
			f, err := p.group(')')
			return NotFilter{f}, err
		}
		p.at = at // it is an attribute called not
	}
	if p.char('(') {
		return p.group(')')
	}
	return p.term()
}

// group parses a filter up to the closing bracket.
func (p *filterParser) group(end byte) (Filter, error) {
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

func (p *filterParser) term() (Filter, error) {
	if p.terms++; p.terms > maxFilterTerms {
		return nil, BadRequest(TooMany, "The filter has more than 50 comparisons; ask in parts.")
	}
	path, err := ParseAttrPath(p.word())
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
	f := ElementFilter{Path: path, Inner: inner}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		sub, err := ParseAttrPath(p.word())
		if err != nil {
			return nil, err
		}
		c, err := p.comparison(sub)
		if err != nil {
			return nil, err
		}
		f.Then = &c
	}
	return f, nil
}

func (p *filterParser) comparison(path AttrPath) (Comparison, error) {
	op := strings.ToLower(p.word())
	switch op {
	case "pr":
		return Comparison{Path: path, Op: op}, nil
	case "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le":
		v, err := p.value()
		return Comparison{path, op, v}, err
	case "":
		return Comparison{}, errFilter("ends after " + QuoteFor(path.String()) + "; an operator such as eq must follow")
	}
	return Comparison{}, errFilter("has the operator " + QuoteFor(op) +
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
		return Number(word), nil
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

// ParseAttrPath parses the name of an attribute. A URN ends at the last colon before the name.
func ParseAttrPath(s string) (AttrPath, error) {
	urn, name := "", s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		urn, name = s[:i+1], s[i+1:]
	}
	name, sub, dotted := strings.Cut(name, ".")
	// A URN such as …:core:2.0:User has no attribute; the 2.0 belongs to it.
	if !IsAttrName(name) || dotted && !IsAttrName(sub) {
		return AttrPath{}, errFilter("has " + QuoteFor(s) + " where the name of an attribute must stand")
	}
	return AttrPath{urn + name, sub}, nil
}

// IsAttrName reports whether a text can be the name of an attribute.
func IsAttrName(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '$' && i == 0
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-' || c == '_')) {
			return false
		}
	}
	return s != ""
}

// QuoteFor limits the length of a caller's text in a reply.
func QuoteFor(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return "\"" + s + "\""
}
