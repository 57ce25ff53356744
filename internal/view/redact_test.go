package view_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// An explanation names no group that the reader does not see: not among the candidates,
// not on the way, and not as the one that won.
func TestAnExplanationNamesNoGroupThatTheReaderDoesNotSee(t *testing.T) {
	w := coretest.New(t)
	a, u := w.Attribute("a", directory.TypeString), w.User("U")
	shared, top, secret := w.Group("shared"), w.Group("top"), w.Group("secret")
	reader := w.WithPermissions("Reader", "read_effective")
	w.Do(directory.AddMember{Group: shared, User: reader}, directory.AddMember{Group: shared, User: u},
		directory.AddMember{Group: secret, User: u}, directory.AddParent{Group: secret, Parent: top})
	for _, g := range []directory.GroupID{secret, top, shared} {
		w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("x")})
	}
	x, err := w.As(reader).Explain(t.Context(), u, a)
	if err != nil {
		t.Fatal(err)
	}
	named := map[directory.GroupID]bool{}
	for _, c := range x.Candidates {
		named[c.Group], named[c.By] = true, true
		for _, g := range c.Path {
			named[g] = true
		}
	}
	if !named[shared] || !named[directory.HiddenGroup] || named[secret] || named[top] {
		t.Errorf("the explanation names the groups %v; of %d, %d and %d the reader sees the first", named, shared, secret,
			top)
	}
}

// The effects of a change name users only to callers who see users.
func TestEffectsTellNoNamesToThoseWhoSeeNoUsers(t *testing.T) {
	w := coretest.New(t)
	a, u := w.Attribute("a", directory.TypeString), w.User("before")
	blind := w.WithPermissions("Blind", "read_effective", "see_history")
	seeing := w.WithPermissions("Seeing", "read_effective", "see_history", "see_users")
	done := w.Do(directory.UpdateUser{User: u, FirstName: new("after")},
		directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text("x")})
	for reader, want := range map[directory.UserID]bool{blind: false, seeing: true} {
		effects, err := w.As(reader).Effects(t.Context(), done.Revision)
		if err != nil {
			t.Fatal(err)
		}
		told, other := false, false
		for _, e := range effects.Attributes {
			told = told || e.After.ID.Computed()
			other = other || e.After.ID == a
		}
		for _, s := range effects.Sample {
			told = told || s.Attribute.Computed()
		}
		if told != want || !other {
			t.Errorf("who sees users: %t; names are told: %t, the value: %t", want, told, other)
		}
	}
}
