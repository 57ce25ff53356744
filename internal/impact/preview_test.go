package impact_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// A lawCount is what is counted of one attribute: by values, spelled out.
type lawCount struct {
	directory.UserCount
	Pairs map[string]directory.UserCount
}

func rendered(v directory.SetValue) string {
	if v.Value.Sealed != 0 {
		return "sealed"
	}
	return fmt.Sprintf("%v %q %v", v.Set, v.Value.Text, v.Value.Texts)
}

// difference counts, from the values of everyone before and after, what a
// preview should have said.
func difference(before, after coretest.Holding, was,
	is map[directory.UserID]bool) (directory.UserCount, map[directory.AttributeID]lawCount) {
	var affected directory.UserCount
	counts := map[directory.AttributeID]lawCount{}
	users := map[directory.UserID]bool{}
	for u := range before {
		users[u] = was[u]
	}
	for u := range after {
		users[u] = is[u]
	}
	for u, disabled := range users {
		attrs := map[directory.AttributeID]bool{}
		for a := range before[u] {
			attrs[a] = true
		}
		for a := range after[u] {
			attrs[a] = true
		}
		changed := false
		for a := range attrs {
			x, y := before[u][a], after[u][a]
			if x.Set == y.Set && x.Value.Equal(y.Value) {
				continue
			}
			changed = true
			c := counts[a]
			if c.Pairs == nil {
				c.Pairs = map[string]directory.UserCount{}
			}
			c.Add(disabled)
			pair := rendered(x) + " -> " + rendered(y)
			n := c.Pairs[pair]
			n.Add(disabled)
			c.Pairs[pair] = n
			counts[a] = c
		}
		if changed {
			affected.Add(disabled)
		}
	}
	return affected, counts
}

func counted(p directory.Preview) map[directory.AttributeID]lawCount {
	counts := map[directory.AttributeID]lawCount{}
	for _, e := range p.Attributes {
		c := lawCount{UserCount: e.UserCount, Pairs: map[string]directory.UserCount{}}
		for _, v := range e.Values {
			c.Pairs[rendered(v.Before)+" -> "+rendered(v.After)] = v.UserCount
		}
		counts[max(e.Before.ID, e.After.ID)] = c
	}
	return counts
}

func TestLawPreviewEqualsWhatCommittingDoes(t *testing.T) {
	coretest.WithLawWorld(t, func(w *coretest.LawWorld) {
		var edits []directory.Edit
		for range rapid.IntRange(1, 4).Draw(w.T, "edits") {
			edits = append(edits, w.Edit())
		}
		before, was := w.State()
		preview, err := w.Admin().Preview(w.Ctx, directory.Change{Edits: edits})
		done, commitErr := w.Admin().Commit(w.Ctx, directory.Change{Edits: edits, Token: preview.Token, Strict: true})
		if (err == nil) != (commitErr == nil) || err != nil && err.Error() != commitErr.Error() {
			w.Fatalf("%+v: preview says %v, commit %v", edits, err, commitErr)
		}
		if err != nil {
			return
		}
		after, is := w.State()
		affected, counts := difference(before, after, was, is)
		if diff := cmp.Diff(counts, counted(preview)); diff != "" {
			w.Fatalf("%+v (-what happened +what the preview said):\n%s", edits, diff)
		}
		if preview.Affected != affected || preview.Changed != done.Changed || !cmp.Equal(preview.Results, done.Results) {
			w.Fatalf("%+v: the preview said %+v, %v, %v; it was %+v, %v, %v", edits,
				preview.Affected, preview.Changed, preview.Results, affected, done.Changed, done.Results)
		}
		for _, s := range preview.Sample {
			x, y := before[s.User.ID][s.Attribute], after[s.User.ID][s.Attribute]
			if rendered(x) != rendered(shownValue(s.Before)) || rendered(y) != rendered(shownValue(s.After)) {
				w.Fatalf("%+v: example %+v, but it was %v and is %v", edits, s, x, y)
			}
		}
	})
}

func shownValue(x directory.Explanation) directory.SetValue {
	return directory.SetValue{Set: x.Origin != directory.OriginNone, Value: x.Value}
}

func TestAPreviewChangesNothing(t *testing.T) {
	coretest.WithLawWorld(t, func(w *coretest.LawWorld) {
		head := w.Core.Head()
		_, _ = w.Admin().Preview(w.Ctx, directory.Change{Edits: []directory.Edit{w.Edit(), w.Edit()}})
		if after := w.Core.Head(); after != head {
			w.Fatalf("the head moved from %+v to %+v", head, after)
		}
	})
}

func TestATokenIsGoodForItsOwnEditsOnly(t *testing.T) {
	w := coretest.New(t)
	g, a, ada := w.Group("G"), w.Attribute("a", directory.TypeString), w.User("Ada")
	w.Do(directory.AddMember{Group: g, User: ada})
	edits := []directory.Edit{directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")}}
	other := []directory.Edit{directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("2")}}
	preview := func() string {
		t.Helper()
		p, err := w.Admin().Preview(t.Context(), directory.Change{Edits: edits})
		if err != nil || p.Token == "" || p.Affected.Users == 0 {
			t.Fatalf("Preview = %+v, %v", p, err)
		}
		return p.Token
	}
	second := w.Do(directory.CreateUser{FirstName: "Bob"},
		directory.SetUserRoles{User: directory.Made[directory.UserID](0), Roles: []directory.RoleID{directory.AdminRole}})
	bob := view.New(w.Core).As(directory.Caller{User: directory.UserID(second.Results[0].ID), Dialect: "test"})
	for _, test := range []struct {
		name      string
		as        *view.View
		edits     []directory.Edit
		strict    bool
		inBetween []directory.Edit
		want      string // part of the refusal; empty is none
	}{
		{"nothing happened", w.Admin(), edits, true, nil, ""},
		{"other edits", w.Admin(), other, false, nil, "other edits"},
		{"another caller", bob, edits, false, nil, "somebody else"},
		{"a group elsewhere", w.Admin(), edits, true, []directory.Edit{directory.CreateGroup{Name: "X"}}, ""},
		{"a value of the attribute", w.Admin(), edits, false,
			[]directory.Edit{directory.SetGroupValue{Group: directory.AllUsers, Attribute: a, Value: coretest.Text("all")}},
			"touched attribute:"},
		{"the attribute", w.Admin(), edits, false,
			[]directory.Edit{directory.UpdateAttribute{Attribute: a, UserValueMode: new(directory.ModeYields)}},
			"touched attribute:"},
		{"the group itself", w.Admin(), edits, false, []directory.Edit{directory.UpdateGroup{Group: g, Name: new("H")}},
			"touched group:"},
		{"a member", w.Admin(), edits, false, []directory.Edit{directory.AddMember{Group: g, User: w.Root}}, ""},
		{"a member, strictly", w.Admin(), edits, true, []directory.Edit{directory.RemoveMember{Group: g, User: w.Root}},
			"1 memberships"},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := preview()
			if test.inBetween != nil {
				w.Do(test.inBetween...)
			}
			done, err := test.as.Commit(t.Context(), directory.Change{Edits: test.edits, Token: token, Strict: test.strict})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (directory.KindOf(err) != directory.KindStale || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%+v, %v; want a refusal with %q", done, err, test.want)
			}
			if err == nil {
				w.Do(directory.DeleteGroupValue{Group: g, Attribute: a})
			}
			if test.name == "a value of the attribute" {
				w.Do(directory.DeleteGroupValue{Group: directory.AllUsers, Attribute: a})
			}
			if test.name == "a member" && done.Drifted != 1 {
				t.Errorf("drifted by %d, want 1", done.Drifted)
			}
		})
	}
	if _, err := w.Admin().Commit(t.Context(),
		directory.Change{Edits: edits, Token: "guessed"}); directory.KindOf(err) != directory.KindStale {
		t.Errorf("a guessed token: %v", err)
	}
}

func TestAPreviewWarns(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	region := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "region", Type: directory.TypeString,
		Default: &directory.Value{Text: "world"}}).Results[0].ID)
	for i := range 3 {
		w.Do(directory.AddMember{Group: g, User: w.User(fmt.Sprint("u", i))})
	}
	for _, test := range []struct {
		edit directory.Edit
		want []directory.WarningCode
	}{
		{directory.SetGroupValue{Group: g, Attribute: region, Value: coretest.Text("emea")}, nil},
		{directory.SetGroupValue{Group: directory.AllUsers, Attribute: region, Value: coretest.Text("all")},
			[]directory.WarningCode{directory.WarnEveryone, directory.WarnHidesDefault}},
		{directory.DeleteGroup{Group: g}, []directory.WarningCode{directory.WarnLosesMembers}},
		{directory.UpdateAttribute{Attribute: region, Hidden: new(true)},
			[]directory.WarningCode{directory.WarnEveryone, directory.WarnHidesAttribute}},
	} {
		p, err := w.Admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{test.edit}})
		if err != nil {
			t.Fatal(err)
		}
		var got []directory.WarningCode
		for _, warning := range p.Warnings {
			got = append(got, warning.Code)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v: %+v, want %v", test.edit, p.Warnings, test.want)
		}
	}
}

func TestTheGuardAsksForATokenOfChangesThatReachMany(t *testing.T) {
	s := memstore.New()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}, PreviewGuard: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	boot, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &coretest.World{T: t, Core: c, Store: s, Root: boot.User}
	w.Caller = directory.System("test")
	w.User("Ada")
	w.User("Bob")
	g, a := w.Group("G"), w.Attribute("a", directory.TypeString)
	w.Do(directory.AddMember{Group: g, User: w.Root})
	w.Caller = directory.Caller{User: boot.User, Dialect: "test"}
	all := directory.SetGroupValue{Group: directory.AllUsers, Attribute: a, Value: coretest.Text("2")}
	w.Refuse(w.Admin(), directory.KindStale, all)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("3")})
	p, err := w.Admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{all}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Admin().Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{all}, Token: p.Token}); err != nil {
		t.Errorf("with the token: %v", err)
	}
}

// An ERP's customers are groups without users: the guard is for their values, too.
func TestTheGuardCountsGroups(t *testing.T) {
	c, err := core.Open(t.Context(), memstore.New(), core.Options{Sealer: coretest.PlainSealer{}, PreviewGuard: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	boot, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &coretest.World{T: t, Core: c, Root: boot.User, Caller: directory.System("test")}
	top, a := w.Group("Top"), w.Attribute("a", directory.TypeString)
	var last directory.GroupID
	for i := range 30 {
		last = w.Group(fmt.Sprint("customer ", i))
		w.Do(directory.AddParent{Group: last, Parent: top})
	}
	w.Caller = directory.Caller{User: boot.User, Dialect: "test"}
	of := func(g directory.GroupID) directory.Edit {
		return directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("1")}
	}
	w.Refuse(w.Admin(), directory.KindStale, of(top))
	w.Do(of(last))
	p, err := w.Admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{of(top)}})
	if err != nil || p.Affected.All() != 0 || p.Groups != 30 {
		t.Fatalf("the preview: %+v, %v", p, err)
	}
	if _, err := w.Admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{of(top)},
		Token: p.Token}); err != nil {
		t.Errorf("with the token: %v", err)
	}
}

func TestAPreviewFindsUsersWhomNoGroupLeadsTo(t *testing.T) {
	w := coretest.New(t)
	a, ada := w.Attribute("a", directory.TypeString), w.User("Ada")
	w.Do(directory.SetUserValue{User: ada, Attribute: a, Value: coretest.Text("own")})
	p, err := w.Admin().Preview(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.DeleteAttribute{Attribute: a}}})
	if err != nil || p.Affected.Users != 1 || len(p.Sample) != 1 || p.Sample[0].User.ID != ada {
		t.Errorf("deleting the attribute: %+v, %v", p, err)
	}
}

// The name of the place is asked for with the change, for one edit as for many.
func TestAPreviewNamesThePlaceOfASingleEdit(t *testing.T) {
	w := coretest.New(t)
	change := directory.Change{Edits: []directory.Edit{directory.CreateAttribute{Name: "!", Type: directory.TypeString}},
		Numbered: true}
	_, err := w.Admin().Preview(t.Context(), change)
	if wrong, ok := errors.AsType[*directory.Error](err); !ok || wrong.Field != "edits/0/name" {
		t.Errorf("a preview of a bad edit: %v", err)
	}
}
