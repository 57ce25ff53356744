package core_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/inspect"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

func TestThePastIsAsItWas(t *testing.T) {
	w := coretest.New(t)
	g, h, u := w.Group("G"), w.Group("H"), w.User("U")
	a := w.Attribute("a", directory.TypeString)
	steps := []struct {
		edit directory.Edit
		want string
	}{
		{directory.AddMember{Group: g, User: u}, "none:"},
		{directory.SetGroupValue{Group: h, Attribute: a, Value: coretest.Text("h")}, "none:"},
		{directory.AddParent{Group: g, Parent: h}, "group:h"},
		{directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("g")}, "group:h"},
		{directory.DeleteGroupValue{Group: h, Attribute: a}, "group:g"},
		{directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("own")}, "user:own"},
		{directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("own 2")}, "user:own 2"},
		{directory.DeleteUserValue{User: u, Attribute: a}, "group:g"},
		{directory.DeleteGroup{Group: g}, "none:"},
	}
	revisions := make([]directory.Revision, len(steps))
	for i, s := range steps {
		revisions[i] = w.Do(s.edit).Revision
		if got := w.Effective(u, a); got != s.want {
			t.Errorf("live after %+v: %q, want %q", s.edit, got, s.want)
		}
	}
	for i, s := range steps {
		list, at, err := w.Admin().EffectiveAt(t.Context(), u, []directory.AttributeID{a},
			directory.Point{Revision: revisions[i]})
		if err != nil || len(list) != 1 || at != revisions[i] {
			t.Fatalf("as of %d: %v, %d, %v", revisions[i], list, at, err)
		}
		if got := list[0].Origin.String() + ":" + list[0].Value.Text; got != s.want {
			t.Errorf("as of %d (%+v): %q, want %q", revisions[i], s.edit, got, s.want)
		}
	}
	_, _, err := w.Admin().EffectiveAt(t.Context(), u, nil, directory.Point{Revision: 1})
	if directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("before the user was made: %v", err)
	}
}

func TestHistoryListsChangesByObjectCallerAndRequest(t *testing.T) {
	w := coretest.New(t)
	g, h := w.Group("G"), w.Group("H")
	first := w.Core.Head().Revision
	as := view.New(w.Core).As(directory.Caller{User: w.Root, RequestID: "r-1", Dialect: "test"})
	for _, e := range []directory.Edit{directory.CreateUser{FirstName: "U"}, directory.AddParent{Group: g, Parent: h}} {
		if _, err := as.Commit(t.Context(), directory.Change{Edits: []directory.Edit{e}, Comment: "why"}); err != nil {
			t.Fatal(err)
		}
	}
	object := h.Object()
	for name, test := range map[string]struct {
		query directory.ChangeQuery
		want  []directory.Revision
	}{
		"all later":    {directory.ChangeQuery{After: first}, []directory.Revision{first + 1, first + 2}},
		"newest first": {directory.ChangeQuery{Newest: true, Limit: 2}, []directory.Revision{first + 2, first + 1}},
		"before": {directory.ChangeQuery{Newest: true, Before: first + 2, Limit: 1},
			[]directory.Revision{first + 1}},
		"of an object":    {directory.ChangeQuery{Object: &object}, []directory.Revision{first, first + 2}},
		"object, newest":  {directory.ChangeQuery{Object: &object, Newest: true, Limit: 1}, []directory.Revision{first + 2}},
		"of a request":    {directory.ChangeQuery{RequestID: "r-1"}, []directory.Revision{first + 1, first + 2}},
		"of another user": {directory.ChangeQuery{Caller: 99}, nil},
		"of a later time": {directory.ChangeQuery{From: directory.InstantOf(time.Now().Add(time.Hour))}, nil},
	} {
		list, err := history.Changes(t.Context(), w.Admin(), test.query)
		var got []directory.Revision
		for _, c := range list {
			got = append(got, c.Revision)
		}
		if err != nil || len(got) != len(test.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %v, want %v", name, got, test.want)
			}
		}
	}
	c, err := history.Change(t.Context(), w.Admin(), first+2)
	if err != nil || c.Comment != "why" || len(c.Edits) != 1 || c.Edits[0] != (directory.AddParent{Group: g, Parent: h}) {
		t.Errorf("Change = %+v, %v", c, err)
	}
	if _, err := history.Changes(t.Context(), w.As(w.WithPermissions("Blind", "manage_groups")),
		directory.ChangeQuery{}); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without see_history: %v", err)
	}
	if done, err := history.RevertRequest(t.Context(), w.Admin(), "r-1", nil, ""); err != nil || !done.Changed {
		t.Errorf("RevertRequest = %+v, %v", done, err)
	}
	if parents, err := w.Admin().ChildGroups(t.Context(), h); err != nil || len(parents) != 0 {
		t.Errorf("after reverting the request: %v, %v", parents, err)
	}
}

func TestPassingTimeIsAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		admin, _, err := c.Bootstrap(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		w := &coretest.World{T: t, Core: c, Store: s, Root: admin.User}
		g, u := w.Group("G"), w.User("U")
		a := w.Attribute("a", directory.TypeString)
		start := directory.InstantOf(time.Now().Add(time.Hour))
		end := directory.InstantOf(time.Now().Add(2 * time.Hour))
		w.Do(directory.AddMember{Group: g, User: u, Window: &directory.Window{StartsAt: start, ExpiresAt: end}},
			directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("v")})
		before := w.Core.Head().Revision
		if got := w.Effective(u, a); got != "none:" {
			t.Errorf("before the window: %q", got)
		}
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if got := w.Effective(u, a); got != "group:v" {
			t.Errorf("in the window: %q", got)
		}
		if got := w.Core.Head().Revision; got != before+1 {
			t.Errorf("revision %d, want %d: one change for one boundary", got, before+1)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.Effective(u, a); got != "none:" {
			t.Errorf("after the window: %q", got)
		}
		list, err := history.Changes(t.Context(), w.Admin(), directory.ChangeQuery{After: before})
		if err != nil || len(list) != 2 {
			t.Fatalf("changes %+v, %v", list, err)
		}
		if e, ok := list[0].Edits[0].(directory.TimePassed); !ok || e.From > start || e.To < start {
			t.Errorf("edit %+v does not span %d", list[0].Edits[0], start)
		}
	})
}

// A snapshot is what lists and counts say of the directory.
type snapshot struct {
	Users   []directory.UserDetail
	Members []directory.UserDetail
	Counts  []directory.GroupDetail
	Holders []directory.Holder
	Groups  []directory.Group
	Changes int
}

func snapshotOf(t *testing.T, a *view.View, g directory.GroupID, attr directory.AttributeID) (s snapshot) {
	t.Helper()
	ctx := t.Context()
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.Users, _, err = a.Users(ctx, directory.UserQuery{})
	fail(err)
	s.Members, _, err = a.Users(ctx, directory.UserQuery{Where: directory.UsersIn{Groups: []directory.GroupID{g}}})
	fail(err)
	s.Groups, err = a.Groups(ctx)
	fail(err)
	ids := []directory.GroupID{}
	for _, group := range s.Groups {
		ids = append(ids, group.ID)
	}
	s.Counts, err = a.GroupDetails(ctx, ids)
	fail(err)
	page, err := inspect.Holders(ctx, a, directory.HolderQuery{Attribute: attr})
	fail(err)
	s.Holders = page.Holders
	changes, err := history.Changes(ctx, a, directory.ChangeQuery{})
	fail(err)
	s.Changes = len(changes)
	return s
}

func TestListsOfThePastAreThoseThatWereShown(t *testing.T) {
	w := coretest.New(t)
	g, h, u, v := w.Group("G"), w.Group("H"), w.User("U"), w.User("V")
	a := w.Attribute("a", directory.TypeString)
	renamed, name := "Renamed", "Ulrike"
	steps := []directory.Edit{
		directory.AddMember{Group: g, User: u}, directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("g")},
		directory.AddMember{Group: g, User: v}, directory.UpdateGroup{Group: g, Name: &renamed},
		directory.AddParent{Group: g, Parent: h},
		directory.CreateUser{FirstName: "New"}, directory.UpdateUser{User: u, FirstName: &name},
		directory.SetUserValue{User: v, Attribute: a, Value: coretest.Text("own")},
		directory.RemoveMember{Group: g, User: u}, directory.DeleteUser{User: u}, directory.DeleteGroup{Group: h},
		directory.DeleteGroup{Group: g},
	}
	shown := map[directory.Revision]snapshot{}
	for _, s := range steps {
		rev := w.Do(s).Revision
		shown[rev] = snapshotOf(t, w.Admin(), g, a)
	}
	for rev, want := range shown {
		past, err := w.Admin().At(t.Context(), directory.Point{Revision: rev})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, snapshotOf(t, past, g, a),
			cmpopts.IgnoreFields(directory.UserRows{}, "TouchedRev")); diff != "" {
			t.Errorf("as of %d (-shown +now):\n%s", rev, diff)
		}
		if _, err := past.Commit(t.Context(),
			directory.Change{Edits: steps[:1]}); directory.KindOf(err) != directory.KindInvalid {
			t.Errorf("a change of the past: %v", err)
		}
	}
}
