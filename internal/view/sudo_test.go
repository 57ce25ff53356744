package view_test

import (
	"testing"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

func TestASudoEndsWhenTheSudoerMayNotStandBehindItAnyMore(t *testing.T) {
	w := coretest.New(t)
	u := w.User("U")
	support := w.WithPermissions("Support", "sudo", "manage_groups")
	acting := view.New(w.Core).As(directory.Caller{User: u, Sudoer: support})
	if _, err := acting.Groups(t.Context()); err != nil {
		t.Fatalf("a sudo of somebody who may: %v", err)
	}
	more := w.WithPermissions("More", "manage_users")
	if _, err := view.New(w.Core).As(directory.Caller{User: more,
		Sudoer: support}).Groups(t.Context()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("a sudo as somebody with more powers: %v", err)
	}
	w.Do(directory.SetUserRoles{User: support})
	acting.Refresh()
	if _, err := acting.Groups(t.Context()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("reading after the sudoer lost the permission: %v", err)
	}
	w.Refuse(acting, directory.KindUnauthenticated, directory.SetUserValue{User: u, Attribute: directory.AttrLandingPage,
		Value: coretest.Text("/x")})
}

func TestNobodyActsAsAUserWhoWillHaveMore(t *testing.T) {
	w := coretest.New(t)
	support := w.WithPermissions("Support", "sudo", "manage_users")
	later := w.User("Later")
	starts := directory.InstantOf(time.Now().Add(time.Hour))
	if err := w.As(support).MaySudo(t.Context(), later); err != nil {
		t.Fatalf("before: %v", err)
	}
	acting := view.New(w.Core).As(directory.Caller{User: later, Sudoer: support})
	if _, err := acting.Groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Do(directory.AddMember{
		Group: w.Privileged("Privileged")[0], User: later, Window: &directory.Window{StartsAt: starts},
	})
	if err := w.As(support).MaySudo(t.Context(), later); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("acting as a user who will be an administrator: %v", err)
	}
	acting.Refresh()
	if _, err := acting.Groups(t.Context()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("reading as a user who will be an administrator: %v", err)
	}
	own := directory.SetUserValue{User: later, Attribute: directory.AttrLandingPage, Value: coretest.Text("/x")}
	w.Refuse(acting, directory.KindUnauthenticated, own)
}

func TestEveryoneWhoMayActAsSomebodyMayActAsItself(t *testing.T) {
	w := coretest.New(t)
	u := w.WithPermissions("U", "sudo")
	w.Do(directory.AddMember{
		Group: w.Privileged("Privileged")[0], User: u,
		Window: &directory.Window{StartsAt: directory.InstantOf(time.Now().Add(time.Hour))},
	})
	if err := w.As(u).MaySudo(t.Context(), u); err != nil {
		t.Error(err)
	}
	if _, err := view.New(w.Core).As(directory.Caller{User: u, Sudoer: u}).Groups(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestValuesInOtherLanguagesSurviveAListThatDoesNotShowThem(t *testing.T) {
	w := coretest.New(t)
	g, h := w.Group("G"), w.Group("H")
	a := w.Attribute("a", directory.TypeText)
	dutch := directory.Value{Texts: []directory.LocalText{{Language: "NL", Text: "hallo"}}}
	w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: dutch},
		directory.SetGroupValue{Group: h, Attribute: a, Value: coretest.Text("hello")})
	w.Do(directory.SetGroupValues{Attribute: a, Vendor: true,
		Items: []directory.GroupValueItem{{Group: h, Value: coretest.Text("hi")}}})
	list, err := w.Admin().GroupValues(t.Context(), a)
	if err != nil || len(list) != 2 || list[0].Group != g || !list[0].Value.Equal(dutch) {
		t.Errorf("values %+v, %v", list, err)
	}
}
