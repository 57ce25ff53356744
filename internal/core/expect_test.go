package core_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

// prepared is one change of the administrator that is prepared.
func prepared(w *coretest.World, prepare func(now *view.View) ([]directory.Edit, error)) directory.Attempt {
	return w.Admin().CommitEach(w.T.Context(), 1, func(_ int, now *view.View) (directory.Change, error) {
		edits, err := prepare(now)
		return directory.Change{Edits: edits}, err
	})[0]
}

// A change is prepared again if somebody writes what it has read before it is
// made. A write of something else does not matter.
func TestAPreparedChangeIsPreparedAgainWhereWhatItReadHasMoved(t *testing.T) {
	w := coretest.New(t)
	g, other, u := w.Group("G"), w.Group("Other"), w.User("U")
	attr := w.Attribute("a", directory.TypeString)
	w.Do(directory.SetGroupValue{Group: g, Attribute: attr, Value: coretest.Text("0")},
		directory.SetSource{Object: g.Object(), Source: "erp", SourceID: "1"})
	name := func(s string) directory.Edit { return directory.UpdateGroup{Group: g, Name: &s} }
	reads := map[string]func(*view.View) error{
		"the group":      func(now *view.View) error { _, err := now.Group(t.Context(), g); return err },
		"its path":       func(now *view.View) error { _, err := now.GroupPath(t.Context(), g); return err },
		"its value":      func(now *view.View) error { _, err := now.GroupValue(t.Context(), g, attr); return err },
		"its values":     func(now *view.View) error { _, err := now.ValuesOfGroup(t.Context(), g); return err },
		"its references": func(now *view.View) error { _, err := now.Sources(t.Context(), g.Object()); return err },
		"a source id": func(now *view.View) error {
			_, err := now.BySource(t.Context(), directory.ObjectGroup, "erp", "2")
			return err
		},
		"its last change": func(now *view.View) error { _, err := now.LastChanges(t.Context(), g.Object()); return err },
		"its parents":     func(now *view.View) error { _, err := now.ParentsOf(t.Context(), g); return err },
		"the user":        func(now *view.View) error { _, err := now.User(t.Context(), u); return err },
		"all users": func(now *view.View) error {
			_, _, err := now.Users(t.Context(),
				directory.UserQuery{})
			return err
		},
		"all groups": func(now *view.View) error {
			_, err := now.Groups(t.Context())
			return err
		},
		"its facets": func(now *view.View) error { _, err := now.Facets(t.Context(), g.Object()); return err },
		"a facet": func(now *view.View) error {
			_, err := now.FacetsNamed(t.Context(), g.Object(), "k", []string{"one", "none"})
			return err
		},
		"nothing that counts": func(now *view.View) error {
			return now.WithoutExpecting(func() error { _, err := now.Group(t.Context(), g); return err })
		},
	}
	n := 0
	writes := map[string]func() []directory.Edit{
		"a name": func() []directory.Edit { return []directory.Edit{name(fmt.Sprint("name ", n))} },
		"a value": func() []directory.Edit {
			return []directory.Edit{directory.SetGroupValue{Group: g, Attribute: attr, Value: coretest.Text(fmt.Sprint(n))}}
		},
		"a source": func() []directory.Edit {
			return []directory.Edit{directory.SetSource{Object: other.Object(), Source: "erp", SourceID: "2"}}
		},
		"a reference": func() []directory.Edit {
			return []directory.Edit{directory.SetSource{Object: g.Object(), Source: "crm", SourceID: fmt.Sprint(n)}}
		},
		"the facet": func() []directory.Edit {
			return []directory.Edit{directory.SetFacet{Object: g.Object(), Dialect: "test", Kind: "k", Name: "one",
				Data: fmt.Sprint(n)}}
		},
		"another facet": func() []directory.Edit {
			return []directory.Edit{directory.SetFacet{Object: g.Object(), Dialect: "test", Kind: "k", Name: "two",
				Data: fmt.Sprint(n)}}
		},
		"the user": func() []directory.Edit {
			first := fmt.Sprint("first ", n)
			return []directory.Edit{directory.UpdateUser{User: u, FirstName: &first}}
		},
		"a parent": func() []directory.Edit {
			return []directory.Edit{directory.AddParent{Group: g, Parent: directory.Made[directory.GroupID](1)}}
		},
	}
	meet := map[string]string{
		"the group": "a name", "its path": "a name, a parent", "its value": "a value", "its values": "a value, a name",
		"its references": "a reference", "a source id": "a source", "the user": "the user",
		"its facets": "the facet, another facet", "a facet": "the facet",
		"its last change": "a name, a value, a reference, a parent, the facet, another facet",
		"its parents":     "a name, a parent",
		"all users":       "a name, a value, a source, a reference, the user, a parent, the facet, another facet",
		"all groups":      "a name, a value, a parent",
	}
	for what, read := range reads {
		for written, edits := range writes {
			n++
			if written == "a source" {
				w.Do(directory.SetSource{Object: other.Object(), Source: "erp", SourceID: fmt.Sprint("free ", n)})
			}
			rounds := 0
			attempt := prepared(w, func(now *view.View) ([]directory.Edit, error) {
				rounds++
				if err := read(now); err != nil {
					return nil, err
				}
				if rounds == 1 {
					list := edits()
					if written == "a parent" {
						list = []directory.Edit{directory.CreateGroup{},
							directory.AddParent{Group: g, Parent: directory.Made[directory.GroupID](0)}}
						w.Do(directory.RemoveParent{Group: g, Parent: parentOf(w, g)})
					}
					w.Do(list...)
				}
				return []directory.Edit{directory.SetUserValue{User: u, Attribute: attr, Value: coretest.Text(fmt.Sprint("p",
					n))}}, nil
			})
			want := 1
			for _, m := range splitList(meet[what]) {
				if m == written {
					want = 2
				}
			}
			if attempt.Err != nil || rounds != want {
				t.Errorf("%s was read and %s written: prepared %d times, want %d; %v", what, written, rounds, want, attempt.Err)
			}
		}
	}
}

// Somebody who changes what a change depends on whenever it is prepared does not
// keep it from being made: the fourth round is in the writer.
func TestAHostileUpdaterDoesNotKeepAChangeFromBeingMade(t *testing.T) {
	w := coretest.New(t)
	g, u := w.Group("G"), w.User("U")
	attr := w.Attribute("a", directory.TypeString)
	rounds := 0
	attempt := prepared(w, func(now *view.View) ([]directory.Edit, error) {
		rounds++
		group, err := now.Group(t.Context(), g)
		if err != nil {
			return nil, err
		}
		if rounds <= 3 {
			name := fmt.Sprint("round ", rounds)
			w.Do(directory.UpdateGroup{Group: g, Name: &name})
		}
		return []directory.Edit{directory.SetUserValue{User: u, Attribute: attr, Value: coretest.Text(group.Name)}}, nil
	})
	if attempt.Err != nil || rounds != 4 || w.Effective(u, attr) != "user:round 3" {
		t.Errorf("after %d rounds: %v, %s", rounds, attempt.Err, w.Effective(u, attr))
	}
}

// A change that is prepared in the writer may read for so long only.
func TestAChangeIsNotPreparedInTheWriterForLong(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	rounds := 0
	attempt := prepared(w, func(now *view.View) ([]directory.Edit, error) {
		rounds++
		for { // in the writer, until it is told to end
			if _, err := now.Group(t.Context(), g); err != nil || rounds <= 3 {
				if rounds <= 3 {
					name := fmt.Sprint("round ", rounds)
					w.Do(directory.UpdateGroup{Group: g, Name: &name})
				}
				return []directory.Edit{directory.DeleteGroup{Group: g}}, err
			}
		}
	})
	if directory.KindOf(attempt.Err) != directory.KindUnavailable || rounds != 4 {
		t.Errorf("after %d rounds: %v", rounds, attempt.Err)
	}
	w.Do(directory.CreateGroup{Name: "the writer goes on"})
}

func TestCallersWhoSetTheSameValueDoNotWaitForEachOther(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	attr := w.Attribute("a", directory.TypeString)
	var rounds atomic.Int64
	var wg sync.WaitGroup
	const callers, each = 64, 5
	for i := range callers {
		wg.Go(func() {
			for range each {
				attempt := prepared(w, func(now *view.View) ([]directory.Edit, error) {
					rounds.Add(1)
					if _, err := now.Group(t.Context(), g); err != nil {
						return nil, err
					}
					return []directory.Edit{directory.SetGroupValue{Group: g, Attribute: attr,
						Value: coretest.Text(fmt.Sprint(i))}}, nil
				})
				if attempt.Err != nil {
					t.Error(attempt.Err)
				}
			}
		})
	}
	wg.Wait()
	if n := rounds.Load(); n != callers*each {
		t.Errorf("%d changes were prepared %d times", callers*each, n)
	}
}

// Many changes are made in their order, whatever they read of each other.
func TestChangesThatDependOnThoseBeforeThemAreMadeInTheirOrder(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("0")
	const n = 100
	attempts := w.Admin().CommitEach(t.Context(), n, func(i int, now *view.View) (directory.Change, error) {
		if i%3 == 1 { // does not depend on the others, and is in its place all the same
			name := fmt.Sprint("group ", i)
			return directory.Change{Edits: []directory.Edit{directory.CreateGroup{Name: name}}}, nil
		}
		group, err := now.Group(t.Context(), g)
		name := group.Name + "," + fmt.Sprint(i)
		if len(name) > 200 {
			name = fmt.Sprint(i)
		}
		return directory.Change{Edits: []directory.Edit{directory.UpdateGroup{Group: g, Name: &name}}}, err
	})
	want, last := "0", directory.Revision(0)
	for i, a := range attempts {
		if a.Err != nil || a.Committed.Revision != last+1 && last != 0 {
			t.Fatalf("change %d: %+v behind revision %d", i, a, last)
		}
		last = a.Committed.Revision
		if i%3 != 1 {
			if want += "," + fmt.Sprint(i); len(want) > 200 {
				want = fmt.Sprint(i)
			}
		}
	}
	if got, err := w.Admin().Group(t.Context(), g); err != nil || got.Name != want {
		t.Errorf("the group is called %q, want %q, %v", got.Name, want, err)
	}
}

func splitList(s string) []string { return strings.Split(s, ", ") }

// parentOf is a parent of a group, which is given one if it has none.
func parentOf(w *coretest.World, g directory.GroupID) directory.GroupID {
	w.T.Helper()
	path, err := w.Admin().GroupPath(w.T.Context(), g)
	if err != nil {
		w.T.Fatal(err)
	}
	if len(path) > 1 {
		return path[1].ID
	}
	p := w.Group("P")
	w.Do(directory.AddParent{Group: g, Parent: p})
	return p
}

// A change without edits is answered as of the view that it was prepared on, so it does not wait for
// the writer.
func TestAChangeOfNoEditsDoesNotWaitForTheWriter(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	look := func(edits ...directory.Edit) directory.Attempt {
		return prepared(w, func(now *view.View) ([]directory.Edit, error) {
			_, err := now.Group(t.Context(), g)
			return edits, err
		})
	}
	head := w.Core.Head().Revision
	w.Core.Close() // the writer has ended
	if got := look(); got.Err != nil || got.Committed.Changed || got.Committed.Revision != head {
		t.Errorf("no edits: %+v; want revision %d, unchanged", got, head)
	}
	if got := look(directory.DeleteGroup{Group: g}); directory.KindOf(got.Err) != directory.KindUnavailable {
		t.Errorf("an edit: %v; want it to be refused as the writer has ended", got.Err)
	}
}
