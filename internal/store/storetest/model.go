package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// enough is how many random histories are tried, unless the long tests run or
// the flag of rapid asks for a number: each opens a store, which takes longest.
const enough = 20

// testModel writes the same random commits, good and bad, to a store and to the
// model, and compares everything that can be read.
func testModel(t *testing.T, open func(t *testing.T) store.Store) {
	effort.Check(t, enough, func(rt *rapid.T) {
		model, s := memstore.New(), open(t)
		for range rapid.IntRange(1, 8).Draw(rt, "commits") {
			rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 12).Draw(rt, "put")
			keys := rapid.SliceOfN(rapid.Custom(drawRow), 0, 3).Draw(rt, "remove")
			want, got := commit(t.Context(), model, rows, keys), commit(t.Context(), s, rows, keys)
			if (want == nil) != (got == nil) {
				rt.Fatalf("the model says %v, the store %v", want, got)
			}
			if diff, err := Diff(t.Context(), model, s); diff != "" || err != nil {
				rt.Fatalf("(-model +store) %v\n%s", err, diff)
			}
			compareUsers(t.Context(), rt, model, s)
		}
		if err := s.Check(t.Context(), func(c string) { rt.Error(c) }); err != nil {
			rt.Fatal(err)
		}
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

// commit puts rows and removes others, as planOf does.
func commit(ctx context.Context, s store.Store, rows, gone []directory.Row) error {
	return s.Write(ctx, func(tx store.Tx) error {
		c, err := planOf(ctx, tx, rows, gone)
		if err != nil {
			return err
		}
		return tx.Append(ctx, c)
	})
}

// planOf is Plan for rows, the last one of each key, and others that go.
func planOf(ctx context.Context, tx store.Tx, rows, gone []directory.Row) (store.Commit, error) {
	seen := map[directory.RowKey]bool{}
	var put []directory.Row
	var remove []directory.RowKey
	for _, row := range rows {
		if !seen[row.Key()] {
			seen[row.Key()] = true
			put = append(put, row)
		}
	}
	for _, row := range gone {
		if !seen[row.Key()] {
			seen[row.Key()] = true
			remove = append(remove, row.Key())
		}
	}
	return Plan(ctx, tx, put, remove...)
}

// drawRow draws from a world so small that names collide and rows meet. The
// objects that others name are drawn more often, or little would be allowed.
func drawRow(t *rapid.T) directory.Row {
	id := rapid.Int64Range(1, 3)
	text := rapid.SampledFrom([]string{"", "a", "A", "ä", "ab%", "b_"})
	deleted := rapid.SampledFrom([]directory.Revision{0, 0, 0, 2})
	window := func() directory.Window {
		return rapid.SampledFrom([]directory.Window{{}, {}, {StartsAt: 2000}, {StartsAt: 1000, ExpiresAt: 3000},
			{ExpiresAt: 4000}}).Draw(t, "window")
	}
	group := func() directory.GroupID { return directory.GroupID(id.Draw(t, "group")) }
	user := func() directory.UserID { return directory.UserID(id.Draw(t, "user")) }
	attribute := func() directory.AttributeID { return directory.AttributeID(id.Draw(t, "attribute")) }
	s := func() string { return text.Draw(t, "text") }
	object := func() directory.Object {
		return directory.Object{Kind: directory.ObjectKind(id.Draw(t, "object kind")), ID: id.Draw(t, "object")}
	}
	kinds := append(directory.RowKinds(), directory.RowGroup, directory.RowUser, directory.RowUser, directory.RowAttribute,
		directory.RowMembership, directory.RowMembership, directory.RowMembership)
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case directory.RowGroup:
		return directory.Group{ID: group(), Name: s(), DeletedRev: deleted.Draw(t, "deleted")}
	case directory.RowNesting:
		g := group()
		return directory.Nesting{Group: g, Parent: g%3 + 1, Position: id.Draw(t, "position")}
	case directory.RowAttribute:
		return directory.Attribute{ID: attribute(), Name: s(), Label: s(), DeletedRev: deleted.Draw(t, "deleted")}
	case directory.RowGroupValue:
		g, a := group(), attribute()
		return directory.GroupValue{ID: directory.ValueID(rapid.Int64Range(1, 6).Draw(t, "value")), Group: g, Attribute: a,
			Value: directory.Value{Text: s()}, Order: id.Draw(t, "order"), Window: window()}
	case directory.RowPermissionSet:
		return directory.PermissionSet{ID: directory.PermissionSetID(id.Draw(t, "set")), Name: s(),
			Permissions: rapid.SliceOfN(text, 0, 2).Draw(t, "list")}
	case directory.RowModelSet:
		return directory.ModelSet{ID: directory.ModelSetID(id.Draw(t, "set")), Name: s()}
	case directory.RowRole:
		return directory.Role{ID: directory.RoleID(id.Draw(t, "role")), Name: s(),
			PermissionSet: directory.PermissionSetID(id.Draw(t, "set")), ModelSet: directory.ModelSetID(id.Draw(t, "models"))}
	case directory.RowGroupRole:
		return directory.GroupRole{Group: group(), Role: directory.RoleID(id.Draw(t, "role"))}
	case directory.RowUser:
		return directory.User{
			ID: user(), Kind: directory.KindPerson, FirstName: s(), LastName: s(), ContactEmail: s(),
			Disabled: id.Draw(t, "disabled") == 1, CreatedAt: directory.Instant(id.Draw(t, "created")),
			DeletedRev: deleted.Draw(t, "deleted"),
		}
	case directory.RowMembership:
		return directory.Membership{User: user(), Group: group(), Position: id.Draw(t, "position"), Window: window()}
	case directory.RowUserValue:
		return directory.UserValue{User: user(), Attribute: attribute(), Value: directory.Value{}.With("EN", s()),
			Window: window()}
	case directory.RowUserRole:
		return directory.UserRole{User: user(), Role: directory.RoleID(id.Draw(t, "role"))}
	case directory.RowCredential:
		return drawCredential(t, directory.CredentialID(id.Draw(t, "credential")), user(), s)
	case directory.RowSourceReference:
		return directory.SourceReference{Object: object(), Source: s(), SourceID: s()}
	default:
		return directory.Facet{Object: object(), Dialect: s(), Kind: s(), Name: s(), Data: s()}
	}
}

func drawCredential(t *rapid.T, id directory.CredentialID, of directory.UserID, s func() string) directory.Row {
	kinds := rapid.SampledFrom([]directory.CredentialKind{directory.CredentialEmail, directory.CredentialAPI})
	return directory.Credential{ID: id, User: of, Kind: kinds.Draw(t, "credential kind"), Identifier: s(), Shown: s()}
}

// drawFilter draws a filter of some depth.
func drawFilter(t *rapid.T, depth int) directory.UserFilter {
	field := rapid.SampledFrom([]directory.UserField{directory.FieldFirstName, directory.FieldLastName,
		directory.FieldEmail})
	most := 8
	if depth == 0 {
		most = 6
	}
	switch rapid.IntRange(0, most).Draw(t, "filter") {
	case 0:
		return nil
	case 1:
		return directory.UsersByID(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) directory.UserID {
			return directory.UserID(rapid.Int64Range(1, 4).Draw(t, "id"))
		}), 0, 3).Draw(t, "ids"))
	case 2, 3:
		return like(field.Draw(t, "field"), rapid.StringOfN(rapid.SampledFrom([]rune("aAäb%_")), 0, 4, -1).Draw(t, "pattern"))
	case 4:
		return directory.UsersEmpty{Field: field.Draw(t, "field"), Empty: rapid.Bool().Draw(t, "empty")}
	case 5:
		return rapid.SampledFrom([]directory.UserFilter{
			directory.UsersEnabled(true), directory.UsersEnabled(false), directory.UsersHaving{1, 2}, directory.UsersHaving{3},
			directory.UsersWith(directory.CredentialEmail), directory.UsersWith(directory.CredentialAPI),
		}).Draw(t, "plain filter")
	case 6:
		at := directory.Instant(rapid.IntRange(0, 5).Draw(t, "at") * 1000)
		groups := rapid.SliceOfN(rapid.Int64Range(1, 4), 0, 2).Draw(t, "groups")
		in := directory.UsersIn{At: at}
		for _, g := range groups {
			in.Groups = append(in.Groups, directory.GroupID(g))
		}
		return in
	}
	list := make([]directory.UserFilter, rapid.IntRange(0, 3).Draw(t, "parts"))
	for i := range list {
		list[i] = drawFilter(t, depth-1)
	}
	if rapid.Bool().Draw(t, "all") {
		return directory.UsersAnd(list)
	}
	return directory.UsersOr(list)
}

// compareUsers asks both for the same random lists.
func compareUsers(ctx context.Context, t *rapid.T, model, s store.Store) {
	for range 4 {
		q := directory.UserQuery{
			Where: drawFilter(t, 2), Offset: rapid.IntRange(0, 4).Draw(t, "offset"),
			Limit: rapid.IntRange(0, 3).Draw(t, "limit"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "keys") {
			q.Sort = append(q.Sort, directory.UserSort{
				Field: directory.UserField(rapid.IntRange(1, 7).Draw(t, "sort")), Desc: rapid.Bool().Draw(t, "descending"),
			})
		}
		type page struct {
			Users []directory.UserRows
			Total int
		}
		var pages [2]page
		for i, s := range []store.Store{model, s} {
			err := s.Read(ctx, func(r store.Reader) (err error) {
				pages[i].Users, pages[i].Total, err = r.Users(ctx, q)
				return err
			})
			if err != nil {
				t.Fatal(errors.Join(errors.New("list users"), err))
			}
		}
		if diff := cmp.Diff(pages[0], pages[1]); diff != "" {
			if len(pages[0].Users)+len(pages[1].Users) > 0 || pages[0].Total != pages[1].Total {
				t.Fatalf("users of %+v (-model +store):\n%s", q, diff)
			}
		}
	}
}
