package inspect_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/view"
)

func TestLawHoldersAreThoseWhoHaveTheValue(t *testing.T) {
	coretest.WithLawWorld(t, func(w *coretest.LawWorld) {
		a := rapid.SampledFrom(w.Attrs[:5]).Draw(w.T, "of")
		q := directory.HolderQuery{Attribute: a, Limit: rapid.IntRange(1, 3).Draw(w.T, "limit")}
		if rapid.Bool().Draw(w.T, "by value") {
			v := w.Value(a).Text
			q.Value = &v
		}
		all, _ := w.State()
		var want, got []directory.UserID
		for u, values := range all {
			v := values[a]
			same := q.Value == nil || v.Value.Text == *q.Value
			if a == w.Attrs[3] && v.Set && q.Value != nil {
				same = directory.CompareValues(directory.TypeInteger, v.Value.Text, *q.Value) == 0
			}
			if v.Set && same {
				want = append(want, u)
			}
		}
		slices.Sort(want)
		for range 20 {
			page, err := inspect.Holders(w.Ctx, w.Admin(), q)
			if directory.KindOf(err) == directory.KindNotFound && err != nil {
				return // the attribute was deleted
			}
			if err != nil {
				w.Fatal(err)
			}
			for _, h := range page.Holders {
				got = append(got, h.User.ID)
			}
			if q.After = page.Next; q.After == 0 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Fatalf("holders of %v (-want +got):\n%s", q, diff)
		}
	})
}

func TestHoldersOfHiddenValuesAreNotFoundByValue(t *testing.T) {
	w := coretest.New(t)
	a := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "pin", Type: directory.TypeString,
		Hidden: true}).Results[0].ID)
	w.Do(directory.SetUserValue{User: w.Root, Attribute: a, Value: coretest.Text("1234")})
	if _, err := inspect.Holders(t.Context(), w.Admin(),
		directory.HolderQuery{Attribute: a, Value: new("1234")}); directory.KindOf(err) != directory.KindInvalid {
		t.Errorf("by value: %v", err)
	}
	page, err := inspect.Holders(t.Context(), w.Admin(), directory.HolderQuery{Attribute: a})
	if err != nil || len(page.Holders) != 1 || page.Holders[0].Value.Text != "" {
		t.Errorf("any: %+v, %v", page, err)
	}
}

func TestABatchAnswersInTheOrderAsked(t *testing.T) {
	w := coretest.New(t)
	a, ada := w.Attribute("a", directory.TypeString), w.User("Ada")
	w.Do(directory.SetUserValue{User: ada, Attribute: a, Value: coretest.Text("1")})
	list, err := w.Admin().EffectiveBatch(t.Context(), []directory.UserID{99, ada, w.Root, ada},
		[]directory.AttributeID{a})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range list {
		s := "not found"
		if u.Found {
			s = u.Values[0].Origin.String() + ":" + u.Values[0].Value.Text
		}
		got = append(got, s)
	}
	if diff := cmp.Diff([]string{"not found", "user:1", "none:", "user:1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLintFindsWhatMayNotBeMeantSo(t *testing.T) {
	w := coretest.New(t)
	past := directory.Window{ExpiresAt: 1000}
	emea, berlin, empty, shell, twin := w.Group("EMEA"), w.Group("Berlin"), w.Group("Empty"), w.Group("Shell"),
		w.Group("e-mea")
	west := w.Group("West")
	ada := w.User("Ada")
	region := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "region", Type: directory.TypeString,
		Default: &directory.Value{Text: "x"}}).Results[0].ID)
	tier := w.Attribute("tier", directory.TypeString)
	w.Do(
		directory.AddParent{Group: berlin, Parent: emea}, directory.AddParent{Group: empty, Parent: shell},
		directory.AddMember{Group: berlin, User: ada}, directory.AddMember{Group: west, User: ada},
		directory.AddMember{Group: twin, User: w.Root},
		directory.AddMember{Group: emea, User: ada, Window: &past},
		directory.SetGroupValue{Group: emea, Attribute: region, Value: coretest.Text("emea")},
		directory.SetGroupValue{Group: berlin, Attribute: region, Value: coretest.Text("berlin")},
		directory.SetGroupValue{Group: empty, Attribute: region, Value: coretest.Text("nobody")},
		directory.SetGroupValue{Group: directory.AllUsers, Attribute: region, Value: coretest.Text("all")},
		directory.SetGroupValue{Group: berlin, Attribute: tier, Value: coretest.Text("1")},
		directory.SetGroupValue{Group: west, Attribute: tier, Value: coretest.Text("2")},
		directory.SetGroupValue{Group: emea, Attribute: tier, Value: coretest.Text("3"), Window: &past},
		directory.SetUserValue{User: ada, Attribute: tier, Value: coretest.Text("4"), Window: &past},
	)
	want := []directory.Finding{
		{Code: directory.LintShadowed, Attribute: region, Groups: []directory.GroupID{berlin, emea},
			Msg: "The value of region on Berlin loses for every member against that of EMEA."},
		{Code: directory.LintUnused, Attribute: region, Groups: []directory.GroupID{empty},
			Msg: "Nobody gets the value of region on Empty: there are no users in it."},
		{Code: directory.LintUnused, Attribute: region, Msg: "Nobody gets the default of region: All Users has a value."},
		{Code: directory.LintExpiredValue, Attribute: tier, Groups: []directory.GroupID{emea},
			Msg: "The value of tier on EMEA has expired."},
		{Code: directory.LintEmptyGroup, Groups: []directory.GroupID{empty}, Msg: "The group Empty is empty."},
		{Code: directory.LintUnreachable, Groups: []directory.GroupID{shell},
			Msg: "The group Shell has groups in it, but no users in any of them."},
		{Code: directory.LintSimilarNames, Groups: []directory.GroupID{emea, twin}, Msg: "2 groups have names like EMEA."},
		{Code: directory.LintExpiredMember, User: ada, Groups: []directory.GroupID{emea},
			Msg: "The membership of Ada (user 2) in EMEA has expired."},
		{Code: directory.LintExpiredValue, Attribute: tier, User: ada,
			Msg: "The value that Ada (user 2) has of tier has expired."},
		{Code: directory.LintRankDecided, Attribute: tier, User: ada, Groups: []directory.GroupID{berlin, west},
			Msg: "Only the rank decides that Ada (user 2) has the value of tier from Berlin and not from West."},
	}
	for _, limit := range []int{1, 2, 3, 100} {
		var got []directory.Finding
		for q := (&directory.LintQuery{Limit: limit}); q != nil; {
			page, err := inspect.Lint(t.Context(), w.Admin(), nil, *q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page.Findings...)
			q = page.Next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in pages of %d (-want +got):\n%s", limit, diff)
		}
	}
	page, err := inspect.Lint(t.Context(), w.Admin(), nil,
		directory.LintQuery{Codes: []directory.FindingCode{directory.LintEmptyGroup}})
	if err != nil || len(page.Findings) != 1 || page.Next != nil {
		t.Errorf("one code: %+v, %v", page, err)
	}
	application := w.As(w.WithPermissions("App", "read_effective"))
	page, err = inspect.Lint(t.Context(), application, nil,
		directory.LintQuery{Codes: []directory.FindingCode{directory.LintExpiredValue}})
	if err != nil || len(page.Findings) != 1 || page.Findings[0].Msg != "The value that user 2 has of tier has expired." {
		t.Errorf("to somebody who sees no users: %+v, %v", page, err)
	}
}

// TestAnExplanationRedactsWhatItsReaderMayNotSee asks as an application, which
// reads effective values and sees no groups.
func TestAnExplanationRedactsWhatItsReaderMayNotSee(t *testing.T) {
	w := coretest.New(t)
	strong, weak, ada := w.Group("Strong"), w.Group("Weak"), w.User("Ada")
	a := w.Attribute("a", directory.TypeString)
	w.Do(
		directory.AddMember{Group: strong, User: ada}, directory.AddMember{Group: weak, User: ada},
		directory.SetGroupValue{Group: strong, Attribute: a, Value: coretest.Text("1")},
		directory.SetGroupValue{Group: weak, Attribute: a, Value: coretest.Text("2")},
	)
	application := view.New(w.Core).As(directory.Caller{User: w.WithPermissions("App", "read_effective", "see_history")})
	live, err := application.Explain(t.Context(), ada, a)
	if err != nil {
		t.Fatal(err)
	}
	_, now := application.Revision()
	past, _, err := application.ExplainAt(t.Context(), ada, a, directory.Point{Revision: now - 1})
	if err != nil {
		t.Fatal(err)
	}
	group, err := view.New(w.Core).As(directory.Caller{User: ada}).GroupExplain(t.Context(), strong, a)
	if err != nil || len(group.Candidates) != 1 || group.Candidates[0].Group != strong {
		t.Errorf("a member about its own group: %+v, %v", group.Candidates, err)
	}
	want := []directory.Candidate{
		{Origin: directory.OriginGroup, Group: directory.HiddenGroup, Rank: 1, Distance: 1, Outcome: directory.Contributes},
		{Origin: directory.OriginGroup, Group: directory.HiddenGroup, Rank: 2, Distance: 1, Outcome: directory.Outranked,
			By: directory.HiddenGroup},
	}
	for what, x := range map[string]directory.Explanation{"now": live, "then": past} {
		if diff := cmp.Diff(want, x.Candidates); diff != "" || x.Value.Text != "1" {
			t.Errorf("%s it is %q (-want +got)\n%s", what, x.Value.Text, diff)
		}
	}
}

// TestHoldersOfAValueAreSoughtWhereItIs counts who is looked at: members of groups and users
// with a value that is asked for, or that contributes to it.
func TestHoldersOfAValueAreSoughtWhereItIs(t *testing.T) {
	w := coretest.New(t)
	region := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "region", Type: directory.TypeString,
		Default: new(coretest.Text("world"))}).Results[0].ID)
	budget := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "budget", Type: directory.TypeInteger,
		Rule: directory.RuleMax}).Results[0].ID)
	tags := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "tags", Type: directory.TypeList,
		Rule: directory.RuleUnion}).Results[0].ID)
	groups := []directory.GroupID{w.Group("EMEA"), w.Group("APAC"), w.Group("Berlin")}
	w.Do(directory.AddParent{Group: groups[2], Parent: groups[0]})
	for i, values := range [][3]string{{"emea", "10", "a"}, {"apac", "020", "a,b"}, {"berlin", "30", "c"}} {
		w.Do(
			directory.SetGroupValue{Group: groups[i], Attribute: region, Value: coretest.Text(values[0])},
			directory.SetGroupValue{Group: groups[i], Attribute: budget, Value: coretest.Text(values[1])},
			directory.SetGroupValue{Group: groups[i], Attribute: tags, Value: coretest.Text(values[2])},
		)
		for range 4 {
			w.Do(directory.AddMember{Group: groups[i], User: w.User("Member")})
		}
	}
	loner := w.User("Loner")
	w.Do(directory.SetUserValue{User: loner, Attribute: region, Value: coretest.Text("moon")})
	all := 4*3 + 2 // with the administrator
	for _, test := range []struct {
		q                 directory.HolderQuery
		holders, examined int
	}{
		{directory.HolderQuery{Attribute: region, Value: new("moon")}, 1, 1},
		{directory.HolderQuery{Attribute: region, Value: new("emea")}, 8, 8},
		{directory.HolderQuery{Attribute: region, Value: new("berlin")}, 0, 4},
		{directory.HolderQuery{Attribute: region, Value: new("mars")}, 0, 0},
		{directory.HolderQuery{Attribute: region, Value: new("world")}, 1, all},
		{directory.HolderQuery{Attribute: budget, Value: new("20")}, 4, 4},
		{directory.HolderQuery{Attribute: budget, Least: new("20")}, 8, 8},
		{directory.HolderQuery{Attribute: budget, Greatest: new("15")}, 4, 8},
		{directory.HolderQuery{Attribute: budget}, 12, 12},
		{directory.HolderQuery{Attribute: tags, Element: new("a")}, 12, 12},
		{directory.HolderQuery{Attribute: tags, Element: new("b")}, 4, 4},
		{directory.HolderQuery{Attribute: tags, Value: new("a,c")}, 4, 8},
		{directory.HolderQuery{Attribute: tags, Value: new("d")}, 0, 0},
	} {
		page, err := inspect.Holders(t.Context(), w.Admin(), test.q)
		if err != nil || len(page.Holders) != test.holders || page.Examined != test.examined || page.Next != 0 {
			t.Errorf("%+v: %d of %d, %v; want %d of %d", test.q, len(page.Holders), page.Examined, err, test.holders,
				test.examined)
		}
	}
}
