package desired_test

import (
	"slices"
	"testing"

	"cohort/internal/declared"
	"cohort/internal/desired"
	"cohort/internal/directory"
)

// unmarked reads a state that no set manages.
func unmarked(t *testing.T, text string) *desired.State {
	t.Helper()
	s, err := declared.Read([]declared.File{{Name: "x.yaml", Data: []byte(text)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConstraintsAreDeclared(t *testing.T) {
	const file = `
cohort: 1
attributes:
  region:
    type: enum
    description: Where it is sold
    allowed: [emea, {value: apac, label: Asia}]
    max_length: 4
    default: apac
  limit: {type: integer, least: 0, greatest: "100", pattern: "[0-9]+"}
groups:
  EMEA: {description: "Europe\nand more", values: {region: emea, limit: 50}}
`
	live := fresh()
	p := desired.Make(unmarked(t, file), live, desired.Options{})
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	region, _ := p.Edits()[0].(directory.CreateAttribute)
	limit, _ := p.Edits()[1].(directory.CreateAttribute)
	allowed := []directory.AllowedValue{{Value: "emea"}, {Value: "apac", Label: "Asia"}}
	if !slices.Equal(region.Allowed, allowed) || region.MaxLength != 4 || region.Description != "Where it is sold" ||
		limit.Least != "0" || limit.Greatest != "100" || limit.Pattern != "[0-9]+" {
		t.Errorf("%+v, %+v", region, limit)
	}
	if g, _ := p.Edits()[2].(directory.CreateGroup); g.Description != "Europe\nand more" {
		t.Errorf("%+v", p.Edits()[2])
	}
}

func TestConstraintsThatChangeArePlanned(t *testing.T) {
	live := fresh()
	live.Attributes = append(live.Attributes, desired.LiveAttribute{Attribute: directory.Attribute{
		ID: 14, Name: "region", Label: "Region", Type: directory.TypeString, Rule: directory.RuleRank,
		UserValueMode: directory.ModeWins,
		Description:   "old", Constraints: directory.Constraints{Allowed: []directory.AllowedValue{{Value: "emea"}},
			Pattern: ".*", MaxLength: 9},
	}})
	p := desired.Make(unmarked(t, "cohort: 1\nattributes: {REGION: {allowed: [apac], pattern: null, max_length: null, "+
		"description: null}}"),
		live, desired.Options{Misfits: directory.KeepMisfits})
	edits := p.Edits()
	u, _ := edits[0].(directory.UpdateAttribute)
	if len(edits) != 1 || u.Allowed == nil || len(*u.Allowed) != 1 || u.Pattern == nil || *u.Pattern != "" ||
		u.MaxLength == nil || *u.MaxLength != 0 || u.Description == nil || u.Misfits != directory.KeepMisfits ||
		u.Least != nil {
		t.Errorf("%+v", edits)
	}
	if p := desired.Make(unmarked(t, "cohort: 1\nattributes: {region: {label: Region}}"), live,
		desired.Options{}); p.Len() > 0 {
		t.Errorf("what is not named is changed: %+v", p.Edits())
	}
}

func TestValuesThatDoNotFitAreProblemsWithTheirPlace(t *testing.T) {
	for file, want := range map[string]string{
		"attributes: {a: {type: integer, least: 5}}\ngroups: {G: {values: {a: 4}}}": "x.yaml:3: group G: a must " +
			"be at least 5",
		"attributes: {a: {type: list, allowed: [x, y]}}\ngroups: {G: {values: {a: [x, z]}}}": "x.yaml:3: group G: a must " +
			"be among the allowed values: x, y",
		"attributes: {a: {type: integer, least: 5, default: 4}}": "x.yaml:2: attribute a: " +
			"default must be at least 5",
	} {
		p := desired.Make(unmarked(t, "cohort: 1\n"+file), fresh(), desired.Options{})
		if err := p.Err(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
	for _, file := range []string{
		"attributes: {a: {type: string, max_length: x}}", "attributes: {a: {type: string, max_length: -1}}",
		"attributes: {a: {type: string, allowed: x}}", "attributes: {a: {type: string, allowed: [{label: x}]}}",
		"attributes: {a: {type: string, allowed: [{value: x, order: 1}]}}",
	} {
		if _, err := declared.Read([]declared.File{{Name: "x.yaml", Data: []byte("cohort: 1\n" + file)}}, ""); err == nil {
			t.Errorf("%s is read", file)
		}
	}
}

// TestAValueThatWasThereBeforeAConstraintStays: an export of it applies.
func TestAValueThatWasThereBeforeAConstraintStays(t *testing.T) {
	live := fresh()
	live.Attributes = append(live.Attributes, desired.LiveAttribute{Attribute: directory.Attribute{
		ID: 14, Name: "region", Type: directory.TypeString, Rule: directory.RuleRank, UserValueMode: directory.ModeWins,
		Constraints: directory.Constraints{Allowed: []directory.AllowedValue{{Value: "emea"}}},
	}})
	live.Groups = append(live.Groups, desired.LiveGroup{ID: 2, Name: "G", Values: []desired.LiveValue{
		{Attribute: 14, Value: directory.Value{Text: "mars"}, Rank: 1},
	}})
	state, _ := desired.StateOf(live, false)
	if p := desired.Make(state, live, desired.Options{ByName: true}); p.Err() != nil || p.Len() > 0 {
		t.Errorf("%v, %d edits", p.Err(), p.Len())
	}
	if d := desired.Compare(live, live, false); d.Len() > 0 {
		t.Errorf("it differs from itself: %q", lines(d))
	}
}
