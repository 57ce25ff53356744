package core_test

import (
	"strings"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store/memstore"
)

func TestAPreviewOfOneNodeIsGoodOnAnother(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 3, replica.Shared{})
	d := c.do(0, directory.CreateUser{FirstName: "U"}, directory.CreateGroup{Name: "G"},
		directory.CreateAttribute{Name: "n", Type: directory.TypeInteger},
		directory.CreateUser{FirstName: "V"})
	user, group, attr := directory.UserID(d.Results[0].ID), directory.GroupID(d.Results[1].ID),
		directory.AttributeID(d.Results[2].ID)
	c.do(0, directory.AddMember{User: user, Group: group})
	preview := func(value string) directory.Change {
		t.Helper()
		change := directory.Change{Edits: []directory.Edit{directory.SetGroupValue{Group: group, Attribute: attr,
			Value: coretest.Text(value)}}}
		p, err := c.as(0).Preview(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		change.Token = p.Token
		return change
	}
	commit := func(change directory.Change) (directory.Committed, error) { return c.as(1).Commit(t.Context(), change) }

	if done, err := commit(preview("1")); err != nil || !done.Changed || done.Drifted != 0 {
		t.Errorf("nothing has happened since: %+v, %v", done, err)
	}
	change := preview("2")
	c.do(2, directory.AddMember{User: directory.UserID(d.Results[3].ID), Group: group})
	if done, err := commit(change); err != nil || done.Drifted != 1 {
		t.Errorf("a member was added since: %+v, %v", done, err)
	}
	change = preview("3")
	c.do(2, directory.SetGroupValue{Group: group, Attribute: attr, Value: coretest.Text("4")})
	if _, err := commit(change); directory.KindOf(err) != directory.KindStale ||
		!strings.Contains(err.Error(), "touched") {
		t.Errorf("the value was changed since: %v", err)
	}
	change = preview("5")
	change.Edits = []directory.Edit{directory.SetGroupValue{Group: group, Attribute: attr, Value: coretest.Text("6")}}
	if _, err := commit(change); directory.KindOf(err) != directory.KindStale ||
		!strings.Contains(err.Error(), "other edits") {
		t.Errorf("with other edits: %v", err)
	}
	change = preview("7")
	c.clock.Add(16 * 60_000)
	if _, err := commit(change); directory.KindOf(err) != directory.KindStale {
		t.Errorf("16 minutes later: %v", err)
	}
	for _, token := range []string{"x", strings.Repeat("\x00", 40), strings.Repeat("a", 40)} {
		change.Token = token
		if _, err := commit(change); directory.KindOf(err) != directory.KindStale {
			t.Errorf("with a token that was made up: %v", err)
		}
	}
}
