package query

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// Params are the parameters of a call, as its query string gives them. Clients write them in
// several forms; all of them are read, for every operation.
type Params struct {
	url.Values
	raw string
}

// Parse reads a query string.
func Parse(raw string) (Params, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Params{}, directory.Malformed("query", "cannot be read; encode it as application/x-www-form-urlencoded")
	}
	return Params{values, raw}, nil
}

// Bool reads a boolean in any case, with or without quotes. The texts "" and "null" count
// as absent.
func (p Params) Bool(name string) (value, given bool, err error) {
	text := strings.TrimSpace(httpkit.Unquote(strings.TrimSpace(p.Get(name))))
	if text == "" || text == "null" {
		return false, false, nil
	}
	value, ok := httpkit.ParseBool(text)
	if !ok {
		return false, false, directory.Malformed(name, "must be true or false")
	}
	return value, true, nil
}

// List reads a list of texts: separated by commas, quoted as a whole or one by one, as a
// JSON list, or as a repeated parameter. Blanks around elements and empty elements are
// ignored. given is false if the parameter has no element and is no empty JSON list.
func (p Params) List(name string) (list []string, given bool, err error) {
	for _, text := range p.Values[name] {
		text = strings.TrimSpace(httpkit.Unquote(strings.TrimSpace(text)))
		switch {
		case text == "" || text == "null":
			continue
		case text[0] == '[':
			elements, err := jsonList(name, text)
			if err != nil {
				return nil, false, err
			}
			given, list = true, append(list, elements...)
			continue
		}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(strings.Trim(strings.TrimSpace(part), `"`)); part != "" {
				given, list = true, append(list, part)
			}
		}
	}
	if len(list) > directory.MaxEdits {
		return nil, false, directory.Malformed(name, "has more than %d elements", directory.MaxEdits)
	}
	return list, given, nil
}

// jsonList parses a JSON list of texts and numbers.
func jsonList(name, text string) ([]string, error) {
	var elements []httpkit.LooseText
	if err := json.Unmarshal([]byte(text), &elements, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, directory.Malformed(name,
			`must be a list with commas between its elements, or a JSON list such as ["1","2"]`)
	}
	list := make([]string, 0, len(elements))
	for _, e := range elements {
		if element := strings.TrimSpace(e.Value); element != "" {
			list = append(list, element)
		}
	}
	return list, nil
}

// IDs reads a list of ids. given is false if the parameter is absent or empty.
func IDs[T directory.ID](p Params, name string) (ids []T, given bool, err error) {
	list, given, err := p.List(name)
	if err != nil {
		return nil, false, err
	}
	if given {
		ids = make([]T, 0, len(list))
	}
	for _, text := range list {
		id, err := directory.ParseID[T](name, text)
		if err != nil {
			return nil, false, directory.Malformed(name, "must be ids, positive whole numbers, with commas between them")
		}
		ids = append(ids, id)
	}
	return ids, given, nil
}

// Names reads a list of names that parentheses may follow. It returns the names separated
// by commas.
func (p Params) Names(name string) (string, error) {
	var parts []string
	for _, text := range p.Values[name] {
		text = strings.TrimSpace(httpkit.Unquote(strings.TrimSpace(text)))
		switch {
		case text == "" || text == "null":
			continue
		case text[0] == '[':
			elements, err := jsonList(name, text)
			if err != nil {
				return "", err
			}
			parts = append(parts, elements...)
			continue
		}
		parts = append(parts, strings.ReplaceAll(text, `"`, ""))
	}
	return strings.Join(parts, ","), nil
}

// texts returns the readings of a text parameter. A raw plus is read both as itself and
// as a space, because clients differ.
func (p Params) texts(name string) []string {
	text := p.Get(name)
	readings := []string{text}
	for pair := range strings.SplitSeq(p.raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		if literal, err := url.PathUnescape(value); err == nil && !slices.Contains(readings, literal) {
			readings = append(readings, literal)
		}
		break
	}
	return readings
}
