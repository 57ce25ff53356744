package core_test

import (
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/view"
)

func TestASudoEndsWhenTheSudoerMayNotStandBehindItAnyMore(t *testing.T) {
	w := newWorld(t)
	u := w.user("U")
	support := w.withPermissions("Support", "sudo", "manage_groups")
	acting := view.New(w.core).As(directory.Caller{User: u, Sudoer: support})
	if _, err := acting.Groups(t.Context()); err != nil {
		t.Fatalf("a sudo of somebody who may: %v", err)
	}
	more := w.withPermissions("More", "manage_users")
	if _, err := view.New(w.core).As(directory.Caller{User: more,
		Sudoer: support}).Groups(t.Context()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("a sudo as somebody with more powers: %v", err)
	}
	w.do(directory.SetUserRoles{User: support})
	acting.Refresh()
	if _, err := acting.Groups(t.Context()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("reading after the sudoer lost the permission: %v", err)
	}
	w.refuse(acting, directory.KindUnauthenticated, directory.SetUserValue{User: u, Attribute: directory.AttrLandingPage,
		Value: text("/x")})
}

func TestNobodyActsAsAUserWhoWillHaveMore(t *testing.T) {
	w := newWorld(t)
	support := w.withPermissions("Support", "sudo", "manage_users")
	later := w.user("Later")
	starts := directory.InstantOf(time.Now().Add(time.Hour))
	if err := w.as(support).MaySudo(t.Context(), later); err != nil {
		t.Fatalf("before: %v", err)
	}
	acting := view.New(w.core).As(directory.Caller{User: later, Sudoer: support})
	if _, err := acting.Groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.do(directory.AddMember{
		Group: w.privileged("Privileged")[0], User: later, Window: &directory.Window{StartsAt: starts},
	})
	if err := w.as(support).MaySudo(t.Context(), later); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("acting as a user who will be an administrator: %v", err)
	}
	acting.Refresh()
	if _, err := acting.Groups(t.Context()); directory.KindOf(err) != directory.KindUnauthenticated {
		t.Errorf("reading as a user who will be an administrator: %v", err)
	}
	own := directory.SetUserValue{User: later, Attribute: directory.AttrLandingPage, Value: text("/x")}
	w.refuse(acting, directory.KindUnauthenticated, own)
}

func TestEveryoneWhoMayActAsSomebodyMayActAsItself(t *testing.T) {
	w := newWorld(t)
	u := w.withPermissions("U", "sudo")
	w.do(directory.AddMember{
		Group: w.privileged("Privileged")[0], User: u,
		Window: &directory.Window{StartsAt: directory.InstantOf(time.Now().Add(time.Hour))},
	})
	if err := w.as(u).MaySudo(t.Context(), u); err != nil {
		t.Error(err)
	}
	if _, err := view.New(w.core).As(directory.Caller{User: u, Sudoer: u}).Groups(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestValuesInOtherLanguagesSurviveAListThatDoesNotShowThem(t *testing.T) {
	w := newWorld(t)
	g, h := w.group("G"), w.group("H")
	a := w.attribute("a", directory.TypeText)
	dutch := directory.Value{Texts: []directory.LocalText{{Language: "NL", Text: "hallo"}}}
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: dutch},
		directory.SetGroupValue{Group: h, Attribute: a, Value: text("hello")})
	w.do(directory.SetGroupValues{Attribute: a, Vendor: true,
		Items: []directory.GroupValueItem{{Group: h, Value: text("hi")}}})
	list, err := w.admin().GroupValues(t.Context(), a)
	if err != nil || len(list) != 2 || list[0].Group != g || !list[0].Value.Equal(dutch) {
		t.Errorf("values %+v, %v", list, err)
	}
}
