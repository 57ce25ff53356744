package lookercopy

import (
	"strings"
	"testing"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// fresh is a target as it is made.
func fresh() *desired.Live {
	return &desired.Live{
		Groups:         []desired.LiveGroup{{ID: 1, Name: "All Users"}},
		Roles:          []desired.LiveRole{{ID: 2, Name: "Admin", PermissionSet: 1, ModelSet: 1, BuiltIn: true}},
		PermissionSets: []desired.LiveSet{{ID: 1, Name: "Admin", Names: []string{"administer"}, BuiltIn: true}},
		ModelSets:      []desired.LiveSet{{ID: 1, Name: "All", BuiltIn: true}},
	}
}

func planOf(source *Snapshot, live *desired.Live) *desired.Plan {
	c := NewCopy(source, "looker")
	return desired.Make(c.State, live, c.Options(live, "EN", false))
}

// The built-in Admin of the source is that of the target, and no other role is,
// whatever its name.
func TestOnlyTheBuiltInAdminIsTheAdmin(t *testing.T) {
	for _, c := range []struct {
		name    string
		role    role
		becomes bool
	}{
		{"built in", role{ID: "2", Name: "Admin", PermissionSet: set{ID: "1", Name: "Admin", BuiltIn: true, AllAccess: true}},
			true},
		{"custom, of that name", role{ID: "7", Name: "Admin",
			PermissionSet: set{ID: "9", Name: "Explorer", Permissions: []string{"explore"}}}, false},
		{"custom, in other case", role{ID: "7", Name: "ADMIN",
			PermissionSet: set{ID: "9", Name: "Explorer", Permissions: []string{"explore"}}}, false},
		{"custom, with a set of that name",
			role{ID: "7", Name: "Boss", PermissionSet: set{ID: "9", Name: "admin", Permissions: []string{"explore"}}}, false},
		{"of everything, but not built in",
			role{ID: "7", Name: "Root", PermissionSet: set{ID: "9", Name: "Root", AllAccess: true}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.role.users, c.role.ModelSet = []string{"5"}, set{ID: "1", Name: "All", AllAccess: true, BuiltIn: true}
			source := &Snapshot{roles: []role{c.role}, users: []user{{ID: "5", FirstName: new("Ada")}}}
			plan := planOf(source, fresh())
			given := false
			for _, e := range plan.Edits() {
				if e, ok := e.(directory.SetUserRoles); ok {
					for _, r := range e.Roles {
						given = given || r == directory.AdminRole
					}
				}
				if e, ok := e.(directory.CreateRole); ok && strings.EqualFold(e.Name, "Admin") {
					t.Errorf("makes the role %q", e.Name)
				}
			}
			if given != c.becomes {
				t.Errorf("the user gets the built-in Admin: %v", given)
			}
		})
	}
}

// An object without a reference of the source is adopted only by its identical
// name, and with powers that the source gives.
func TestWhatIsAdopted(t *testing.T) {
	source := &Snapshot{
		groups: []group{{ID: "3", Name: "Staff"}},
		users: []user{{ID: "5", Email: new("ada@example.com"),
			LoginEmail: &struct{ Email *string }{new("ada@example.com")}}},
	}
	for _, c := range []struct {
		name          string
		change        func(*desired.Live)
		groups, users int // that are made
	}{
		{"nothing there", func(*desired.Live) {}, 1, 1},
		{"same names, no powers", func(l *desired.Live) {
			l.Groups = append(l.Groups, desired.LiveGroup{ID: 7, Name: "Staff"})
			l.Users = []desired.LiveUser{{ID: 9, Email: "Ada@example.com"}}
		}, 0, 0},
		{"another case", func(l *desired.Live) { l.Groups = append(l.Groups, desired.LiveGroup{ID: 7, Name: "STAFF"}) }, 1,
			1},
		{"powers", func(l *desired.Live) {
			l.Groups = append(l.Groups, desired.LiveGroup{ID: 7, Name: "Staff", Roles: []directory.RoleID{2}})
		}, 1, 1},
		{"powers from above", func(l *desired.Live) {
			l.Groups = append(l.Groups, desired.LiveGroup{ID: 6, Name: "Top", Roles: []directory.RoleID{2}},
				desired.LiveGroup{ID: 7, Name: "Staff", Parents: []directory.GroupID{6}})
		}, 1, 1},
		{"another reference of the source", func(l *desired.Live) {
			l.Groups = append(l.Groups, desired.LiveGroup{ID: 7, Name: "Staff", Sources: map[string]string{"looker": "99"}})
		}, 1, 1},
		{"the contact e-mail only", func(l *desired.Live) {
			l.Users = []desired.LiveUser{{ID: 9,
				ContactEmail: "ada@example.com"}}
		}, 1, 1},
		{"a user with powers", func(l *desired.Live) {
			l.Users = []desired.LiveUser{{ID: 9, Email: "ada@example.com", Roles: []directory.RoleID{2}}}
		}, 1, 0}, // it is refused
		{"a user with powers through a group", func(l *desired.Live) {
			l.Groups = append(l.Groups, desired.LiveGroup{ID: 6, Name: "Top", Roles: []directory.RoleID{2}})
			l.Users = []desired.LiveUser{{ID: 9, Email: "ada@example.com", Memberships: []desired.LiveMember{{Group: 6}}}}
		}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			live := fresh()
			c.change(live)
			groups, users := 0, 0
			for _, e := range planOf(source, live).Edits() {
				switch e.(type) {
				case directory.CreateGroup:
					groups++
				case directory.CreateUser:
					users++
				}
			}
			if groups != c.groups || users != c.users {
				t.Errorf("makes %d groups and %d users, want %d and %d", groups, users, c.groups, c.users)
			}
		})
	}
}
