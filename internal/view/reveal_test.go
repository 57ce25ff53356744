package view_test

import (
	"testing"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/verify"
)

func TestRevealingOpensOneValueAndIsLogged(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := directory.AttributeID(w.Do(directory.CreateAttribute{
		Name: "token", Type: directory.TypeString, Hidden: true, Default: &directory.Value{Text: "of all"},
	}).Results[0].ID)
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("of the group")},
		directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("of the user")})
	for owner, want := range map[directory.Object]string{
		a.Object(): "of all", g.Object(): "of the group", u.Object(): "of the user",
	} {
		if got, err := w.Admin().Reveal(t.Context(), a, owner); got != want || err != nil {
			t.Errorf("Reveal(%s) = %q, %v, want %q", owner, got, err, want)
		}
	}
	if log, err := w.Admin().Reveals(t.Context(), 10); err != nil || len(log) != 3 || log[0].Caller != w.Root {
		t.Errorf("Reveals = %+v, %v", log, err)
	}
	setter := w.As(w.WithPermissions("Setter", "set_values", "manage_attributes"))
	if _, err := setter.Reveal(t.Context(), a, g.Object()); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without the permission: %v", err)
	}
	plain := w.Attribute("plain", directory.TypeString)
	if _, err := w.Admin().Reveal(t.Context(), plain, g.Object()); directory.KindOf(err) != directory.KindInvalid {
		t.Errorf("of an attribute that is not hidden: %v", err)
	}
	if log, _ := w.Admin().Reveals(t.Context(), 10); len(log) != 3 {
		t.Errorf("refused reveals are logged: %+v", log)
	}
}

func TestPrunedHistoryStillVerifiesAndAnswersGone(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	a := w.Attribute("a", directory.TypeString)
	w.Do(directory.AddMember{Group: g, User: u}, directory.SetGroupValue{Group: g, Attribute: a,
		Value: coretest.Text("old")})
	old := w.Core.Head().Revision
	kept := w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("new")}).Revision
	through := directory.Revision(0)
	w.Do(directory.CreateGroup{Name: "the newest is never pruned"})
	err := history.Prune(t.Context(), w.Admin(), directory.InstantOf(time.Now().Add(time.Hour)),
		func(r directory.Revision) { through = r })
	if err != nil || through != kept {
		t.Fatalf("Prune: %v, through %d, want %d", err, through, kept)
	}
	n, err := verify.Check(t.Context(), w.Store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
	if _, _, err := w.Admin().EffectiveAt(t.Context(), u, nil,
		directory.Point{Revision: old}); directory.KindOf(err) != directory.KindGone {
		t.Errorf("as of a revision behind a pruned one: %v", err)
	}
	w.Refuse(w.Admin(), directory.KindGone, directory.Revert{Revision: kept})
	w.Refuse(w.Admin(), directory.KindProtected, directory.Revert{Revision: w.Core.Head().Revision})
	c, err := history.Change(t.Context(), w.Admin(), old)
	if err != nil || !c.Forgot || c.Edits != nil {
		t.Errorf("a pruned change: %+v, %v", c, err)
	}
	w.Refuse(w.As(w.WithPermissions("Historian", "see_history")), directory.KindForbidden,
		directory.PruneHistory{Through: 1})
}
