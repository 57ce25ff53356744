package core_test

import (
	"fmt"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// kept is the text of the one facet that a dialect keeps with a group.
func kept(t *testing.T, as *view.View, g directory.GroupID) string {
	t.Helper()
	list, err := as.Facets(t.Context(), g.Object())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0].Data
}

func TestFacetsInMemoryAreThoseOfTheRevisionThatAnswers(t *testing.T) {
	c := newCluster(t.Context(), t, memstore.New(), 2, replica.Shared{})
	g := directory.GroupID(c.do(0, directory.CreateGroup{Name: "G"}).Results[0].ID)
	set := func(node int, data string) {
		t.Helper()
		edit := directory.SetFacet{Object: g.Object(), Dialect: "test", Kind: "k", Data: data}
		if data == "" {
			done := c.do(node, directory.DeleteFacet{Object: edit.Object, Dialect: "test", Kind: "k"})
			c.level(t.Context(), 1-node, done.Revision)
			return
		}
		c.level(t.Context(), 1-node, c.do(node, edit).Revision)
	}
	was := ""
	for i, data := range []string{`"a"`, `"b"`, "", `"c"`} {
		earlier := c.as(1)
		if _, err := earlier.Group(t.Context(), g); err != nil { // fixes what answers
			t.Fatal(err)
		}
		set(i%2, data)
		for node := range 2 {
			for _, how := range []string{"first", "from memory"} {
				if got := kept(t, c.as(node), g); got != data {
					t.Errorf("node %d, %s: %s, want %s", node, how, got, data)
				}
			}
		}
		if got := kept(t, earlier, g); got != was {
			t.Errorf("a request that began before: %s, want %s", got, was)
		}
		was = data
	}
}

func TestMemoryHoldsSoManyObjectsAndForgetsAllAfterALargeChange(t *testing.T) {
	s := memstore.New()
	defer s.Close()
	c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}, CacheUsers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	all := view.New(c).As(directory.Caller{User: admin.User, Dialect: "test"})
	var edits []directory.Edit
	for i := range 1001 { // more rows than are kept of a change
		edits = append(edits, directory.CreateGroup{Name: fmt.Sprint("g", i)})
	}
	done, err := all.Commit(t.Context(), directory.Change{Edits: edits})
	if err != nil {
		t.Fatal(err)
	}
	first := directory.GroupID(done.Results[0].ID)
	for i := range 5 {
		kept(t, all, first+directory.GroupID(i))
	}
	for i := range edits {
		edits[i] = directory.SetFacet{Object: (first + directory.GroupID(i)).Object(), Dialect: "test", Kind: "k", Data: "1"}
	}
	if _, err := all.Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if got := kept(t, all, first+directory.GroupID(i)); got != "1" {
			t.Errorf("group %d: %q", i, got)
		}
	}
}

func TestFacetsAreReadByName(t *testing.T) {
	w := coretest.New(t)
	g := w.Group("G")
	for _, name := range []string{"one", "two", "three"} {
		w.Do(directory.SetFacet{Object: g.Object(), Dialect: "test", Kind: "k", Name: name, Data: `"` + name + `"`},
			directory.SetFacet{Object: g.Object(), Dialect: "other", Kind: "k", Name: name, Data: "0"},
			directory.SetFacet{Object: g.Object(), Dialect: "test", Kind: "l", Name: name, Data: "0"})
	}
	list, err := w.Admin().FacetsNamed(t.Context(), g.Object(), "k", []string{"three", "none", "one"})
	if err != nil || len(list) != 2 || list[0].Data != `"three"` || list[1].Data != `"one"` {
		t.Errorf("%+v, %v", list, err)
	}
	gone := directory.GroupID(999).Object()
	if _, err := w.Admin().FacetsNamed(t.Context(), gone, "k", nil); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("a group that is not there: %v", err)
	}
	if _, err := w.As(w.User("U")).FacetsNamed(t.Context(), g.Object(), "k", []string{"one"}); directory.KindOf(
		err) != directory.KindNotFound {
		t.Errorf("a caller who does not see the group: %v", err)
	}
}
