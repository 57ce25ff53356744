package importer_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/store/memstore"
)

// Every row of an import is checked as an edit that makes it would be. Each
// test adds rows to a sound import, of which the last is wrong.
func TestWrongRowsAreRefused(t *testing.T) {
	g := func(id directory.GroupID) directory.Row { return directory.Group{ID: id, Name: "g"} }
	attr := func(change func(*directory.Attribute)) directory.Row {
		a := directory.Attribute{
			ID: 14, Name: "region", Label: "Region", Type: directory.TypeString, Rule: directory.RuleRank,
			UserValueMode: directory.ModeWins,
		}
		if change != nil {
			change(&a)
		}
		return a
	}
	u := func(id directory.UserID) directory.Row { return directory.User{ID: id, Kind: directory.KindPerson} }
	mail := func(id directory.CredentialID, user directory.UserID, text string) directory.Row {
		return directory.Credential{ID: id, User: user, Kind: directory.CredentialEmail, Identifier: text, Shown: text}
	}
	long := strings.Repeat("x", 300)
	tests := map[string]struct {
		kind directory.Kind
		says string
		rows []directory.Row
	}{
		"a group without an id":       {directory.KindInvalid, "id", []directory.Row{g(0)}},
		"a group twice":               {directory.KindMalformed, "out of order", []directory.Row{g(2), g(2)}},
		"groups that descend":         {directory.KindMalformed, "out of order", []directory.Row{g(3), g(2)}},
		"a catalog row behind a user": {directory.KindMalformed, "out of order", []directory.Row{u(1), g(2)}},
		"a name that is too long":     {directory.KindInvalid, "255", []directory.Row{directory.Group{ID: 2, Name: long}}},
		"a group that is deleted": {directory.KindInvalid, "deleted_rev",
			[]directory.Row{directory.Group{ID: 2, DeletedRev: 4}}},
		"All Users by another name": {directory.KindProtected, "All Users",
			[]directory.Row{directory.Group{ID: 1, Name: "Everyone"}}},
		"nesting into nothing": {directory.KindNotFound, "group",
			[]directory.Row{g(2), directory.Nesting{Group: 2, Parent: 3}}},
		"nesting into All Users": {directory.KindInvalid, "All Users",
			[]directory.Row{g(2), directory.Nesting{Group: 2, Parent: 1}}},
		"an attribute of no type": {directory.KindInvalid, "type",
			[]directory.Row{attr(func(a *directory.Attribute) { a.Type = "colour" })}},
		"a rule that does not fit": {directory.KindInvalid, "rule",
			[]directory.Row{attr(func(a *directory.Attribute) { a.Rule = directory.RuleMax })}},
		"an attribute of a reserved id": {directory.KindProtected, "built in",
			[]directory.Row{attr(func(a *directory.Attribute) { a.ID = 3 })}},
		"a permanent attribute": {directory.KindInvalid, "permanent",
			[]directory.Row{attr(func(a *directory.Attribute) { a.Permanent = true })}},
		"an attribute's name twice": {directory.KindConflict, "name",
			[]directory.Row{attr(nil), attr(func(a *directory.Attribute) { a.ID = 15 })}},
		"a default that does not fit": {directory.KindInvalid, "default",
			[]directory.Row{attr(func(a *directory.Attribute) { a.Type, a.Default.Text = directory.TypeInteger, "x" })}},
		"a hidden default": {directory.KindInvalid, "hidden",
			[]directory.Row{attr(func(a *directory.Attribute) { a.Hidden, a.Default.Sealed = true, 4 })}},
		"a value of nothing": {directory.KindNotFound, "attribute",
			[]directory.Row{g(2), directory.GroupValue{ID: 1, Group: 2, Attribute: 14}}},
		"a value of something computed": {directory.KindProtected, "computed",
			[]directory.Row{g(2), directory.GroupValue{ID: 1, Group: 2, Attribute: 3}}},
		"a value that is sealed": {directory.KindInvalid, "hidden",
			[]directory.Row{g(2), attr(nil), directory.GroupValue{ID: 1, Group: 2, Attribute: 14,
				Value: directory.Value{Sealed: 1}}}},
		"a value's id twice": {directory.KindConflict, "id",
			[]directory.Row{g(2), g(3), attr(nil), directory.GroupValue{ID: 1, Group: 2, Attribute: 14, Order: 1},
				directory.GroupValue{ID: 1, Group: 3, Attribute: 14, Order: 2}}},
		"an order key twice": {directory.KindConflict, "order",
			[]directory.Row{g(2), g(3), attr(nil), directory.GroupValue{ID: 1, Group: 2, Attribute: 14, Order: 1},
				directory.GroupValue{ID: 2, Group: 3, Attribute: 14, Order: 1}}},
		"a window that ends first": {directory.KindInvalid, "expires_at",
			[]directory.Row{g(2), u(1), directory.Membership{User: 1, Group: 2,
				Window: directory.Window{StartsAt: 5, ExpiresAt: 4}}}},
		"a role of a set that is not": {directory.KindNotFound, "permission_set",
			[]directory.Row{directory.Role{ID: 3, Name: "r", PermissionSet: 7, ModelSet: 1}}},
		"the Admin role with less": {directory.KindProtected, "built in",
			[]directory.Row{directory.PermissionSet{ID: 1, Name: "Admin", BuiltIn: true, AllAccess: true}}},
		"another role that is built in": {directory.KindProtected, "built in",
			[]directory.Row{directory.Role{ID: 3, Name: "r", PermissionSet: 1, ModelSet: 1, BuiltIn: true}}},
		"roles for All Users": {directory.KindForbidden, "All Users",
			[]directory.Row{directory.GroupRole{Group: 1, Role: 2}}},
		"a user of no kind": {directory.KindInvalid, "kind", []directory.Row{directory.User{ID: 1}}},
		"a user twice":      {directory.KindMalformed, "out of order", []directory.Row{u(1), u(1)}},
		"a membership of another user": {directory.KindInvalid, "user above",
			[]directory.Row{g(2), u(1), u(2), directory.Membership{User: 1, Group: 2}}},
		"a membership of no group": {directory.KindNotFound, "group",
			[]directory.Row{u(1), directory.Membership{User: 1, Group: 2}}},
		"a membership of All Users": {directory.KindInvalid, "All Users",
			[]directory.Row{u(1), directory.Membership{User: 1, Group: 1}}},
		"a membership twice": {directory.KindMalformed, "twice",
			[]directory.Row{g(2), u(1), directory.Membership{User: 1, Group: 2}, directory.Membership{User: 1, Group: 2}}},
		"a user's value of another type": {directory.KindInvalid, "value",
			[]directory.Row{attr(func(a *directory.Attribute) { a.Type = directory.TypeYesNo }), u(1),
				directory.UserValue{User: 1, Attribute: 14, Value: coretest.Text("maybe")}}},
		"a user's role that is not": {directory.KindNotFound, "role",
			[]directory.Row{u(1), directory.UserRole{User: 1, Role: 9}}},
		"API credentials": {directory.KindInvalid, "api3",
			[]directory.Row{u(1), directory.Credential{ID: 1, User: 1, Kind: directory.CredentialAPI, Identifier: "x"}}},
		"an e-mail that is none": {directory.KindInvalid, "e-mail", []directory.Row{u(1), mail(1, 1, "nobody")}},
		"two e-mails of a user": {directory.KindInvalid, "kind",
			[]directory.Row{u(1), mail(1, 1, "a@b"), mail(2, 1, "c@d")}},
		"an e-mail of two users": {directory.KindConflict, "identifier",
			[]directory.Row{u(1), mail(1, 1, "a@b"), u(2), mail(2, 2, "A@b")}},
		"a credential's id twice": {directory.KindConflict, "id",
			[]directory.Row{u(1), mail(1, 1, "a@b"), u(2), mail(1, 2, "c@d")}},
		"a reference to nothing": {directory.KindNotFound, "user",
			[]directory.Row{directory.SourceReference{Object: directory.UserID(4).Object(), Source: "s", SourceID: "1"}}},
		"a reference twice": {directory.KindConflict, "source_id",
			[]directory.Row{u(1), u(2), directory.SourceReference{Object: directory.UserID(1).Object(), Source: "s",
				SourceID: "1"}, directory.SourceReference{Object: directory.UserID(2).Object(), Source: "s", SourceID: "1"}}},
		"a facet that is not JSON": {directory.KindInvalid, "JSON",
			[]directory.Row{directory.Facet{Object: directory.GroupID(1).Object(), Dialect: "d", Kind: "k", Data: "{"}}},
		"a reference behind a facet": {directory.KindMalformed, "out of order", []directory.Row{
			directory.Facet{Object: directory.GroupID(1).Object(), Dialect: "d", Kind: "k", Data: "{}"},
			directory.SourceReference{Object: directory.GroupID(1).Object(), Source: "s", SourceID: "1"},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := coretest.Importing(t, memstore.New(), 0)
			defer c.Close()
			before := c.Head()
			_, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(test.rows, io.EOF)})
			row, ok := errors.AsType[*importer.RowError](err)
			if !ok || row.Row != int64(len(test.rows)) || directory.KindOf(err) != test.kind ||
				!strings.Contains(err.Error(), test.says) {
				t.Errorf("Import = %v (kind %d), want row %d, kind %d and %q", err, directory.KindOf(err), len(test.rows),
					test.kind, test.says)
			}
			if c.Head() != before {
				t.Error("something was written")
			}
		})
	}
}

func TestGroupsInEachOtherAreRefused(t *testing.T) {
	cycle := []directory.Row{
		directory.Group{ID: 2}, directory.Group{ID: 3}, directory.Nesting{Group: 2, Parent: 3},
		directory.Nesting{Group: 3, Parent: 2},
	}
	deep := chain(directory.MaxNestingDepth + 1)
	for name, rows := range map[string][]directory.Row{"in a cycle": cycle, "too deep": deep} {
		c := coretest.Importing(t, memstore.New(), 0)
		_, err := importer.Run(t.Context(), c, importer.Import{Job: "j", Rows: coretest.Yielding(rows, io.EOF)})
		if directory.KindOf(err) != directory.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
		if c.Head().Revision != 1 {
			t.Errorf("%s: something was written", name)
		}
		c.Close()
	}
	c := coretest.Importing(t, memstore.New(), 0)
	defer c.Close()
	if _, err := importer.Run(t.Context(), c,
		importer.Import{Job: "j", Rows: coretest.Yielding(chain(directory.MaxNestingDepth), io.EOF)}); err != nil {
		t.Errorf("as deep as is possible: %v", err)
	}
}

// chain is n groups inside each other, from 2.
func chain(n int) (rows []directory.Row) {
	for id := directory.GroupID(2); id < directory.GroupID(2+n); id++ {
		rows = append(rows, directory.Group{ID: id})
	}
	for id := directory.GroupID(3); id < directory.GroupID(2+n); id++ {
		rows = append(rows, directory.Nesting{Group: id, Parent: id - 1})
	}
	return rows
}
