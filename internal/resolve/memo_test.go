package resolve

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

// A list that is longer than it must be gives the same answers, only slower; so
// no other test would notice.
func TestAListHoldsOnlyWhatCanBeTheAnswer(t *testing.T) {
	later := directory.Window{StartsAt: 100}
	in := func(langs ...directory.Language) directory.Value {
		var v directory.Value
		for _, l := range langs {
			v = v.With(l, "x")
		}
		return v
	}
	for _, tt := range []struct {
		name   string
		typ    directory.Type
		rule   directory.Rule
		values []directory.GroupValue // of groups 2, 3 and 4; each is in the one before, and Order is given as rank
		want   []directory.GroupID    // in the list of group 4
	}{
		{"one always in force", directory.TypeString, directory.RuleRank,
			[]directory.GroupValue{{Order: 2}, {Order: 1}, {Order: 3}}, []directory.GroupID{3}},
		{"a window before it", directory.TypeString, directory.RuleRank,
			[]directory.GroupValue{{Order: 2}, {Order: 1, Window: later}, {Order: 3}}, []directory.GroupID{3, 2}},
		{"a window behind it", directory.TypeString, directory.RuleRank,
			[]directory.GroupValue{{Order: 2}, {Order: 1}, {Order: 3, Window: later}}, []directory.GroupID{3}},
		{"the nearest", directory.TypeString, directory.RuleNearest,
			[]directory.GroupValue{{Order: 1}, {Order: 2}, {Order: 3}}, []directory.GroupID{4}},
		{"the least", directory.TypeInteger, directory.RuleMin,
			[]directory.GroupValue{{Order: 1, Value: text("7")}, {Order: 2, Value: text("5")}, {Order: 3, Value: text("6")}},
			[]directory.GroupID{3}},
		{"a yes", directory.TypeYesNo, directory.RuleAny,
			[]directory.GroupValue{{Order: 1, Value: text("no")}, {Order: 3, Value: text("yes")},
				{Order: 2, Value: text("Yes")}}, []directory.GroupID{4}},
		{"all of a union", directory.TypeEnumList, directory.RuleUnion,
			[]directory.GroupValue{{Order: 2, Value: text("a")}, {Order: 1, Value: text("a")}, {Order: 3, Value: text("b")}},
			[]directory.GroupID{3, 2, 4}},
		{"one in all languages", directory.TypeText, directory.RuleRank,
			[]directory.GroupValue{{Order: 2, Value: in("EN")}, {Order: 1, Value: in("DE", "EN")}, {Order: 3, Value: in("DE")}},
			[]directory.GroupID{3}},
		{"one for each language", directory.TypeText, directory.RuleRank,
			[]directory.GroupValue{{Order: 2, Value: in("EN")}, {Order: 1, Value: in("DE")}, {Order: 3, Value: in("EN", "FR")}},
			[]directory.GroupID{3, 2, 4}},
		{"a window and languages", directory.TypeText, directory.RuleRank,
			[]directory.GroupValue{{Order: 2, Value: in("EN")}, {Order: 1, Value: in("EN"), Window: later},
				{Order: 3, Value: in("EN")}}, []directory.GroupID{3, 2}},
	} {
		rows := []directory.Row{directory.Attribute{ID: 14, Name: "a", Type: tt.typ, Rule: tt.rule}}
		for i, v := range tt.values {
			v.Group, v.Attribute, v.ID = directory.GroupID(i+2), 14, directory.ValueID(i+1)
			rows = append(rows, directory.Group{ID: v.Group}, v)
			if i > 0 {
				rows = append(rows, directory.Nesting{Group: v.Group, Parent: v.Group - 1})
			}
		}
		c := build(t, rows...)
		i, _ := c.groups.find(4)
		var got []directory.GroupID
		for _, e := range c.list(i) {
			got = append(got, e.value.Group)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: groups in the list (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A change clears the lists below it and no other.
func TestAChangeKeepsTheListsThatItCannotTouch(t *testing.T) {
	c := example(t, directory.Attribute{Type: directory.TypeString, Rule: directory.RuleRank},
		map[directory.GroupID]string{1: "w@30", 5: "x@10", 6: "y@20"})
	attr, _ := c.Attribute(14)
	world, _ := c.GroupValue(1, 14)
	germany, _ := c.GroupValue(6, 14)
	relabelled, ruled := attr, attr
	relabelled.Label, relabelled.Default = "A", text("d")
	ruled.Rule = directory.RuleNearest
	for _, tt := range []struct {
		name  string
		write directory.RowWrite
		kept  []directory.GroupID
	}{
		{"a value", directory.RowWrite{Before: germany}, []directory.GroupID{1, 3, 5, 7}},
		{"a value of All Users", directory.RowWrite{Before: world}, []directory.GroupID{3, 4, 5, 6, 7}},
		{"a nesting", directory.RowWrite{Before: directory.Nesting{Group: 6, Parent: 5}}, []directory.GroupID{1, 3, 5, 7}},
		{"a group that is deleted", directory.RowWrite{After: directory.Group{ID: 6, DeletedRev: 9}},
			[]directory.GroupID{1, 3, 5, 7}},
		{"a group's name", directory.RowWrite{After: directory.Group{ID: 6, Name: "Germany"}},
			[]directory.GroupID{1, 3, 4, 5, 6, 7}},
		{"a label and a default", directory.RowWrite{Before: attr, After: relabelled}, []directory.GroupID{1, 3, 4, 5, 6, 7}},
		{"a rule", directory.RowWrite{Before: attr, After: ruled}, nil},
		{"an attribute that is made", directory.RowWrite{After: directory.Attribute{ID: 15, Name: "b"}},
			[]directory.GroupID{1, 3, 4, 5, 6, 7}},
	} {
		for g := range c.Groups() {
			c.GroupEffective(nil, g.ID, nil, "EN", 1)
		}
		next := c.Apply([]directory.RowWrite{tt.write})
		var kept []directory.GroupID
		for i := range int32(next.groups.n) {
			if next.slotOf(i).state.Load() == made {
				kept = append(kept, next.groups.at(i).id)
			}
		}
		if !slices.Equal(kept, tt.kept) {
			t.Errorf("%s: lists of groups %v are kept, want %v", tt.name, kept, tt.kept)
		}
	}
}
