package core_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/inspect"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// everything is what somebody reads of the drawn objects, each read by a name.
func (d *draft) everything(ctx context.Context, as *view.View) map[string]any {
	all := map[string]any{}
	put := func(name string, answer any, err error) { all[name] = []any{answer, fmt.Sprint(err)} }
	for _, u := range d.users {
		user, err := as.WholeUser(ctx, u)
		user.TouchedRev = 0 // of users that were rewound it is not known exactly
		put(fmt.Sprint("user ", u), user, err)
		values, err := as.Effective(ctx, u, nil)
		put(fmt.Sprint("values of ", u), values, err)
		sources, err := as.Sources(ctx, u.Object())
		put(fmt.Sprint("sources of ", u), sources, err)
		facets, err := as.FacetsOf(ctx, []directory.Object{u.Object()})
		put(fmt.Sprint("facets of ", u), facets, err)
	}
	for _, a := range d.attrs {
		values, err := as.WholeValues(ctx, a)
		put(fmt.Sprint("group values of ", a), values, err)
		page, err := inspect.Holders(ctx, as, directory.HolderQuery{Attribute: a, Limit: 2})
		put(fmt.Sprint("holders of ", a), page, err)
	}
	details, err := as.GroupDetails(ctx, d.groups)
	put("groups", details, err)
	counts, err := as.RoleCounts(ctx, []directory.RoleID{directory.AdminRole})
	put("holders of the role", counts, err)
	for _, email := range []string{"a@example.com", "b@example.com"} {
		found, err := as.UserByIdentifier(ctx, directory.CredentialEmail, email)
		found.TouchedRev = 0
		put(email, found, err)
	}
	for _, id := range []string{"a", "b"} {
		refs, err := as.BySource(ctx, directory.ObjectUser, "", id)
		put("source "+id, refs, err)
	}
	d.lists(ctx, as, put)
	return all
}

// userList draws a page of users.
func (d *draft) userList(pattern directory.Pattern) directory.UserQuery {
	filters := []directory.UserFilter{
		nil, directory.UsersEnabled(true), directory.UsersIn{Groups: d.groups[1:3], At: 1},
		directory.UsersHaving{directory.AdminRole},
		directory.UsersLike{Field: directory.FieldFirstName, Pattern: pattern},
	}
	orders := [][]directory.UserSort{nil, {{Field: directory.FieldFirstName}}, {{Field: directory.FieldEmail, Desc: true}}}
	return directory.UserQuery{
		Where: pick(d, "filter", filters), Sort: pick(d, "order", orders),
		Offset: rapid.IntRange(0, 3).Draw(d.t, "offset"), Limit: rapid.IntRange(0, 2).Draw(d.t, "limit"),
	}
}

// lists reads the lists that were drawn.
func (d *draft) lists(ctx context.Context, as *view.View, put func(string, any, error)) {
	for i, q := range d.queries {
		list, total, err := as.Users(ctx, q)
		for i := range list {
			list[i].TouchedRev = 0
		}
		put(fmt.Sprintf("list %d, %+v", i, q), list, err)
		put(fmt.Sprintf("total %d, %+v", i, q), total, err)
	}
}

// TestAReplyIsReadFromTheStateThatItsChangeLeftBehind has others change the
// same few objects between a change and its reply, and compares all that the
// reply can be read from with a copy that was made at once.
func TestAReplyIsReadFromTheStateThatItsChangeLeftBehind(t *testing.T) {
	effort.Check(t, 20, func(rt *rapid.T) {
		s := memstore.New()
		w := coretest.Open(t, s, reproducible(64))
		defer w.Core.Close()
		d := newDraft(rt, w.Admin())
		a, err := directory.ParsePattern("first_name", "a")
		if err != nil {
			rt.Fatal(err)
		}
		for range 8 {
			d.queries = append(d.queries, d.userList(a))
		}
		change := func(as *view.View) bool {
			edit := d.edit()
			if rapid.Bool().Draw(rt, "about a user") {
				edit = d.aboutUsers(w.Root)
			}
			_, err := as.Commit(t.Context(), directory.Change{Edits: []directory.Edit{edit}})
			if err != nil && !isRefusal(err) {
				rt.Fatalf("%+v: %v", edit, err)
			}
			return err == nil
		}
		for range rapid.IntRange(0, 8).Draw(rt, "changes before") {
			change(w.Admin())
		}
		mine := w.Admin()
		if !change(mine) {
			return
		}
		then := s.Clone()
		for range rapid.IntRange(1, 12).Draw(rt, "changes of others") {
			change(w.Admin())
		}
		comparePinned(t, rt, d, mine, then, w.Root)
	})
}

func comparePinned(t *testing.T, rt *rapid.T, d *draft, mine *view.View, then store.Store, caller directory.UserID) {
	copied, err := core.Open(t.Context(), then, reproducible(1))
	if err != nil {
		rt.Fatal(err)
	}
	defer copied.Close()
	same := view.New(copied).As(directory.Caller{User: caller})
	want := d.everything(t.Context(), same)
	got := d.everything(t.Context(), mine)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("(-as the change left it +what its reply says)\n%s", diff)
	}
	_, wanted := same.Revision()
	if _, said := mine.Revision(); said != wanted {
		rt.Errorf("the reply names revision %d, want %d", said, wanted)
	}
}

func TestAThousandChangesBetweenAChangeAndItsReply(t *testing.T) {
	w := coretest.New(t)
	g, a, ada := w.Group("G"), w.Attribute("a", directory.TypeString), w.User("Ada")
	mine := w.Admin()
	name := "mine"
	if _, err := mine.Commit(t.Context(), directory.Change{Edits: []directory.Edit{
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("mine")},
		directory.UpdateUser{User: ada, FirstName: &name},
		directory.AddMember{Group: g, User: ada},
		directory.SetFacet{Object: ada.Object(), Dialect: "test", Kind: "k", Name: "n", Data: `"mine"`},
	}}); err != nil {
		t.Fatal(err)
	}
	_, at := mine.Revision()
	for i := range effort.Of(200, 1000) {
		theirs := fmt.Sprint(i)
		w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text(theirs)},
			directory.UpdateUser{User: ada, FirstName: &theirs})
	}
	w.Do(directory.DeleteUser{User: ada}, directory.DeleteGroup{Group: g}, directory.DeleteAttribute{Attribute: a})
	v, err := mine.GroupValue(t.Context(), g, a)
	if err != nil || v.Value.Text != "mine" {
		t.Errorf("the value is %q, %v", v.Value.Text, err)
	}
	list, _, err := mine.Users(t.Context(),
		directory.UserQuery{Where: directory.UsersIn{Groups: []directory.GroupID{g}, At: 1}})
	if err != nil || len(list) != 1 || list[0].User.FirstName != "mine" {
		t.Errorf("the members are %+v, %v", list, err)
	}
	details, err := mine.GroupDetails(t.Context(), []directory.GroupID{g})
	if err != nil || len(details) != 1 || details[0].Members != 1 {
		t.Errorf("the group is %+v, %v", details, err)
	}
	if _, now := mine.Revision(); now != at {
		t.Errorf("the reply names revision %d, want %d", now, at)
	}
}
