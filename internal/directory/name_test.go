package directory

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// read is what a parser made of a text: "=" and the result, or "!" and the code
// of the error.
func read[T ~string](parse func(string, string) (T, error)) func(string) string {
	return func(s string) string {
		got, err := parse("f", s)
		return outcome(string(got), err)
	}
}

func outcome(got string, err error) string {
	if err == nil {
		return "=" + got
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Field != "f" || e.Msg == "" {
		return "an error that does not name the field: " + err.Error()
	}
	return "!" + string(e.Code)
}

func TestTextsAreRead(t *testing.T) {
	long := strings.Repeat("ä", MaxNameLen)
	for name, test := range map[string]struct {
		parse func(string) string
		cases map[string]string
	}{
		"name": {read(ParseName), map[string]string{
			"": "=", " a  b\t": "=a  b", "e\u0301": "=é", long: "=" + long, long + "x": "!too_long", "a\x00": "!invalid",
			"a\nb": "!invalid", "\xff": "!invalid",
			"\u202eabc": "!invalid", "👩\u200d👧": "=👩\u200d👧",
		}},
		"required name": {read(ParseRequiredName), map[string]string{"a": "=a", "": "!missing_field",
			"  ": "!missing_field"}},
		"attribute name": {read(ParseAttributeName), map[string]string{
			"a": "=a", "_": "=_", "a_1": "=a_1", "1a": "=1a", "": "!missing_field", "1": "!invalid", "12_": "=12_",
			"A": "!invalid", "a-b": "!invalid", "ä": "!invalid",
			strings.Repeat("a", MaxNameLen):   "=" + strings.Repeat("a", MaxNameLen),
			strings.Repeat("a", MaxNameLen+1): "!too_long",
		}},
		"e-mail": {read(ParseEmail), map[string]string{
			"Ada@Example.com": "=Ada@Example.com", " a@b ": "=a@b", "": "!missing_field", "a": "!invalid", "@b": "!invalid",
			"a@": "!invalid", "a@b@c": "!invalid", "a b@c": "!invalid",
		}},
		"language": {read(ParseLanguage), map[string]string{"": "=", "en": "=EN", "De": "=DE", "e": "!invalid",
			"eng": "!invalid", "e1": "!invalid", "ää": "!invalid"}},
		"locale": {func(s string) string { return outcome("", ParseLocale("f", s)) }, map[string]string{
			"en": "=", "fr_CA": "=", "de-AT": "=", "": "!invalid", "xx_xx_xx_xx": "!invalid", "english": "!invalid",
		}},
	} {
		for text, want := range test.cases {
			if got := test.parse(text); got != want {
				t.Errorf("%s %q: %s, want %s", name, text, got, want)
			}
		}
	}
}

// A text that was read is read again as itself; a key is the key of itself, and
// of the text in any case.
func TestLawReadingAndFoldingAreDoneOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ a-zA-ZäÄßẞıİσς\x{301}]{0,8}`)).Draw(r, "text")
		if once, err := ParseName("f", s); err == nil {
			if twice, err := ParseName("f", once); twice != once || err != nil {
				r.Fatalf("%q is read as %q, and that as %q, %v", s, once, twice, err)
			}
			if !utf8.ValidString(once) || strings.TrimSpace(once) != once {
				r.Fatalf("%q is read as %q", s, once)
			}
		}
		key := Fold(s)
		if Fold(key) != key {
			r.Fatalf("the key of %q is %q, and its key %q", s, key, Fold(key))
		}
		for _, other := range []string{strings.ToUpper(s), strings.ToLower(s)} {
			// Some letters have no other case that leads back: ı, İ.
			leadsBack := strings.ToLower(strings.ToUpper(s)) == strings.ToLower(s) //nolint:staticcheck // folding is tested
			if !strings.ContainsAny(s, "ıİ") && utf8.ValidString(s) && leadsBack && Fold(other) != key {
				r.Fatalf("the keys of %q and %q are %q and %q", s, other, key, Fold(other))
			}
		}
	})
}

func TestCherokeeLettersFoldAsOthersDo(t *testing.T) {
	for _, s := range []string{"\u13A0", "\u13EF", "\u13F0", "\u13F5"} {
		if key, small := Fold(s), Fold(strings.ToLower(s)); key != small || Fold(key) != key {
			t.Errorf("the keys of %q and %q are %q and %q", s, strings.ToLower(s), key, small)
		}
	}
}

// TestASCIIFoldsAsOtherTextsDo compares the short way for ASCII with that for all texts.
func TestASCIIFoldsAsOtherTextsDo(t *testing.T) {
	for c := range rune(128) {
		text := "Aa" + string(c) + "Z"
		if got, want := "é"+Fold(text), Fold("é"+text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
