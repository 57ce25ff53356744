package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// A lawWorld is a directory that a property fills with what it draws.
type lawWorld struct {
	*rapid.T
	ctx    context.Context
	core   *core.Core
	groups []directory.GroupID
	users  []directory.UserID
	attrs  []directory.AttributeID
}

func lawTime() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// withLawWorld runs a property on a directory of its own.
func withLawWorld(t *testing.T, property func(w *lawWorld)) {
	t.Helper()
	effort.Check(t, 25, func(rt *rapid.T) {
		s := memstore.New()
		c, err := core.Open(t.Context(), s, core.Options{Sealer: plainSealer{}, Now: lawTime})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			c.Close()
			if err := s.Close(); err != nil {
				rt.Error(err)
			}
		}()
		admin, _, err := c.Bootstrap(t.Context(), "", "")
		if err != nil {
			rt.Fatal(err)
		}
		w := &lawWorld{T: rt, ctx: t.Context(), core: c}
		w.users = append(w.users, admin.User)
		w.groups = append(w.groups, directory.AllUsers)
		w.fill()
		property(w)
	})
}

// admin is the directory as the administrator sees it, for one request.
func (w *lawWorld) admin() *view.View {
	return view.New(w.core).As(directory.Caller{User: w.users[0], Dialect: "test"})
}

// fill makes attributes of every rule, groups and users, and draws what
// connects them.
func (w *lawWorld) fill() {
	for i, a := range []directory.CreateAttribute{
		{Type: directory.TypeString, Default: &directory.Value{Text: "d"}},
		{Type: directory.TypeString, Rule: directory.RuleNearest, UserValueMode: directory.ModeYields},
		{Type: directory.TypeEnumList, Rule: directory.RuleUnion, UserValueMode: directory.ModeJoins},
		{Type: directory.TypeInteger, Rule: directory.RuleMax},
		{Type: directory.TypeYesNo, Rule: directory.RuleAny, UserValueMode: directory.ModeJoins},
		{Type: directory.TypeString, Hidden: true},
	} {
		a.Name = fmt.Sprintf("a%d", i)
		w.attrs = append(w.attrs, directory.AttributeID(w.must(a).Results[0].ID))
	}
	for i := range 5 {
		w.groups = append(w.groups, directory.GroupID(w.must(directory.CreateGroup{Name: fmt.Sprintf("g%d",
			i)}).Results[0].ID))
	}
	for i := range 4 {
		w.users = append(w.users, directory.UserID(w.must(directory.CreateUser{FirstName: fmt.Sprintf("u%d", i),
			Disabled: i == 3}).Results[0].ID))
	}
	w.connect()
	for range rapid.IntRange(0, 5).Draw(w.T, "edits before") {
		_, _ = w.admin().Commit(w.ctx, directory.Change{Edits: []directory.Edit{w.edit()}}) // some are refused, as cycles are
	}
}

// connect makes the world dense enough for edits to matter: about half of all
// memberships, nestings and values are there.
func (w *lawWorld) connect() {
	var edits []directory.Edit
	maybe := func(what string, e func() directory.Edit) {
		if rapid.Bool().Draw(w.T, what) {
			edits = append(edits, e())
		}
	}
	for i, g := range w.groups[1:] {
		for _, parent := range w.groups[1 : 1+i] {
			maybe("nested", func() directory.Edit { return directory.AddParent{Group: g, Parent: parent} })
		}
		for _, u := range w.users {
			maybe("member", func() directory.Edit { return directory.AddMember{Group: g, User: u, Window: w.window()} })
		}
	}
	for _, a := range w.attrs {
		for _, g := range w.groups {
			maybe("group value", func() directory.Edit {
				return directory.SetGroupValue{Group: g, Attribute: a, Value: w.value(a), Window: w.window()}
			})
		}
		for _, u := range w.users {
			maybe("own value", func() directory.Edit {
				return directory.SetUserValue{User: u, Attribute: a, Value: w.value(a), Window: w.window()}
			})
		}
	}
	if len(edits) > 0 {
		w.must(edits...)
	}
}

func (w *lawWorld) must(edits ...directory.Edit) directory.Committed {
	done, err := w.admin().Commit(w.ctx, directory.Change{Edits: edits})
	if err != nil {
		w.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

func (w *lawWorld) window() *directory.Window {
	now := directory.InstantOf(lawTime())
	return rapid.SampledFrom([]*directory.Window{nil, nil, nil, {}, {StartsAt: now + 1}, {ExpiresAt: now},
		{ExpiresAt: now + 1}}).Draw(w.T, "window")
}

func (w *lawWorld) value(a directory.AttributeID) directory.Value {
	texts := []string{"x", "y", "d"}
	switch a - w.attrs[0] {
	case 2:
		texts = []string{"x", "y,z", "z,x"}
	case 3:
		texts = []string{"1", "01", "22", "3"}
	case 4:
		texts = []string{"yes", "no"}
	default:
	}
	return directory.Value{Text: rapid.SampledFrom(texts).Draw(w.T, "value")}
}

// edit draws an edit, which need not be possible.
func (w *lawWorld) edit() directory.Edit {
	g := rapid.SampledFrom(w.groups).Draw(w.T, "group")
	h := rapid.SampledFrom(w.groups).Draw(w.T, "other group")
	u := rapid.SampledFrom(w.users).Draw(w.T, "user")
	a := rapid.SampledFrom(w.attrs).Draw(w.T, "attribute")
	yes, no := true, false
	switch rapid.IntRange(0, 16).Draw(w.T, "edit") {
	case 0, 1:
		return directory.AddMember{Group: g, User: u, Window: w.window()}
	case 2:
		return directory.RemoveMember{Group: g, User: u}
	case 3:
		return directory.AddParent{Group: g, Parent: h}
	case 4:
		return directory.RemoveParent{Group: g, Parent: h}
	case 5:
		return directory.SetFirstParent{Group: g, Parent: h}
	case 6, 7:
		return directory.SetGroupValue{Group: g, Attribute: a, Value: w.value(a), Window: w.window()}
	case 8:
		one := 1
		return directory.SetGroupValue{Group: g, Attribute: a, Value: w.value(a), Rank: &one}
	case 9:
		return directory.DeleteGroupValue{Group: g, Attribute: a}
	case 10:
		return directory.SetUserValue{User: u, Attribute: a, Value: w.value(a), Window: w.window()}
	case 11:
		return directory.DeleteUserValue{User: u, Attribute: a}
	case 12:
		v := w.value(a)
		return directory.UpdateAttribute{Attribute: a, Default: &v}
	case 13:
		rule := rapid.SampledFrom([]directory.Rule{directory.RuleRank, directory.RuleNearest}).Draw(w.T, "rule")
		mode := rapid.SampledFrom([]directory.UserValueMode{directory.ModeWins, directory.ModeJoins,
			directory.ModeYields}).Draw(w.T, "mode")
		return directory.UpdateAttribute{Attribute: a, Rule: &rule, UserValueMode: &mode}
	case 14:
		return directory.DeleteGroup{Group: g}
	case 15:
		return directory.UpdateUser{User: u, Disabled: rapid.SampledFrom([]*bool{&yes, &no}).Draw(w.T, "disabled"),
			FirstName: rapid.SampledFrom([]*string{nil, new(string)}).Draw(w.T, "name")}
	}
	if rapid.Bool().Draw(w.T, "a user goes") {
		return directory.DeleteUser{User: u}
	}
	return directory.DeleteAttribute{Attribute: a}
}

// A holding is a value that somebody has, and whether the somebody is disabled.
type holding map[directory.UserID]map[directory.AttributeID]directory.SetValue

// state reads the effective values of everyone.
func (w *lawWorld) state() (holding, map[directory.UserID]bool) {
	all, disabled := holding{}, map[directory.UserID]bool{}
	list, _, err := w.admin().Users(w.ctx, directory.UserQuery{})
	if err != nil {
		w.Fatal(err)
	}
	for _, u := range list {
		values, err := w.admin().Effective(w.ctx, u.User.ID, nil)
		if err != nil {
			w.Fatal(err)
		}
		disabled[u.User.ID] = u.User.Disabled
		all[u.User.ID] = map[directory.AttributeID]directory.SetValue{}
		for _, e := range values {
			if e.Origin != directory.OriginNone {
				all[u.User.ID][e.Attribute] = directory.SetValue{Set: true, Value: e.Value}
			}
		}
	}
	return all, disabled
}

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
func difference(before, after holding, was,
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
	withLawWorld(t, func(w *lawWorld) {
		var edits []directory.Edit
		for range rapid.IntRange(1, 4).Draw(w.T, "edits") {
			edits = append(edits, w.edit())
		}
		before, was := w.state()
		preview, err := w.admin().Preview(w.ctx, directory.Change{Edits: edits})
		done, commitErr := w.admin().Commit(w.ctx, directory.Change{Edits: edits, Token: preview.Token, Strict: true})
		if (err == nil) != (commitErr == nil) || err != nil && err.Error() != commitErr.Error() {
			w.Fatalf("%+v: preview says %v, commit %v", edits, err, commitErr)
		}
		if err != nil {
			return
		}
		after, is := w.state()
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
	withLawWorld(t, func(w *lawWorld) {
		head := w.core.Head()
		_, _ = w.admin().Preview(w.ctx, directory.Change{Edits: []directory.Edit{w.edit(), w.edit()}})
		if after := w.core.Head(); after != head {
			w.Fatalf("the head moved from %+v to %+v", head, after)
		}
	})
}

func TestATokenIsGoodForItsOwnEditsOnly(t *testing.T) {
	w := newWorld(t)
	g, a, ada := w.group("G"), w.attribute("a", directory.TypeString), w.user("Ada")
	w.do(directory.AddMember{Group: g, User: ada})
	edits := []directory.Edit{directory.SetGroupValue{Group: g, Attribute: a, Value: text("1")}}
	other := []directory.Edit{directory.SetGroupValue{Group: g, Attribute: a, Value: text("2")}}
	preview := func() string {
		t.Helper()
		p, err := w.admin().Preview(t.Context(), directory.Change{Edits: edits})
		if err != nil || p.Token == "" || p.Affected.Users == 0 {
			t.Fatalf("Preview = %+v, %v", p, err)
		}
		return p.Token
	}
	second := w.do(directory.CreateUser{FirstName: "Bob"},
		directory.SetUserRoles{User: directory.Made[directory.UserID](0), Roles: []directory.RoleID{directory.AdminRole}})
	bob := view.New(w.core).As(directory.Caller{User: directory.UserID(second.Results[0].ID), Dialect: "test"})
	for _, test := range []struct {
		name      string
		as        *view.View
		edits     []directory.Edit
		strict    bool
		inBetween []directory.Edit
		want      string // part of the refusal; empty is none
	}{
		{"nothing happened", w.admin(), edits, true, nil, ""},
		{"other edits", w.admin(), other, false, nil, "other edits"},
		{"another caller", bob, edits, false, nil, "somebody else"},
		{"a group elsewhere", w.admin(), edits, true, []directory.Edit{directory.CreateGroup{Name: "X"}}, ""},
		{"a value of the attribute", w.admin(), edits, false,
			[]directory.Edit{directory.SetGroupValue{Group: directory.AllUsers, Attribute: a, Value: text("all")}},
			"touched attribute:"},
		{"the attribute", w.admin(), edits, false,
			[]directory.Edit{directory.UpdateAttribute{Attribute: a, UserValueMode: new(directory.ModeYields)}},
			"touched attribute:"},
		{"the group itself", w.admin(), edits, false, []directory.Edit{directory.UpdateGroup{Group: g, Name: new("H")}},
			"touched group:"},
		{"a member", w.admin(), edits, false, []directory.Edit{directory.AddMember{Group: g, User: w.root}}, ""},
		{"a member, strictly", w.admin(), edits, true, []directory.Edit{directory.RemoveMember{Group: g, User: w.root}},
			"1 memberships"},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := preview()
			if test.inBetween != nil {
				w.do(test.inBetween...)
			}
			done, err := test.as.Commit(t.Context(), directory.Change{Edits: test.edits, Token: token, Strict: test.strict})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (directory.KindOf(err) != directory.KindStale || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%+v, %v; want a refusal with %q", done, err, test.want)
			}
			if err == nil {
				w.do(directory.DeleteGroupValue{Group: g, Attribute: a})
			}
			if test.name == "a value of the attribute" {
				w.do(directory.DeleteGroupValue{Group: directory.AllUsers, Attribute: a})
			}
			if test.name == "a member" && done.Drifted != 1 {
				t.Errorf("drifted by %d, want 1", done.Drifted)
			}
		})
	}
	if _, err := w.admin().Commit(t.Context(),
		directory.Change{Edits: edits, Token: "guessed"}); directory.KindOf(err) != directory.KindStale {
		t.Errorf("a guessed token: %v", err)
	}
}

func TestAPreviewWarns(t *testing.T) {
	w := newWorld(t)
	g := w.group("G")
	region := directory.AttributeID(w.do(directory.CreateAttribute{Name: "region", Type: directory.TypeString,
		Default: &directory.Value{Text: "world"}}).Results[0].ID)
	for i := range 3 {
		w.do(directory.AddMember{Group: g, User: w.user(fmt.Sprint("u", i))})
	}
	for _, test := range []struct {
		edit directory.Edit
		want []directory.WarningCode
	}{
		{directory.SetGroupValue{Group: g, Attribute: region, Value: text("emea")}, nil},
		{directory.SetGroupValue{Group: directory.AllUsers, Attribute: region, Value: text("all")},
			[]directory.WarningCode{directory.WarnEveryone, directory.WarnHidesDefault}},
		{directory.DeleteGroup{Group: g}, []directory.WarningCode{directory.WarnLosesMembers}},
		{directory.UpdateAttribute{Attribute: region, Hidden: new(true)},
			[]directory.WarningCode{directory.WarnEveryone, directory.WarnHidesAttribute}},
	} {
		p, err := w.admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{test.edit}})
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
	c, err := core.Open(t.Context(), s, core.Options{Sealer: plainSealer{}, PreviewGuard: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	boot, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, core: c, store: s, root: boot.User}
	w.caller = directory.System("test")
	w.user("Ada")
	w.user("Bob")
	g, a := w.group("G"), w.attribute("a", directory.TypeString)
	w.do(directory.AddMember{Group: g, User: w.root})
	w.caller = directory.Caller{User: boot.User, Dialect: "test"}
	all := directory.SetGroupValue{Group: directory.AllUsers, Attribute: a, Value: text("2")}
	w.refuse(w.admin(), directory.KindStale, all)
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text("3")})
	p, err := w.admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{all}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.admin().Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{all}, Token: p.Token}); err != nil {
		t.Errorf("with the token: %v", err)
	}
}

// An ERP's customers are groups without users: the guard is for their values, too.
func TestTheGuardCountsGroups(t *testing.T) {
	c, err := core.Open(t.Context(), memstore.New(), core.Options{Sealer: plainSealer{}, PreviewGuard: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	boot, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, core: c, root: boot.User, caller: directory.System("test")}
	top, a := w.group("Top"), w.attribute("a", directory.TypeString)
	var last directory.GroupID
	for i := range 30 {
		last = w.group(fmt.Sprint("customer ", i))
		w.do(directory.AddParent{Group: last, Parent: top})
	}
	w.caller = directory.Caller{User: boot.User, Dialect: "test"}
	of := func(g directory.GroupID) directory.Edit {
		return directory.SetGroupValue{Group: g, Attribute: a, Value: text("1")}
	}
	w.refuse(w.admin(), directory.KindStale, of(top))
	w.do(of(last))
	p, err := w.admin().Preview(t.Context(), directory.Change{Edits: []directory.Edit{of(top)}})
	if err != nil || p.Affected.All() != 0 || p.Groups != 30 {
		t.Fatalf("the preview: %+v, %v", p, err)
	}
	if _, err := w.admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{of(top)},
		Token: p.Token}); err != nil {
		t.Errorf("with the token: %v", err)
	}
}

func TestAPreviewFindsUsersWhomNoGroupLeadsTo(t *testing.T) {
	w := newWorld(t)
	a, ada := w.attribute("a", directory.TypeString), w.user("Ada")
	w.do(directory.SetUserValue{User: ada, Attribute: a, Value: text("own")})
	p, err := w.admin().Preview(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.DeleteAttribute{Attribute: a}}})
	if err != nil || p.Affected.Users != 1 || len(p.Sample) != 1 || p.Sample[0].User.ID != ada {
		t.Errorf("deleting the attribute: %+v, %v", p, err)
	}
}

// The name of the place is asked for with the change, for one edit as for many.
func TestAPreviewNamesThePlaceOfASingleEdit(t *testing.T) {
	w := newWorld(t)
	change := directory.Change{Edits: []directory.Edit{directory.CreateAttribute{Name: "!", Type: directory.TypeString}},
		Numbered: true}
	_, err := w.admin().Preview(t.Context(), change)
	if wrong, ok := errors.AsType[*directory.Error](err); !ok || wrong.Field != "edits/0/name" {
		t.Errorf("a preview of a bad edit: %v", err)
	}
}
