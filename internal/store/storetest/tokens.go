package storetest

import (
	"bytes"
	"slices"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// ofOne is a token of one credential, all of which expire at 1000.
func ofOne(n byte) store.Token {
	t := token(n)
	t.Credential, t.ExpiresAt, t.UsedAt = 500, 1000, directory.Instant(n)
	return t
}

// testTokenLimit: of the tokens of a credential those end that were used the
// longest ago, and what was made from them.
func testTokenLimit(t *testing.T, s store.Store) {
	e := s.Ephemera()
	put := func(made store.Token, limit store.TokenLimit, ended ...byte) {
		t.Helper()
		got, err := e.PutToken(t.Context(), made, limit)
		if err != nil {
			t.Fatal(err)
		}
		var want [][32]byte
		for _, n := range ended {
			want = append(want, ofOne(n).Hash)
		}
		equal(t, "tokens that end", want, got)
	}
	has := func(want ...byte) {
		t.Helper()
		var got []byte
		for n := range byte(100) {
			if _, ok, err := e.Token(t.Context(), token(n).Hash); err != nil {
				t.Fatal(err)
			} else if ok {
				got = append(got, n)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("there are the tokens %v, want %v", got, want)
		}
	}
	limit := store.TokenLimit{Most: 3, Now: 100}
	expired, child := ofOne(40), ofOne(50)
	expired.ExpiresAt, child.Credential, child.Parent = 100, 501, ofOne(2).Hash
	put(expired, limit)
	put(child, limit)
	put(token(60), limit) // of another credential
	for n := byte(1); n <= 3; n++ {
		put(ofOne(n), limit)
	}
	has(1, 2, 3, 40, 50, 60)
	if err := e.UseTokens(t.Context(), store.TokenUses{ofOne(1).Hash: 99, ofOne(3).Hash: 1, {77}: 5}); err != nil {
		t.Fatal(err)
	}
	if got, _, err := e.Token(t.Context(), ofOne(3).Hash); err != nil || got.UsedAt != 3 {
		t.Errorf("a use was made earlier: %d, %v", got.UsedAt, err)
	}
	put(ofOne(4), limit, 2) // 2 was used the longest ago; 50 was made from it
	has(1, 3, 4, 40, 60)

	limit.Uses = store.TokenUses{ofOne(3).Hash: 101, ofOne(4).Hash: 98}
	put(ofOne(5), limit, 4)
	has(1, 3, 5, 40, 60)

	fromFirst := ofOne(6) // 5 is older than 1, but 1 is what it is made from
	fromFirst.Parent = ofOne(5).Hash
	put(fromFirst, limit, 1)
	has(3, 5, 6, 40, 60)
	put(ofOne(7), store.TokenLimit{})
	has(3, 5, 6, 7, 40, 60)
	put(ofOne(8), store.TokenLimit{Most: 2, Now: 100}, 3, 5, 6)
	has(7, 8, 40, 60)
}

// testTokenEnds: whoever asks learns of every token that was ended since.
func testTokenEnds(t *testing.T, s store.Store) {
	e := s.Ephemera()
	since := func(after int64) store.TokenEnds {
		t.Helper()
		ends, err := e.TokenEnds(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		return ends
	}
	equal(t, "ends in an empty store", store.TokenEnds{}, since(0))
	if !since(7).Lost {
		t.Error("of a number that is not reached yet, nothing is lost")
	}
	limit := store.TokenLimit{Most: 1, Now: 1}
	for n := byte(1); n <= 3; n++ {
		if _, err := e.PutToken(t.Context(), ofOne(n), limit); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []byte{3, 3, 9} { // one that is there, and two that are not
		if _, err := e.DeleteToken(t.Context(), ofOne(n).Hash); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "ends", store.TokenEnds{Last: 3, Hashes: [][32]byte{ofOne(1).Hash, ofOne(2).Hash, ofOne(3).Hash}}, since(0))
	equal(t, "ends since", store.TokenEnds{Last: 3, Hashes: [][32]byte{ofOne(3).Hash}}, since(2))
	equal(t, "nothing new", store.TokenEnds{Last: 3}, since(3))

	var all [][32]byte
	for n := range 20 {
		made := ofOne(byte(n))
		if _, err := e.PutToken(t.Context(), made, store.TokenLimit{}); err != nil {
			t.Fatal(err)
		}
		if _, err := e.DeleteToken(t.Context(), made.Hash); err != nil {
			t.Fatal(err)
		}
		all = append(all, made.Hash)
	}
	if got := since(3); !slices.Equal(got.Hashes, all) || got.Lost {
		t.Errorf("of 20 ends there are %d; lost: %v", len(got.Hashes), got.Lost)
	}
}
