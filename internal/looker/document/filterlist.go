package document

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// A list is shown as a text filter of the vendor, because that is what clients use it as. An
// element with a special character or word stands in double quotes. Inside them a backslash
// escapes a quote and a backslash, and ^ escapes itself. The filter matches exactly the
// elements of the list.

// nothing is the filter that matches no element. An empty filter would match everything.
const nothing = `""`

// showList renders a list as a filter.
func showList(elements []string) string {
	if len(elements) == 0 {
		return nothing
	}
	var b strings.Builder
	for i, e := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		if isPlainElement(e) {
			b.WriteString(e)
			continue
		}
		b.WriteByte('"')
		b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`, `^`, `^^`).Replace(e))
		b.WriteByte('"')
	}
	return b.String()
}

// isPlainElement reports whether an element needs no quotes in a filter.
func isPlainElement(e string) bool {
	return e != "" && strings.TrimSpace(e) == e && e[0] != '-' && !strings.ContainsAny(e, "\",%_^\\{}") &&
		!beginsWithKeyword(e)
}

// beginsWithKeyword reports whether a text begins with a keyword of the filter language, in
// any case.
func beginsWithKeyword(e string) bool {
	for _, word := range []string{"NULL", "EMPTY"} {
		if len(e) >= len(word) && strings.EqualFold(e[:len(word)], word) {
			return true
		}
	}
	return false
}

// readList parses a filter that matches elements only. It accepts what showList writes and
// blanks around elements.
func readList(field, text string) ([]string, error) {
	var elements []string
	for rest := strings.TrimLeft(text, " "); rest != ""; {
		element, tail, err := readElement(field, rest)
		if err != nil {
			return nil, err
		}
		if elements = append(elements, element); len(elements) > directory.MaxListLen {
			return nil, directory.TooLong(field, "has more than %d elements", directory.MaxListLen)
		}
		if tail == "" {
			break
		}
		rest = strings.TrimLeft(tail[1:], " ")
		if rest == "" {
			return nil, directory.Invalid(field, "has a comma at its end")
		}
	}
	if len(elements) == 1 && elements[0] == "" {
		return nil, nil
	}
	return elements, nil
}

// readElement parses one element. The tail begins with the comma behind it.
func readElement(field, text string) (element, tail string, err error) {
	quoted := text[0] == '"'
	if quoted {
		text = text[1:]
	}
	var b strings.Builder
	solid := 0 // length without trailing blanks
	for i := 0; i < len(text); i++ {
		c, escaped := text[i], false
		switch {
		case quoted && c == '"':
			tail = strings.TrimLeft(text[i+1:], " ")
			if tail != "" && tail[0] != ',' {
				return "", "", directory.Invalid(field, "has something behind a quote that is not a comma")
			}
			return b.String(), tail, nil
		case !quoted && c == ',':
			return plainElement(field, b.String()[:solid], text[:i], text[i:])
		case escapes(c, text[i+1:]):
			i, escaped = i+1, true
			c = text[i]
		case c == '\\', c == '^' && !quoted:
			return "", "", directory.Invalid(field, "has a %q that escapes nothing: put the element into double quotes", c)
		case !quoted && strings.IndexByte(`"%_`, c) >= 0:
			return "", "", directory.Invalid(field,
				"is a list, which holds elements and no patterns: put an element with %q into double quotes", c)
		}
		if b.WriteByte(c); escaped || c != ' ' {
			solid = b.Len()
		}
	}
	if quoted {
		return "", "", directory.Invalid(field, "has a quote that is not closed")
	}
	return plainElement(field, b.String()[:solid], text, "")
}

// escapes reports whether a character escapes the first character of the rest.
func escapes(c byte, rest string) bool {
	switch {
	case rest == "":
		return false
	case c == '^':
		return strings.IndexByte(`%_,^- `, rest[0]) >= 0
	}
	return c == '\\' && strings.IndexByte(`%_,^-"\/`, rest[0]) >= 0
}

// plainElement returns an element without quotes. raw is its text in the filter.
func plainElement(field, element, raw, tail string) (string, string, error) {
	switch raw = strings.TrimSpace(raw); {
	case raw == "":
		return "", "", directory.Invalid(field, "has an empty element")
	case raw[0] == '-', strings.EqualFold(raw, "NULL"), strings.EqualFold(raw, "EMPTY"):
		return "", "", directory.Invalid(field,
			"is a list, which holds elements and no conditions: put %s into double quotes if it is an element", raw)
	}
	return element, tail, nil
}

// showValue renders a value of a type. ok is false if it has no text in the language of this
// API. A sealed value is the empty text, because clients crash at null.
func showValue(q *protocol.Request, t directory.Type, v directory.Value) (text string, ok bool) {
	if v.Sealed != 0 {
		return "", true
	}
	if text, ok = v.In(q.Language); ok && t.IsList() {
		return showList(directory.SplitList(text)), true
	}
	return text, ok
}

// ReadText returns the text to store for one that a caller writes over a value. A value that
// is written back as it was shown stays.
func ReadText(q *protocol.Request, field string, t directory.Type, have directory.Value, text string) (string, error) {
	if !t.IsList() {
		return text, nil
	}
	if shown, ok := showValue(q, t, have); ok && shown == text {
		stored, _ := have.In(q.Language)
		return stored, nil
	}
	elements, err := readList(field, text)
	return directory.JoinList(elements), err
}
