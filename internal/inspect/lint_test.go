package inspect_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/inspect"
)

// lint lists all findings, a few in a page.
func lint(w *coretest.World, q directory.LintQuery, limit int) (ids []string) {
	w.T.Helper()
	q.Limit = limit
	for next := &q; next != nil; {
		page, err := inspect.Lint(w.T.Context(), w.Admin(), nil, *next)
		if err != nil {
			w.T.Fatal(err)
		}
		for i := range page.Findings {
			ids = append(ids, page.Findings[i].ID())
		}
		next = page.Next
	}
	return ids
}

func TestLintFindsWhatObjectsHaveInCommon(t *testing.T) {
	w := coretest.New(t)
	g, h, gone, u, v := w.Group("G"), w.Group("H"), w.Group("Gone"), w.User("U"), w.User("V")
	source := func(o directory.Object, source, id string) {
		w.Do(directory.SetSource{Object: o, Source: source, SourceID: id})
	}
	source(g.Object(), "erp", "K-0471")
	source(h.Object(), "erp", "k471")
	source(gone.Object(), "erp", "K471")
	source(u.Object(), "erp", "K471") // users are told apart from groups
	source(v.Object(), "hr", "K-471") // and sources from each other
	w.Do(directory.DeleteGroup{Group: gone})
	w.Do(directory.UpdateUser{User: u, ContactEmail: new("Team@example.com")})
	w.Do(directory.UpdateUser{User: v, ContactEmail: new("team@example.com")})
	codes := []directory.FindingCode{directory.LintSimilarSources, directory.LintSharedContact}
	want := []string{"similar_source_ids.g2.g3", "shared_contact_email.u2.u3"}
	for limit := range 3 {
		if diff := cmp.Diff(want, lint(w, directory.LintQuery{Codes: codes}, limit+1)); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit+1, diff)
		}
	}
	blind := w.As(w.WithPermissions("Blind", "read_effective"))
	page, err := inspect.Lint(t.Context(), blind, nil, directory.LintQuery{Codes: codes[1:]})
	if err != nil || len(page.Findings) != 0 {
		t.Errorf("without the permission to see users: %+v, %v", page, err)
	}
}

func TestFindingsAreCountedByKindFilteredAndMuted(t *testing.T) {
	w := coretest.New(t)
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G"} {
		w.Group(name)
	}
	all := lint(w, directory.LintQuery{}, 100)
	kinds := func() directory.LintKinds {
		t.Helper()
		k, err := inspect.Kinds(t.Context(), w.Admin(), nil, directory.LintQuery{})
		if err != nil || k.Next != nil {
			t.Fatal(err, k.Next)
		}
		return k
	}
	if k := kinds().Kinds; len(k) != 1 || k[0].Count != 7 || len(k[0].Sample) != directory.MaxLintSample || len(all) != 7 {
		t.Errorf("seven empty groups: %+v, %q", k, all)
	}
	third := directory.GroupID(4).Object()
	if got := lint(w, directory.LintQuery{About: &third}, 100); !slices.Equal(got, []string{"empty_group.g4"}) {
		t.Errorf("about one group: %q", got)
	}
	mute := func(finding string) directory.SetFacet {
		f := directory.MutedFacet(finding, "so")
		return directory.SetFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name, Data: f.Data}
	}
	one := w.Do(mute("empty_group.g4"))
	if got := lint(w, directory.LintQuery{}, 2); len(got) != 6 || slices.Contains(got, "empty_group.g4") {
		t.Errorf("one of them is muted: %q", got)
	}
	if got := lint(w, directory.LintQuery{Muted: true}, 2); !slices.Equal(got, all) {
		t.Errorf("with those that are muted: %q", got)
	}
	if k := kinds().Kinds; len(k) != 1 || k[0].Count != 6 || k[0].Muted != 1 {
		t.Errorf("counts: %+v", k)
	}
	w.Do(mute("empty_group"))
	if got := lint(w, directory.LintQuery{}, 100); len(got) != 0 {
		t.Errorf("the kind is muted: %q", got)
	}
	list, err := inspect.MutedFindings(t.Context(), w.Admin())
	if diff := cmp.Diff([]inspect.Muted{{Finding: "empty_group", Why: "so"}, {Finding: "empty_group.g4", Why: "so"}},
		list); diff != "" {
		t.Errorf("%v, what is muted (-want +got):\n%s", err, diff)
	}
	w.Do(directory.Revert{Revision: one.Revision})
	w.Do(directory.DeleteFacet{Object: directory.AllUsers.Object(), Dialect: "lint", Kind: "muted", Name: "empty_group"})
	if got := lint(w, directory.LintQuery{}, 100); !slices.Equal(got, all) {
		t.Errorf("nothing is muted any more: %q", got)
	}
	w.Refuse(w.As(w.WithPermissions("Manager", "manage_groups")), directory.KindForbidden, mute("empty_group"))
}

func TestMutedFacetsAreOfAllUsersAndNameAKind(t *testing.T) {
	if err := directory.CheckMuted(directory.MutedFacet("empty_group.g4", "so")); err != nil {
		t.Error(err)
	}
	elsewhere := directory.MutedFacet("empty_group", "")
	elsewhere.Object = directory.GroupID(2).Object()
	for _, f := range []directory.Facet{directory.MutedFacet("no_such_kind", ""), elsewhere,
		{Dialect: "lint", Kind: "x", Data: "{}"}} {
		if directory.CheckMuted(f) == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}

func TestHoldersByElementAndRange(t *testing.T) {
	w := coretest.New(t)
	a, b, c := w.User("A"), w.User("B"), w.User("C")
	n, l, d := w.Attribute("n", directory.TypeInteger), w.Attribute("l", directory.TypeList),
		w.Attribute("d", directory.TypeDate)
	set := func(u directory.UserID, attr directory.AttributeID, v string) {
		w.Do(directory.SetUserValue{User: u, Attribute: attr, Value: coretest.Text(v)})
	}
	set(a, n, "5")
	set(b, n, "010")
	set(c, n, "100")
	set(a, l, "x,y")
	set(b, l, "y")
	set(a, d, "2026-01-31")
	set(b, d, "2026-02-01")
	for _, test := range []struct {
		q    directory.HolderQuery
		want []directory.UserID
		kind directory.Kind
	}{
		{q: directory.HolderQuery{Attribute: n, Least: new("6")}, want: []directory.UserID{b, c}},
		{q: directory.HolderQuery{Attribute: n, Least: new("5"), Greatest: new("10")}, want: []directory.UserID{a, b}},
		{q: directory.HolderQuery{Attribute: n, Greatest: new("9.5")}, kind: directory.KindInvalid},
		{q: directory.HolderQuery{Attribute: d, Greatest: new("2026-01-31")}, want: []directory.UserID{a}},
		{q: directory.HolderQuery{Attribute: d, Least: new("tomorrow")}, kind: directory.KindInvalid},
		{q: directory.HolderQuery{Attribute: l, Element: new("y")}, want: []directory.UserID{a, b}},
		{q: directory.HolderQuery{Attribute: l, Element: new("x")}, want: []directory.UserID{a}},
		{q: directory.HolderQuery{Attribute: l, Value: new("y"), Element: new("y")}, want: []directory.UserID{b}},
		{q: directory.HolderQuery{Attribute: n, Element: new("5")}, kind: directory.KindInvalid},
		{q: directory.HolderQuery{Attribute: l, Least: new("x")}, kind: directory.KindInvalid},
	} {
		page, err := inspect.Holders(t.Context(), w.Admin(), test.q)
		if test.kind != 0 && directory.KindOf(err) == test.kind && err != nil {
			continue
		}
		var got []directory.UserID
		for _, h := range page.Holders {
			got = append(got, h.User.ID)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, %v; want %v", test.q, got, err, test.want)
		}
	}
}
