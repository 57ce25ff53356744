package plan_test

import (
	"strings"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/verify"
	"cohort/internal/view"
)

func TestUndoingATypeRefusesValuesThatCameAfterIt(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := w.Attribute("a", directory.TypeYesNo)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("yes")})
	kind := directory.TypeString
	changed := w.Do(directory.UpdateAttribute{Attribute: a, Type: &kind})
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("abc")})
	undo := directory.Revert{Revision: changed.Revision}
	w.Refuse(w.Admin(), directory.KindConflict, undo)
	if said := w.Refusal(w.Admin(), undo); !strings.Contains(said, u.Object().String()) {
		t.Errorf("the refusal does not name the owner of the value: %s", said)
	}
	undo.Misfits = directory.DropMisfits
	w.Do(undo)
	if got := w.Effective(u, a); got != "none:" {
		t.Errorf("after dropping misfits: %s", got)
	}
	if n, err := verify.Check(t.Context(), w.Store, &verify.Report{Problem: func(s string) { t.Error(s) }}); n != 0 ||
		err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
}

func TestHiddenValuesTellNothingToAGuess(t *testing.T) {
	w := coretest.New(t)
	u := w.User("U")
	a := directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "secret", Type: directory.TypeString, Hidden: true, UserCanEdit: true,
	}).Results[0].ID)
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("4711")})
	setter := w.As(w.WithPermissions("Setter", "set_values", "manage_attributes"))
	for _, guess := range []string{"4711", "4712"} {
		edit := []directory.Edit{directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(guess)}}
		p, err := setter.Preview(t.Context(), directory.Change{Edits: edit})
		if err != nil || !p.Changed || p.Affected.All() != 1 {
			t.Errorf("the preview of %s: changed %v, affected %d, %v", guess, p.Changed, p.Affected.All(), err)
		}
	}
	number := directory.TypeInteger
	w.Refuse(setter, directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Type: &number})
	w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("not a number")})
	w.Refuse(setter, directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Type: &number})
	if said := w.Refusal(setter, directory.UpdateAttribute{Attribute: a, Type: &number}); strings.Contains(said, "user:") {
		t.Errorf("the refusal tells of values: %s", said)
	}
	_, err := setter.Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.UpdateAttribute{Attribute: a, Type: &number, Misfits: directory.DropMisfits},
	}})
	if err != nil {
		t.Error(err)
	}
}

func TestFacetsAreCheckedAndOneBadRowTakesNothingAway(t *testing.T) {
	checks := map[string]func(directory.Facet) error{"ours": func(f directory.Facet) error {
		if f.Data != `"good"` {
			return directory.Invalid("data", "is not good")
		}
		return nil
	}}
	w := coretest.New(t)
	g := w.Group("G")
	bad := directory.SetFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "bad", Data: `{}`}
	w.Do(bad) // of an older version: there was no check
	w.Reopen(core.Options{Sealer: coretest.PlainSealer{}, Facets: checks})
	good := directory.SetFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "good", Data: `"good"`}
	manager := w.WithPermissions("Groups", "manage_groups", "see_history")
	through := func(dialect string) *view.View {
		return view.New(w.Core).As(directory.Caller{User: manager, Dialect: dialect})
	}
	w.Refuse(through("native"), directory.KindForbidden, good)
	w.Refuse(through("ours"), directory.KindInvalid, bad)
	w.Refuse(w.Admin(), directory.KindInvalid, bad)
	if _, err := through("ours").Commit(t.Context(), directory.Change{Edits: []directory.Edit{good}}); err != nil {
		t.Fatal(err)
	}
	list, err := through("ours").Facets(t.Context(), g.Object())
	if err != nil || len(list) != 1 || list[0].Name != "good" || w.Core.BadFacets() != 1 {
		t.Errorf("facets %+v, %v; %d left out", list, err, w.Core.BadFacets())
	}
	problems := 0
	_, err = verify.Check(t.Context(), w.Store, &verify.Report{Facets: checks, Problem: func(string) { problems++ }})
	if err != nil || problems != 1 {
		t.Errorf("verify finds %d problems, %v", problems, err)
	}
	w.Do(directory.DeleteFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "good"})
	removed := w.Do(directory.DeleteFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "bad"})
	if done := w.Do(directory.Revert{Revision: removed.Revision}); len(done.Results[0].Skipped) != 1 {
		t.Errorf("the revert says %+v", done.Results)
	}
}

func TestAStoredAnswerIsForThoseWhoMayStillMakeTheChange(t *testing.T) {
	w := coretest.New(t)
	u := w.User("U")
	manager := w.WithPermissions("Users", "manage_users")
	change := directory.Change{
		Edits:  []directory.Edit{directory.CreateAPICredential{User: u}},
		Repeat: directory.Repeat{Key: "k", Hash: [32]byte{1}},
	}
	first, err := w.As(manager).Commit(t.Context(), change)
	if err != nil || first.Results[0].Secret == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := w.As(manager).Commit(t.Context(), change)
	if err != nil || again.Results[0].Secret != first.Results[0].Secret {
		t.Fatalf("again: %+v, %v", again, err)
	}
	w.Do(directory.SetUserRoles{User: manager})
	if done, err := w.As(manager).Commit(t.Context(), change); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without the permission: %+v, %v", done, err)
	}
	if _, ok, err := w.As(manager).Answered(t.Context(), change.Repeat); ok ||
		directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without the permission: %v, %v", ok, err)
	}
}

func TestARevertByRequestIsOfOneCaller(t *testing.T) {
	w := coretest.New(t)
	mine := w.WithPermissions("Mine", "manage_groups", "see_history")
	commit := func(u directory.UserID, name string) {
		t.Helper()
		as := view.New(w.Core).As(directory.Caller{User: u, Dialect: "test", RequestID: "r"})
		if _, err := as.Commit(t.Context(),
			directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: name}}}); err != nil {
			t.Fatal(err)
		}
	}
	commit(mine, "mine")
	commit(w.Root, "others")
	if _, err := history.RevertRequest(t.Context(), w.As(mine), "r", nil,
		""); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("two callers: %v", err)
	}
	if _, err := history.RevertRequest(t.Context(), w.As(mine), "r", &mine, ""); err != nil {
		t.Fatal(err)
	}
	groups, err := w.Admin().Groups(t.Context())
	if err != nil || len(groups) != 2 || groups[1].Name != "others" {
		t.Errorf("groups %+v, %v", groups, err)
	}
}
