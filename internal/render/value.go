package render

import (
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

// A Hidden stands for a hidden value.
type Hidden struct {
	Hidden bool `json:"hidden"`
	Set    bool `json:"set"`
}

// A Texts is a localized value: a text, or a list of texts, by language.
type Texts struct {
	Texts map[string]any `json:"texts"`
}

// Value returns the JSON of a value in a language: numbers as numbers, yesno as booleans,
// lists as arrays, everything else as text; null if there is no text in the language.
func Value(t directory.Type, v directory.Value, lang directory.Language) any {
	if v.Sealed != 0 {
		return Hidden{true, true}
	}
	text, ok := v.In(lang)
	if !ok {
		return nil
	}
	return typed(t, text)
}

// Row returns the JSON of a value as it is stored: a localized value with a text per language.
func Row(t directory.Type, v directory.Value) any {
	if v.Sealed != 0 || len(v.Texts) == 0 {
		return Value(t, v, "")
	}
	texts := Texts{map[string]any{}}
	for _, text := range v.Texts {
		texts.Texts[string(text.Language)] = typed(t, text.Text)
	}
	return texts
}

// A number is JSON as it was written.
type number string

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func typed(t directory.Type, text string) any {
	switch t {
	case directory.TypeInteger, directory.TypeNumber:
		if n, ok := plainNumber(text); ok {
			return n
		}
	case directory.TypeYesNo:
		return directory.YesNo(text)
	case directory.TypeList, directory.TypeEnumList:
		if list := directory.SplitList(text); list != nil {
			return list
		}
		return []string{}
	default: // as it is written
	}
	return text
}

// plainNumber renders a decimal in JSON: no plus sign, no leading zeros, a digit before the
// point.
func plainNumber(text string) (number, bool) {
	sign := ""
	switch {
	case strings.HasPrefix(text, "-"):
		sign, text = "-", text[1:]
	case strings.HasPrefix(text, "+"):
		text = text[1:]
	}
	whole, fraction, dotted := strings.Cut(text, ".")
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	for _, r := range whole + fraction {
		if r < '0' || r > '9' {
			return "", false
		}
	}
	if dotted {
		whole += "." + fraction
	}
	return number(sign + whole), !dotted || fraction != ""
}

// Time formats an instant as RFC 3339. The zero instant is "".
func Time(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(time.RFC3339Nano)
}

// Quoted returns a value for a sentence.
func Quoted(t directory.Type, v directory.Value, lang directory.Language) string {
	if v.Sealed != 0 {
		return "a hidden value"
	}
	text, ok := v.In(lang)
	if !ok {
		return "nothing"
	}
	const most = 60
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return strconv.Quote(text)
}

// Shorten cuts a text to so many characters, the last of which then says that it is cut.
func Shorten(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most-1]) + "…"
}
