package core_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// plainSealer is a sealer whose seals are easy to look into.
type plainSealer struct{}

func (plainSealer) Seal(a directory.AttributeID, o directory.Object, text string) (string, []byte, error) {
	return "test", fmt.Appendf(nil, "%d/%s/%s", a, o, text), nil
}

func (plainSealer) Open(a directory.AttributeID, o directory.Object, _ string, sealed []byte) (string, error) {
	prefix := fmt.Sprintf("%d/%s/", a, o)
	if len(sealed) < len(prefix) || string(sealed[:len(prefix)]) != prefix {
		return "", fmt.Errorf("sealed for another place")
	}
	return string(sealed[len(prefix):]), nil
}

// A world is a directory with an administrator, for one test.
type world struct {
	t     *testing.T
	core  *core.Core
	store store.Store
	root  directory.UserID

	caller directory.Caller // who admin is; by default the user root
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := memstore.New()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: plainSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	admin, ok, err := c.Bootstrap(t.Context(), "", "")
	if err != nil || !ok {
		t.Fatalf("Bootstrap = %v, %v", ok, err)
	}
	return &world{t: t, core: c, store: s, root: admin.User}
}

// admin is the directory as the administrator sees it, for one request.
func (w *world) admin() *view.View {
	if w.caller == (directory.Caller{}) {
		return view.New(w.core).As(directory.Caller{User: w.root, Dialect: "test"})
	}
	return view.New(w.core).As(w.caller)
}

// do commits edits as the administrator and fails the test if that fails.
func (w *world) do(edits ...directory.Edit) directory.Committed {
	w.t.Helper()
	done, err := w.admin().Commit(w.t.Context(), directory.Change{Edits: edits})
	if err != nil {
		w.t.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

// refuse commits edits as somebody and expects a refusal of a kind.
func (w *world) refuse(as *view.View, kind directory.Kind, edits ...directory.Edit) {
	w.t.Helper()
	before := w.core.Head()
	_, err := as.Commit(w.t.Context(), directory.Change{Edits: edits})
	if directory.KindOf(err) != kind || err == nil {
		w.t.Errorf("commit %+v: %v (kind %d), want kind %d", edits, err, directory.KindOf(err), kind)
	}
	if after := w.core.Head(); after != before {
		w.t.Errorf("a refused change moved the head from %+v to %+v", before, after)
	}
}

func (w *world) group(name string) directory.GroupID {
	w.t.Helper()
	return directory.GroupID(w.do(directory.CreateGroup{Name: name}).Results[0].ID)
}

func (w *world) user(name string) directory.UserID {
	w.t.Helper()
	return directory.UserID(w.do(directory.CreateUser{FirstName: name}).Results[0].ID)
}

func (w *world) attribute(name string, t directory.Type) directory.AttributeID {
	w.t.Helper()
	return directory.AttributeID(w.do(directory.CreateAttribute{Name: name, Type: t, UserCanView: true}).Results[0].ID)
}

func (w *world) effective(u directory.UserID, a directory.AttributeID) string {
	w.t.Helper()
	list, err := w.admin().Effective(w.t.Context(), u, []directory.AttributeID{a})
	if err != nil || len(list) != 1 {
		w.t.Fatalf("Effective = %v, %v", list, err)
	}
	return list[0].Origin.String() + ":" + list[0].Value.Text
}

func text(s string) directory.Value { return directory.Value{Text: s} }

func TestAGroupValueReachesTheMembersOfGroupsBelow(t *testing.T) {
	w := newWorld(t)
	emea, berlin, ada := w.group("EMEA"), w.group("Berlin"), w.user("Ada")
	region := w.attribute("region", directory.TypeString)
	w.do(directory.AddParent{Group: berlin, Parent: emea}, directory.AddMember{Group: berlin, User: ada})
	if got, want := w.effective(ada, region), "none:"; got != want {
		t.Errorf("before: %q, want %q", got, want)
	}
	w.do(directory.SetGroupValue{Group: emea, Attribute: region, Value: text("emea")})
	if got, want := w.effective(ada, region), "group:emea"; got != want {
		t.Errorf("after: %q, want %q", got, want)
	}
}

func TestAnEditThatChangesNothingMakesNoRevision(t *testing.T) {
	w := newWorld(t)
	g, a := w.group("G"), w.attribute("a", directory.TypeString)
	set := directory.SetGroupValue{Group: g, Attribute: a, Value: text("1")}
	first := w.do(set)
	second := w.do(set)
	if !first.Changed || second.Changed || second.Revision != first.Revision ||
		second.Results[0].ID != first.Results[0].ID {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

func TestEditsReferToWhatEarlierEditsOfTheChangeMade(t *testing.T) {
	w := newWorld(t)
	done := w.do(
		directory.CreateGroup{Name: "A"},
		directory.CreateUser{FirstName: "U"},
		directory.CreateAttribute{Name: "x", Type: directory.TypeInteger},
		directory.AddMember{Group: directory.Made[directory.GroupID](0), User: directory.Made[directory.UserID](1)},
		directory.SetGroupValues{Attribute: directory.Made[directory.AttributeID](2), Items: []directory.GroupValueItem{
			{Group: directory.Made[directory.GroupID](0), Value: text("7")},
		}},
	)
	got := w.effective(directory.UserID(done.Results[1].ID), directory.AttributeID(done.Results[2].ID))
	if got != "group:7" {
		t.Errorf("effective = %q", got)
	}
	w.refuse(w.admin(), directory.KindInvalid, directory.AddMember{Group: directory.Made[directory.GroupID](5),
		User: w.root})
}

func TestManyWritersAllGetThroughAndRevisionsHaveNoGaps(t *testing.T) {
	w := newWorld(t)
	start := w.core.Head().Revision
	const writers, each = 16, 20
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				edit := directory.CreateGroup{Name: fmt.Sprintf("g%d-%d", i, j)}
				if _, err := w.admin().Commit(context.Background(), directory.Change{Edits: []directory.Edit{edit}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := w.core.Head(); got.Revision != start+writers*each || got.Groups != 1+writers*each {
		t.Errorf("head %+v", got)
	}
}

func TestABaselineOfAllUsersStaysLast(t *testing.T) {
	w := newWorld(t)
	g, h, u := w.group("G"), w.group("H"), w.user("U")
	a := w.attribute("a", directory.TypeString)
	w.do(directory.AddMember{Group: g, User: u}, directory.AddMember{Group: h, User: u})
	w.do(directory.SetGroupValue{Group: directory.AllUsers, Attribute: a, Value: text("baseline")})
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text("g")})
	w.do(directory.SetGroupValue{Group: h, Attribute: a, Value: text("h")})
	if got := w.effective(u, a); got != "group:g" {
		t.Errorf("effective = %q, want that of the first group", got)
	}
	list, err := w.admin().GroupValues(t.Context(), a)
	if err != nil || len(list) != 3 || list[0].Group != g || list[1].Group != h || list[2].Group != directory.AllUsers {
		t.Errorf("values %+v, %v", list, err)
	}
}
