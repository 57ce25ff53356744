package main

// A mutation replaces a text that stands once in a file.
type mutation struct {
	file, what string
	from, to   string
}

// mutations are mistakes that somebody could make. Each must be noticed by the
// tests of the resolver or of core.
func mutations() []mutation { return append(ofTheResolver(), ofThePlanner()...) }

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
			"internal/resolve/strength.go", "any is decided by no",
			"if !directory.YesNo(text) {", "if directory.YesNo(text) {",
		},
		{
			"internal/resolve/strength.go", "a joining own value is weakest",
			"order: math.MinInt64", "order: math.MaxInt64",
		},
		{
			"internal/resolve/subject.go", "memberships count outside of their window",
			"ms.InForce(m.at)", "ms != nil",
		},
		{
			"internal/resolve/subject.go", "memberships of users who are kept count for ever",
			"if !m.Always() {", "if m.Group == 0 {",
		},
		{
			"internal/resolve/subject.go", "values of users who are kept count for ever",
			"if !v.Always() || len(v.Value.Texts) > 0 {", "if len(v.Value.Texts) > 0 {",
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
			"internal/core/level.go", "users are not forgotten when they change",
			"c.users.invalidate(news.touched)", "c.users.invalidate(nil)",
		},
		{
			"internal/core/plan_nesting.go", "cycles are possible",
			"group == parent || p.catalog.IsAncestor(group, parent)", "group == parent",
		},
		{
			"internal/core/authorize.go", "groups hand out any power",
			"if !p.powers.Covers(gives) {", "if !p.powers.Covers(gives) && gives == 0 {",
		},
		{
			"internal/core/plan_groupvalue.go", "a first baseline of All Users beats later groups",
			"last.Group == directory.AllUsers {\n\t\trank--", "last.Group == directory.AllUsers {\n\t\trank += 0",
		},
		{
			"internal/core/plan_user.go", "disabling a user leaves its tokens",
			"p.revokeUsers = append(p.revokeUsers, u.ID)", "p.revokeUsers = nil",
		},
		{
			"internal/core/plan_value.go", "hidden values are stored as they are",
			"if a.Hidden {\n\t\treturn p.seal(a.ID, owner, have, v.Text)\n\t}", "if a.Hidden && v.Text == \"\" {\n\t\treturn p.seal(a.ID, owner, have, v.Text)\n\t}",
		},
		{
			"internal/core/plan_revert.go", "a revert tramples on later changes",
			"if !sameButOrder(r.after, w.After) {", "if r.after == nil && w.After != nil {",
		},
		{
			"internal/core/asof.go", "the past is the present",
			"directory.RowWrite{Before: w.After, After: w.Before}", "directory.RowWrite{Before: w.After, After: w.After}",
		},
		{
			"internal/core/administrator.go", "a disabled administrator is enough",
			"u.after.User.DeletedRev != 0 || u.after.User.Disabled", "u.after.User.DeletedRev != 0",
		},
		{
			"internal/core/commit.go", "member counts ignore deletion",
			"count(deltas, u.after.Memberships, is)", "count(deltas, u.after.Memberships, 1)",
		},
	}
}
