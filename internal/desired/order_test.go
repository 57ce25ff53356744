package desired_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// rank does to a list of values what the directory does with an edit.
func rank(t *rapid.T, list []directory.GroupID, e directory.SetGroupValue) []directory.GroupID {
	if !slices.Contains(list, e.Group) {
		at := len(list)
		if at > 0 && list[at-1] == directory.AllUsers {
			at--
		}
		list = slices.Insert(list, at, e.Group)
	}
	if e.Rank == nil {
		return list
	}
	if *e.Rank < 1 || *e.Rank > len(list) {
		t.Fatalf("rank %d of %d", *e.Rank, len(list))
	}
	list = slices.DeleteFunc(slices.Clone(list), func(g directory.GroupID) bool { return g == e.Group })
	return slices.Insert(list, *e.Rank-1, e.Group)
}

// An order puts the values that it names in that order, leaves each other one
// behind the one it followed, and moves none that stands right.
func TestAnOrderIsReachedAndOthersKeepTheirPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "values")
		all := rapid.Permutation(ids(n)).Draw(t, "ranks")
		live := fresh()
		live.Attributes = append(live.Attributes,
			desired.LiveAttribute{Attribute: directory.Attribute{ID: 14, Name: "region", Type: "string", Rule: "rank"}})
		for i, id := range all {
			g := desired.LiveGroup{ID: id, Name: fmt.Sprintf("g%d", id),
				Values: []desired.LiveValue{{Attribute: 14, Rank: i + 1, Value: directory.Value{Text: "x"}}}}
			if id == directory.AllUsers {
				g.Name = "All Users"
				live.Groups[0] = g
				continue
			}
			live.Groups = append(live.Groups, g)
		}
		named := rapid.Permutation(all).Draw(t, "order")[:rapid.IntRange(0, n).Draw(t, "named")]
		keys := make([]string, len(named))
		for i, id := range named {
			keys[i] = fmt.Sprintf("g%d", id)
			if id == directory.AllUsers {
				keys[i] = "All Users"
			}
		}
		state := read(t, "cohort: 1\nattributes: {region: {order: ["+strings.Join(keys, ", ")+"]}}")
		state.Set = ""
		p := desired.Make(state, live, desired.Options{})
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		list, moves := all, 0
		for _, e := range p.Edits() {
			if e, ok := e.(directory.SetGroupValue); ok {
				list = rank(t, list, e)
				moves++
			}
		}
		var got []directory.GroupID
		for _, id := range list {
			if slices.Contains(named, id) {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, named) {
			t.Fatalf("%v ordered by %v is %v", all, named, list)
		}
		for i, id := range all {
			if i > 0 && !slices.Contains(named, id) {
				if at := slices.Index(list, id); at == 0 || list[at-1] != all[i-1] {
					t.Fatalf("%v ordered by %v is %v: %d no longer follows %d", all, named, list, id, all[i-1])
				}
			}
		}
		if slices.Equal(all, list) && moves > 0 || moves >= n && n > 1 {
			t.Fatalf("%v ordered by %v takes %d moves", all, named, moves)
		}
	})
}

func ids(n int) []directory.GroupID {
	list := make([]directory.GroupID, n)
	for i := range list {
		list[i] = directory.GroupID(i + 1)
	}
	return list
}

// Parents that stay keep their order, and new ones follow in the order of the file.
func TestParentsComeInTheOrderOfTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []directory.GroupID{2, 3, 4, 5}
		some := func(name string) []directory.GroupID {
			return rapid.Permutation(all).Draw(t, name)[:rapid.IntRange(0, 4).Draw(t, name+" n")]
		}
		have, want := some("have"), some("want")
		live := fresh()
		for _, id := range all {
			live.Groups = append(live.Groups, desired.LiveGroup{ID: id, Name: fmt.Sprintf("g%d", id)})
		}
		live.Groups = append(live.Groups, desired.LiveGroup{ID: 9, Name: "child", Parents: have})
		keys := []string{}
		for _, id := range want {
			keys = append(keys, fmt.Sprintf("g%d", id))
		}
		state := read(t, "cohort: 1\ngroups: {child: {parents: ["+strings.Join(keys, ", ")+"]}}")
		state.Set = ""
		got := slices.Clone(have)
		for _, e := range desired.Make(state, live, desired.Options{}).Edits() {
			switch e := e.(type) {
			case directory.RemoveParent:
				got = slices.DeleteFunc(got, func(id directory.GroupID) bool { return id == e.Parent })
			case directory.AddParent:
				got = append(got, e.Parent)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v becomes %v, want %v", have, got, want)
		}
	})
}
