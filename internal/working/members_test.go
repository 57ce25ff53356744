package working_test

import (
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/verify"
)

func TestMembersAreCountedAsTheyComeAndGo(t *testing.T) {
	w := coretest.New(t)
	g, u, v := w.Group("G"), w.User("U"), w.User("V")
	count := func() int64 {
		t.Helper()
		list, err := w.Admin().GroupDetails(t.Context(), []directory.GroupID{g, directory.AllUsers})
		if err != nil || len(list) != 2 {
			t.Fatalf("GroupDetails = %+v, %v", list, err)
		}
		if list[1].Members != w.Core.Head().Users {
			t.Errorf("All Users has %d members, want %d", list[1].Members, w.Core.Head().Users)
		}
		return list[0].Members
	}
	w.Do(directory.AddMember{Group: g, User: u}, directory.AddMember{Group: g, User: v})
	if n := count(); n != 2 {
		t.Errorf("after two came: %d", n)
	}
	gone := w.Do(directory.DeleteUser{User: u}).Revision
	if n := count(); n != 1 {
		t.Errorf("after one was deleted: %d", n)
	}
	// stored counts too, which this store does not read
	sound := &verify.Report{Problem: func(s string) { t.Error(s) }}
	if _, err := verify.Check(t.Context(), w.Store, sound); err != nil {
		t.Error(err)
	}
	w.Do(directory.Revert{Revision: gone})
	if n := count(); n != 2 {
		t.Errorf("after the deletion was reverted: %d", n)
	}
	w.Do(directory.RemoveMember{Group: g, User: v})
	if n := count(); n != 1 {
		t.Errorf("after one left: %d", n)
	}
}
