package main

// ofCallers are mistakes about who asks, and what is told to whom.
func ofCallers() []mutation {
	return []mutation{
		{
			"internal/plan/plan.go", "a disabled caller makes changes",
			"if err != nil || u.User.Disabled {", "if err != nil {",
		},
		{
			"internal/plan/plan.go", "ordinary callers make changes of any size",
			"n > directory.MaxOrdinaryEdits &&", "n > 10*directory.MaxEdits &&",
		},
		{
			"internal/outcome/recent.go", "an old sign-in enables administrators",
			"if given == 0 {", "if given >= 0 {",
		},
		{
			"internal/outcome/recent.go", "an old sign-in puts people into privileged groups that they need not",
			"return w.After != nil && c.conveyed(c.Catalog, c.after, r.Group) != 0", "return false",
		},
		{
			"internal/intake/commit.go", "rows that need a recent sign-in are skipped",
			"!ok || errors.Is(err, directory.ErrSignInAgain)", "!ok",
		},
		{
			"internal/plan/describe.go", "a user who acts as another deletes itself",
			"(id == p.Caller.User || id == p.Caller.Sudoer)", "id == p.Caller.User",
		},
		{
			"internal/resolve/roles.go", "who was privileged is so for ever",
			"if m.ExpiresAt != 0 && m.ExpiresAt <= at {", "if m.ExpiresAt < 0 && m.ExpiresAt <= at {",
		},
		{
			"internal/view/read_attribute.go", "an explanation names an unseen group that won",
			"if c.By != 0 && !sees(c.By) {", "if c.By < 0 && !sees(c.By) {",
		},
		{
			"internal/view/preview.go", "effects tell names to those who see no users",
			"id.Computed() && !own && !v.SeesUsers())", "id.Computed() && own && !v.SeesUsers())",
		},
		{
			"internal/core/repeat.go", "a stored answer is given for ever",
			"kept.At <= at-directory.Instant(repeatLife.Milliseconds()) {",
			"kept.At <= at-directory.Instant(1000*repeatLife.Milliseconds()) {",
		},
		{
			"internal/core/past.go", "an erased user is answered as of before",
			"if slices.Contains(record.Erased(rec, writes), object) {", "if len(writes) == 0 {",
		},
	}
}

// ofTheBatch are mistakes about what a change finds that others of its batch, or
// other nodes, have left.
func ofTheBatch() []mutation {
	return []mutation{
		{
			"internal/working/layer.go", "rows that go hide one behind them",
			"limit+len(planned)); err != nil {", "limit); err != nil {",
		},
		{
			"internal/working/batch.go", "members with windows are counted without them",
			"if b.windows {", "if b.windows && len(groups) == 0 {",
		},
		{
			"internal/working/ids.go", "a chosen id is given out again",
			"r.to = t.User", "r.to = max(r.to, t.User)",
		},
		{
			"internal/outcome/unique.go", "a client id is everybody's",
			"return \"client_id\", true", "return \"client_id\", false",
		},
		{
			"internal/state/published.go", "memory keeps what was erased",
			"\t\tp.forget(s)\n", "\t\ts.Writes = nil\n",
		},
		{
			"internal/state/rewind.go", "what was pruned is answered as it is now",
			"undo.Lose(record.Lost(rec, writes))", "undo.Lose(nil)",
		},
		{
			"internal/replica/level.go", "a node follows into a ring",
			"ring != nil {", "ring != nil && rev < 0 {",
		},
	}
}
