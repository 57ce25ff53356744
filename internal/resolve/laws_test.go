package resolve

import (
	"maps"
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
func agree(t *rapid.T, c *Catalog, rows oracle, u *directory.UserRows, at directory.Instant) {
	t.Helper()
	lang := rapid.SampledFrom(languages).Draw(t, "language")
	ids := attributeIDs()
	var want []directory.Effective
	for _, id := range ids {
		want = append(want, rows.effective(u, id, lang, at))
	}
	same(t, "effective values", want, c.Effective(nil, u, ids, lang, at))
	for i, id := range ids {
		same(t, "effective value looked up", want[i:i+1], c.Effective(nil, u, []directory.AttributeID{id}, lang, at))
		same(t, "explained value", want[i], c.Explain(u, id, lang, at).Effective)
	}
	all := c.Effective(nil, u, nil, lang, at)
	for _, e := range all {
		same(t, "one of all effective values", rows.effective(u, e.Attribute, lang, at), e)
	}
	group := rapid.SampledFrom(groupIDs[:]).Draw(t, "group")
	got := c.GroupEffective(nil, group, ids, lang, at)
	for i, id := range ids {
		w := rows.groupEffective(group, id, lang, at)
		same(t, "effective value of a group", w, got[i])
		same(t, "explained value of a group", w, c.ExplainGroup(group, id, lang, at).Effective)
	}
	same(t, "roles", rows.roles(u, at), c.RolesOf(u, at))
	same(t, "groups", rows.direct(u, at), c.GroupsOf(u, at))
}

func TestLawAnswersFollowFromTheRows(t *testing.T) {
	checkProperty(t, func(t *rapid.T, w *world) {
		agree(t, w.catalog, w.rows, w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at")))
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
			w.write(w.change(t))
			if found := w.catalog.Diff(rebuild(t, w.rows)); len(found) > 0 {
				t.Fatalf("kept and rebuilt catalogs differ:\n%q", found)
			}
		}
		u, at := w.user(t), directory.Instant(rapid.Int64Range(1, 12).Draw(t, "at"))
		agree(t, w.catalog, w.rows, u, at)
		s := rapid.SampledFrom(earlier).Draw(t, "earlier")
		agree(t, s.catalog, s.rows, u, at)
		if found := s.catalog.Diff(rebuild(t, s.rows)); len(found) > 0 {
			t.Fatalf("an earlier catalog has changed:\n%q", found)
		}
	})
}
