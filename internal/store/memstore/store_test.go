package memstore_test

import (
	"errors"
	"testing"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

func TestAViewDoesNotChangeWhileSomebodyWrites(t *testing.T) {
	s := memstore.New()
	group := directory.Group{ID: 1, Name: "All Users"}
	err := s.Read(t.Context(), func(r store.Reader) error {
		err := s.Write(t.Context(), func(tx store.Tx) error {
			return tx.Append(t.Context(), store.Commit{
				Writes:  []directory.RowWrite{{After: group}},
				Records: []store.Record{{Header: directory.ChangeHeader{Revision: 1}}},
				Head:    store.Head{Revision: 1, Groups: 1},
			})
		})
		if _, ok, _ := r.Row(t.Context(), group.Key()); ok {
			t.Error("an open view shows a later row")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("closing twice: %v", err)
	}
}
