package core_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

func TestARequestUnderAKeyHappensOnce(t *testing.T) {
	w := coretest.New(t)
	change := directory.Change{
		Edits:  []directory.Edit{directory.CreateAPICredential{User: w.Root}, directory.CreateGroup{Name: "G"}},
		Repeat: directory.Repeat{Key: "k", Hash: [32]byte{1}},
	}
	answers := make([]directory.Committed, 8)
	before := w.Core.Head().Revision
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			var err error
			if answers[i], err = w.Admin().Commit(t.Context(), change); err != nil {
				t.Error(err)
			}
			answers[i].Repeated = false
		})
	}
	wg.Wait()
	for _, a := range answers[1:] {
		if diff := cmp.Diff(answers[0], a); diff != "" {
			t.Errorf("two answers differ:\n%s", diff)
		}
	}
	if answers[0].Results[0].Secret == "" || w.Core.Head().Revision != before+1 {
		t.Errorf("answered %+v; revision %d after %d", answers[0], w.Core.Head().Revision, before)
	}
	other := change
	other.Repeat.Hash[0] = 2
	if _, err := w.Admin().Commit(t.Context(), other); directory.KindOf(err) != directory.KindInvalid {
		t.Errorf("another request under the key: %v", err)
	}
	as := view.New(w.Core).As(directory.Caller{User: w.User("Ada"), Dialect: "test"})
	if _, ok, err := as.Answered(t.Context(), change.Repeat); ok || err != nil {
		t.Errorf("the key is somebody else's, but %v, %v", ok, err)
	}
	if done, ok, err := w.Admin().Answered(t.Context(), change.Repeat); !ok || err != nil ||
		done.Revision != answers[0].Revision {
		t.Errorf("Answered = %+v, %v, %v", done, ok, err)
	}
}

// An answer is given again for a day.
func TestAnAnswerIsGivenAgainForADay(t *testing.T) {
	w := coretest.New(t)
	caller := directory.Caller{User: w.Root, Dialect: "test"}
	repeat := directory.Repeat{Key: "k", Hash: [32]byte{1}}
	change := directory.Change{Edits: []directory.Edit{directory.CreateGroup{}}, Repeat: repeat}
	if _, _, err := w.Core.Commit(t.Context(), caller, change); err != nil {
		t.Fatal(err)
	}
	day := directory.Instant((24 * time.Hour).Milliseconds())
	for after, want := range map[directory.Instant]bool{0: true, day - 1: true, day: false, 2 * day: false} {
		err := w.Store.Read(t.Context(), func(r store.Reader) error {
			at := w.Core.Head().At + after
			_, ok, err := w.Core.Answered(t.Context(), r, caller, directory.AllPermissions, repeat, at)
			if ok != want {
				t.Errorf("after %d ms it is given again: %t", after, ok)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
