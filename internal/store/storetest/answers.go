package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
	"cohort/internal/store"
)

func testAnswers(t *testing.T, s store.Store) {
	first := store.Answer{Caller: 7, Key: "k", Request: [32]byte{1}, Reply: []byte("one\x00"), At: 100}
	second := store.Answer{Caller: 7, Key: "k", Request: [32]byte{2}, Reply: []byte("two"), At: 200}
	other := store.Answer{Caller: 8, Key: "k", Request: [32]byte{3}, Reply: []byte("three"), At: 150}
	put := func(a store.Answer, then error) error {
		return s.Write(t.Context(), func(tx store.Tx) error {
			if err := tx.PutAnswer(t.Context(), a); err != nil {
				return err
			}
			got, ok, err := tx.Answer(t.Context(), a.Caller, a.Key)
			if err != nil || !ok || !cmp.Equal(got, a) {
				t.Errorf("the transaction sees %+v, %v, %v; want %+v", got, ok, err, a)
			}
			return then
		})
	}
	check := func(when string, caller directory.UserID, want *store.Answer) {
		t.Helper()
		read(t, s, func(ctx context.Context, r store.Reader) error {
			got, ok, err := r.Answer(ctx, caller, "k")
			if err == nil && (ok != (want != nil) || ok && !cmp.Equal(got, *want)) {
				t.Errorf("%s there is %+v, %v; want %+v", when, got, ok, want)
			}
			return err
		})
	}
	check("at first", 7, nil)
	if err := put(first, nil); err != nil {
		t.Fatal(err)
	}
	if err := put(other, nil); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no")
	if err := put(second, failure); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	check("after a transaction that failed", 7, &first)
	if err := put(second, nil); err != nil {
		t.Fatal(err)
	}
	check("after another request", 7, &second)
	if n, err := s.Ephemera().SweepAnswers(t.Context(), 200); n != 1 || err != nil {
		t.Errorf("SweepAnswers = %d, %v; want 1", n, err)
	}
	check("after sweeping", 7, &second)
	check("after sweeping", 8, nil)
}
