package sample_test

import (
	"testing"

	"cohort/internal/sample"
	"cohort/internal/store/sqlite"
)

func TestSQLiteIsFilledToo(t *testing.T) {
	s, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	openCore(t, s).Close()
	told := 0
	if _, err := sample.Fill(t.Context(), s, sample.Budget(6000), func(users int) { told = users }); err != nil {
		t.Fatal(err)
	}
	if told != 5000 {
		t.Errorf("progress said %d users, want 5000", told)
	}
	if err := s.Check(t.Context(), func(damage string) { t.Error(damage) }); err != nil {
		t.Fatal(err)
	}
}
