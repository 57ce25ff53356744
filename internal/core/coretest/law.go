package coretest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// A LawWorld is a directory that a property fills with what it draws.
type LawWorld struct {
	*rapid.T
	Ctx    context.Context
	Core   *core.Core
	Groups []directory.GroupID     // All Users first
	Users  []directory.UserID      // the administrator first
	Attrs  []directory.AttributeID // of each rule one or more
}

func lawTime() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// WithLawWorld runs a property on a directory of its own.
func WithLawWorld(t *testing.T, property func(w *LawWorld)) {
	t.Helper()
	effort.Check(t, 25, func(rt *rapid.T) {
		s := memstore.New()
		c, err := core.Open(t.Context(), s, core.Options{Sealer: PlainSealer{}, Now: lawTime})
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
		w := &LawWorld{T: rt, Ctx: t.Context(), Core: c}
		w.Users = append(w.Users, admin.User)
		w.Groups = append(w.Groups, directory.AllUsers)
		w.fill()
		property(w)
	})
}

// Admin is the directory as the administrator sees it, for one request.
func (w *LawWorld) Admin() *view.View {
	return view.New(w.Core).As(directory.Caller{User: w.Users[0], Dialect: "test"})
}

// fill makes attributes of every rule, groups and users, and draws what
// connects them.
func (w *LawWorld) fill() {
	for i, a := range []directory.CreateAttribute{
		{Type: directory.TypeString, Default: &directory.Value{Text: "d"}},
		{Type: directory.TypeString, Rule: directory.RuleNearest, UserValueMode: directory.ModeYields},
		{Type: directory.TypeEnumList, Rule: directory.RuleUnion, UserValueMode: directory.ModeJoins},
		{Type: directory.TypeInteger, Rule: directory.RuleMax},
		{Type: directory.TypeYesNo, Rule: directory.RuleAny, UserValueMode: directory.ModeJoins},
		{Type: directory.TypeString, Hidden: true},
	} {
		a.Name = fmt.Sprintf("a%d", i)
		w.Attrs = append(w.Attrs, directory.AttributeID(w.must(a).Results[0].ID))
	}
	for i := range 5 {
		w.Groups = append(w.Groups, directory.GroupID(w.must(directory.CreateGroup{Name: fmt.Sprintf("g%d",
			i)}).Results[0].ID))
	}
	for i := range 4 {
		w.Users = append(w.Users, directory.UserID(w.must(directory.CreateUser{FirstName: fmt.Sprintf("u%d", i),
			Disabled: i == 3}).Results[0].ID))
	}
	w.connect()
	for range rapid.IntRange(0, 5).Draw(w.T, "edits before") {
		_, _ = w.Admin().Commit(w.Ctx, directory.Change{Edits: []directory.Edit{w.Edit()}}) // some are refused, as cycles are
	}
}

// connect makes the world dense enough for edits to matter: about half of all
// memberships, nestings and values are there.
func (w *LawWorld) connect() {
	var edits []directory.Edit
	maybe := func(what string, e func() directory.Edit) {
		if rapid.Bool().Draw(w.T, what) {
			edits = append(edits, e())
		}
	}
	for i, g := range w.Groups[1:] {
		for _, parent := range w.Groups[1 : 1+i] {
			maybe("nested", func() directory.Edit { return directory.AddParent{Group: g, Parent: parent} })
		}
		for _, u := range w.Users {
			maybe("member", func() directory.Edit { return directory.AddMember{Group: g, User: u, Window: w.Window()} })
		}
	}
	for _, a := range w.Attrs {
		for _, g := range w.Groups {
			maybe("group value", func() directory.Edit {
				return directory.SetGroupValue{Group: g, Attribute: a, Value: w.Value(a), Window: w.Window()}
			})
		}
		for _, u := range w.Users {
			maybe("own value", func() directory.Edit {
				return directory.SetUserValue{User: u, Attribute: a, Value: w.Value(a), Window: w.Window()}
			})
		}
	}
	if len(edits) > 0 {
		w.must(edits...)
	}
}

func (w *LawWorld) must(edits ...directory.Edit) directory.Committed {
	done, err := w.Admin().Commit(w.Ctx, directory.Change{Edits: edits})
	if err != nil {
		w.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

// Window draws when something is in force; nil leaves it as it is.
func (w *LawWorld) Window() *directory.Window {
	now := directory.InstantOf(lawTime())
	return rapid.SampledFrom([]*directory.Window{nil, nil, nil, {}, {StartsAt: now + 1}, {ExpiresAt: now},
		{ExpiresAt: now + 1}}).Draw(w.T, "window")
}

// Value draws a value of an attribute.
func (w *LawWorld) Value(a directory.AttributeID) directory.Value {
	texts := []string{"x", "y", "d"}
	switch a - w.Attrs[0] {
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

// Edit draws an edit, which need not be possible.
func (w *LawWorld) Edit() directory.Edit {
	g := rapid.SampledFrom(w.Groups).Draw(w.T, "group")
	h := rapid.SampledFrom(w.Groups).Draw(w.T, "other group")
	u := rapid.SampledFrom(w.Users).Draw(w.T, "user")
	a := rapid.SampledFrom(w.Attrs).Draw(w.T, "attribute")
	yes, no := true, false
	switch rapid.IntRange(0, 16).Draw(w.T, "edit") {
	case 0, 1:
		return directory.AddMember{Group: g, User: u, Window: w.Window()}
	case 2:
		return directory.RemoveMember{Group: g, User: u}
	case 3:
		return directory.AddParent{Group: g, Parent: h}
	case 4:
		return directory.RemoveParent{Group: g, Parent: h}
	case 5:
		return directory.SetFirstParent{Group: g, Parent: h}
	case 6, 7:
		return directory.SetGroupValue{Group: g, Attribute: a, Value: w.Value(a), Window: w.Window()}
	case 8:
		one := 1
		return directory.SetGroupValue{Group: g, Attribute: a, Value: w.Value(a), Rank: &one}
	case 9:
		return directory.DeleteGroupValue{Group: g, Attribute: a}
	case 10:
		return directory.SetUserValue{User: u, Attribute: a, Value: w.Value(a), Window: w.Window()}
	case 11:
		return directory.DeleteUserValue{User: u, Attribute: a}
	case 12:
		v := w.Value(a)
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

// A Holding is what each user has, by attribute.
type Holding map[directory.UserID]map[directory.AttributeID]directory.SetValue

// State reads the effective values of everyone, and who is disabled.
func (w *LawWorld) State() (Holding, map[directory.UserID]bool) {
	all, disabled := Holding{}, map[directory.UserID]bool{}
	list, _, err := w.Admin().Users(w.Ctx, directory.UserQuery{})
	if err != nil {
		w.Fatal(err)
	}
	for _, u := range list {
		values, err := w.Admin().Effective(w.Ctx, u.User.ID, nil)
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
