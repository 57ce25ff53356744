package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func token(n byte) store.Token {
	return store.Token{
		Hash: [32]byte{0: n, 31: 1}, User: directory.UserID(n), Credential: directory.CredentialID(100 + int64(n)),
		Sudoer:    directory.UserID(n) + 10,
		Workspace: fmt.Sprint("w", n), CreatedAt: 1, ExpiresAt: directory.Instant(n) * 10, UsedAt: 2,
	}
}

// tokens returns which of the tokens 1 to 9 are there.
func tokens(t *testing.T, s store.Store) []byte {
	t.Helper()
	var list []byte
	for n := byte(1); n < 10; n++ {
		got, ok, err := s.Ephemera().Token(t.Context(), token(n).Hash)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			list = append(list, n)
			got.Workspace = token(n).Workspace
			equal(t, "token", token(n), got)
		}
	}
	return list
}

func putTokens(t *testing.T, s store.Store) {
	t.Helper()
	for n := byte(9); n > 0; n-- {
		if _, err := s.Ephemera().PutToken(t.Context(), token(n), store.TokenLimit{}); err != nil {
			t.Fatal(err)
		}
	}
}

func testTokens(t *testing.T, s store.Store) {
	putTokens(t, s)
	equal(t, "tokens", []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}, tokens(t, s))
	_, err := s.Ephemera().PutToken(t.Context(), token(3), store.TokenLimit{})
	refused(t, err, "a second token of one hash")

	if err := s.Ephemera().SetWorkspace(t.Context(), token(3).Hash, "dev"); err != nil {
		t.Error(err)
	}
	got, _, err := s.Ephemera().Token(t.Context(), token(3).Hash)
	want := token(3)
	want.Workspace = "dev"
	equal(t, "token", want, got)
	err = errors.Join(err, s.Ephemera().SetWorkspace(t.Context(), [32]byte{77}, "dev"))
	if directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("the workspace of no token: %v", err)
	}

	for _, want := range []bool{true, false} {
		if ok, err := s.Ephemera().DeleteToken(t.Context(), token(4).Hash); ok != want || err != nil {
			t.Errorf("DeleteToken = %v, %v; want %v", ok, err, want)
		}
	}
	testTokenOfToken(t, s)
	mine := token(20)
	mine.User, mine.Sudoer = 6, 0
	if _, err := s.Ephemera().PutToken(t.Context(), mine, store.TokenLimit{}); err != nil {
		t.Fatal(err)
	}
	earlier := token(21)
	earlier.User, earlier.CreatedAt = 6, 0
	if _, err := s.Ephemera().PutToken(t.Context(), earlier, store.TokenLimit{}); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[directory.UserID][]store.Token{6: {earlier, token(6), mine}, 16: nil} {
		got, err := s.Ephemera().TokensOf(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "tokens of a user", want, got)
	}
	if n, err := s.Ephemera().SweepTokens(t.Context(), 30); n != 2 || err != nil {
		t.Errorf("SweepTokens = %d, %v; want 2", n, err)
	}
	equal(t, "tokens left", []byte{3, 5, 6, 7, 8, 9}, tokens(t, s))
}

func testRevocation(t *testing.T, s store.Store) {
	putTokens(t, s)
	for _, user := range []directory.UserID{2, 3} {
		hash := [32]byte{byte(user)}
		err := errors.Join(s.Ephemera().PutSignIn(t.Context(), store.SignIn{Hash: hash, User: user, ExpiresAt: 9}),
			s.Ephemera().PutSignInLink(t.Context(), store.SignInLink{Hash: hash, User: user, ExpiresAt: 9}))
		if err != nil {
			t.Fatal(err)
		}
	}
	err := write(t, s, func(c *store.Commit) {
		c.RevokeUsers = []directory.UserID{2, 15} // 15 stands behind token 5
		c.RevokeKeys = []directory.CredentialID{107, 999}
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "tokens left", []byte{1, 3, 4, 6, 8, 9}, tokens(t, s))
	for user, want := range map[byte]bool{2: false, 3: true} {
		_, session, err := s.Ephemera().SignIn(t.Context(), [32]byte{user})
		_, link, err2 := s.Ephemera().TakeSignInLink(t.Context(), [32]byte{user})
		if session != want || link != want || err != nil || err2 != nil {
			t.Errorf("user %d has a session: %v, a link: %v (%v, %v); want %v", user, session, link, err, err2, want)
		}
	}
	own := errors.New("not after all")
	err = s.Write(t.Context(), func(tx store.Tx) error {
		c, err := Plan(t.Context(), tx, nil)
		c.RevokeUsers = []directory.UserID{1}
		return errors.Join(err, tx.Append(t.Context(), c), own)
	})
	if !errors.Is(err, own) {
		t.Error(err)
	}
	equal(t, "tokens left after a change that failed", []byte{1, 3, 4, 6, 8, 9}, tokens(t, s))
}

func testAttempts(t *testing.T, s store.Store) {
	sessions := s.Ephemera()
	is := func(key string, want store.Attempts) {
		t.Helper()
		got, err := sessions.Attempts(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "attempts of "+key, want, got)
	}
	count := func(key string, at, since directory.Instant, want store.Attempts) {
		t.Helper()
		got, err := sessions.CountAttempt(t.Context(), key, at, since)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "count of "+key, want, got)
		is(key, want)
	}
	is("a", store.Attempts{})
	count("a", 100, 50, store.Attempts{Count: 1, First: 100, Last: 100})
	count("a", 110, 100, store.Attempts{Count: 2, First: 100, Last: 110})
	count("A", 120, 0, store.Attempts{Count: 1, First: 120, Last: 120})
	count("a", 130, 101, store.Attempts{Count: 1, First: 130, Last: 130})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := sessions.CountAttempt(t.Context(), "many", 5, 0); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	is("many", store.Attempts{Count: 20, First: 5, Last: 5})
	all := func(since directory.Instant, atLeast int, want ...store.KeyedAttempts) {
		t.Helper()
		got, err := sessions.AllAttempts(t.Context(), since, atLeast)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "all attempts", want, got)
	}
	upper := store.KeyedAttempts{Key: "A", Attempts: store.Attempts{Count: 1, First: 120, Last: 120}}
	lower := store.KeyedAttempts{Key: "a", Attempts: store.Attempts{Count: 1, First: 130, Last: 130}}
	many := store.KeyedAttempts{Key: "many", Attempts: store.Attempts{Count: 20, First: 5, Last: 5}}
	all(0, 1, upper, lower, many)
	all(5, 20, many)
	all(121, 1, lower)
	all(0, 21)
	if err := sessions.ClearAttempts(t.Context(), "A"); err != nil {
		t.Error(err)
	}
	is("A", store.Attempts{})
	is("a", store.Attempts{Count: 1, First: 130, Last: 130})
	if n, err := sessions.SweepAttempts(t.Context(), 130); n != 1 || err != nil {
		t.Errorf("SweepAttempts = %d, %v; want 1", n, err)
	}
	is("many", store.Attempts{})
	is("a", store.Attempts{Count: 1, First: 130, Last: 130})
}

func testReveals(t *testing.T, s store.Store) {
	var want []directory.Reveal
	for i := range int64(4) {
		r := directory.Reveal{
			At: directory.Instant(100 - i), Caller: directory.UserID(i), Sudoer: 2, Attribute: 14,
			Owner: directory.GroupID(i + 1).Object(), RequestID: fmt.Sprint("r", i),
		}
		want = append([]directory.Reveal{r}, want...)
		if err := s.Ephemera().PutReveal(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{1, 3, 10} {
		got, err := s.Ephemera().Reveals(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "reveals", want[:min(limit, 4)], got)
	}
}

func testPreviews(t *testing.T, s store.Store) {
	preview := func(n byte) store.Preview {
		return store.Preview{Token: fmt.Sprint("t", n), Data: []byte{n, 0, 255}, ExpiresAt: directory.Instant(n) * 10}
	}
	is := func(n byte, want bool) {
		t.Helper()
		read(t, s, func(ctx context.Context, r store.Reader) error {
			got, ok, err := r.Preview(ctx, preview(n).Token)
			if ok != want || ok && !cmp.Equal(got, preview(n)) {
				t.Errorf("preview %d is %+v, %v; want %v", n, got, ok, want)
			}
			return err
		})
	}
	is(1, false)
	for n := byte(1); n < 4; n++ {
		if err := s.Ephemera().PutPreview(t.Context(), preview(n)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, s.Ephemera().PutPreview(t.Context(), preview(2)), "a second preview of one token")
	is(1, true)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		got, ok, err := tx.Preview(t.Context(), preview(3).Token)
		if !ok || !cmp.Equal(got, preview(3)) {
			t.Errorf("a transaction sees %+v, %v", got, ok)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if n, err := s.Ephemera().SweepPreviews(t.Context(), 30); n != 2 || err != nil {
		t.Errorf("SweepPreviews = %d, %v; want 2", n, err)
	}
	is(2, false)
	is(3, true)
}

func testKeyClaims(t *testing.T, s store.Store) {
	e := s.Ephemera()
	for _, step := range []struct {
		purpose, from, to string
		ok                bool
		now               string
	}{
		{"a", "x", "y", false, ""},
		{"a", "", "y", true, "y"},
		{"a", "", "z", false, "y"},
		{"b", "", "o", true, "o"},
		{"a", "y", "z", true, "z"},
		{"a", "y", "w", false, "z"},
	} {
		ok, err := e.ClaimKey(t.Context(), step.purpose, step.from, step.to)
		if ok != step.ok || err != nil {
			t.Errorf("claim of %+v: %v, %v", step, ok, err)
		}
		if now, err := e.ClaimedKey(t.Context(), step.purpose); now != step.now || err != nil {
			t.Errorf("after %+v: %q, %v", step, now, err)
		}
	}
	var won atomic.Int64
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if ok, err := e.ClaimKey(t.Context(), "race", "", fmt.Sprint(i)); err != nil {
				t.Error(err)
			} else if ok {
				won.Add(1)
			}
		})
	}
	group.Wait()
	equal(t, "claims that were first", int64(1), won.Load())
}

// testTokenOfToken: a token that was made from another ends with it.
func testTokenOfToken(t *testing.T, s store.Store) {
	t.Helper()
	parent, child := token(30), token(31)
	child.Parent = parent.Hash
	for _, made := range []store.Token{parent, child} {
		if _, err := s.Ephemera().PutToken(t.Context(), made, store.TokenLimit{}); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok, err := s.Ephemera().Token(t.Context(), child.Hash); !ok || err != nil {
		t.Errorf("a token made from another: %v, %v", ok, err)
	} else {
		equal(t, "token made from another", child, got)
	}
	if ok, err := s.Ephemera().DeleteToken(t.Context(), parent.Hash); !ok || err != nil {
		t.Errorf("DeleteToken = %v, %v", ok, err)
	}
	if _, ok, err := s.Ephemera().Token(t.Context(), child.Hash); ok || err != nil {
		t.Errorf("the token that was made from one that is revoked: %v, %v", ok, err)
	}
}
