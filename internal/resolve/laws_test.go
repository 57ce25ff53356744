package resolve

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
)

func rebuild(t rapid.TB, rows oracle) *Catalog {
	t.Helper()
	c, err := Build(func(yield func(directory.Row) error) error {
		for _, row := range rows {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return c
}

// agree compares everything that a catalog answers with the oracle.
func agree(t *rapid.T, w *world, c *Catalog, rows oracle, u *directory.UserRows, at directory.Instant) {
	t.Helper()
	lang := rapid.SampledFrom(languages).Draw(t, "language")
	ids := w.ids()
	var want []directory.Effective
	for _, id := range ids {
		want = append(want, rows.effective(u, id, lang, at))
	}
	same(t, "effective values", want, c.Effective(nil, u, ids, lang, at))
	same(t, "effective values by the rows alone", want, c.Effective(nil, u, ids, lang, at))
	for i, id := range ids {
		same(t, "effective value looked up", want[i:i+1], c.Effective(nil, u, []directory.AttributeID{id}, lang, at))
		same(t, "the same by the rows alone", want[i:i+1], c.Effective(nil, u, []directory.AttributeID{id},
			lang, at))
		for _, e := range c.Effective(nil, u, slices.Repeat([]directory.AttributeID{id}, fewAttributes+1), lang,
			at) {
			same(t, "effective value when no other is asked for", want[i], e)
		}
		same(t, "explained value", want[i], c.Explain(u, id, lang, at).Effective)
	}
	all := c.Effective(nil, u, nil, lang, at)
	for _, e := range all {
		same(t, "one of all effective values", rows.effective(u, e.Attribute, lang, at), e)
	}
	for group := range c.Groups() {
		got := c.GroupEffective(nil, group.ID, ids, lang, at)
		for i, id := range ids {
			w := rows.groupEffective(group.ID, id, lang, at)
			same(t, "effective value of a group", w, got[i])
			same(t, "explained value of a group", w, c.ExplainGroup(group.ID, id, lang, at).Effective)
		}
	}
	same(t, "roles", rows.roles(u, at), c.RolesOf(u, at))
	same(t, "groups", rows.direct(u, at), c.GroupsOf(u, at))
}

func TestLawAnswersFollowFromTheRows(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		for range 3 {
			agree(t, w, w.catalog, w.rows, w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at")))
		}
	})
}

// Lists are made while the catalog changes, so a list that should have been
// cleared shows; and catalogs that were replaced still answer as they did.
func TestLawAnIncrementallyKeptCatalogEqualsARebuiltOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		type state struct {
			catalog *Catalog
			rows    oracle
		}
		var earlier []state
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			for g := range w.catalog.Groups() {
				if rapid.Bool().Draw(t, "make the list") {
					w.catalog.GroupEffective(nil, g.ID, nil, "EN", 1)
				}
			}
			earlier = append(earlier, state{w.catalog, maps.Clone(w.rows)})
			w.write(w.change(t, rapid.IntRange(1, 4).Draw(t, "writes")))
			if found := w.catalog.Diff(rebuild(t, w.rows)); len(found) > 0 {
				t.Fatalf("kept and rebuilt catalogs differ:\n%q", found)
			}
		}
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		agree(t, w, w.catalog, w.rows, u, at)
		s := rapid.SampledFrom(earlier).Draw(t, "earlier")
		agree(t, w, s.catalog, s.rows, u, at)
		for _, s := range earlier {
			if found := s.catalog.Diff(rebuild(t, s.rows)); len(found) > 0 {
				t.Fatalf("an earlier catalog has changed:\n%q", found)
			}
		}
	})
}

// Rows may come in any order, also before the rows that they name.
func TestLawTheOrderOfInsertionIsIrrelevant(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		rows := slices.Collect(w.catalog.Rows())
		shuffled := rapid.Permutation(rows).Draw(t, "rows")
		c := Empty()
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(t, "at once")
			var writes []directory.RowWrite
			for _, row := range shuffled[:n] {
				writes = append(writes, directory.RowWrite{After: row})
			}
			c, shuffled = c.Apply(writes), shuffled[n:]
			c.GroupEffective(nil, rapid.SampledFrom(groupIDs[:]).Draw(t, "group"), nil, "EN", 1)
		}
		if found := c.Diff(rebuild(t, w.rows)); len(found) > 0 {
			t.Fatalf("catalogs differ:\n%q", found)
		}
	})
}

func TestLawRemovingACandidateThatDoesNotContributeChangesNothing(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		lang := rapid.SampledFrom(languages).Draw(t, "language")
		for _, id := range w.ids() {
			before := w.catalog.Explain(u, id, lang, at)
			for _, cand := range before.Candidates {
				if cand.Outcome == directory.Contributes {
					continue
				}
				c, v := w.catalog, *u
				switch cand.Origin {
				case directory.OriginGroup:
					row, _ := c.GroupValue(cand.Group, id)
					c = c.Apply([]directory.RowWrite{{Before: row}})
				case directory.OriginUser:
					v.Values = slices.DeleteFunc(slices.Clone(u.Values), func(v directory.UserValue) bool { return v.Attribute == id })
				case directory.OriginDefault:
					row, _ := c.Attribute(id)
					changed := row
					changed.Default = directory.Value{}
					c = c.Apply([]directory.RowWrite{{Before: row, After: changed}})
				default:
				}
				same(t, "effective value without "+string(cand.Outcome), before.Effective,
					c.Effective(nil, &v, nil, lang, at)[place(c, id)])
			}
		}
	})
}

// place is where an attribute stands among all.
func place(c *Catalog, id directory.AttributeID) int {
	n := 0
	for a := range c.Attributes() {
		if a.ID < id {
			n++
		}
	}
	return n
}

func TestLawJoiningAGroupWithoutAValueChangesNothing(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		group := rapid.SampledFrom(groupIDs[1:]).Draw(t, "group")
		if slices.ContainsFunc(u.Memberships, func(m directory.Membership) bool { return m.Group == group }) {
			return
		}
		joined := *u
		joined.Memberships = append(slices.Clone(u.Memberships), directory.Membership{User: 7, Group: group, Position: 99})
		dist := w.rows.distances([]directory.GroupID{group}, 1)
		for _, id := range w.ids() {
			if !slices.ContainsFunc(of[directory.GroupValue](w.rows), func(v directory.GroupValue) bool {
				_, reached := dist[v.Group]
				return v.Attribute == id && reached
			}) {
				attrs := []directory.AttributeID{id}
				same(t, "effective value", w.catalog.Effective(nil, u, attrs, "EN", at),
					w.catalog.Effective(nil, &joined, attrs, "EN", at))
			}
		}
	})
}

// Answers share working memory one after the other.
func TestLawAUsersValuesDoNotDependOnAnotherUser(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		a, b := w.user(t), w.user(t)
		before := w.catalog.Effective(nil, a, nil, "EN", 5)
		w.catalog.Effective(nil, b, w.ids(), "DE", 6)
		w.catalog.Explain(b, directory.FirstCustomAttribute, "EN", 5)
		same(t, "effective values", before, w.catalog.Effective(nil, a, nil, "EN", 5))
	})
}

// Answers refer to rows that catalogs share.
func TestLawAnAnswerDoesNotChangeWithTheDirectory(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		rows := maps.Clone(w.rows)
		kept := w.catalog.Effective(nil, u, nil, "EN", at)
		for range rapid.IntRange(1, 6).Draw(t, "changes afterwards") {
			w.write(w.change(t, rapid.IntRange(1, 4).Draw(t, "writes")))
		}
		for _, e := range kept {
			same(t, "an answer that was kept", rows.effective(u, e.Attribute, "EN", at), e)
		}
	})
}

// That the values are equal is checked wherever answers are; here is the rest.
func TestLawValueAndExplanationAgree(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		direct := w.catalog.GroupsOf(u, at)
		dist := w.rows.distances(direct, 1)
		for _, id := range w.ids() {
			x := w.catalog.Explain(u, id, "EN", at)
			same(t, "effective value", w.catalog.Effective(nil, u, []directory.AttributeID{id}, "EN", at)[0],
				x.Effective)
			var groups []directory.GroupID
			for _, cand := range x.Candidates {
				if cand.Outcome == directory.Contributes && cand.Origin == directory.OriginGroup {
					groups = append(groups, cand.Group)
				}
				checkCandidate(t, w, id, cand, dist, direct)
			}
			same(t, "groups that contribute", groups, x.Groups)
		}
	})
}

func checkCandidate(t *rapid.T, w *world, id directory.AttributeID, cand directory.Candidate,
	dist map[directory.GroupID]int, direct []directory.GroupID) {
	t.Helper()
	if cand.Outcome == "" {
		t.Fatalf("nothing became of %+v", cand)
	}
	if cand.Origin != directory.OriginGroup {
		return
	}
	if rank, ok := w.catalog.RankOf(cand.Group, id); !ok || rank != cand.Rank {
		t.Fatalf("rank of group %d is %d, explained as %d", cand.Group, rank, cand.Rank)
	}
	if cand.Group == directory.AllUsers {
		for id, d := range dist {
			if d >= cand.Distance {
				t.Fatalf("group %d is at distance %d, All Users at %d", id, d, cand.Distance)
			}
		}
		return
	}
	if cand.Distance != dist[cand.Group] || len(cand.Path) != cand.Distance || cand.Path[len(cand.Path)-1] != cand.Group ||
		!slices.Contains(direct, cand.Path[0]) {
		t.Fatalf("group %d is at distance %d; explained as %d, by %v from one of %v", cand.Group, dist[cand.Group],
			cand.Distance, cand.Path, direct)
	}
	for i, g := range cand.Path[1:] {
		if !slices.Contains(w.catalog.Parents(cand.Path[i]), g) {
			t.Fatalf("path %v goes from %d to %d, which is no parent", cand.Path, cand.Path[i], g)
		}
	}
}

func TestLawAnAnswerHoldsUntilItSaysItMayNot(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		group := rapid.SampledFrom(groupIDs[:]).Draw(t, "group")
		for _, id := range w.ids() {
			x, y := w.catalog.Explain(u, id, "EN", at), w.catalog.ExplainGroup(group, id, "EN", at)
			for later := at; later < 14; later++ {
				if x.ValidUntil == 0 || later < x.ValidUntil {
					same(t, "value of a user later", x.Effective, w.rows.effective(u, id, "EN", later))
				}
				if y.ValidUntil == 0 || later < y.ValidUntil {
					same(t, "value of a group later", y.Effective, w.rows.groupEffective(group, id, "EN", later))
				}
			}
		}
	})
}

func TestLawAllAnswersHoldUntilTheySayTheyMayNot(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		ids := w.ids()
		for _, attrs := range [][]directory.AttributeID{nil, ids, ids[:min(1, len(ids))]} {
			values, until := w.catalog.EffectiveUntil(nil, u, attrs, "EN", at)
			for later := at; later < 14 && (until == 0 || later < until); later++ {
				for _, e := range values {
					same(t, "value later", e, w.rows.effective(u, e.Attribute, "EN", later))
				}
			}
		}
	})
}

func TestLawEveryReadFollowsFromTheRows(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		c := w.catalog
		var groups []directory.GroupID
		for _, id := range groupIDs {
			if row, ok := c.Group(id); ok != w.rows.group(id) || ok && row.ID != id {
				t.Fatalf("group %d is there: %v", id, ok)
			}
			raw, ok := c.RawGroup(id)
			if want, there := w.rows[directory.Group{ID: id}.Key()]; ok != there || ok && raw != want {
				t.Fatalf("row of group %d is %+v, want %+v", id, raw, want)
			}
			if w.rows.group(id) {
				groups = append(groups, id)
			}
		}
		var listed []directory.GroupID
		for g := range c.Groups() {
			listed = append(listed, g.ID)
		}
		same(t, "groups", groups, listed)
		same(t, "count of groups", len(groups), c.GroupCount())
		for _, id := range groups {
			checkGraph(t, w, id, groups)
			checkValuesOf(t, w, id)
		}
		for _, id := range w.ids() {
			checkRanks(t, w, id)
		}
	})
}

func checkGraph(t *rapid.T, w *world, id directory.GroupID, groups []directory.GroupID) {
	t.Helper()
	c := w.catalog
	var parents []directory.Nesting
	var children []directory.GroupID
	for _, n := range of[directory.Nesting](w.rows) {
		if n.Group == id && w.rows.group(n.Parent) {
			parents = append(parents, n)
		}
		if n.Parent == id && w.rows.group(n.Group) {
			children = append(children, n.Group)
		}
	}
	slices.SortFunc(parents, func(a, b directory.Nesting) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Parent, b.Parent))
	})
	slices.Sort(children)
	same(t, "nestings", parents, c.Nestings(id))
	var ids []directory.GroupID
	for _, n := range parents {
		ids = append(ids, n.Parent)
	}
	same(t, "parents", ids, c.Parents(id))
	same(t, "children", children, c.Children(id))

	above := w.rows.distances([]directory.GroupID{id}, 0)
	delete(above, id)
	same(t, "ancestors", slices.Sorted(maps.Keys(above)), slices.Sorted(slices.Values(c.Ancestors(id))))
	var below []directory.GroupID
	for _, other := range groups {
		_, up := w.rows.distances([]directory.GroupID{other}, 0)[id]
		up = other != id && (up || id == directory.AllUsers)
		if c.IsAncestor(id, other) != up {
			t.Fatalf("group %d is an ancestor of %d: %v, want %v", id, other, !up, up)
		}
		if up {
			below = append(below, other)
		}
	}
	same(t, "descendants", below, slices.Sorted(slices.Values(c.Descendants(id))))
	same(t, "depth above", longest(w.rows, id, true), c.DepthAbove(id))
	same(t, "depth below", longest(w.rows, id, false), c.DepthBelow(id))
	same(t, "length of a path", longest(w.rows, id, true)+1+longest(w.rows, id, false), c.PathLength(id))
	if n, end := c.LongestPath(); n < c.PathLength(id) || n != 1+longest(w.rows, end, true) {
		t.Fatalf("the longest path is %d, to group %d", n, end)
	}
}

// longest follows every path.
func longest(o oracle, id directory.GroupID, up bool) int {
	n := 0
	for _, nesting := range of[directory.Nesting](o) {
		from, to := nesting.Group, nesting.Parent
		if !up {
			from, to = to, from
		}
		if from == id && o.group(to) {
			n = max(n, 1+longest(o, to, up))
		}
	}
	return n
}

func checkValuesOf(t *rapid.T, w *world, id directory.GroupID) {
	t.Helper()
	var want []directory.GroupValue
	for _, v := range of[directory.GroupValue](w.rows) {
		if _, ok := w.rows.attribute(v.Attribute); ok && v.Group == id {
			want = append(want, v)
		}
	}
	slices.SortFunc(want, func(a, b directory.GroupValue) int { return cmp.Compare(a.Attribute, b.Attribute) })
	same(t, "values of a group", want, slices.Collect(w.catalog.GroupValuesOf(id)))
	for _, v := range want {
		got, _ := w.catalog.GroupValue(id, v.Attribute)
		same(t, "value of a group", v, got)
	}
}

func checkRanks(t *rapid.T, w *world, id directory.AttributeID) {
	t.Helper()
	var want []directory.GroupValue
	_, visible := w.rows.attribute(id)
	for _, v := range of[directory.GroupValue](w.rows) {
		if v.Attribute == id && visible && w.rows.group(v.Group) {
			want = append(want, v)
		}
	}
	slices.SortFunc(want, func(a, b directory.GroupValue) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Group, b.Group))
	})
	same(t, "values by rank", want, slices.Collect(w.catalog.GroupValues(id)))
	same(t, "count of values", len(want), w.catalog.GroupValueCount(id))
	for i, v := range want {
		rank, ok := w.catalog.RankOf(v.Group, id)
		at, _ := w.catalog.GroupValueAt(id, i+1)
		if !ok || rank != i+1 || at.ID != v.ID {
			t.Fatalf("value of group %d for attribute %d has rank %d, want %d", v.Group, id, rank, i+1)
		}
	}
	last, ok := w.catalog.LastGroupValue(id)
	if ok != (len(want) > 0) || ok && last.ID != want[len(want)-1].ID {
		t.Fatalf("last value of attribute %d is %+v", id, last)
	}
	a, ok := w.catalog.Attribute(id)
	if named, found := w.catalog.AttributeByName(a.Name); ok && (!found || named.ID != id) {
		t.Fatalf("attribute %d is not found by name", id)
	}
}
