package storetest

import (
	"strings"

	"cohort/internal/directory"
)

// fixture has rows of every kind, with every field set in some row and left
// empty in another. Ids descend where names ascend and the other way round, so
// that an order by the wrong column shows.
func fixture() []directory.Row {
	return append(catalogFixture(), usersFixture()...)
}

func catalogFixture() []directory.Row {
	var long = strings.Repeat("ü", directory.MaxValueLen/2)
	return []directory.Row{
		directory.Group{ID: 9, Name: "Alpha", Language: "EN", CreatedAt: 1001},
		directory.Group{ID: 5, Name: "École <b>&\\'\"", CreatedAt: 1002, Description: "two\nlines, 'quoted'"},
		directory.Group{ID: 3, Name: "", CreatedAt: 1003},
		directory.Group{ID: 2, Name: "zebra", DeletedRev: 7, CreatedAt: 1004},
		directory.Nesting{Group: 9, Parent: 3, Position: -5},
		directory.Nesting{Group: 9, Parent: 2, Position: 1 << 40},
		directory.Nesting{Group: 5, Parent: 9, Position: 0},
		directory.Attribute{
			ID: 20, Name: "aa", Label: "Zwölf", Type: directory.TypeString, Rule: directory.RuleRank,
			UserValueMode: directory.ModeWins,
			Default:       directory.Value{Text: "x, 'y' \"z\"\n"}, UserCanView: true, UserCanEdit: true, CreatedAt: 5,
			Description: "<what> it \"is\"", Constraints: directory.Constraints{
				Allowed: []directory.AllowedValue{{Value: "x, 'y' \"z\"\n", Label: "<X>"}, {Value: ""}},
				Pattern: `(?s).*\\?`, Least: "-1", Greatest: "1", MaxLength: 12,
			},
		},
		directory.Attribute{
			ID: 18, Name: "bb", Label: "Elf", Type: directory.TypeText, Rule: directory.RuleNearest,
			UserValueMode: directory.ModeJoins,
			Default: directory.Value{Texts: []directory.LocalText{{Language: "DE", Text: "<ja>"},
				{Language: "EN", Text: ""}}},
			Permanent: true,
		},
		directory.Attribute{
			ID: 16, Name: "cc", Label: "elf", Type: directory.TypeString, Rule: directory.RuleRank,
			UserValueMode: directory.ModeYields,
			Default:       directory.Value{Sealed: 4}, Hidden: true, System: true, DeletedRev: 3,
		},
		directory.GroupValue{ID: 8, Group: 3, Attribute: 20, Value: directory.Value{Text: long}, Order: -directory.OrderGap},
		directory.GroupValue{ID: 2, Group: 9, Attribute: 20, Order: 1<<62 + 1,
			Window: directory.Window{StartsAt: 10, ExpiresAt: 20}},
		directory.GroupValue{ID: 6, Group: 9, Attribute: 18,
			Value: directory.Value{Texts: []directory.LocalText{{Language: "FR", Text: "é"}}}, Order: 1},
		directory.GroupValue{ID: 4, Group: 2, Attribute: 16, Value: directory.Value{Sealed: 9},
			Window: directory.Window{ExpiresAt: 30}},
		directory.PermissionSet{ID: 7, Name: "Alles", Permissions: []string{"administer", "x\"y"}, AllAccess: true,
			BuiltIn: true},
		directory.PermissionSet{ID: 3, Name: "nichts"},
		directory.ModelSet{ID: 6, Name: "Modelle", Models: []string{"a", "b"}, AllAccess: true, BuiltIn: true},
		directory.ModelSet{ID: 2, Name: ""},
		directory.Role{ID: 5, Name: "Admin", PermissionSet: 7, ModelSet: 6, BuiltIn: true},
		directory.Role{ID: 4, Name: "b", PermissionSet: 3, ModelSet: 2},
		directory.GroupRole{Group: 9, Role: 4},
		directory.GroupRole{Group: 3, Role: 5},
		directory.GroupRole{Group: 9, Role: 5},
	}
}

func usersFixture() []directory.Row {
	return []directory.Row{
		directory.User{ID: 40, Kind: directory.KindPerson, FirstName: "Ada", LastName: "Young", ContactEmail: "ADA@x.org",
			Timezone: "Europe/London", Language: "EN", CreatedAt: 3},
		directory.User{ID: 30, Kind: directory.KindPerson, FirstName: "ÄDA", LastName: "adams", Disabled: true, CreatedAt: 2},
		directory.User{ID: 20, Kind: directory.KindService, FirstName: "robot", ContactEmail: "ada@X.org", CreatedAt: 2},
		directory.User{ID: 10, Kind: directory.KindPerson, LastName: "Zed", ContactEmail: "ada@x.org", CreatedAt: 1,
			DeletedRev: 4},
		directory.Membership{User: 40, Group: 3, Position: 7},
		directory.Membership{User: 40, Group: 9, Position: -2},
		directory.Membership{User: 40, Group: 5, Position: 7, Window: directory.Window{StartsAt: 100, ExpiresAt: 200}},
		directory.Membership{User: 30, Group: 9, Position: 1, Window: directory.Window{ExpiresAt: 150}},
		directory.Membership{User: 20, Group: 9, Position: 1},
		directory.Membership{User: 10, Group: 9, Position: 1},
		directory.Membership{User: 10, Group: 5, Position: 2, Window: directory.Window{StartsAt: 1}},
		directory.UserValue{User: 40, Attribute: 20, Value: directory.Value{Text: "025"}},
		directory.UserValue{User: 40, Attribute: 18,
			Value:  directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "a\\b"}}},
			Window: directory.Window{StartsAt: 5}},
		directory.UserValue{User: 30, Attribute: 20, Value: directory.Value{Sealed: 3},
			Window: directory.Window{ExpiresAt: 6}},
		directory.UserRole{User: 40, Role: 5},
		directory.UserRole{User: 40, Role: 4},
		directory.UserRole{User: 20, Role: 5},
		directory.Credential{ID: 12, User: 40, Kind: directory.CredentialEmail, Identifier: "ada@x.org", Shown: "Ada@X.org",
			CreatedAt: 8},
		directory.Credential{ID: 11, User: 40, Kind: directory.CredentialAPI, Identifier: "client", Disabled: true,
			ExpiresAt: 77},
		directory.Credential{ID: 13, User: 20, Kind: directory.CredentialAPI, Identifier: "Client", Shown: "Client"},
		directory.SourceReference{Object: directory.Object{Kind: directory.ObjectUser, ID: 40}, Source: "erp",
			SourceID: "47/11 'x'"},
		directory.SourceReference{Object: directory.Object{Kind: directory.ObjectUser, ID: 40}, Source: "crm", SourceID: "1"},
		directory.SourceReference{Object: directory.Object{Kind: directory.ObjectGroup, ID: 40}, Source: "erp",
			SourceID: "47/11 'x'"},
		directory.SourceReference{Object: directory.Object{Kind: directory.ObjectUser, ID: 30}, Source: "erp",
			SourceID: "47/11 'X'"},
		directory.Facet{Object: directory.Object{Kind: directory.ObjectGroup, ID: 9}, Dialect: "propeller", Kind: "budget",
			Name: "b", Data: `{"n":1}`},
		directory.Facet{Object: directory.Object{Kind: directory.ObjectGroup, ID: 9}, Dialect: "propeller", Kind: "budget",
			Name: "a", Data: `[]`},
		directory.Facet{Object: directory.Object{Kind: directory.ObjectUser, ID: 9}, Dialect: "looker", Kind: "ui",
			Data: `""`},
	}
}
