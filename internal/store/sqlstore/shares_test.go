package sqlstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"cohort/internal/directory"
)

func TestNoUserHasAllConnectionsAndWhoHasFewestIsNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(3)
		got := make(chan directory.UserID, 10)
		ask := func(ctx context.Context, user directory.UserID) {
			go func() {
				if s.take(ctx, user) == nil {
					got <- user
				}
			}()
			synctest.Wait()
		}
		for range 6 {
			ask(t.Context(), 1)
		}
		if len(got) != 2 {
			t.Fatalf("one user has %d of 3 connections", len(got))
		}
		ask(t.Context(), 2)
		if len(got) != 3 {
			t.Fatal("another found none")
		}
		ask(t.Context(), 3)
		ask(t.Context(), 0)
		for range 3 {
			<-got
		}
		gone, leave := context.WithCancel(t.Context())
		ask(gone, 4)
		leave()
		synctest.Wait()
		// Users 3 and 0 have none, and come before user 1, who has one and waited longest.
		for _, turn := range []struct{ gives, next directory.UserID }{{1, 3}, {2, 0}, {3, 1}} {
			s.give(turn.gives)
			synctest.Wait()
			if user := <-got; user != turn.next {
				t.Fatalf("after user %d, it is user %d's turn", turn.gives, user)
			}
		}
		if s.give(0); s.count() != 2 || s.held[1] != 2 {
			t.Errorf("%d are taken, %d to user 1", s.count(), s.held[1])
		}
		for range 5 { // those that wait get theirs, one after the other
			s.give(1)
			synctest.Wait()
		}
		if s.count() != 0 || len(s.held) != 0 || len(s.line) != 0 {
			t.Errorf("in the end %d are taken, to %v, and %d wait", s.count(), s.held, len(s.line))
		}
	})
}

func TestWhoGivesUpHasNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShares(1)
		if err := s.take(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() { failed <- s.take(ctx, 2) }()
		synctest.Wait()
		leave()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		s.give(1)
		if s.count() != 0 {
			t.Errorf("%d are taken", s.count())
		}
	})
}
