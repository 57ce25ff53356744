package sqlite_test

import (
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/sqlite"
)

func TestANewDirectoryIsEmptyAndSound(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir()+"/data")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Read(t.Context(), func(r store.Reader) error {
		h, err := r.Head(t.Context())
		if h.Incarnation != 1 || h.Next.User != 1 || h.Revision != 0 {
			t.Errorf("head = %+v", h)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), func(c string) { t.Error(c) }); err != nil {
		t.Fatal(err)
	}
}
