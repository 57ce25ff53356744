package document

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/propeller/schema"
)

// The types of attributes in this format.
const (
	wireText     = "text"
	wireList     = "list"
	wireEnum     = "enum"
	wireEnumList = "enumlist"
	wireInteger  = "integer"
	wireDecimal  = "decimal"
	wireDate     = "date"
	wireDateTime = "datetime"
)

func wireTypes() []string {
	return []string{wireText, wireList, wireEnum, wireEnumList, wireInteger, wireDecimal, wireDate, wireDateTime}
}

// yesNoParam is the value list of an enum of yes and no.
const yesNoParam = "YESNO"

// WireTypeOf returns the type that this format shows for a type of the domain.
func WireTypeOf(t directory.Type) string {
	switch t {
	case directory.TypeInteger:
		return wireInteger
	case directory.TypeNumber:
		return wireDecimal
	case directory.TypeYesNo, directory.TypeEnum:
		return wireEnum
	case directory.TypeDate:
		return wireDate
	case directory.TypeDateTime:
		return wireDateTime
	case directory.TypeList:
		return wireList
	case directory.TypeEnumList:
		return wireEnumList
	default:
		return wireText // everything else is text
	}
}

// TypeOfWire returns the type of the domain for a new attribute of a type of this format.
func TypeOfWire(wire, param string) directory.Type {
	switch wire {
	case wireInteger:
		return directory.TypeInteger
	case wireDecimal:
		return directory.TypeNumber
	case wireEnum:
		if param == yesNoParam {
			return directory.TypeYesNo
		}
		return directory.TypeEnum
	case wireDate:
		return directory.TypeDate
	case wireDateTime:
		return directory.TypeDateTime
	case wireList:
		return directory.TypeList
	case wireEnumList:
		return directory.TypeEnumList
	}
	return directory.TypeText
}

// TakesDefault reports whether attributes of a type can have a default in this format.
func TakesDefault(wire string) bool {
	return wire == wireInteger || wire == wireDecimal || wire == wireDate || wire == wireDateTime
}

// byLanguage reports whether values of a type are shown as texts by language. A text without a
// language is shown in that of the directory.
func byLanguage(wire string) bool { return wire == wireText || wire == wireList }

// ShowText renders one text of a value.
func ShowText(wire, text string) any {
	switch wire {
	case wireList, wireEnumList:
		return slices.Concat([]string{}, directory.SplitList(text))
	case wireInteger, wireDecimal:
		if number := jsonNumber(text); number != "" {
			return jsontext.Value(number)
		}
	}
	return text
}

// jsonNumber returns a decimal number in JSON, or "" if the text is not a number.
func jsonNumber(text string) string {
	sign := ""
	switch {
	case strings.HasPrefix(text, "-"):
		sign, text = "-", text[1:]
	case strings.HasPrefix(text, "+"):
		text = text[1:]
	}
	whole, fraction, dotted := strings.Cut(text, ".")
	if whole == "" && fraction == "" {
		return ""
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	number := sign + whole
	if dotted && fraction != "" {
		number += "." + fraction
	}
	if v := jsontext.Value(number); !v.IsValid() || v.Kind() != '0' {
		return ""
	}
	return number
}

// readText reads one text of a value. ok is false if it does not fit the type.
func readText(wire string, n *schema.Node) (text string, ok bool) {
	switch wire {
	case wireList, wireEnumList:
		if n.Kind() != '[' || len(n.Items) == 0 {
			return "", false
		}
		elements := make([]string, len(n.Items))
		for i, item := range n.Items {
			if item.Kind() != '"' {
				return "", false
			}
			elements[i] = item.Text
		}
		return directory.JoinList(elements), true
	case wireInteger, wireDecimal:
		if n.Kind() != '0' {
			return "", false
		}
		if schema.IsWhole(n.Text) || wire == wireDecimal && !strings.ContainsAny(n.Text, "eE") {
			return n.Text, true // as it was written
		}
		text, ok = directory.PlainDecimal(n.Text)
		return text, ok && (wire == wireDecimal || schema.IsWhole(text))
	}
	return n.Text, n.Kind() == '"'
}

// SameText reports whether two texts are shown alike, so that a client that writes back what
// it read changes nothing.
func SameText(wire, a, b string) bool {
	if a == b {
		return true
	}
	if wire == wireInteger || wire == wireDecimal { // exact for numbers of any size
		return a != "" && b != "" && directory.CompareValues(directory.TypeNumber, a, b) == 0
	}
	x, errX := json.Marshal(ShowText(wire, a))
	y, errY := json.Marshal(ShowText(wire, b))
	return errX == nil && errY == nil && schema.Same(x, y)
}
