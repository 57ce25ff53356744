package core_test

import (
	"strings"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/verify"
	"cohort/internal/view"
)

func TestUndoingATypeRefusesValuesThatCameAfterIt(t *testing.T) {
	w := newWorld(t)
	g, u := w.group("G"), w.user("U")
	a := w.attribute("a", directory.TypeYesNo)
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text("yes")})
	kind := directory.TypeString
	changed := w.do(directory.UpdateAttribute{Attribute: a, Type: &kind})
	w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("abc")})
	undo := directory.Revert{Revision: changed.Revision}
	w.refuse(w.admin(), directory.KindConflict, undo)
	if said := w.refusal(w.admin(), undo); !strings.Contains(said, u.Object().String()) {
		t.Errorf("the refusal does not name the owner of the value: %s", said)
	}
	undo.Misfits = directory.DropMisfits
	w.do(undo)
	if got := w.effective(u, a); got != "none:" {
		t.Errorf("after dropping misfits: %s", got)
	}
	if n, err := verify.Check(t.Context(), w.store, &verify.Report{Problem: func(s string) { t.Error(s) }}); n != 0 ||
		err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
}

func TestHiddenValuesTellNothingToAGuess(t *testing.T) {
	w := newWorld(t)
	u := w.user("U")
	a := directory.AttributeID(w.do(directory.CreateAttribute{
		Name: "secret", Type: directory.TypeString, Hidden: true, UserCanEdit: true,
	}).Results[0].ID)
	w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("4711")})
	setter := w.as(w.withPermissions("Setter", "set_values", "manage_attributes"))
	for _, guess := range []string{"4711", "4712"} {
		edit := []directory.Edit{directory.SetUserValue{User: u, Attribute: a, Value: text(guess)}}
		p, err := setter.Preview(t.Context(), directory.Change{Edits: edit})
		if err != nil || !p.Changed || p.Affected.All() != 1 {
			t.Errorf("the preview of %s: changed %v, affected %d, %v", guess, p.Changed, p.Affected.All(), err)
		}
	}
	number := directory.TypeInteger
	w.refuse(setter, directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Type: &number})
	w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("not a number")})
	w.refuse(setter, directory.KindInvalid, directory.UpdateAttribute{Attribute: a, Type: &number})
	if said := w.refusal(setter, directory.UpdateAttribute{Attribute: a, Type: &number}); strings.Contains(said, "user:") {
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
	w := newWorld(t)
	g := w.group("G")
	bad := directory.SetFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "bad", Data: `{}`}
	w.do(bad) // of an older version: there was no check
	w.reopen(core.Options{Sealer: plainSealer{}, Facets: checks})
	good := directory.SetFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "good", Data: `"good"`}
	manager := w.withPermissions("Groups", "manage_groups", "see_history")
	through := func(dialect string) *view.View {
		return view.New(w.core).As(directory.Caller{User: manager, Dialect: dialect})
	}
	w.refuse(through("native"), directory.KindForbidden, good)
	w.refuse(through("ours"), directory.KindInvalid, bad)
	w.refuse(w.admin(), directory.KindInvalid, bad)
	if _, err := through("ours").Commit(t.Context(), directory.Change{Edits: []directory.Edit{good}}); err != nil {
		t.Fatal(err)
	}
	list, err := through("ours").Facets(t.Context(), g.Object())
	if err != nil || len(list) != 1 || list[0].Name != "good" || w.core.BadFacets() != 1 {
		t.Errorf("facets %+v, %v; %d left out", list, err, w.core.BadFacets())
	}
	problems := 0
	_, err = verify.Check(t.Context(), w.store, &verify.Report{Facets: checks, Problem: func(string) { problems++ }})
	if err != nil || problems != 1 {
		t.Errorf("verify finds %d problems, %v", problems, err)
	}
	w.do(directory.DeleteFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "good"})
	removed := w.do(directory.DeleteFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Name: "bad"})
	if done := w.do(directory.Revert{Revision: removed.Revision}); len(done.Results[0].Skipped) != 1 {
		t.Errorf("the revert says %+v", done.Results)
	}
}

// reopen closes the directory and opens it with other options.
func (w *world) reopen(opt core.Options) {
	w.t.Helper()
	w.core.Close()
	c, err := core.Open(w.t.Context(), w.store, opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	w.core = c
}

func TestAStoredAnswerIsForThoseWhoMayStillMakeTheChange(t *testing.T) {
	w := newWorld(t)
	u := w.user("U")
	manager := w.withPermissions("Users", "manage_users")
	change := directory.Change{
		Edits:  []directory.Edit{directory.CreateAPICredential{User: u}},
		Repeat: directory.Repeat{Key: "k", Hash: [32]byte{1}},
	}
	first, err := w.as(manager).Commit(t.Context(), change)
	if err != nil || first.Results[0].Secret == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := w.as(manager).Commit(t.Context(), change)
	if err != nil || again.Results[0].Secret != first.Results[0].Secret {
		t.Fatalf("again: %+v, %v", again, err)
	}
	w.do(directory.SetUserRoles{User: manager})
	if done, err := w.as(manager).Commit(t.Context(), change); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without the permission: %+v, %v", done, err)
	}
	if _, ok, err := w.as(manager).Answered(t.Context(), change.Repeat); ok ||
		directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without the permission: %v, %v", ok, err)
	}
}

func TestARevertByRequestIsOfOneCaller(t *testing.T) {
	w := newWorld(t)
	mine := w.withPermissions("Mine", "manage_groups", "see_history")
	commit := func(u directory.UserID, name string) {
		t.Helper()
		as := view.New(w.core).As(directory.Caller{User: u, Dialect: "test", RequestID: "r"})
		if _, err := as.Commit(t.Context(),
			directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: name}}}); err != nil {
			t.Fatal(err)
		}
	}
	commit(mine, "mine")
	commit(w.root, "others")
	if _, err := history.RevertRequest(t.Context(), w.as(mine), "r", nil,
		""); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("two callers: %v", err)
	}
	if _, err := history.RevertRequest(t.Context(), w.as(mine), "r", &mine, ""); err != nil {
		t.Fatal(err)
	}
	groups, err := w.admin().Groups(t.Context())
	if err != nil || len(groups) != 2 || groups[1].Name != "others" {
		t.Errorf("groups %+v, %v", groups, err)
	}
}
