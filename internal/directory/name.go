package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// ParseText cleans a single line of text for people: trimmed, NFC-normalized, printable, at
// most max characters. It accepts the empty text.
func ParseText(field, s string, max int) (string, error) {
	if !utf8.ValidString(s) {
		return "", Invalid(field, "is not valid UTF-8")
	}
	s = norm.NFC.String(strings.TrimSpace(s))
	if strings.ContainsFunc(s, notPrintable) {
		return "", Invalid(field, "contains a control character")
	}
	if n := utf8.RuneCountInString(s); n > max {
		return "", TooLong(field, "has %d characters; the most is %d", n, max)
	}
	return s, nil
}

// notPrintable reports whether a rune is neither graphic nor a joiner that some scripts and
// emoji need.
func notPrintable(r rune) bool {
	return !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d'
}

// ParseName cleans the name of a user, group or role, or a label. It accepts the empty name;
// see ParseRequiredName.
func ParseName(field, s string) (string, error) { return ParseText(field, s, MaxNameLen) }

// ParseRequiredName is ParseName for a name that must not be empty.
func ParseRequiredName(field, s string) (string, error) {
	s, err := ParseName(field, s)
	if err == nil && s == "" {
		return "", Missing(field)
	}
	return s, err
}

// ParseDescription cleans a text of several lines for people: trimmed, NFC-normalized,
// printable except for line breaks and tabs. It accepts the empty text.
func ParseDescription(field, s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", Invalid(field, "is not valid UTF-8")
	}
	s = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")))
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && notPrintable(r) }) {
		return "", Invalid(field, "contains a control character")
	}
	if n := utf8.RuneCountInString(s); n > MaxDescription {
		return "", TooLong(field, "has %d characters; the most is %d", n, MaxDescription)
	}
	return s, nil
}

// Fold returns the key for case-insensitive comparison: two texts are the same name if and
// only if their keys are equal. Databases store and index keys and never fold case, because
// they disagree about it.
func Fold(s string) string {
	upper := false
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return norm.NFC.String(strings.Map(foldCherokee, cases.Fold().String(norm.NFC.String(s))))
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if upper {
		return strings.ToLower(s) // all of it is ASCII
	}
	return s
}

// foldCherokee converts upper-case Cherokee letters to lower case. x/text swaps the two cases,
// so they would never become equal. Unicode's CaseFolding.txt makes them upper case; here the
// keys are lower case, because the usual upper-case letters were stored with such keys.
func foldCherokee(r rune) rune {
	switch {
	case r >= 0x13A0 && r <= 0x13EF:
		return r - 0x13A0 + 0xAB70
	case r >= 0x13F0 && r <= 0x13F5:
		return r - 0x13F0 + 0x13F8
	}
	return r
}

// ParseAttributeName checks the name of an attribute: [a-z0-9_]+ with at least
// one letter or underscore, so that no name is taken for an id.
func ParseAttributeName(field, s string) (string, error) {
	if s == "" {
		return "", Missing(field)
	}
	if len(s) > MaxNameLen {
		return "", TooLong(field, "has %d characters; the most is %d", len(s), MaxNameLen)
	}
	number := true
	for _, r := range s {
		digit := '0' <= r && r <= '9'
		if !digit && r != '_' && !('a' <= r && r <= 'z') {
			return "", Invalid(field, "must be only lower-case letters, digits and underscores")
		}
		number = number && digit
	}
	if number {
		return "", Invalid(field, "must have at least one letter or underscore")
	}
	return s, nil
}

// ParseEmail checks an e-mail address as far as possible without sending to it: one @ with
// something on both sides, no spaces, at most MaxNameLen characters. It keeps the case;
// compare by Fold.
func ParseEmail(field, s string) (string, error) {
	s, err := ParseText(field, s, MaxNameLen)
	if err != nil {
		return "", err
	}
	if s == "" {
		return "", Missing(field)
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || strings.ContainsAny(domain, "@") || strings.ContainsFunc(s, unicode.IsSpace) {
		return "", Invalid(field, "is not an e-mail address")
	}
	return s, nil
}

// A Language is an upper-case ISO 639-1 code, such as EN; empty means the
// directory's default language.
type Language string

// ParseLanguage parses two ASCII letters in any case. It accepts the empty text.
func ParseLanguage(field, s string) (Language, error) {
	if s == "" {
		return "", nil
	}
	up := strings.ToUpper(s)
	if len(up) != 2 || up[0] < 'A' || up[0] > 'Z' || up[1] < 'A' || up[1] > 'Z' {
		return "", Invalid(field, "must be a language code of two letters, such as EN")
	}
	return Language(up), nil
}

// ParseLocale checks that a locale exists: a language with an optional region, such as en or
// fr_CA.
func ParseLocale(field, s string) error {
	if _, err := language.Parse(s); err != nil || s == "" {
		return Invalid(field, "must be a locale that exists, such as en or fr_CA")
	}
	return nil
}
