package resolve_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"cohort/internal/directory"
	"cohort/internal/resolve"
)

// A nestingModel is groups and nestings as plain maps, whatever they are.
type nestingModel struct {
	deleted map[directory.GroupID]bool
	parents map[directory.GroupID]map[directory.GroupID]bool
}

func (m *nestingModel) ancestors(of directory.GroupID) map[directory.GroupID]bool {
	found := map[directory.GroupID]bool{}
	var walk func(g directory.GroupID)
	walk = func(g directory.GroupID) {
		for p := range m.parents[g] {
			if !m.deleted[p] && !found[p] {
				found[p] = true
				walk(p)
			}
		}
	}
	if !m.deleted[of] {
		walk(of)
	}
	return found
}

func (m *nestingModel) hasRing() bool {
	for g := range m.parents {
		if m.ancestors(g)[g] {
			return true
		}
	}
	return false
}

// Whatever rows come, in whatever order: a ring is found, and nothing that
// walks crashes.
func TestLawARingIsFoundAndNoWalkFailsOnIt(t *testing.T) {
	const groups = 6
	a := directory.Attribute{ID: 14, Name: "a", Type: directory.TypeString, Rule: directory.RuleRank}
	rapid.Check(t, func(t *rapid.T) {
		m := &nestingModel{map[directory.GroupID]bool{}, map[directory.GroupID]map[directory.GroupID]bool{}}
		rows := []directory.RowWrite{{After: directory.Group{ID: directory.AllUsers, Name: "All Users"}}, {After: a}}
		for g := directory.GroupID(2); g < 2+groups; g++ {
			m.parents[g] = map[directory.GroupID]bool{}
			rows = append(rows, directory.RowWrite{After: directory.Group{ID: g}})
		}
		c := resolve.Empty().Apply(rows)
		group := rapid.Map(rapid.IntRange(2, 1+groups), func(i int) directory.GroupID { return directory.GroupID(i) })
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			var writes []directory.RowWrite
			for range rapid.IntRange(1, 3).Draw(t, "writes") {
				g, p := group.Draw(t, "group"), group.Draw(t, "parent")
				n := directory.Nesting{Group: g, Parent: p, Position: int64(p)}
				switch rapid.IntRange(0, 3).Draw(t, "kind") {
				case 0, 1:
					m.parents[g][p] = true
					c = c.Apply([]directory.RowWrite{{After: n}})
				case 2:
					delete(m.parents[g], p)
					c = c.Apply([]directory.RowWrite{{Before: n}})
				default:
					m.deleted[g] = !m.deleted[g]
					row := directory.Group{ID: g}
					if m.deleted[g] {
						row.DeletedRev = 1
					}
					writes = append(writes, directory.RowWrite{After: row})
				}
			}
			c = c.Apply(writes)
			checkRing(t, c, m)
		}
	})
}

func checkRing(t *rapid.T, c *resolve.Catalog, m *nestingModel) {
	err := c.Ring()
	if want := m.hasRing(); (err != nil) != want {
		t.Fatalf("Ring() = %v, want a ring: %v, in %v without %v", err, want, m.parents, m.deleted)
	}
	built, buildErr := resolve.Build(func(yield func(directory.Row) error) error {
		for row := range c.Rows() {
			if err := yield(row); err != nil {
				return err
			}
		}
		return nil
	})
	ring, isRing := errors.AsType[*resolve.RingError](buildErr)
	if isRing != (err != nil) || !isRing && buildErr != nil {
		t.Fatalf("Build: %v, Apply: %v", buildErr, err)
	}
	if isRing {
		for i, g := range ring.Groups {
			next := ring.Groups[(i+1)%len(ring.Groups)]
			if !m.parents[g][next] || m.deleted[g] {
				t.Fatalf("%v is no ring of %v", ring.Groups, m.parents)
			}
		}
	}
	for _, catalog := range []*resolve.Catalog{c, built} {
		for g := range m.parents {
			catalog.DepthAbove(g)
			catalog.DepthBelow(g)
			catalog.Ancestors(g)
			catalog.Descendants(g)
			if rows := (&directory.UserRows{Memberships: []directory.Membership{{User: 1, Group: g}}}); err != nil {
				catalog.Effective(nil, rows, []directory.AttributeID{14}, "EN", 1)
			}
		}
	}
	if diff := c.Diff(built); len(diff) > 0 {
		t.Fatalf("%v", diff)
	}
}
