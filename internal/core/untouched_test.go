package core_test

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store/memstore"
)

func TestAUserIsUntouchedUntilAChangeOfItIsSeen(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
	user := directory.UserID(c.do(0, directory.CreateUser{FirstName: "U"},
		directory.CreateAPICredential{User: directory.Made[directory.UserID](0)}).Results[0].ID)
	read := func() {
		t.Helper()
		if _, err := c.as(1).Effective(t.Context(), user, nil); err != nil {
			t.Fatal(err)
		}
	}
	c.level(t.Context(), 1, c.nodes[0].Head().Revision)
	head := c.nodes[1].Head()
	if c.nodes[1].Untouched(head.Incarnation, head.Revision, user) {
		t.Error("nothing is known of a user that is not in memory")
	}
	read()
	if !c.nodes[1].Untouched(head.Incarnation, head.Revision, user) ||
		c.nodes[1].Untouched(head.Incarnation+1, head.Revision, user) {
		t.Error("the user has not been touched in this incarnation")
	}
	c.level(t.Context(), 1, c.do(0, directory.CreateGroup{Name: "G"}).Revision)
	if !c.nodes[1].Untouched(head.Incarnation, head.Revision, user) {
		t.Error("a change of something else touched the user")
	}
	c.level(t.Context(), 1, c.do(0, directory.UpdateUser{User: user, Disabled: new(true)}).Revision)
	c.level(t.Context(), 1, c.do(0, directory.UpdateUser{User: user, Disabled: new(false)}).Revision)
	if c.nodes[1].Untouched(head.Incarnation, head.Revision, user) {
		t.Error("the user was disabled for a while, and is said to be untouched")
	}
	read()
	if c.nodes[1].Untouched(head.Incarnation, head.Revision, user) {
		t.Error("in memory again, the user is said to be untouched")
	}
}
