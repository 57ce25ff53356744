package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// upsert makes a change that names the group of a source id, and makes it
// first if there is none.
func upsert(ctx context.Context, now *view.View, sourceID, name string) (directory.Change, error) {
	refs, err := now.BySource(ctx, directory.ObjectGroup, "erp", sourceID)
	if err != nil {
		return directory.Change{}, err
	}
	if len(refs) > 0 {
		return directory.Change{Edits: []directory.Edit{
			directory.UpdateGroup{Group: directory.GroupID(refs[0].Object.ID), Name: &name},
		}}, nil
	}
	return directory.Change{Edits: []directory.Edit{
		directory.CreateGroup{Name: name},
		directory.SetSource{Object: directory.Made[directory.GroupID](0).Object(), Source: "erp", SourceID: sourceID},
	}}, nil
}

func TestEachOfManyChangesSeesWhatThoseBeforeItDid(t *testing.T) {
	w := coretest.New(t)
	before := w.Core.Head().Revision
	attempts := w.Admin().CommitEach(t.Context(), 300, func(i int, now *view.View) (directory.Change, error) {
		return upsert(t.Context(), now, fmt.Sprint(i%100), fmt.Sprint("name ", i/100))
	})
	for i, a := range attempts {
		if a.Err != nil || !a.Committed.Changed || a.Committed.Revision != before+directory.Revision(i)+1 {
			t.Fatalf("change %d: %+v", i, a)
		}
		if made := a.Committed.Results[0].Made; made != (i < 100) {
			t.Fatalf("change %d made something: %v", i, made)
		}
	}
	if got := w.Core.Head().Groups; got != 101 {
		t.Errorf("there are %d groups, want 101", got)
	}
	if _, seen := w.Admin().Revision(); seen != before+300 {
		t.Errorf("the caller has seen revision %d, want %d", seen, before+300)
	}
}

func TestARefusedChangeOfManyLeavesTheOthers(t *testing.T) {
	w := coretest.New(t)
	attempts := w.Admin().CommitEach(t.Context(), 5, func(i int, now *view.View) (directory.Change, error) {
		switch i {
		case 1:
			return directory.Change{}, directory.Invalid("x", "is wrong")
		case 2:
			panic("in the writer")
		case 3:
			return directory.Change{}, nil
		}
		return upsert(t.Context(), now, fmt.Sprint(i), "n")
	})
	var got []string
	for _, a := range attempts {
		got = append(got, fmt.Sprint(a.Committed.Changed, " ", a.Err))
	}
	want := []string{"true <nil>", "false x is wrong", "false preparing a change panicked", "false <nil>", "true <nil>"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestManyChangesOfACallerThatHasGoneAreNotMade(t *testing.T) {
	w := coretest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	before := w.Core.Head().Revision
	attempts := w.Admin().CommitEach(ctx, 1000, func(i int, now *view.View) (directory.Change, error) {
		if i == 200 {
			cancel()
		}
		return upsert(t.Context(), now, fmt.Sprint(i), "n")
	})
	last := attempts[999]
	if !errors.Is(last.Err, context.Canceled) {
		t.Errorf("the last change: %+v", last)
	}
	made := directory.Revision(0)
	for _, a := range attempts {
		if a.Err == nil {
			made++
		}
	}
	if now := w.Core.Head().Revision; now != before+made || made < 100 {
		t.Errorf("%d changes were acknowledged, the revision went from %d to %d", made, before, now)
	}
}

func TestPreparingAsksForPermissionLikeEverythingElse(t *testing.T) {
	w := coretest.New(t)
	w.Do(directory.CreateGroup{Name: "unseen"})
	nobody := view.New(w.Core).As(directory.Caller{User: w.User("Nobody")})
	attempts := nobody.CommitEach(t.Context(), 2, func(i int, now *view.View) (directory.Change, error) {
		if i == 0 {
			_, err := now.Group(t.Context(), 2)
			return directory.Change{}, err
		}
		return directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: "a"}}}, nil
	})
	if directory.KindOf(attempts[0].Err) != directory.KindNotFound ||
		directory.KindOf(attempts[1].Err) != directory.KindForbidden {
		t.Errorf("%v and %v, want not found and forbidden", attempts[0].Err, attempts[1].Err)
	}
}

func TestObjectsAreFoundBySourceWhileTheyAreThere(t *testing.T) {
	w := coretest.New(t)
	a, b, u := w.Group("a"), w.Group("b"), w.User("u")
	for _, ref := range []directory.SourceReference{
		{Object: a.Object(), Source: "erp", SourceID: "1"}, {Object: b.Object(), Source: "crm", SourceID: "1"},
		{Object: u.Object(), Source: "erp", SourceID: "1"},
	} {
		w.Do(directory.SetSource{Object: ref.Object, Source: ref.Source, SourceID: ref.SourceID})
	}
	find := func(kind directory.ObjectKind, source string) (got []directory.Object) {
		refs, err := w.Admin().BySource(t.Context(), kind, source, "1")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range refs {
			got = append(got, r.Object)
		}
		return got
	}
	for _, test := range []struct {
		kind   directory.ObjectKind
		source string
		want   []directory.Object
	}{
		{directory.ObjectGroup, "", []directory.Object{a.Object(), b.Object()}},
		{directory.ObjectGroup, "erp", []directory.Object{a.Object()}},
		{directory.ObjectGroup, "ERP", nil},
		{directory.ObjectUser, "", []directory.Object{u.Object()}},
	} {
		if diff := cmp.Diff(test.want, find(test.kind, test.source)); diff != "" {
			t.Errorf("%v in %q (-want +got)\n%s", test.kind, test.source, diff)
		}
	}
	w.Do(directory.DeleteGroup{Group: a}, directory.DeleteUser{User: u})
	if got := find(directory.ObjectGroup, ""); !cmp.Equal(got, []directory.Object{b.Object()}) {
		t.Errorf("after the deletion: %v", got)
	}
	if got := find(directory.ObjectUser, ""); got != nil {
		t.Errorf("a deleted user is found: %v", got)
	}
	lists, err := w.Admin().Sources(t.Context(), a.Object(), b.Object())
	if err != nil || lists[0] != nil || len(lists[1]) != 1 {
		t.Errorf("Sources = %v, %v", lists, err)
	}
}

func TestWhatAGroupInherits(t *testing.T) {
	w := coretest.New(t)
	top, mid, low := w.Group("top"), w.Group("mid"), w.Group("low")
	slogan := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "slogan", Type: directory.TypeText,
		Rule: directory.RuleNearest}).Results[0].ID)
	in := func(texts ...directory.LocalText) directory.Value { return directory.Value{Texts: texts} }
	w.Do(
		directory.SetFirstParent{Group: low, Parent: mid}, directory.SetFirstParent{Group: mid, Parent: top},
		directory.SetGroupValue{Group: top, Attribute: slogan, Value: in(directory.LocalText{Language: "EN", Text: "up"},
			directory.LocalText{Language: "NL", Text: "op"})},
		directory.SetGroupValue{Group: low, Attribute: slogan, Value: in(directory.LocalText{Language: "DE", Text: "ab"})},
	)
	path, err := w.Admin().GroupPath(t.Context(), low)
	if err != nil || len(path) != 3 || path[2].ID != top {
		t.Errorf("GroupPath = %v, %v", path, err)
	}
	languages, err := w.Admin().LanguagesOf(t.Context(), slogan, low)
	if diff := cmp.Diff([]directory.Language{"DE", "EN", "NL"}, languages); err != nil || diff != "" {
		t.Errorf("LanguagesOf: %v (-want +got)\n%s", err, diff)
	}
	own, err := w.Admin().ValuesOfGroup(t.Context(), low)
	if err != nil || len(own) != 1 || own[0].Attribute != slogan {
		t.Errorf("ValuesOfGroup = %v, %v", own, err)
	}
	got, err := w.Admin().GroupEffective(t.Context(), low, []directory.AttributeID{slogan}, "NL")
	if err != nil || len(got) != 1 || !cmp.Equal(got[0].Groups, []directory.GroupID{top}) {
		t.Errorf("GroupEffective = %+v, %v", got, err)
	}
}

func TestACallerWhoGivesUpItsRoleMayNotGoOnInTheSameBatch(t *testing.T) {
	w := coretest.New(t)
	second := w.User("Second")
	w.Do(directory.SetUserRoles{User: second, Roles: []directory.RoleID{directory.AdminRole}})
	attempts := view.New(w.Core).As(directory.Caller{User: second}).CommitEach(t.Context(), 3,
		func(i int, _ *view.View) (directory.Change, error) {
			edits := []directory.Edit{directory.CreateGroup{Name: "a"}}
			if i == 1 {
				edits = []directory.Edit{directory.SetUserRoles{User: second}}
			}
			return directory.Change{Edits: edits}, nil
		})
	if attempts[0].Err != nil || attempts[1].Err != nil || directory.KindOf(attempts[2].Err) != directory.KindForbidden {
		t.Errorf("%v, %v, %v; want the third to be forbidden", attempts[0].Err, attempts[1].Err, attempts[2].Err)
	}
}
