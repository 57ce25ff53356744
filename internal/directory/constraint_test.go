package directory_test

import (
	"strings"
	"testing"

	"cohort/internal/directory"
)

func TestConstraintsTakeWhatTheySay(t *testing.T) {
	allowed := func(values ...string) (c directory.Constraints) {
		for _, v := range values {
			c.Allowed = append(c.Allowed, directory.AllowedValue{Value: v})
		}
		return c
	}
	for _, test := range []struct {
		name       string
		t          directory.Type
		c          directory.Constraints
		takes, not []string
	}{
		{"allowed texts byte by byte", directory.TypeEnum, allowed("emea", "apac"), []string{"emea", "apac"},
			[]string{"EMEA", " emea", "amer"}},
		{"allowed numbers by size", directory.TypeInteger, allowed("5", "-3"), []string{"5", "05", "+5", "-3"},
			[]string{"6", "3"}},
		{"allowed decimals by size", directory.TypeNumber, allowed("1.50"), []string{"1.5", "01.500"}, []string{"1.51"}},
		{"allowed times by instant", directory.TypeDateTime, allowed("2026-01-31T12:00:00Z"),
			[]string{"2026-01-31T13:00:00+01:00", "2026-01-31 12:00"}, []string{"2026-01-31T12:00:01Z"}},
		{"allowed yes in any case", directory.TypeYesNo, allowed("yes"), []string{"YES"}, []string{"no"}},
		{"elements of lists", directory.TypeEnumList, allowed("a", "b,c"), []string{"a", `a,"b,c"`, `b^,c`},
			[]string{"b", "a,c"}},
		{"a pattern of the whole text", directory.TypeString, directory.Constraints{Pattern: `[0-9]{3}|x`},
			[]string{"025", "x"}, []string{"0251", "ax", "", "025\n"}},
		{"a pattern of each element", directory.TypeList, directory.Constraints{Pattern: `[a-z]+`}, []string{"a,b"},
			[]string{"a,B"}},
		{"bounds of integers", directory.TypeInteger, directory.Constraints{Least: "-5", Greatest: "10"},
			[]string{"-5", "10", "010", "0"}, []string{"-6", "11", "100"}},
		{"bounds of numbers", directory.TypeNumber, directory.Constraints{Least: "0.5"}, []string{"0.5", ".50", "7"},
			[]string{"0.49"}},
		{"bounds of dates", directory.TypeDate, directory.Constraints{Least: "2026-01-01", Greatest: "2026-12-31"},
			[]string{"2026-06-01"}, []string{"2025-12-31", "2027-01-01"}},
		{"bounds of times", directory.TypeDateTime, directory.Constraints{Greatest: "2026-01-01T00:00:00+01:00"},
			[]string{"2025-12-31T23:00:00Z"}, []string{"2025-12-31T23:00:01Z"}},
		{"length in characters", directory.TypeString, directory.Constraints{MaxLength: 3}, []string{"äöü", ""},
			[]string{"abcd"}},
		{"the type first", directory.TypeInteger, directory.Constraints{MaxLength: 3}, []string{"123"}, []string{"abc"}},
	} {
		c, err := directory.ParseConstraints(test.t, test.c)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		fit := directory.NewFit(&directory.Attribute{Type: test.t, Constraints: c})
		for _, text := range test.takes {
			if err := fit.Check("value", text); err != nil {
				t.Errorf("%s: %q is refused: %v", test.name, text, err)
			}
		}
		for _, text := range test.not {
			err := fit.Check("value", text)
			e, ok := err.(*directory.Error) //nolint:errorlint // as it is returned
			if !ok || e.Field != "value" || e.Kind != directory.KindInvalid {
				t.Errorf("%s: %q is taken, or refused so: %v", test.name, text, err)
			}
		}
	}
}

func TestConstraintsAreChecked(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, test := range []struct {
		t     directory.Type
		c     directory.Constraints
		field string
	}{
		{directory.TypeString, directory.Constraints{Pattern: "("}, "pattern"},
		{directory.TypeString, directory.Constraints{Pattern: strings.Repeat("a", directory.MaxPatternLen+1)}, "pattern"},
		{directory.TypeString, directory.Constraints{Pattern: "((a{0,30}){0,30})b"}, "pattern"},
		{directory.TypeString, directory.Constraints{Pattern: `a)|(?:b`}, "pattern"},
		{directory.TypeString, directory.Constraints{Least: "1"}, "least"},
		{directory.TypeList, directory.Constraints{Greatest: "1"}, "greatest"},
		{directory.TypeInteger, directory.Constraints{Least: "x"}, "least"},
		{directory.TypeInteger, directory.Constraints{Least: "2", Greatest: "1"}, "least"},
		{directory.TypeDate, directory.Constraints{Greatest: "31.1.2026"}, "greatest"},
		{directory.TypeString, directory.Constraints{MaxLength: -1}, "max_length"},
		{directory.TypeString, directory.Constraints{MaxLength: directory.MaxValueLen + 1}, "max_length"},
		{directory.TypeInteger, directory.Constraints{Allowed: []directory.AllowedValue{{Value: "x"}}}, "allowed"},
		{directory.TypeEnum, directory.Constraints{Allowed: []directory.AllowedValue{{Value: ""}}}, "allowed"},
		{directory.TypeInteger, directory.Constraints{Allowed: []directory.AllowedValue{{Value: "1"}, {Value: "01"}}},
			"allowed"},
		{directory.TypeString, directory.Constraints{Allowed: []directory.AllowedValue{{Value: "a", Label: long}}},
			"allowed"},
		{directory.TypeString, directory.Constraints{Allowed: make([]directory.AllowedValue, directory.MaxAllowed+1)},
			"allowed"},
	} {
		_, err := directory.ParseConstraints(test.t, test.c)
		e, ok := err.(*directory.Error) //nolint:errorlint // as it is returned
		if !ok || e.Field != test.field {
			t.Errorf("%s with %.80v: %v, want an error about %s", test.t, test.c, err, test.field)
		}
	}
}

// TestWiderConstraintsTakeEverything checks TakesAllOf against what fits say of
// every value.
func TestWiderConstraintsTakeEverything(t *testing.T) {
	var all []directory.Constraints
	allowed := [][]directory.AllowedValue{nil, {{Value: "1"}}, {{Value: "01"}, {Value: "12"}}}
	for _, a := range allowed {
		for _, pattern := range []string{"", "[0-9]"} {
			for _, bounds := range [][2]string{{"", ""}, {"1", ""}, {"2", "12"}, {"", "1"}} {
				for _, length := range []int{0, 1, 2} {
					all = append(all, directory.Constraints{Allowed: a, Pattern: pattern, Least: bounds[0], Greatest: bounds[1],
						MaxLength: length})
				}
			}
		}
	}
	values := []string{"0", "1", "01", "2", "9", "12", "012", "13"}
	taken := func(c directory.Constraints) (set [8]bool) {
		fit := directory.NewFit(&directory.Attribute{Type: directory.TypeInteger, Constraints: c})
		for i, v := range values {
			set[i] = fit.Check("value", v) == nil
		}
		return set
	}
	wider := 0
	for _, was := range all {
		for _, is := range all {
			if !is.TakesAllOf(&was, directory.TypeInteger) {
				continue
			}
			wider++
			for i, before := range taken(was) {
				if before && !taken(is)[i] {
					t.Fatalf("%+v takes all of %+v, but not %s", is, was, values[i])
				}
			}
		}
		if !was.TakesAllOf(&was, directory.TypeInteger) ||
			!(&directory.Constraints{}).TakesAllOf(&was, directory.TypeInteger) {
			t.Errorf("%+v is not as wide as itself, or none is not wider", was)
		}
	}
	if wider < 2*len(all) {
		t.Errorf("only %d pairs are wider", wider)
	}
}
