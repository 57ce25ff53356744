package directory

import "strings"

// A list value is the text of its elements, escaped and joined by commas, so that it can be
// used as a filter as it is. The escape character is ^; it escapes a comma, a quote, %, _, a
// leading minus, itself, and a space at either end. An element may also stand in double
// quotes, and spaces around elements are ignored, because people write `a, "b, c"`.

// JoinList returns the text of a list of elements. SplitList is its inverse.
func JoinList(elements []string) string {
	var b strings.Builder
	for i, e := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		if e == "" {
			b.WriteString(`""`)
		}
		for j := range len(e) {
			if needsEscape(e, j) {
				b.WriteByte('^')
			}
			b.WriteByte(e[j])
		}
	}
	return b.String()
}

func needsEscape(e string, i int) bool {
	switch e[i] {
	case ',', '"', '%', '_', '^':
		return true
	case '-':
		return i == 0
	case ' ':
		return i == 0 || i == len(e)-1
	}
	return false
}

// SplitList returns the elements of a list's text. It skips empty elements without quotes. It
// reads any text; ParseValue decides which texts are accepted.
func SplitList(text string) []string {
	var elements []string
	for more := true; more; {
		var e element
		e, text, more = nextElement(text)
		if e.text != "" || e.quoted {
			elements = append(elements, e.text)
		}
	}
	return elements
}

// An element is one parsed element of a list.
type element struct {
	text   string
	quoted bool
	broken bool // the quote is not closed, or something follows it
}

// nextElement parses the first element of a list's text. more reports whether another follows,
// in rest.
func nextElement(text string) (e element, rest string, more bool) {
	text = strings.TrimLeft(text, " ")
	if body, ok := strings.CutPrefix(text, `"`); ok {
		e, rest = quotedElement(body)
		var tail string
		tail, rest, more = strings.Cut(rest, ",")
		if tail = strings.Trim(tail, " "); tail != "" {
			e.text, e.broken = e.text+tail, true
		}
		return e, rest, more
	}
	var b strings.Builder
	solid := 0 // length without trailing spaces
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == ',' {
			return element{text: b.String()[:solid]}, text[i+1:], true
		}
		escaped := c == '^' && i+1 < len(text)
		if escaped {
			i++
			c = text[i]
		}
		b.WriteByte(c)
		if escaped || c != ' ' {
			solid = b.Len()
		}
	}
	return element{text: b.String()[:solid]}, "", false
}

// quotedElement reads up to the closing quote.
func quotedElement(body string) (e element, rest string) {
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		c := body[i]
		if c == '"' {
			return element{text: b.String(), quoted: true}, body[i+1:]
		}
		if c == '^' && i+1 < len(body) {
			i++
			c = body[i]
		}
		b.WriteByte(c)
	}
	return element{text: b.String(), quoted: true, broken: true}, ""
}

// checkList checks the text of a list: no empty element, closed quotes, at most MaxListLen
// elements.
func checkList(field, text string) error {
	n := 0
	for more := true; more; {
		var e element
		e, text, more = nextElement(text)
		switch n++; {
		case n > MaxListLen:
			return TooLong(field, "has more than %d elements", MaxListLen)
		case e.broken:
			return Invalid(field, "has a quote that is not closed, or not before a comma")
		case e.text == "" && !e.quoted:
			return Invalid(field, "has an empty element")
		}
	}
	return nil
}
