package core_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/history"
	"cohort/internal/store/memstore"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// A draft draws edits that mostly make sense: ids of things that mostly exist.
type draft struct {
	t      *rapid.T
	users  []directory.UserID
	groups []directory.GroupID
	attrs  []directory.AttributeID

	queries []directory.UserQuery
}

func pick[T any](d *draft, what string, list []T) T { return rapid.SampledFrom(list).Draw(d.t, what) }

func (d *draft) value(a directory.AttributeID) directory.Value {
	n := rapid.IntRange(0, 3).Draw(d.t, "value")
	if a%2 == 0 {
		return directory.Value{Text: fmt.Sprint(n)}
	}
	return directory.Value{Text: directory.JoinList([]string{"x", fmt.Sprint(n)})}
}

func (d *draft) edit() directory.Edit {
	g, u, a := pick(d, "group", d.groups), pick(d, "user", d.users), pick(d, "attribute", d.attrs)
	h := pick(d, "other group", d.groups)
	rank := rapid.IntRange(1, 4).Draw(d.t, "rank")
	switch rapid.IntRange(0, 19).Draw(d.t, "kind of edit") {
	case 0:
		return directory.CreateGroup{Name: "g"}
	case 1:
		return directory.DeleteGroup{Group: g}
	case 2, 3:
		return directory.AddMember{Group: g, User: u}
	case 4:
		return directory.RemoveMember{Group: g, User: u}
	case 5, 6:
		return directory.AddParent{Group: g, Parent: h}
	case 7:
		return directory.RemoveParent{Group: g, Parent: h}
	case 8:
		return directory.SetFirstParent{Group: g, Parent: h}
	case 9:
		return directory.SetFirstGroup{User: u, Group: g}
	case 10, 11:
		return directory.SetGroupValue{Group: g, Attribute: a, Value: d.value(a)}
	case 12:
		return directory.SetGroupValue{Group: g, Attribute: a, Value: d.value(a), Rank: &rank}
	case 13:
		return directory.DeleteGroupValue{Group: g, Attribute: a}
	case 14:
		return directory.SetGroupValues{Attribute: a, Items: []directory.GroupValueItem{
			{Group: h, Value: d.value(a)}, {Group: directory.AllUsers, Value: d.value(a)},
		}}
	case 15:
		return directory.SetUserValue{User: u, Attribute: a, Value: d.value(a)}
	case 16:
		return directory.DeleteUserValue{User: u, Attribute: a}
	case 17:
		rule := pick(d, "rule", directory.Rules())
		return directory.UpdateAttribute{Attribute: a, Rule: &rule}
	case 18:
		v := d.value(a)
		return directory.UpdateAttribute{Attribute: a, Default: &v}
	default:
		return directory.RenumberValues{Attribute: a}
	}
}

// answers are all effective values and explanations of the drawn users.
func (d *draft) answers(t *rapid.T,
	as *view.View) (effective map[directory.UserID][]directory.Effective, why []directory.Explanation) {
	effective = map[directory.UserID][]directory.Effective{}
	for _, u := range d.users {
		list, err := as.Effective(t.Context(), u, nil)
		if err != nil {
			t.Fatal(err)
		}
		effective[u] = list
		for _, a := range d.attrs {
			x, err := as.Explain(t.Context(), u, a)
			if err != nil {
				t.Fatal(err)
			}
			why = append(why, x)
		}
	}
	return effective, why
}

func newDraft(t *rapid.T, as *view.View) *draft {
	d := &draft{t: t, groups: []directory.GroupID{directory.AllUsers, 2, 3, 4, 5, 6}}
	edits := []directory.Edit{}
	for range 5 {
		edits = append(edits, directory.CreateGroup{Name: "g"})
	}
	for i := range 3 {
		edits = append(edits, directory.CreateUser{FirstName: fmt.Sprint(i)})
		d.users = append(d.users, directory.UserID(2+i))
	}
	for i := range 4 {
		typ := directory.TypeInteger
		if i%2 == 1 {
			typ = directory.TypeEnumList
		}
		edits = append(edits, directory.CreateAttribute{Name: fmt.Sprint("a", i), Type: typ, UserCanView: true})
		d.attrs = append(d.attrs, directory.FirstCustomAttribute+directory.AttributeID(i))
	}
	if _, err := as.Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLawsOfTheWritePath runs random edits and holds what the running
// directory says against the same directory opened afresh (rebuilt index, cold
// cache), against the past as it was when it was the present, and against what
// is stored.
func TestLawsOfTheWritePath(t *testing.T) {
	effort.Check(t, 30, func(t *rapid.T) {
		s := memstore.New()
		c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		admin, _, err := c.Bootstrap(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		as := view.New(c).As(directory.Caller{User: admin.User})
		d := newDraft(t, as)
		past := map[directory.Revision]map[directory.UserID][]directory.Effective{}
		for range rapid.IntRange(1, 15).Draw(t, "changes") {
			before := c.Head().Revision
			past[before], _ = d.answers(t, as)
			var edits []directory.Edit
			for range rapid.IntRange(1, 3).Draw(t, "edits") {
				edits = append(edits, d.edit())
			}
			done, err := as.Commit(t.Context(), directory.Change{Edits: edits})
			if err != nil && !isRefusal(err) {
				t.Fatalf("%+v: %v", edits, err)
			}
			if err == nil && done.Changed != (done.Revision == before+1) {
				t.Fatalf("%+v: %+v after revision %d", edits, done, before)
			}
			if err == nil && done.Changed && rapid.IntRange(0, 4).Draw(t, "revert") == 0 {
				lawRevert(t, d, as, done.Revision, past[before])
			}
		}
		lawFresh(t, d, as, func() *view.View {
			fresh, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(fresh.Close)
			return view.New(fresh).As(directory.Caller{User: admin.User})
		}())
		lawPast(t, as, past)
		if n, err := verify.Check(t.Context(), s, &verify.Report{Problem: func(s string) { t.Error(s) }}); n != 0 ||
			err != nil {
			t.Fatalf("Verify = %d, %v", n, err)
		}
	})
}

func isRefusal(err error) bool {
	kind := directory.KindOf(err)
	return kind != directory.KindInternal && kind != directory.KindUnavailable
}

func lawFresh(t *rapid.T, d *draft, live, fresh *view.View) {
	liveValues, liveWhy := d.answers(t, live)
	freshValues, freshWhy := d.answers(t, fresh)
	if diff := cmp.Diff(freshValues, liveValues); diff != "" {
		t.Fatalf("effective values (-opened afresh +running):\n%s", diff)
	}
	if diff := cmp.Diff(freshWhy, liveWhy); diff != "" {
		t.Fatalf("explanations (-opened afresh +running):\n%s", diff)
	}
}

func lawPast(t *rapid.T, as *view.View, past map[directory.Revision]map[directory.UserID][]directory.Effective) {
	for rev, users := range past {
		for u, want := range users {
			got, at, err := as.EffectiveAt(t.Context(), u, nil, directory.Point{Revision: rev})
			if err != nil || at != rev {
				t.Fatalf("as of %d: at %d, %v", rev, at, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("user %d as of %d (-then +now):\n%s", u, rev, diff)
			}
		}
	}
}

// lawRevert reverts the newest change, after which everything is as before it.
func lawRevert(t *rapid.T, d *draft, as *view.View, rev directory.Revision,
	before map[directory.UserID][]directory.Effective) {
	if _, err := history.Revert(t.Context(), as, rev, "never mind"); err != nil {
		t.Fatalf("revert of the newest change: %v", err)
	}
	after, _ := d.answers(t, as)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("after reverting %d (-before it +after):\n%s", rev, diff)
	}
}
