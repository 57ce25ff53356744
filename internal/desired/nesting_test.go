package desired_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// problemsOf plans groups, each with one parent or none, against live ones.
func problemsOf(live []desired.LiveGroup, groups ...[2]string) map[string]string {
	s := &desired.State{}
	for _, g := range groups {
		parents := []string{}
		if g[1] != "" {
			parents = append(parents, g[1])
		}
		s.Groups = append(s.Groups, desired.Group{Entry: desired.Entry{Key: g[0]}, Parents: &parents})
	}
	problems := map[string]string{}
	for _, p := range desired.Make(s, &desired.Live{Groups: live}, desired.Options{}).Problems {
		problems[p.Key] = p.Msg
	}
	return problems
}

// TestRingsAreRefusedForTheGroupsInThem, and for no others, before anything is
// made.
func TestRingsAreRefusedForTheGroupsInThem(t *testing.T) {
	got := problemsOf(nil, [2]string{"A", "C"}, [2]string{"B", "A"}, [2]string{"C", "B"}, [2]string{"Below", "A"},
		[2]string{"Self", "Self"}, [2]string{"Other", ""})
	for _, key := range []string{"A", "B", "C", "Self"} {
		if !strings.Contains(got[key], "lead back to it: "+key+" in ") {
			t.Errorf("%s: %q", key, got[key])
		}
	}
	if len(got) != 4 || !strings.HasSuffix(got["A"], "A in C in B in A") {
		t.Errorf("%q", got)
	}
	// A ring may close over groups that are there; the two change places without one.
	live := []desired.LiveGroup{{ID: 5, Name: "Up"}, {ID: 6, Name: "Down", Parents: []directory.GroupID{5}}}
	if got := problemsOf(live, [2]string{"Up", "Down"}); !strings.HasSuffix(got["Up"], "Up in Down in Up") {
		t.Errorf("over a live group: %q", got)
	}
	if got := problemsOf(live, [2]string{"Up", "Down"}, [2]string{"Down", ""}); len(got) > 0 {
		t.Errorf("changing places: %q", got)
	}
}

func TestGroupsThatAreTooDeepAreRefusedTogether(t *testing.T) {
	var groups [][2]string
	for i := directory.MaxNestingDepth + 4; i > 0; i-- {
		parent := fmt.Sprint("G", i-1)
		if i == 1 {
			parent = ""
		}
		groups = append(groups, [2]string{fmt.Sprint("G", i), parent})
	}
	got := problemsOf(nil, groups...)
	if len(got) != 4 || !strings.Contains(got["G65"], "the last of 65 groups inside each other; the most is 64") {
		t.Errorf("%q", got)
	}
}

// TestAReferenceIsTakenInAnyCase where it is clear which is meant.
func TestAReferenceIsTakenInAnyCase(t *testing.T) {
	live := []desired.LiveGroup{{ID: 5, Name: "EMEA"}, {ID: 6, Name: "Sales"}, {ID: 7, Name: "sales"}}
	for parent, want := range map[string]string{
		"emea": "", "name:Emea": "", "Sales": "", "SALES": "are called so", "nobody": "neither in the files nor there",
	} {
		got := problemsOf(live, [2]string{"New", parent})["New"]
		if want == "" != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", parent, got)
		}
	}
}

// TestTwoEntriesThatWantTheSameAreRefusedInThePlan: the one behind the other.
func TestTwoEntriesThatWantTheSameAreRefusedInThePlan(t *testing.T) {
	entry := func(key, id string) desired.Entry {
		return desired.Entry{Key: key, Unnamed: true, Sources: map[string]string{"hr": id}}
	}
	s := &desired.State{HasUsers: true, Users: []desired.User{
		{Entry: entry("1", "7"), Email: new("ada@example.com")},
		{Entry: entry("2", "8"), Email: new("ADA@example.com")},
		{Entry: entry("3", "7")},
	}, Groups: []desired.Group{
		{Entry: desired.Entry{Key: "a", Sources: map[string]string{"hr": "7"}}},
		{Entry: desired.Entry{Key: "b", Sources: map[string]string{"hr": "7"}}},
	}}
	plan := desired.Make(s, &desired.Live{}, desired.Options{})
	var got []string
	for _, p := range plan.Problems {
		got = append(got, p.Kind+" "+p.Key+" "+p.Msg)
	}
	want := []string{
		"group b has the id 7 in hr, as another entry has",
		"user 2 has the login e-mail ada@example.com, as another entry has",
		"user 3 has the id 7 in hr, as another entry has",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || len(plan.Steps) != 2 {
		t.Errorf("%d steps, and\n%s", len(plan.Steps), strings.Join(got, "\n"))
	}
}
