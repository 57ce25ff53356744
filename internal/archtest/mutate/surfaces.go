package main

func ofTheSurfaces() []mutation {
	return []mutation{
		{
			"internal/auth/token.go", "an expired token is good",
			"return t.ExpiresAt <= s.instant()", "return t.ExpiresAt <= 0",
		},
		{
			"internal/auth/token.go", "a token of a disabled credential is good",
			"if !ok || !credential.Good(now) || credential.User != loggedIn {", "if !ok || credential.User != loggedIn {",
		},
		{
			"internal/auth/login.go", "any secret is right",
			"if len(secret) > maxSecret || !c.accepts(secret) {", "if len(secret) > maxSecret {",
		},
		{
			"internal/auth/login.go", "invented client ids fill the table",
			"return \"unknown:\" + hex.EncodeToString(sum[:2])", "return \"unknown:\" + hex.EncodeToString(sum[:])",
		},
		{
			"internal/dialect/write.go", "another request under the same key is the same",
			"Hash: [32]byte(c.body.Sum(nil))", "Hash: [32]byte{1}",
		},
		{
			"internal/dialect/write.go", "the items of a bulk call are one under a key",
			"repeat.Key += fmt.Sprint(\"\\n\", i)", "repeat.Key += fmt.Sprint(\"\\n\", 0)",
		},
		{
			"internal/httpkit/gate.go", "a credential may ask as fast as it likes",
			"if err := g.limit(from, caller); err != nil {", "if err := g.limit(from, directory.Caller{}); err != nil {",
		},
		{
			"internal/looker/protocol/errors.go", "a status that the vendor does not document",
			"return documented.first(http.StatusForbidden)", "return http.StatusForbidden",
		},
		{
			"internal/propeller/document/value.go", "a placeholder overwrites a hidden value",
			"in.Value.Text == hiddenDefault)", "in.Value.Text == \"\")",
		},
		{
			"internal/native/write.go", "If-Match is not looked at",
			"if !tagIn(tags, tag) {", "if !tagIn(tags, tag) && tag == \"\" {",
		},
	}
}

func ofTheWords() []mutation {
	return []mutation{
		{
			"internal/directory/list.go", "a space at the end of an element is lost",
			"return i == 0 || i == len(e)-1", "return i == 0",
		},
		{
			"internal/directory/pattern.go", "a pattern does not go back",
			"i, j = star+1, mark", "i, j = star+1, j+1",
		},
		{
			"internal/directory/instant.go", "a window is open at its end",
			"(w.ExpiresAt == 0 || t < w.ExpiresAt)", "(w.ExpiresAt == 0 || t <= w.ExpiresAt)",
		},
		{
			"internal/directory/permission.go", "administrators have nothing but that",
			"if s&Permissions(Administer) != 0 {", "if s == 0 {",
		},
		{
			"internal/directory/freshness.go", "a revision may have a sign",
			"n < 0 || number[0] == '+'", "n < 0",
		},
	}
}
