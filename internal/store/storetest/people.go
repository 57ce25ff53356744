package storetest

import (
	"sync"
	"sync/atomic"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testSignInLinks(t *testing.T, s store.Store) {
	e, ctx := s.Ephemera(), t.Context()
	link := func(n byte, user directory.UserID) store.SignInLink {
		return store.SignInLink{Hash: [32]byte{n}, User: user, MadeBy: 3, CreatedAt: directory.Instant(n),
			ExpiresAt: directory.Instant(n) * 10}
	}
	for _, l := range []store.SignInLink{link(1, 7), link(2, 8), link(3, 7)} {
		if err := e.PutSignInLink(ctx, l); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := e.TakeSignInLink(ctx, [32]byte{1}); ok || err != nil {
		t.Errorf("a link that another has taken the place of: %v, %v", ok, err)
	}
	var got atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			l, ok, err := e.TakeSignInLink(ctx, [32]byte{3})
			if err != nil {
				t.Error(err)
			}
			if ok {
				got.Add(1)
				equal(t, "the link", link(3, 7), l)
			}
		})
	}
	all.Wait()
	if n := got.Load(); n != 1 {
		t.Errorf("%d of 8 got the link, want 1", n)
	}
	if n, err := e.SweepSignIns(ctx, 21); n != 1 || err != nil {
		t.Errorf("SweepSignIns = %d, %v; want 1", n, err)
	}
	if _, ok, err := e.TakeSignInLink(ctx, [32]byte{2}); ok || err != nil {
		t.Errorf("a link that was swept: %v, %v", ok, err)
	}
}

func testPendingSignIns(t *testing.T, s store.Store) {
	e, ctx := s.Ephemera(), t.Context()
	for n := byte(1); n <= 5; n++ {
		p := store.PendingSignIn{Hash: [32]byte{n}, Data: []byte{n, 0}, CreatedAt: directory.Instant(n), ExpiresAt: 100}
		if err := e.PutPendingSignIn(ctx, p, 3); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[byte]bool{1: false, 2: false, 3: true, 4: true, 5: true} {
		p, ok, err := e.TakePendingSignIn(ctx, [32]byte{n})
		if ok != want || err != nil || ok && (len(p.Data) != 2 || p.Data[0] != n) {
			t.Errorf("sign-in %d: %+v, %v, %v; want %v", n, p, ok, err, want)
		}
		if _, ok, _ := e.TakePendingSignIn(ctx, [32]byte{n}); ok {
			t.Errorf("sign-in %d is taken twice", n)
		}
	}
}

func testSignIns(t *testing.T, s store.Store) {
	e, ctx := s.Ephemera(), t.Context()
	signIn := func(n byte, user directory.UserID) store.SignIn {
		return store.SignIn{
			Hash: [32]byte{n}, User: user, Method: "okta", Subject: "s", Session: "x", Token: []byte{n}, Agent: "a",
			CreatedAt: directory.Instant(n), ProvedAt: 2, SeenAt: 5, ExpiresAt: directory.Instant(n) * 10,
		}
	}
	rows := []store.SignIn{signIn(1, 7), signIn(2, 8), signIn(3, 7)}
	for _, row := range rows {
		if err := e.PutSignIn(ctx, row); err != nil {
			t.Fatal(err)
		}
	}
	list := func(user directory.UserID, want ...store.SignIn) {
		t.Helper()
		got, err := e.SignIns(ctx, user)
		if err != nil {
			t.Error(err)
		}
		equal(t, "sign-ins", want, got)
	}
	list(0, rows...)
	list(7, rows[0], rows[2])
	for _, at := range []directory.Instant{9, 4} { // it never goes back
		if err := e.SeeSignIn(ctx, rows[0].Hash, at); err != nil {
			t.Error(err)
		}
	}
	rows[0].SeenAt = 9
	if got, ok, err := e.SignIn(ctx, rows[0].Hash); !ok || err != nil {
		t.Errorf("sign-in 1: %v, %v", ok, err)
	} else {
		equal(t, "the sign-in", rows[0], got)
	}
	for _, want := range []bool{true, false} {
		if ok, err := e.DeleteSignIn(ctx, rows[2].Hash); ok != want || err != nil {
			t.Errorf("DeleteSignIn: %v, %v; want %v", ok, err, want)
		}
		if n, ok, err := e.EndSignIns(ctx, store.Logout{ID: [32]byte{1}, Method: "okta", Session: "y",
			ExpiresAt: 30}); n != 0 || ok != want || err != nil {
			t.Errorf("EndSignIns: %d, %v, %v; want 0, %v", n, ok, err, want)
		}
	}
	if n, err := e.SweepSignIns(ctx, 20); n != 1 || err != nil {
		t.Errorf("SweepSignIns = %d, %v; want 1", n, err)
	}
	list(0, rows[1])
	if n, err := e.SweepSignIns(ctx, 31); n != 2 || err != nil {
		t.Errorf("SweepSignIns = %d, %v; want 2", n, err)
	}
}

// testLogouts ends the sessions that a provider's message names, once.
func testLogouts(t *testing.T, s store.Store) {
	e, ctx := s.Ephemera(), t.Context()
	of := map[byte][3]string{1: {"okta", "ada", "x"}, 2: {"okta", "ada", "y"}, 3: {"okta", "bo", "x"},
		4: {"entra", "ada", "x"}, 5: {"okta", "bo", ""}}
	for n, is := range of {
		row := store.SignIn{Hash: [32]byte{n}, User: 7, Method: is[0], Subject: is[1], Session: is[2],
			CreatedAt: directory.Instant(n), ExpiresAt: 100}
		if err := e.PutSignIn(ctx, row); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		logout store.Logout
		fresh  bool
		left   []byte
	}{
		{store.Logout{ID: [32]byte{1}, Method: "okta", Subject: "ada", Session: "x"}, true, []byte{2, 3, 4, 5}},
		{store.Logout{ID: [32]byte{1}, Method: "okta", Subject: "bo"}, false, []byte{2, 3, 4, 5}},
		{store.Logout{ID: [32]byte{2}, Method: "okta", Subject: "bo"}, true, []byte{2, 4}},
		{store.Logout{ID: [32]byte{3}, Method: "okta", Session: "y"}, true, []byte{4}},
	} {
		step.logout.ExpiresAt = 50
		before, _ := e.SignIns(ctx, 0)
		n, ok, err := e.EndSignIns(ctx, step.logout)
		rows, _ := e.SignIns(ctx, 0)
		var left []byte
		for _, r := range rows {
			left = append(left, r.Hash[0])
		}
		if err != nil || ok != step.fresh || int(n) != len(before)-len(rows) {
			t.Errorf("step %d: %d, %v, %v", i, n, ok, err)
		}
		equal(t, "sessions left", step.left, left)
	}
}

func testDrafts(t *testing.T, s store.Store) {
	e, ctx := s.Ephemera(), t.Context()
	for _, step := range []struct {
		user    directory.UserID
		version int64
		ok      bool
	}{{7, 2, false}, {7, 1, true}, {7, 1, false}, {7, 2, true}, {8, 1, true}, {7, 4, false}} {
		d := store.Draft{User: step.user, Version: step.version, Data: []byte{byte(step.version), 0},
			ChangedAt: directory.Instant(step.version)}
		if ok, err := e.PutDraft(ctx, d); ok != step.ok || err != nil {
			t.Errorf("PutDraft of %+v: %v, %v", step, ok, err)
		}
	}
	got, ok, err := e.Draft(ctx, 7)
	if !ok || err != nil {
		t.Errorf("the draft: %v, %v", ok, err)
	}
	equal(t, "the draft", store.Draft{User: 7, Version: 2, Data: []byte{2, 0}, ChangedAt: 2}, got)
	if n, err := e.SweepDrafts(ctx, 2); n != 1 || err != nil {
		t.Errorf("SweepDrafts = %d, %v; want 1", n, err)
	}
	for user, want := range map[directory.UserID]bool{7: true, 8: false} {
		if _, ok, err := e.Draft(ctx, user); ok != want || err != nil {
			t.Errorf("draft of %d: %v, %v; want %v", user, ok, err, want)
		}
	}
	if err := e.DeleteDraft(ctx, 7); err != nil {
		t.Error(err)
	}
	if _, ok, err := e.Draft(ctx, 7); ok || err != nil {
		t.Errorf("a deleted draft: %v, %v", ok, err)
	}
}
