package resolve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

// example is a small company: Ada is in Sales (3) and in Berlin (4); Sales is in
// EMEA (5), Berlin in Germany (6), and that in EMEA. Text and order key of a
// value are given as "text@order".
func example(t *testing.T, a directory.Attribute, values map[directory.GroupID]string) *Catalog {
	t.Helper()
	a.ID, a.Name = 14, "a"
	if a.UserValueMode == "" {
		a.UserValueMode = directory.ModeWins
	}
	rows := []directory.Row{a}
	for _, id := range []directory.GroupID{1, 3, 4, 5, 6, 7} {
		rows = append(rows, directory.Group{ID: id})
	}
	for _, n := range [][2]directory.GroupID{{3, 5}, {4, 6}, {6, 5}} {
		rows = append(rows, directory.Nesting{Group: n[0], Parent: n[1], Position: 1})
	}
	for id, s := range values {
		at := strings.LastIndexByte(s, '@')
		v := directory.GroupValue{ID: directory.ValueID(id), Attribute: 14, Group: id, Value: text(s[:at])}
		if _, err := fmt.Sscan(s[at+1:], &v.Order); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, v)
	}
	return build(t, rows...)
}

func ada(own string) *directory.UserRows {
	u := &directory.UserRows{User: directory.User{ID: 7, FirstName: "Ada"}, Memberships: []directory.Membership{
		{User: 7, Group: 3, Position: 1}, {User: 7, Group: 4, Position: 2},
	}}
	if own != "" {
		u.Values = []directory.UserValue{{User: 7, Attribute: 14, Value: text(own)}}
	}
	return u
}

// rendered writes an explanation in one line for each candidate.
func rendered(x directory.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q %v\n", x.Origin, x.Value.Text, x.Groups)
	for _, c := range x.Candidates {
		fmt.Fprintf(&b, "%s %q", c.Origin, c.Value.Text)
		if c.Origin == directory.OriginGroup {
			fmt.Fprintf(&b, " of %d, rank %d, distance %d by %v", c.Group, c.Rank, c.Distance, c.Path)
		}
		fmt.Fprintf(&b, ": %s", c.Outcome)
		if c.By != 0 {
			fmt.Fprintf(&b, " by %d", c.By)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestAnExplanationSaysWhatBecameOfEveryCandidate(t *testing.T) {
	three := map[directory.GroupID]string{1: "w@30", 5: "x@10", 4: "y@20"}
	for _, tt := range []struct {
		name   string
		attr   directory.Attribute
		values map[directory.GroupID]string
		own    string
		want   string
	}{
		{
			"the strongest rank", directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank, Default: text("d")},
			three, "",
			`group "x" [5]
group "x" of 5, rank 1, distance 2 by [3 5]: contributes
group "y" of 4, rank 2, distance 1 by [4]: outranked by 5
group "w" of 1, rank 3, distance 3 by []: outranked by 5
default "d": default_unused
`,
		},
		{
			"the nearest group", directory.Attribute{Type: directory.TypeString, Rule: directory.RuleNearest}, three, "",
			`group "y" [4]
group "y" of 4, rank 2, distance 1 by [4]: contributes
group "x" of 5, rank 1, distance 2 by [3 5]: farther by 4
group "w" of 1, rank 3, distance 3 by []: farther by 4
`,
		},
		{
			"the rank among the nearest", directory.Attribute{Type: directory.TypeString, Rule: directory.RuleNearest},
			map[directory.GroupID]string{3: "x@20", 4: "y@10", 1: "w@1"}, "",
			`group "y" [4]
group "y" of 4, rank 2, distance 1 by [4]: contributes
group "x" of 3, rank 3, distance 1 by [3]: outranked by 4
group "w" of 1, rank 1, distance 3 by []: farther by 4
`,
		},
		{
			"the user's own value", directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank,
				Default: text("d")},
			map[directory.GroupID]string{5: "x@10"}, "mine",
			`user "mine" []
user "mine": contributes
group "x" of 5, rank 1, distance 2 by [3 5]: shadowed
default "d": default_unused
`,
		},
		{
			"the user's own value gives way",
			directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank, UserValueMode: directory.ModeYields},
			map[directory.GroupID]string{5: "x@10"}, "mine",
			`group "x" [5]
group "x" of 5, rank 1, distance 2 by [3 5]: contributes
user "mine": yielded
`,
		},
		{
			"the greatest value, the strongest among equals", directory.Attribute{Type: directory.TypeInteger,
				Rule: directory.RuleMax},
			map[directory.GroupID]string{1: "10@30", 5: "9@10", 4: "010@20"}, "",
			`group "010" [4]
group "010" of 4, rank 2, distance 1 by [4]: contributes
group "10" of 1, rank 3, distance 3 by []: outranked by 4
group "9" of 5, rank 1, distance 2 by [3 5]: not_extreme by 4
`,
		},
		{
			"the user's own value joins and is the least",
			directory.Attribute{Type: directory.TypeInteger, Rule: directory.RuleMin, UserValueMode: directory.ModeJoins},
			map[directory.GroupID]string{5: "9@10", 4: "010@20"}, "9.0",
			`user "9.0" []
user "9.0": contributes
group "9" of 5, rank 1, distance 2 by [3 5]: shadowed
group "010" of 4, rank 2, distance 1 by [4]: not_extreme
`,
		},
		{
			"any yes", directory.Attribute{Type: directory.TypeYesNo, Rule: directory.RuleAny},
			map[directory.GroupID]string{1: "yes@30", 5: "no@10", 4: "Yes@20"}, "",
			`group "Yes" [4]
group "Yes" of 4, rank 2, distance 1 by [4]: contributes
group "yes" of 1, rank 3, distance 3 by []: outranked by 4
group "no" of 5, rank 1, distance 2 by [3 5]: not_deciding by 4
`,
		},
		{
			"all yes but the user's own",
			directory.Attribute{Type: directory.TypeYesNo, Rule: directory.RuleAll, UserValueMode: directory.ModeJoins},
			map[directory.GroupID]string{5: "yes@10"}, "no",
			`user "no" []
user "no": contributes
group "yes" of 5, rank 1, distance 2 by [3 5]: not_deciding
`,
		},
		{
			"all elements in the order of ranks",
			directory.Attribute{Type: directory.TypeEnumList, Rule: directory.RuleUnion, UserValueMode: directory.ModeJoins},
			map[directory.GroupID]string{1: "a,e@30", 5: "c,b@10", 4: "b, c@20"}, "a,b",
			`user "a,b,c,e" [5 1]
user "a,b": contributes
group "c,b" of 5, rank 1, distance 2 by [3 5]: contributes
group "b, c" of 4, rank 2, distance 1 by [4]: repeated
group "a,e" of 1, rank 3, distance 3 by []: contributes
`,
		},
		{
			"the default", directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank, Default: text("d")},
			map[directory.GroupID]string{7: "x@10"}, "",
			"default \"d\" []\ndefault \"d\": contributes\n",
		},
		{"nothing", directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank}, nil, "", "none \"\" []\n"},
	} {
		c := example(t, tt.attr, tt.values)
		u := ada(tt.own)
		if diff := cmp.Diff(tt.want, rendered(c.Explain(u, 14, "EN", 1))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestTheEmptyTextIsAValueOfAnOwner(t *testing.T) {
	c := example(t, directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank, Default: text("d")},
		map[directory.GroupID]string{3: "@10"})
	want := "group \"\" [3]\ngroup \"\" of 3, rank 1, distance 1 by [3]: contributes\ndefault \"d\": default_unused\n"
	if diff := cmp.Diff(want, rendered(c.Explain(ada(""), 14, "EN", 1))); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
}

func TestAGroupIsNearestToItself(t *testing.T) {
	c := example(t, directory.Attribute{Type: directory.TypeString, Rule: directory.RuleNearest},
		map[directory.GroupID]string{1: "w@1", 6: "x@20", 5: "y@10"})
	for _, tt := range []struct {
		group directory.GroupID
		want  string
	}{
		{6, `group "x" [6]
group "x" of 6, rank 3, distance 0 by [6]: contributes
group "y" of 5, rank 2, distance 1 by [6 5]: farther by 6
group "w" of 1, rank 1, distance 2 by []: farther by 6
`},
		{1, "group \"w\" [1]\ngroup \"w\" of 1, rank 1, distance 0 by []: contributes\n"},
	} {
		if diff := cmp.Diff(tt.want, rendered(c.ExplainGroup(tt.group, 14, "EN", 1))); diff != "" {
			t.Errorf("explanation of group %d (-want +got):\n%s", tt.group, diff)
		}
	}
}

// A window and a language decide whether a value is a candidate that counts.
func TestAnExplanationNamesValuesThatDoNotCount(t *testing.T) {
	german := directory.Value{}.With("DE", "hallo")
	english := directory.Value{}.With("EN", "hello")
	c := build(t,
		directory.Group{ID: 1}, directory.Group{ID: 3}, directory.Group{ID: 4}, directory.Group{ID: 5},
		directory.Nesting{Group: 4, Parent: 5},
		directory.Attribute{ID: 14, Name: "a", Type: directory.TypeText, Rule: directory.RuleRank,
			UserValueMode: directory.ModeWins, Default: german},
		directory.GroupValue{ID: 1, Attribute: 14, Group: 3, Value: english, Order: 1,
			Window: directory.Window{StartsAt: 100}},
		directory.GroupValue{ID: 2, Attribute: 14, Group: 4, Value: german, Order: 2},
		directory.GroupValue{ID: 3, Attribute: 14, Group: 5, Value: english, Order: 3,
			Window: directory.Window{ExpiresAt: 10}},
	)
	u := ada("")
	u.Memberships[0].Window.ExpiresAt = 150
	for _, tt := range []struct {
		lang     directory.Language
		at       directory.Instant
		outcomes []directory.Outcome
		until    directory.Instant
		origin   directory.Origin
	}{
		{"EN", 5, []directory.Outcome{"not_yet_in_force", "no_text", "contributes", "no_text"}, 10, directory.OriginGroup},
		{"DE", 5, []directory.Outcome{"not_yet_in_force", "contributes", "no_text", "default_unused"}, 10,
			directory.OriginGroup},
		{"EN", 10, []directory.Outcome{"not_yet_in_force", "no_text", "expired", "no_text"}, 100, directory.OriginNone},
		{"EN", 100, []directory.Outcome{"contributes", "no_text", "expired", "no_text"}, 150, directory.OriginGroup},
		{"FR", 150, []directory.Outcome{"no_text", "expired", "no_text"}, 0, directory.OriginNone},
	} {
		x := c.Explain(u, 14, tt.lang, tt.at)
		var outcomes []directory.Outcome
		for _, cand := range x.Candidates {
			outcomes = append(outcomes, cand.Outcome)
		}
		if diff := cmp.Diff(tt.outcomes, outcomes); diff != "" || x.ValidUntil != tt.until || x.Origin != tt.origin {
			t.Errorf("in %s at %d: from %v until %d, want %v until %d; outcomes (-want +got):\n%s",
				tt.lang, tt.at, x.Origin, x.ValidUntil, tt.origin, tt.until, diff)
		}
	}
}

func TestComputedAttributesComeFromTheUser(t *testing.T) {
	var rows []directory.Row
	for id := directory.AttrFirstName; id <= directory.AttrLocale; id++ {
		rows = append(rows, directory.Attribute{ID: id, Name: fmt.Sprintf("a%d", id), Type: directory.TypeString,
			Rule: directory.RuleRank, Default: text("d")})
	}
	c := build(t, rows...)
	u := &directory.UserRows{
		User: directory.User{ID: 42, FirstName: "Ada", LastName: "Lovelace", ContactEmail: "ada@home.example",
			Timezone: "UTC"},
		Credentials: []directory.Credential{
			{ID: 1, Kind: directory.CredentialEmail, Identifier: "ada@work.example", Shown: "Ada@work.example"},
			{ID: 2, Kind: directory.CredentialSAML, Identifier: "s-1"},
		},
	}
	got := map[directory.AttributeID]string{}
	for _, e := range c.Effective(nil, u, nil, "EN", 1) {
		got[e.Attribute] = e.Origin.String() + " " + e.Value.Text
	}
	want := map[directory.AttributeID]string{
		1: "system Ada", 2: "system Lovelace", 3: "system Ada@work.example", 4: "system Ada Lovelace", 5: "system UTC",
		6: "system 42",
		7: "none ", 8: "system s-1", 9: "none ", 10: "none ", 11: "default d",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if x := c.Explain(u, directory.AttrEmail, "EN", 1); x.Origin != directory.OriginSystem || len(x.Candidates) > 0 {
		t.Errorf("explanation is %+v, want origin system and no candidates", x)
	}
	if got := c.GroupEffective(nil, 1, []directory.AttributeID{3, 11}, "EN", 1); got[0].Origin != directory.OriginNone ||
		got[1].Origin != directory.OriginDefault {
		t.Errorf("a group has %+v, want no e-mail and the default locale", got)
	}
}
