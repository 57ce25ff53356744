package resolve

import (
	"testing"

	"cohort/internal/directory"
)

// build makes a catalog of rows and ends the test if they are damaged.
func build(t testing.TB, rows ...directory.Row) *Catalog {
	t.Helper()
	c, err := Build(func(yield func(directory.Row) error) error {
		for _, row := range rows {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return c
}

func text(s string) directory.Value { return directory.Value{Text: s} }

func TestTheStrongestRankDecides(t *testing.T) {
	c := build(t,
		directory.Group{ID: 1, Name: "All Users"},
		directory.Group{ID: 2, Name: "Company"},
		directory.Group{ID: 3, Name: "EMEA"},
		directory.Nesting{Group: 3, Parent: 2, Position: directory.OrderGap},
		directory.Attribute{ID: 14, Name: "region", Type: directory.TypeString, Rule: directory.RuleRank, UserValueMode: directory.ModeWins},
		directory.GroupValue{ID: 1, Attribute: 14, Group: 2, Value: text("world"), Order: 10},
		directory.GroupValue{ID: 2, Attribute: 14, Group: 3, Value: text("emea"), Order: 20},
	)
	u := &directory.UserRows{
		User:        directory.User{ID: 7},
		Memberships: []directory.Membership{{User: 7, Group: 3, Position: directory.OrderGap}},
	}
	got := c.Effective(nil, u, []directory.AttributeID{14}, "EN", 1)
	if len(got) != 1 || got[0].Value.Text != "world" || got[0].Origin != directory.OriginGroup || got[0].Groups[0] != 2 {
		t.Errorf("effective value is %+v, want world of group 2", got)
	}
	c = c.Apply([]directory.RowWrite{{Before: directory.Group{ID: 2, Name: "Company"}, After: directory.Group{ID: 2, Name: "Company", DeletedRev: 9}}})
	got = c.Effective(nil, u, nil, "EN", 1)
	if len(got) != 1 || got[0].Value.Text != "emea" {
		t.Errorf("after its group is deleted, the value is %+v, want emea", got)
	}
}
