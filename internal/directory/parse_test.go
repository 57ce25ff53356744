package directory

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIDsAreRead(t *testing.T) {
	for text, want := range map[string]GroupID{
		"1": 1, "12": 12, "2147483647": MaxID, "0": 0, "-1": 0, "+1": 0, "01": 0, "": 0, " 1": 0, "1 ": 0, "1.0": 0, "0x1": 0,
		"2147483648":           0,
		"99999999999999999999": 0, "１": 0, "1_0": 0,
	} {
		got, err := ParseID[GroupID]("f", text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
		if err == nil && FormatID(got) != text {
			t.Errorf("%q is written %q", text, FormatID(got))
		}
	}
	for i := range 3 {
		if by, ok := MadeBy(Made[UserID](i)); by != i || !ok {
			t.Errorf("the id of edit %d is that of edit %d, %v", i, by, ok)
		}
	}
	if _, ok := MadeBy(UserID(1)); ok {
		t.Error("an id of an object stands for an edit")
	}
	for kind := range numObjectKinds {
		if got, err := ParseObjectKind("f", kind.String()); got != kind || err != nil {
			t.Errorf("%s is read as %s, %v", kind, got, err)
		}
	}
	if _, err := ParseObjectKind("f", "Group"); err == nil {
		t.Error("Group is a kind")
	}
}

func TestRevisionsAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0-0", "4711": "0-4711", "2-4711": "2-4711", "1-0": "1-0",
		"": "", "-": "", "-1": "", "1-": "", "0-1": "", "+1": "", "1-+1": "", "+1-1": "", "1-1-1": "", "a": "", "1-a": "",
		"a-1": "", " 1": "", "99999999999999999999": "",
	} {
		incarnation, rev, err := ParseRevision("f", text)
		if got := fmt.Sprintf("%d-%d", incarnation, rev); err == nil && got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %s, %v, want %q", text, got, err, want)
		}
	}
	for _, test := range []struct {
		revision, consistency string
		want                  Freshness
		ok                    bool
	}{
		{"", "", Freshness{}, true},
		{"", "eventual", Freshness{}, true},
		{"7", "strong", Freshness{Revision: 7, Strong: true}, true},
		{"3-7", "", Freshness{Incarnation: 3, Revision: 7}, true},
		{"", "Strong", Freshness{}, false},
		{"x", "strong", Freshness{}, false},
	} {
		got, err := ParseFreshness(test.revision, test.consistency)
		if err == nil && got != test.want || (err == nil) != test.ok {
			t.Errorf("%+v: %+v, %v", test, got, err)
		}
	}
}

func TestWindowsBeginBeforeTheyEnd(t *testing.T) {
	for _, test := range []struct {
		start, end Instant
		ok         bool
	}{{0, 0, true}, {5, 0, true}, {0, 5, true}, {5, 6, true}, {5, 5, false}, {6, 5, false}, {-1, 0, false},
		{0, -1, false}} {
		w, err := ParseWindow(test.start, test.end)
		if (err == nil) != test.ok || err == nil && w != (Window{test.start, test.end}) {
			t.Errorf("%+v: %+v, %v", test, w, err)
		}
	}
}

// A window is in force from its start until before its end, and its next boundary
// is where that changes next.
func TestLawWindows(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		at := func(name string) Instant { return Instant(rapid.IntRange(0, 6).Draw(r, name)) }
		w, now := Window{at("start"), at("end")}, at("now")
		want := (w.StartsAt == 0 || now >= w.StartsAt) && (w.ExpiresAt == 0 || now < w.ExpiresAt)
		if w.InForce(now) != want {
			r.Fatalf("%+v at %d: %v", w, now, !want)
		}
		if w.ExpiresAt != 0 && w.ExpiresAt <= w.StartsAt {
			return // no window that could be stored
		}
		changes := Instant(0)
		for later := now + 1; later < 9 && changes == 0; later++ {
			if w.InForce(later) != w.InForce(later-1) {
				changes = later
			}
		}
		if got := w.NextBoundary(now); got != changes {
			r.Fatalf("%+v at %d: the next boundary is %d, want %d", w, now, got, changes)
		}
	})
}

// A pattern matches what a regular expression does.
func TestLawPatternsMatchLikeRegularExpressions(t *testing.T) {
	letters := rapid.StringMatching(`[abA%_.]{0,7}`)
	rapid.Check(t, func(r *rapid.T) {
		text, pattern := rapid.StringMatching(`[abA.]{0,8}`).Draw(r, "text"), letters.Draw(r, "pattern")
		p, err := ParsePattern("f", pattern)
		if err != nil {
			r.Fatal(err)
		}
		expression := strings.NewReplacer("%", ".*", "_",
			".").Replace(strings.ReplaceAll(regexp.QuoteMeta(strings.ToLower(pattern)), `\_`, "_"))
		want := regexp.MustCompile(`(?s)^` + expression + `$`).MatchString(strings.ToLower(text))
		if got := p.Match(Fold(text)); got != want {
			r.Fatalf("%q matches %q: %v", pattern, text, got)
		}
		if key, exact := p.Exact(); exact && (key == Fold(text)) != want {
			r.Fatalf("%q is exactly %q", pattern, key)
		}
		prefix, only := p.Prefix()
		if want && !strings.HasPrefix(Fold(text), prefix) || only && strings.HasPrefix(Fold(text), prefix) != want {
			r.Fatalf("the prefix of %q is %q, only %v; %q matches: %v", pattern, prefix, only, text, want)
		}
	})
	if _, err := ParsePattern("f", strings.Repeat("%", MaxWildcards)); err != nil {
		t.Error(err)
	}
	if _, err := ParsePattern("f", strings.Repeat("_", MaxWildcards)+"%"); err == nil {
		t.Error("a pattern may have more wildcards than the limit")
	}
}

// The table of semantics: which rule fits which type, and which may choose among
// hidden values.
func TestRulesFitTheirTypes(t *testing.T) {
	fits := map[Rule][]Type{
		RuleRank: Types(), RuleNearest: Types(), RuleUnion: {TypeList, TypeEnumList},
		RuleMin: {TypeInteger, TypeNumber, TypeDate, TypeDateTime},
		RuleMax: {TypeInteger, TypeNumber, TypeDate, TypeDateTime},
		RuleAny: {TypeYesNo}, RuleAll: {TypeYesNo},
	}
	for _, rule := range Rules() {
		for _, typ := range Types() {
			for _, hidden := range []bool{false, true} {
				want := slices.Contains(fits[rule], typ) && (!hidden || rule == RuleRank || rule == RuleNearest)
				if got, err := ParseRule(string(rule), typ, hidden); (err == nil) != want || err == nil && got != rule {
					t.Errorf("%s of %s, hidden %v: %v", rule, typ, hidden, err)
				}
			}
		}
	}
	for _, name := range []string{"", "Rank", "sum"} {
		if _, err := ParseRule(name, TypeString, false); err == nil || Rule(name).Fits(TypeString) {
			t.Errorf("%q is a rule", name)
		}
	}
}

func TestDecimalsAtTheirLimits(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "1e5": "100000", "5.0": "5", "1.50": "1.5", "1E-3": "0.001", "-1.25e1": "-12.5", "0.0e9": "0",
		"100e-2": "1", "1e400": "", "1e-401": "", "1e399": "1" + strings.Repeat("0", 399),
		"1e99999999999999999999": "",
	} {
		if got, ok := PlainDecimal(text); got != want || ok != (want != "") {
			t.Errorf("%s: %.50q, %v", text, got, ok)
		}
	}
	if InstantOf(Instant(math.MaxInt32).Time()) != math.MaxInt32 || !Instant(0).Time().IsZero() {
		t.Error("an instant is not what it was")
	}
}

func TestPermissionsAreSets(t *testing.T) {
	names := AllPermissions.Names()
	if len(names) != len(permissionNames) || PermissionsOf(names) != AllPermissions {
		t.Errorf("all permissions are %v", names)
	}
	for i, name := range names {
		p := Permission(1 << i)
		set := PermissionsOf([]string{name, "explore", ""})
		if p.String() != name || !set.Has(p) || p == Administer && set != AllPermissions || p != Administer &&
			set != Permissions(p) {
			t.Errorf("%s is %v, and alone %v", name, p, set.Names())
		}
		if !AllPermissions.Covers(set) || set.Covers(AllPermissions) != (p == Administer) || !set.Covers(0) {
			t.Errorf("%s covers wrongly", name)
		}
	}
	if PermissionsOf(nil) != 0 || PermissionsOf([]string{"Administer"}) != 0 {
		t.Error("another name grants something")
	}
	if !System("test").IsSystem() || (Caller{User: 1}).IsSystem() {
		t.Error("the program is not told from its callers")
	}
}
