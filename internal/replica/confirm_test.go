package replica_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
)

// Whether a lost commit was made is decided by the change at its revision: another's
// is not taken for it.
func TestALostCommitIsLookedFor(t *testing.T) {
	w := coretest.New(t)
	w.Group("A")
	f := follow(t, w.Store, replica.Shared{})
	var made directory.ChangeHeader
	err := w.Store.Read(t.Context(), func(r store.Reader) error {
		rec, err := r.Record(t.Context(), w.Core.Head().Revision)
		made = rec.Header
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	others, never := made, made
	others.ChangeID += "x"
	never.Revision++
	for name, test := range map[string]struct {
		planned []directory.ChangeHeader
		want    bool
	}{
		"a change that is there":         {[]directory.ChangeHeader{made}, true},
		"several, the last is there":     {[]directory.ChangeHeader{others, made}, true},
		"several, the last is another's": {[]directory.ChangeHeader{made, others}, false},
		"one at the revision of another": {[]directory.ChangeHeader{others}, false},
		"one that was not made":          {[]directory.ChangeHeader{never}, false},
		"nothing":                        {nil, false},
	} {
		if happened, err := f.Confirm(t.Context(), test.planned, nil); err != nil || happened != test.want {
			t.Errorf("%s: %t, %v", name, happened, err)
		}
	}
}

func TestACommitThatIsNotFoundInTimeIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &follower{store: &fickle{Store: memstore.New(), away: errors.New("away")}}
		f.Node = replica.New(replica.Shared{LostFor: time.Minute}, f.store, nil, time.Now, nil, nil)
		begun := time.Now()
		_, err := f.Confirm(t.Context(), nil, nil)
		if !errors.Is(err, directory.ErrOutcomeUnknown) || !errors.Is(err, f.store.away) {
			t.Errorf("the error is %v", err)
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("it was looked for during %v, want a minute", took)
		}
		closing := make(chan struct{})
		close(closing)
		if _, err := f.Confirm(t.Context(), nil, closing); !errors.Is(err, directory.ErrOutcomeUnknown) ||
			time.Since(begun) > time.Minute+time.Second {
			t.Errorf("while the server ends: %v, after %v", err, time.Since(begun))
		}
	})
}
