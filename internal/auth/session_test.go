package auth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/directory"
)

func TestSessionsAreListedAndEndedOneByOne(t *testing.T) {
	w := newWorld(t)
	first := w.login(1)
	w.now = w.now.Add(time.Minute)
	second := w.login(1)
	caller, err := w.Authenticate(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.SessionsOf(t.Context(), 1)
	if err != nil || len(list) != 2 || list[0].ID == list[1].ID || list[0].CreatedAt >= list[1].CreatedAt ||
		list[1].Credential != caller.Credential {
		t.Fatalf("SessionsOf = %+v, %v", list, err)
	}
	wantKind(t, "ending a session of somebody else", w.EndSession(t.Context(), 2, list[0].ID), directory.KindNotFound)
	if _, err := w.Authenticate(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := w.EndSession(t.Context(), 1, list[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), first)
	wantKind(t, "an ended session", err, directory.KindUnauthenticated)
	if _, err := w.Authenticate(t.Context(), second); err != nil {
		t.Errorf("the other session ended too: %v", err)
	}
	wantKind(t, "ending it again", w.EndSession(t.Context(), 1, list[0].ID), directory.KindNotFound)
	w.now = w.now.Add(2 * time.Hour)
	if list, err := w.SessionsOf(t.Context(), 1); err != nil || len(list) != 0 {
		t.Errorf("expired sessions are listed: %+v, %v", list, err)
	}
}

func TestLockoutsAreListedAndLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 10 {
			if list, err := w.Lockouts(t.Context()); err != nil || len(list) != 0 {
				t.Fatalf("Lockouts = %+v, %v", list, err)
			}
			w.fail("client-"+names[1], home)
		}
		list, err := w.Lockouts(t.Context())
		if err != nil || len(list) != 1 || list[0].ClientID != "client-"+names[1] || list[0].Address != home.String() ||
			list[0].Failures != 10 {
			t.Fatalf("Lockouts = %+v, %v", list, err)
		}
		if kind := w.fail("client-"+names[1], home); kind != directory.KindTooMany {
			t.Errorf("a wrong secret above the limit is answered with kind %d", kind)
		}
		wantKind(t, "lifting another lock", w.Unlock(t.Context(), "0"), directory.KindNotFound)
		if err := w.Unlock(t.Context(), list[0].Key); err != nil {
			t.Fatal(err)
		}
		if kind := w.fail("client-"+names[1], home); kind != directory.KindNotFound {
			t.Errorf("a wrong secret after the lock was lifted is answered with kind %d", kind)
		}
		w.login(1)

		for i := range 100 {
			w.fail("nobody-"+string(rune('a'+i%26))+string(rune('a'+i/26)), home)
		}
		list, err = w.Lockouts(t.Context())
		if err != nil || len(list) != 1 || list[0].Address != home.String() || list[0].ClientID != "" {
			t.Fatalf("Lockouts = %+v, %v", list, err)
		}
		w.now = w.now.Add(15 * time.Minute)
		if list, err := w.Lockouts(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("a lock that is over is listed: %+v, %v", list, err)
		}
	})
}
