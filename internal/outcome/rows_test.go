package outcome_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/outcome"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/working"
)

// outcomeEdits make what the rows of the test are about: the groups 10 to 12, of
// which 11 is in 10 and 12 in 11; the users 20 and 21, of whom 20 is in 10 and logs
// in with an e-mail; the attributes 30 (a whole number) and 31 (a text, with a
// value); a chain of groups, from 100 on, that is as long as may be; 5000, which is
// in as many groups as it may be; and the role 3 of the sets 2, which the user 21
// has.
func outcomeEdits() []directory.Edit {
	value := func(text string) directory.Value { return directory.Value{Text: text} }
	edits := []directory.Edit{
		directory.CreateGroup{ID: 10, Name: "A"}, directory.CreateGroup{ID: 11, Name: "B"},
		directory.CreateGroup{ID: 12, Name: "C"},
		directory.AddParent{Group: 11, Parent: 10}, directory.AddParent{Group: 12, Parent: 11},
		directory.CreateUser{ID: 20, FirstName: "Ada"}, directory.CreateUser{ID: 21, FirstName: "Bob"},
		directory.AddMember{Group: 10, User: 20}, directory.SetLoginEmail{User: 20, Email: "ada@example.com"},
		directory.SetIdentity{User: 20, Kind: directory.CredentialSAML, Identifier: "ada"},
		directory.SetSource{Object: directory.UserID(20).Object(), Source: "erp", SourceID: "1"},
		directory.CreateAttribute{ID: 30, Name: "number", Type: directory.TypeInteger},
		directory.CreateAttribute{ID: 31, Name: "text", Type: directory.TypeString},
		directory.SetUserValue{User: 20, Attribute: 31, Value: value("abc")},
		directory.CreatePermissionSet{Name: "set"}, directory.CreateModelSet{Name: "models"},
		directory.CreateRole{Name: "role", PermissionSet: 2, ModelSet: 2},
		directory.SetUserRoles{User: 21, Roles: []directory.RoleID{3}},
	}
	for i := range directory.MaxNestingDepth {
		id := directory.GroupID(100 + i)
		edits = append(edits, directory.CreateGroup{ID: id, Name: "level"})
		if i > 0 {
			edits = append(edits, directory.AddParent{Group: id, Parent: id - 1})
		}
	}
	edits = append(edits, directory.CreateGroup{ID: 5000, Name: "child"})
	for i := range directory.MaxParents + 1 {
		id := directory.GroupID(6000 + i)
		edits = append(edits, directory.CreateGroup{ID: id, Name: "parent"})
		if i < directory.MaxParents {
			edits = append(edits, directory.AddParent{Group: 5000, Parent: id})
		}
	}
	return edits
}

// The outcome is the law, whatever has made the rows: none of these may be.
func TestTheOutcomeIsCheckedWhateverMadeTheRows(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	bad := func(directory.Facet) error { return directory.Invalid("data", "is bad") }
	c, err := core.Open(t.Context(), s, core.Options{
		Sealer: coretest.PlainSealer{}, Facets: map[string]func(directory.Facet) error{"ours": bad},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = c.Commit(t.Context(), directory.System("test"), directory.Change{Edits: outcomeEdits()}); err != nil {
		t.Fatal(err)
	}
	try := func(test outcomeTest) error {
		return s.Read(t.Context(), func(r store.Reader) error {
			now := c.Published().Get()
			w := working.New(t.Context(), r, now, now.Head.At)
			for _, key := range test.removes {
				if err := w.Remove(key); err != nil {
					return fmt.Errorf("planning: %w", err)
				}
			}
			for _, row := range test.rows {
				if err := w.Put(row); err != nil {
					return fmt.Errorf("planning: %w", err)
				}
			}
			check := outcome.Check{
				Change: w, Powers: directory.AllPermissions, Facet: c.Env().CheckFacet, Fits: directory.Fits{},
				Unique: test.unique, LastAdmin: &atomic.Int64{},
			}
			return check.Run()
		})
	}
	catalog := c.Published().Get().Catalog
	attribute := func(id directory.AttributeID, change func(*directory.Attribute)) directory.Row {
		a, _ := catalog.RawAttribute(id)
		change(&a)
		return a
	}
	role, _ := catalog.Role(3)
	value := func(text string) directory.Value { return directory.Value{Text: text} }
	before := directory.Window{ExpiresAt: 1_000}
	ada := directory.UserID(20).Object()
	inverted := directory.Window{StartsAt: 2_000, ExpiresAt: 1_000}
	nest := func(g, p directory.GroupID) directory.Row {
		return directory.Nesting{Group: g, Parent: p, Position: directory.OrderGap}
	}
	var manyGroups []directory.Row
	for i := range directory.MaxUserGroups + 1 {
		id := directory.GroupID(20_000 + i)
		manyGroups = append(manyGroups, directory.Group{ID: id, Name: "of many"}, directory.Membership{User: 21, Group: id})
	}
	tests := map[string]outcomeTest{
		"one group too many":     {directory.KindInvalid, manyGroups, nil, nil},
		"a held role is removed": {want: directory.KindConflict, removes: []directory.RowKey{role.Key()}},
		"a used set is removed": {
			want: directory.KindConflict, removes: []directory.RowKey{directory.PermissionSet{ID: 2}.Key()},
		},
		"used models are removed": {
			want: directory.KindConflict, removes: []directory.RowKey{directory.ModelSet{ID: 2}.Key()},
		},
		"a group's name that is to be unique": {
			want: directory.KindConflict, rows: []directory.Row{directory.Group{ID: 900, Name: "a"}},
			unique: []directory.Object{directory.GroupID(900).Object()},
		},
		"a label that is to be unique": {
			want:   directory.KindConflict,
			rows:   []directory.Row{attribute(31, func(a *directory.Attribute) { a.Label = "NUMBER" })},
			unique: []directory.Object{directory.AttributeID(31).Object()},
		},
		"no administrator": {want: directory.KindForbidden, rows: []directory.Row{directory.User{
			ID: admin.User, Kind: directory.KindPerson, FirstName: "Admin", LastName: "Cohort", Disabled: true,
		}}},
	}
	for name, row := range map[string]directory.Row{
		"a ring":                         nest(10, 12),
		"a group in itself":              nest(10, 10),
		"All Users in a group":           nest(directory.AllUsers, 10),
		"a path that is too long":        nest(100, 10),
		"one parent too many":            nest(5000, 6000+directory.MaxParents),
		"a nesting in no group":          nest(10, 999),
		"a member of no group":           directory.Membership{User: 20, Group: 999},
		"a member that is no user":       directory.Membership{User: 999, Group: 10},
		"a membership that never begins": directory.Membership{User: 21, Group: 10, Window: inverted},
		"a role that is not there":       directory.UserRole{User: 20, Role: 999},
		"a role without its set":         directory.Role{ID: 9, Name: "r", PermissionSet: 999, ModelSet: 2},
		"a value of another type":        directory.UserValue{User: 20, Attribute: 30, Value: value("abc")},
		"a group's value like that":      directory.GroupValue{ID: 900, Group: 10, Attribute: 30, Value: value("abc")},
		"a value of no attribute":        directory.UserValue{User: 20, Attribute: 999, Value: value("1")},
		"a value that never begins":      directory.UserValue{User: 20, Attribute: 30, Value: value("1"), Window: inverted},
		"a facet that is bad":            directory.Facet{Object: ada, Dialect: "ours", Kind: "k", Data: "{}"},
		"a default of another type":      attribute(30, func(a *directory.Attribute) { a.Default = value("abc") }),
		"a type that values lack":        attribute(31, func(a *directory.Attribute) { a.Type = directory.TypeInteger }),
		"a constraint that is not met":   attribute(31, func(a *directory.Attribute) { a.MaxLength = 2 }),
		"a rule of another type":         attribute(31, func(a *directory.Attribute) { a.Rule = directory.RuleUnion }),
	} {
		tests[name] = outcomeTest{want: directory.KindInvalid, rows: []directory.Row{row}}
	}
	for name, row := range map[string]directory.Row{
		"the name of an attribute":     attribute(31, func(a *directory.Attribute) { a.Name = "number" }),
		"the name of a role":           directory.Role{ID: 9, Name: "Role", PermissionSet: 2, ModelSet: 2},
		"the name of a permission set": directory.PermissionSet{ID: 9, Name: "Set"},
		"the name of a model set":      directory.ModelSet{ID: 9, Name: "Models"},
		"a login e-mail": directory.Credential{
			ID: 900, User: 21, Kind: directory.CredentialEmail, Identifier: "ada@example.com", Shown: "ada@example.com",
		},
		"a client id": directory.Credential{
			ID: 900, User: 21, Kind: directory.CredentialAPI, Identifier: admin.ClientID, Shown: admin.ClientID,
		},
		"an account elsewhere": directory.Credential{
			ID: 900, User: 21, Kind: directory.CredentialSAML, Identifier: "ada", Shown: "ada",
		},
		"a source reference": directory.SourceReference{Object: directory.UserID(21).Object(), Source: "erp", SourceID: "1"},
	} {
		tests[name] = outcomeTest{want: directory.KindConflict, rows: []directory.Row{row}}
	}
	for name, row := range map[string]directory.Row{
		"a nesting":                      nest(10, 6000),
		"a name that need not be unique": directory.Group{ID: 900, Name: "A"},
		"a membership that is over":      directory.Membership{User: 21, Group: 10, Window: before},
	} {
		tests[name] = outcomeTest{rows: []directory.Row{row}}
	}
	for name, test := range tests {
		err := try(test)
		if (err == nil) != (test.want == 0) || err != nil && directory.KindOf(err) != test.want {
			t.Errorf("%s: the error is %v, of kind %v", name, err, directory.KindOf(err))
		}
	}
}

// An outcomeTest is what a change comes to, and the kind of error that it must
// meet; 0 is none.
type outcomeTest struct {
	want    directory.Kind
	rows    []directory.Row
	removes []directory.RowKey
	unique  []directory.Object
}
