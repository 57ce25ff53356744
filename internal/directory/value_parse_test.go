package directory

import (
	"strings"
	"testing"
	"time"
)

func TestAValueFitsItsType(t *testing.T) {
	long := strings.Repeat("9", MaxValueLen)
	for _, tt := range []struct {
		t    Type
		fits []string
		not  []string
	}{
		{TypeString, []string{"", "a", " a ", "a\nb\tc\r\n", long}, []string{"\x00", "\x1b", "\xff", long + "9", "\u0085"}},
		{TypeText, []string{"", "größer", "a\nb"}, []string{"\x00"}},
		{TypeZipcode, []string{"", "94103", "1012 AB"}, []string{"1\n2"}},
		{TypeInteger, []string{"0", "025", "-3", "+3", long}, []string{"", " 1", "1 ", "1.0", "1e3", "--1", "-", "+-1",
			"1,000", "٣", "0x1"}},
		{TypeNumber, []string{"0", "025.50", "-.5", "+3.0"}, []string{"", "1.", ".", "-", "1.2.3", "1e3", "NaN", "Inf", "1,5",
			"1_000"}},
		{TypeYesNo, []string{"yes", "No", "YES"}, []string{"", "y", "true", "yes ", "1", "yeſ"}},
		{TypeDate, []string{"2026-01-31", "2024-02-29"}, []string{"", "2026-02-29", "2026-1-31", "31-01-2026",
			"2026-01-31T00:00:00Z"}},
		{
			TypeDateTime,
			[]string{
				"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00", "2026-01-31T12:00:00", "2026-01-31 12:00:00",
				"2026-01-31 12:00:00+02:00", "2026-01-31T12:00", "2026-01-31 12:00", "2026-01-31",
			},
			[]string{"", "noon", "2026-01-31T24:00:00Z", "2026-01-31T12", "2026-01-31T12:00:00 Z"},
		},
		{TypeRelativeURL, []string{"", "/", "/a?b=c:d#e", "a/b", "?a", "#a", "./a:b"},
			[]string{"//host", "https://host", "javascript:x", "a:b", "/a b", `\\host`, `/\host`, "/a\nb"}},
		{TypeFilterString, []string{"", "%, NULL", `"a,b",-c`}, []string{"a\nb"}},
		{TypeFilterNumber, []string{"", "<0, >=0, NULL"}, []string{"a\x00"}},
		{TypeFilterDateTime, []string{"", "7 days"}, []string{"a\x7f"}},
		{TypeEnum, []string{"a", "a b"}, []string{"", "a\nb"}},
		{TypeList, []string{"a", "a,b", "a, b", `"a,b", c`, `""`, "a^,b", `5" pipe`, strings.Repeat("a,", MaxListLen-1) +
			"a"},
			[]string{"", ",", "a,", ",a", "a,,b", " ", `"a`, `"a"b`, "a\nb", strings.Repeat("a,", MaxListLen) + "a"}},
		{TypeEnumList, []string{"a,b"}, []string{"", "a,,b"}},
	} {
		for _, text := range tt.fits {
			if err := ParseValue("value", tt.t, text); err != nil {
				t.Errorf("%s %.40q: %v, want that it fits", tt.t, text, err)
			}
		}
		for _, text := range tt.not {
			err := ParseValue("value", tt.t, text)
			if KindOf(err) != KindInvalid || err == nil || !strings.HasPrefix(err.Error(), "value ") {
				t.Errorf("%s %.40q: %v, want an error that names the field", tt.t, text, err)
			}
		}
	}
}

func TestEveryTypeSaysWhetherTheEmptyTextFits(t *testing.T) {
	for _, typ := range Types() {
		if fits := ParseValue("value", typ, "") == nil; fits != typ.Textual() {
			t.Errorf("%s: the empty text fits: %v, textual: %v", typ, fits, typ.Textual())
		}
	}
}

func TestValuesAreComparedAsWhatTheyMean(t *testing.T) {
	for _, tt := range []struct {
		t    Type
		a, b string
		want int
	}{
		{TypeInteger, "9", "10", -1},
		{TypeInteger, "025", "25", 0},
		{TypeInteger, "+25", "25", 0},
		{TypeInteger, "-10", "-9", -1},
		{TypeInteger, "-0", "0", 0},
		{TypeInteger, "9007199254740993", "9007199254740992", 1},
		{TypeNumber, "1.10", "1.1", 0},
		{TypeNumber, "1.09", "1.1", -1},
		{TypeNumber, ".5", "0.50", 0},
		{TypeNumber, "-1.5", "-1.25", -1},
		{TypeNumber, "0.1", "0.10000000000000000001", -1},
		{TypeNumber, "x", "1", 1},
		{TypeYesNo, "No", "YES", -1},
		{TypeYesNo, "yes", "YES", 0},
		{TypeDate, "2026-01-31", "2026-02-01", -1},
		{TypeDateTime, "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z", 0},
		{TypeDateTime, "2026-01-31 12:00", "2026-01-31T11:59:59.999", 1},
		{TypeDateTime, "2026-01-31", "2026-01-31T00:00:00Z", 0},
		{TypeString, "9", "10", 1},
	} {
		if got := CompareValues(tt.t, tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %q against %q is %d, want %d", tt.t, tt.a, tt.b, got, tt.want)
		}
		if got := CompareValues(tt.t, tt.b, tt.a); got != -tt.want {
			t.Errorf("%s: %q against %q is %d, want %d", tt.t, tt.b, tt.a, got, -tt.want)
		}
	}
}

// Whatever is accepted can be compared, and whatever is compared is in an order.
func FuzzParseValue(f *testing.F) {
	for i, text := range []string{"", "025", "-.5", "YES", "2026-01-31", "2026-01-31T12:00:00+02:00", "/a", `a,"b,c",^d`,
		"\xff"} {
		f.Add(i, text, "10", "2.5")
	}
	f.Fuzz(func(t *testing.T, n int, a, b, c string) {
		typ := Types()[uint(n)%uint(len(Types()))]
		err := ParseValue("value", typ, a)
		if err != nil && KindOf(err) != KindInvalid {
			t.Fatalf("%s %q: error of kind %v: %v", typ, a, KindOf(err), err)
		}
		ab, ba := CompareValues(typ, a, b), CompareValues(typ, b, a)
		if ab != -ba {
			t.Fatalf("%s: %q against %q is %d, the other way %d", typ, a, b, ab, ba)
		}
		if CompareValues(typ, a, a) != 0 {
			t.Fatalf("%s: %q is not equal to itself", typ, a)
		}
		if bc, ac := CompareValues(typ, b, c), CompareValues(typ, a, c); ab <= 0 && bc <= 0 && ac > 0 {
			t.Fatalf("%s: %q, %q, %q are in no order", typ, a, b, c)
		}
		if err == nil && (typ == TypeList || typ == TypeEnumList) {
			if n := len(SplitList(a)); n == 0 || n > MaxListLen {
				t.Fatalf("%q is accepted and has %d elements", a, n)
			}
		}
	})
}

func FuzzParseDateTime(f *testing.F) {
	f.Add("2026-01-31T12:00:00.5-01:30")
	f.Add("2026-01-31")
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := parseDateTime(text)
		if !ok {
			return
		}
		again, ok := parseDateTime(at.Format(time.RFC3339Nano))
		if at.Location() != time.UTC || ok && !again.Equal(at) {
			t.Fatalf("%q is read as %v, and that as %v", text, at, again)
		}
	})
}
