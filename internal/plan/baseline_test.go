package plan_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// A value of All Users is the weakest until somebody gives it a rank, whenever it was
// set.
func TestAValueOfAllUsersIsABaseline(t *testing.T) {
	w := coretest.New(t)
	a, b := w.Attribute("a", directory.TypeString), w.Attribute("b", directory.TypeString)
	g, h, u := w.Group("G"), w.Group("H"), w.User("U")
	w.Do(directory.AddMember{Group: g, User: u}, directory.AddMember{Group: h, User: u})
	set := func(attribute directory.AttributeID, group directory.GroupID, text string, rank *int) {
		w.Do(directory.SetGroupValue{Group: group, Attribute: attribute, Value: coretest.Text(text), Rank: rank})
	}
	is := func(attribute directory.AttributeID, want string) {
		t.Helper()
		if got := w.Effective(u, attribute); got != "group:"+want {
			t.Errorf("the value is %s, want %s", got, want)
		}
	}
	set(a, directory.AllUsers, "all", nil)
	is(a, "all")
	set(a, g, "G", nil)
	is(a, "G")
	set(a, h, "H", nil)
	is(a, "G")
	set(b, g, "G", nil)
	set(b, directory.AllUsers, "all", new(1))
	set(b, h, "H", nil)
	is(b, "all")
}
