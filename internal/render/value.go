package render

import (
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
)

// A Hidden stands for a value that is not shown.
type Hidden struct {
	Hidden bool `json:"hidden"`
	Set    bool `json:"set"`
}

// A Texts is a value of a localized attribute: a text, or a list of them, by
// language.
type Texts struct {
	Texts map[string]any `json:"texts"`
}

// Value gives the JSON of a value as it holds in a language: numbers as
// numbers, yesno as true or false, lists as arrays, all else as text; null if
// there is no text in the language.
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

// Row gives the JSON of a value as it is stored: localized ones with a text per
// language.
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

// A number is written as it is.
type number string

// MarshalJSON is for the JSON encoder.
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

// plainNumber spells a decimal as JSON does: without a plus or zeros in front,
// with a digit before the point.
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

// Time gives an instant as RFC 3339, or "" for none.
func Time(i directory.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(time.RFC3339Nano)
}

// Quoted gives a value for a sentence.
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
