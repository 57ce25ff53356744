package render_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"cohort/internal/directory"
	"cohort/internal/render"
)

// TestWhatTheReaderMayNotSeeIsCounted: neither an id, a name nor a value of a
// group that is hidden is told, and the sentence says that there is one.
func TestWhatTheReaderMayNotSeeIsCounted(t *testing.T) {
	const hidden = directory.HiddenGroup
	names := func(id directory.GroupID) string { return map[directory.GroupID]string{2: "EMEA"}[id] }
	candidate := func(group directory.GroupID, outcome directory.Outcome) directory.Candidate {
		c := directory.Candidate{Origin: directory.OriginGroup, Group: group, Outcome: outcome, Rank: 1,
			Path: []directory.GroupID{group}}
		if outcome != directory.Contributes {
			c.By = hidden
		}
		return c
	}
	for _, test := range []struct {
		rule       directory.Rule
		candidates []directory.Candidate
		want       string
	}{
		{directory.RuleRank, []directory.Candidate{candidate(hidden, directory.Contributes)},
			`Ada has "x" for region from a group that you may not see, the only group value that counts.`},
		{directory.RuleRank, []directory.Candidate{candidate(hidden, directory.Contributes),
			candidate(2, directory.Outranked)},
			`Ada has "x" for region from a group that you may not see, whose rank, 1, is the strongest of 2 group values.`},
		{directory.RuleRank, []directory.Candidate{candidate(2, directory.Contributes),
			candidate(hidden, directory.Outranked), candidate(hidden, directory.Outranked)},
			`Ada has "x" for region from EMEA, whose rank, 1, is the strongest of 3 group values; 2 of the others you may not see.`},
		{directory.RuleUnion, []directory.Candidate{candidate(hidden, directory.Contributes),
			candidate(2, directory.Contributes), candidate(hidden, directory.Contributes)},
			`Ada has "x" for region, joined from EMEA and 2 groups that you may not see.`},
	} {
		a := &directory.Attribute{ID: 14, Name: "region", Type: directory.TypeString, Rule: test.rule}
		groups := []directory.GroupID{4}
		if test.rule == directory.RuleUnion {
			groups = []directory.GroupID{4, 2, 5}
		}
		x := directory.Explanation{
			Effective: directory.Effective{
				Attribute: 14, Origin: directory.OriginGroup, Value: directory.Value{Text: "x"}, Groups: groups,
			},
			Candidates: test.candidates,
		}
		told := render.ExplanationOf("Ada", a, x, names, "EN")
		if told.Summary != test.want {
			t.Errorf("%s\nwant %s", told.Summary, test.want)
		}
		b, err := json.Marshal(told.Candidates)
		if err != nil || strings.Contains(string(b), "-1") || !strings.Contains(string(b), `"redacted":true`) {
			t.Errorf("%s, %v", b, err)
		}
	}
}
