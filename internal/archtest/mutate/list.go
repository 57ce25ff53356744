package main

import "slices"

// A mutation replaces a text that stands once in a file.
type mutation struct {
	file, what string
	from, to   string
}

// mutations are mistakes that somebody could make. Each must be noticed by tests that
// stand near it; see runTests.
func mutations() []mutation {
	return slices.Concat(
		ofTheResolver(), ofThePlanner(), ofTheOutcome(), ofTheGraph(), ofRows(), ofPowers(), ofTouching(),
		ofTheSurfaces(), ofTheWords(), ofCallers(), ofTheBatch(),
	)
}

func ofTheResolver() []mutation {
	return []mutation{
		{
			"internal/resolve/strength.go", "nearest looks at the rank only",
			"case spec.ByDistance:\n\t\treturn distance", "case spec.ByDistance:\n\t\treturn 0",
		},
		{
			"internal/resolve/strength.go", "max takes the least",
			"return directory.CompareValues(a.Type, y, x)", "return directory.CompareValues(a.Type, x, y)",
		},
		{
			"internal/directory/rule.go", "any is decided by no",
			"Decides: YesNo,", "Decides: func(text string) bool { return !YesNo(text) },",
		},
		{
			"internal/resolve/strength.go", "a joining own value is weakest",
			"order: math.MinInt64", "order: math.MaxInt64",
		},
		{
			"internal/resolve/own.go", "memberships count outside of their window",
			"ms.InForce(m.at)", "ms != nil",
		},
		{
			"internal/resolve/own.go", "a user's own values count outside of their window",
			"ok && v.InForce(m.at)", "ok",
		},
		{
			"internal/resolve/union.go", "union repeats elements",
			"if !u.seen[e] {", "if e != \"\" {",
		},
	}
}

func ofThePlanner() []mutation {
	return []mutation{
		{
			"internal/state/show.go", "users are not forgotten when they change",
			"p.Cache.Invalidate(touched, ", "p.Cache.Invalidate(nil, ",
		},
		{
			"internal/plan/groupvalue.go", "a first baseline of All Users beats later groups",
			"last.Group == directory.AllUsers {\n\t\trank--", "last.Group == directory.AllUsers {\n\t\trank += 0",
		},
		{
			"internal/plan/user.go", "disabling a user leaves its tokens",
			"p.revokeUsers = append(p.revokeUsers, u.ID)", "p.revokeUsers = nil",
		},
		{
			"internal/plan/revert.go", "a revert tramples on later changes",
			"if !sameButOrder(is, w.After) {", "if is == nil && w.After != nil {",
		},
		{
			"internal/core/past.go", "the past is the present",
			"directory.RowWrite{Before: w.After, After: w.Before}", "directory.RowWrite{Before: w.After, After: w.After}",
		},
		{
			"internal/working/effect.go", "member counts ignore deletion",
			"count(deltas, u.After.Memberships, is)", "count(deltas, u.After.Memberships, 1)",
		},
	}
}

// ofTheOutcome are the checks of what a change leads to, each taken out.
func ofTheOutcome() []mutation {
	return []mutation{
		{
			"internal/plan/value.go", "hidden values are stored as they are",
			"\t\t}\n\t\treturn p.seal(a.ID, owner, v.Text)",
			"\t\t}\n\t\tif v.Text == \"\" {\n\t\t\treturn p.seal(a.ID, owner, v.Text)\n\t\t}",
		},
		{
			"internal/outcome/outcome.go", "references are not looked at",
			"c.checkReferences, c.checkGraph", "c.checkGraph",
		},
		{
			"internal/outcome/outcome.go", "the graph is not looked at",
			"c.checkGraph, c.checkMemberships", "c.checkMemberships",
		},
		{
			"internal/outcome/outcome.go", "memberships are not counted",
			"c.checkMemberships, c.checkUnique", "c.checkUnique",
		},
		{
			"internal/outcome/outcome.go", "names may be there twice",
			"c.checkUnique, c.checkValues", "c.checkValues",
		},
		{
			"internal/outcome/outcome.go", "values need not fit",
			"c.checkValues, c.comparePowers", "c.comparePowers",
		},
		{
			"internal/outcome/outcome.go", "powers are not compared",
			"c.comparePowers,\n", "\n",
		},
		{
			"internal/outcome/outcome.go", "nobody looks for an administrator",
			"\t\tc.Administrator,\n", "",
		},
	}
}

// ofRows are checks of what single rows say.
func ofRows() []mutation {
	return []mutation{
		{
			"internal/outcome/outcome.go", "what is removed may be in use",
			"c.requireUnused(w.Before); err != nil {", "c.requireUnused(w.Before); err != nil && len(writes) == 0 {",
		},
		{
			"internal/outcome/unique.go", "names that are to be unique are not",
			"range c.Unique {", "range c.Unique[:0] {",
		},
		{
			"internal/outcome/unique.go", "a source reference is everybody's",
			"return \"source_id\", true", "return \"source_id\", false",
		},
		{
			"internal/outcome/unique.go", "a login e-mail is everybody's",
			"return \"email\", true", "return \"email\", false",
		},
		{
			"internal/outcome/values.go", "a type need not fit its values",
			"return c.checkAllValues(is)", "return nil",
		},
		{
			"internal/outcome/values.go", "a default need not fit",
			"if is.HasDefault() && (!same || ", "if is.HasDefault() && is.ID == 0 && (!same || ",
		},
		{
			"internal/outcome/values.go", "facets of rows are not checked",
			"err = c.Facet(r)", "err = nil",
		},
		{
			"internal/outcome/values.go", "a window may end before it begins",
			"ParseWindow(w.StartsAt, w.ExpiresAt); err != nil {", "ParseWindow(w.StartsAt, w.ExpiresAt); err != nil && id < 0 {",
		},
	}
}

// ofTheGraph are checks of how groups are nested.
func ofTheGraph() []mutation {
	return []mutation{
		{
			"internal/outcome/graph.go", "rings are possible",
			"if err := c.checkRing(); err != nil {", "if err := c.checkRing(); err != nil && len(writes) == 0 {",
		},
		{
			"internal/outcome/graph.go", "parents are not counted",
			"if n <= directory.MaxParents ||", "if n >= 0 ||",
		},
		{
			"internal/outcome/graph.go", "paths are not counted",
			"if n <= directory.MaxNestingDepth {", "if n >= 0 {",
		},
	}
}

// ofPowers are mistakes about who may do what.
func ofPowers() []mutation {
	return []mutation{
		{
			"internal/outcome/powers.go", "what a group comes to give is not compared",
			"case directory.Group:\n\t\treturn c.compareGroup(r.ID)", "case directory.Group:\n\t\treturn nil",
		},
		{
			"internal/outcome/powers.go", "what a nesting gives is not compared",
			"case directory.Nesting:\n\t\treturn c.compareGroup(r.Group)", "case directory.Nesting:\n\t\treturn nil",
		},
		{
			"internal/outcome/powers.go", "what a membership gives is not compared",
			"return c.compareHolder(r.User, c.conveyed(", "return c.compareHolder(0, c.conveyed(",
		},
		{
			"internal/outcome/powers.go", "users who come back are not compared",
			"case directory.User:\n\t\treturn c.compareUser(r.ID)", "case directory.User:\n\t\treturn nil",
		},
		{
			"internal/outcome/powers.go", "only the present is compared",
			"range slices.Compact(cuts) {", "range slices.Compact(cuts)[:1] {",
		},
	}
}

// ofTouching are mistakes about who may touch what, and when.
func ofTouching() []mutation {
	return []mutation{
		{
			"internal/plan/can.go", "who will be privileged can be touched",
			"PermissionsFrom(&u.After, p.At)", "PermissionsOf(&u.After, p.At)",
		},
		{
			"internal/plan/can.go", "who will be privileged is said to be one that can be touched",
			"PermissionsFrom(&rows, p.At)", "PermissionsOf(&rows, p.At)",
		},
		{
			"internal/outcome/administrator.go", "a disabled administrator is enough",
			"u.User.DeletedRev != 0 || u.User.Disabled {", "u.User.DeletedRev != 0 {",
		},
		{
			"internal/working/ids.go", "a chosen id may have been used",
			"taken, err := ids.taken(id)", "taken, err := false, error(nil)",
		},
		{
			"internal/core/repeat.go", "an answer is given out to anybody later",
			"kept.Needs != nil && !powers.Covers", "kept.Needs == nil && !powers.Covers",
		},
		{
			"internal/core/expect.go", "what moved is not noticed",
			"case c.hasMoved(j.change.Expect, now, made):", "case c.hasMoved(nil, now, made):",
		},
		{
			"internal/core/expect.go", "changes of a request overtake each other",
			"j.chain.broken = true", "j.chain.broken = false",
		},
		{
			"internal/plan/revert.go", "a deleted object comes back without what was taken",
			"if err := p.requireWhole(rev, w); err != nil {", "if err := p.requireWhole(rev, w); err != nil && rev < 0 {",
		},
		{
			"internal/plan/erase.go", "erasing takes all edits of a change",
			"return err == nil && d.tells(e, user, makes), err",
			"return err == nil && (d.tells(e, user, makes) || user != 0), err",
		},
		{
			"internal/plan/sudo.go", "sudo looks at the present only",
			"own.Covers(c.PermissionsFrom(user, at))", "own.Covers(c.PermissionsOf(user, at))",
		},
		{
			"internal/plan/facet.go", "facets are not checked",
			"if err := p.env.CheckFacet(row); err != nil {", "if err := p.env.CheckFacet(row); err != nil && row.Data == \"\" {",
		},
	}
}
