package resolve

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		directory.Attribute{ID: 14, Name: "region", Type: directory.TypeString, Rule: directory.RuleRank,
			UserValueMode: directory.ModeWins},
		directory.GroupValue{ID: 1, Attribute: 14, Group: 2, Value: text("world"), Order: 10},
		directory.GroupValue{ID: 2, Attribute: 14, Group: 3, Value: text("emea"), Order: 20},
	)
	u := &directory.UserRows{
		User:        directory.User{ID: 7},
		Memberships: []directory.Membership{{User: 7, Group: 3, Position: directory.OrderGap}},
	}
	got := c.Effective(nil, u, []directory.AttributeID{14}, "EN", 1)
	if len(got) != 1 || got[0].Value.Text != "world" || got[0].Origin != directory.OriginGroup ||
		got[0].Groups[0] != 2 {
		t.Errorf("effective value is %+v, want world of group 2", got)
	}
	c = c.Apply([]directory.RowWrite{{Before: directory.Group{ID: 2, Name: "Company"},
		After: directory.Group{ID: 2, Name: "Company", DeletedRev: 9}}})
	got = c.Effective(nil, u, nil, "EN", 1)
	if len(got) != 1 || got[0].Value.Text != "emea" {
		t.Errorf("after its group is deleted, the value is %+v, want emea", got)
	}
}

func TestTimeThatChangesWhatIsNotAskedForDoesNotMatter(t *testing.T) {
	const closed, open = 14, 15
	c := build(t,
		directory.Group{ID: 1}, directory.Group{ID: 2},
		directory.Attribute{ID: closed, Name: "closed", Type: directory.TypeString},
		directory.Attribute{ID: open, Name: "open", Type: directory.TypeString},
		directory.GroupValue{ID: 1, Attribute: closed, Group: 2, Value: text("soon"), Order: 10,
			Window: directory.Window{StartsAt: 5}},
		directory.GroupValue{ID: 2, Attribute: open, Group: 2, Value: text("now"), Order: 10},
	)
	u := &directory.UserRows{User: directory.User{ID: 7}, Memberships: []directory.Membership{{User: 7, Group: 2}}}
	for attr, want := range map[directory.AttributeID]directory.Instant{closed: 5, open: 0} {
		for _, n := range []int{1, fewAttributes + 1} {
			_, until := c.EffectiveUntil(nil, u, slices.Repeat([]directory.AttributeID{attr}, n), "EN", 1)
			if until != want {
				t.Errorf("attribute %d, asked for %d times: until %d, want %d", attr, n, until, want)
			}
		}
	}
}

func TestPermissionsComeThroughGroups(t *testing.T) {
	c := build(t,
		directory.Group{ID: 1}, directory.Group{ID: 2}, directory.Group{ID: 3}, directory.Group{ID: 4, DeletedRev: 9},
		directory.Nesting{Group: 3, Parent: 2},
		directory.PermissionSet{ID: 1, Permissions: []string{"administer"}, AllAccess: true},
		directory.PermissionSet{ID: 2, Permissions: []string{"see_users", "see_looks"}},
		directory.PermissionSet{ID: 3, Permissions: []string{"set_values"}},
		directory.ModelSet{ID: 1},
		directory.Role{ID: 2, PermissionSet: 1, ModelSet: 1},
		directory.Role{ID: 3, PermissionSet: 2, ModelSet: 1},
		directory.Role{ID: 4, PermissionSet: 3, ModelSet: 1},
		directory.GroupRole{Group: 2, Role: 3},
		directory.GroupRole{Group: 4, Role: 2},
	)
	u := &directory.UserRows{
		User:  directory.User{ID: 7},
		Roles: []directory.RoleID{4, 99},
		Memberships: []directory.Membership{
			{User: 7, Group: 3, Window: directory.Window{ExpiresAt: 10}}, {User: 7, Group: 4},
		},
	}
	see, set := directory.Permissions(directory.SeeUsers), directory.Permissions(directory.SetValues)
	if got := c.PermissionsOf(u, 5); got != see|set {
		t.Errorf("permissions are %v, want %v", got.Names(), (see | set).Names())
	}
	if got := c.PermissionsOf(u, 10); got != set {
		t.Errorf("permissions after the membership are %v, want %v", got.Names(), set.Names())
	}
	if got := c.PermissionsOfRoles(c.RolesOfGroups(3)); got != see {
		t.Errorf("joining group 3 gives %v, want %v", got.Names(), see.Names())
	}
	if got := c.RoleGroups(2); len(got) != 0 {
		t.Errorf("role 2 is given by groups %v, want none: the group is deleted", got)
	}
	u.Roles = []directory.RoleID{directory.AdminRole}
	if got := c.PermissionsOf(u, 10); got != directory.AllPermissions {
		t.Errorf("an administrator has %v", got.Names())
	}
}

func TestDamagedRowsAreNoCatalog(t *testing.T) {
	group, attr := directory.Group{ID: 2}, directory.Attribute{ID: 14, Name: "a"}
	for _, tt := range []struct {
		name string
		rows []directory.Row
	}{
		{"a nesting in a group that is not there", []directory.Row{group, directory.Nesting{Group: 2, Parent: 3}}},
		{"a value of a group that is not there", []directory.Row{attr, directory.GroupValue{Group: 2, Attribute: 14}}},
		{"a value of an attribute that is not there", []directory.Row{group, directory.GroupValue{Group: 2, Attribute: 14}}},
		{"a role that is not there", []directory.Row{group, directory.GroupRole{Group: 2, Role: 1}}},
		{"a permission set that is not there",
			[]directory.Row{directory.ModelSet{ID: 1}, directory.Role{ID: 2, PermissionSet: 1, ModelSet: 1}}},
		{"a model set that is not there",
			[]directory.Row{directory.PermissionSet{ID: 1}, directory.Role{ID: 2, PermissionSet: 1, ModelSet: 1}}},
		{"a row twice", []directory.Row{group, group}},
		{"a cycle", []directory.Row{
			group, directory.Group{ID: 3}, directory.Group{ID: 4},
			directory.Nesting{Group: 4, Parent: 3}, directory.Nesting{Group: 3, Parent: 2},
			directory.Nesting{Group: 2, Parent: 3},
		}},
	} {
		_, err := Build(func(yield func(directory.Row) error) error {
			for _, row := range tt.rows {
				if err := yield(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			t.Errorf("%s: a catalog is made, want an error", tt.name)
		}
	}
}

func TestRowsThatAreNotOfTheCatalogAreIgnored(t *testing.T) {
	c := build(t, directory.Group{ID: 2}, directory.User{ID: 7}, directory.Membership{User: 7, Group: 9})
	if same := c.Apply([]directory.RowWrite{{After: directory.UserValue{User: 7, Attribute: 14}}}); same != c {
		t.Error("a user's value makes another catalog, want the same")
	}
}

// Readers of one catalog share lists and working memory while the next is made.
func TestCatalogsAreReadWhileTheyChange(t *testing.T) {
	c := build(t, benchRowsOf(600, 20)...)
	users := benchUserRowsOf(50, 600)
	want := make([][]directory.Effective, len(users))
	for i := range users {
		want[i] = c.Effective(nil, &users[i], nil, "EN", 1)
	}
	fresh := build(t, benchRowsOf(600, 20)...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range users {
				got := fresh.Effective(nil, &users[i], nil, "EN", 1)
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Errorf("values of user %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
	next := fresh
	for v := range fresh.GroupValues(directory.FirstCustomAttribute) {
		changed := v
		changed.Value = text("changed")
		next = next.Apply([]directory.RowWrite{{Before: v, After: changed}})
		next.Effective(nil, &users[0], nil, "EN", 1)
	}
	wg.Wait()
	if found := next.Diff(build(t, slices.Collect(next.Rows())...)); len(found) > 0 {
		t.Errorf("kept and rebuilt catalogs differ: %q", found)
	}
}

// A deleted group's value may have the order key of another value; when the
// group comes back there are two.
func TestEqualOrderKeysAreDecidedByGroup(t *testing.T) {
	for _, values := range []map[directory.GroupID]string{
		{3: "x@10", 4: "y@10"},
		{3: fmt.Sprintf("x@%d", math.MaxInt64), 4: fmt.Sprintf("y@%d", math.MaxInt64)},
	} {
		c := example(t, directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank}, values)
		for _, groups := range [][]directory.GroupID{{3, 4}, {4, 3}} {
			u := &directory.UserRows{}
			for _, g := range groups {
				u.Memberships = append(u.Memberships, directory.Membership{Group: g})
			}
			if got := c.Effective(nil, u, nil, "EN", 1)[0]; got.Value.Text != "x" {
				t.Errorf("of %v, in groups %v, the value is %q, want that of group 3", values, groups, got.Value.Text)
			}
			if got := c.Explain(u, 14, "EN", 1); got.Value.Text != "x" {
				t.Errorf("of %v, in groups %v, the value is explained as %q, want that of group 3", values, groups,
					got.Value.Text)
			}
		}
	}
}
