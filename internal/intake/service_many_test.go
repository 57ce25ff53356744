package intake_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/intake"
	"cohort/internal/store"
)

// node is another service on the same rows.
func (w *world) node(rows store.Imports) *intake.Service {
	return intake.NewService(intake.Config{
		Rows: rows, Box: lined{}, Directory: w.views.As, Language: "EN", Now: func() time.Time { return w.now },
	})
}

// TestManyBringInOneFileOnce: on two nodes at once, with others who look at it,
// send files and try to delete it.
func TestManyBringInOneFileOnce(t *testing.T) {
	w := newWorld(t, time.Minute)
	r, before := w.upload(intake.Options{}, people(300)), w.users()
	nodes := []*intake.Service{w.service, w.node(w.store.Ephemera())}
	var all sync.WaitGroup
	for n := range 16 {
		s := nodes[n%2]
		all.Go(func() {
			_, err := s.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token})
			if e, ok := errors.AsType[*directory.Error](err); err != nil && (!ok || e.Kind != directory.KindConflict) {
				t.Errorf("commit: %v", err)
			}
		})
		all.Go(func() {
			if err := s.Delete(t.Context(), w.admin, "nobody"); err == nil {
				t.Error("what is not there is deleted")
			}
			if _, err := s.Get(t.Context(), w.admin, r.ID); err != nil {
				t.Errorf("get: %v", err)
			}
			if _, err := s.List(t.Context(), w.admin); err != nil {
				t.Errorf("list: %v", err)
			}
			made, err := s.Upload(t.Context(), w.admin, intake.Options{Format: intake.CSV},
				[]byte("source:other,first_name\n1,A\n"))
			if err == nil {
				err = s.Delete(t.Context(), w.admin, made.ID)
			}
			if e, ok := errors.AsType[*directory.Error](err); err != nil && (!ok || e.Kind != directory.KindConflict) {
				t.Errorf("upload: %v", err)
			}
		})
	}
	all.Wait()
	if got := w.users() - before; got != 300 {
		t.Errorf("%d users, want 300", got)
	}
	last, err := w.service.Get(t.Context(), w.admin, r.ID)
	if err != nil || last.State != intake.Done || last.Outcome.Changes != 1 {
		t.Errorf("%+v, %v", last, err)
	}
}

// dying are rows that cannot be written any more after some writes, as when the
// program is killed.
type dying struct {
	imports
	left int
}

type imports = store.Imports

// PutImportWork implements store.Imports.
func (d *dying) PutImportWork(ctx context.Context, id string, version int64, work []byte) (bool, error) {
	if d.left--; d.left < 0 {
		return false, errors.New("killed")
	}
	return d.imports.PutImportWork(ctx, id, version, work)
}

// TestAKilledImportGoesOnUnderItsRequestID: what it had committed is not known
// to the file, and one revert undoes all of it nevertheless.
func TestAKilledImportGoesOnUnderItsRequestID(t *testing.T) {
	w := newWorld(t, time.Nanosecond) // a change at a time
	r, before := w.upload(intake.Options{}, people(6_000)), w.users()
	killed := w.node(&dying{w.store.Ephemera(), 2})
	killed.Slice = time.Nanosecond
	if _, err := killed.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token}); err == nil {
		t.Fatal("it is not killed")
	}
	if n := w.users() - before; n == 0 || n == 6_000 {
		t.Fatalf("%d users are there: it was not in the middle", n)
	}
	for _, err := range []error{
		w.service.Delete(t.Context(), w.admin, r.ID),
		func() error {
			_, err := w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token})
			return err
		}(),
	} {
		if e, ok := errors.AsType[*directory.Error](err); !ok || e.Kind != directory.KindConflict {
			t.Errorf("while it seems to be under way: %v", err)
		}
	}
	w.now = w.now.Add(2 * time.Minute)
	for calls := 0; r.State != intake.Done; calls++ {
		var err error
		if r, err = w.service.Commit(t.Context(), w.admin, r.ID, intake.Go{Token: r.Token}); err != nil || calls > 20 {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if n := w.users() - before; n != 6_000 {
		t.Errorf("%d users, want 6000", n)
	}
	if _, err := history.RevertRequest(t.Context(), w.views.As(w.admin), r.Outcome.RequestID, nil, ""); err != nil {
		t.Fatal(err)
	}
	if n := w.users() - before; n != 0 {
		t.Errorf("%d users are left", n)
	}
}

// TestATableWithoutRowsRemovesNothing: it is likelier an export that failed.
func TestATableWithoutRowsRemovesNothing(t *testing.T) {
	w := newWorld(t, time.Minute)
	for _, header := range []string{"source:hr,first_name\n", "source:hr,name\n", "user,group\n"} {
		o := intake.Options{Format: intake.CSV, Mode: intake.Full}
		_, err := w.service.Upload(t.Context(), w.admin, o, []byte(header))
		if err == nil || !strings.Contains(err.Error(), "the table has no rows") {
			t.Errorf("%q: %v", header, err)
		}
	}
	r := w.upload(intake.Options{}, "source:hr,first_name\n1,a\x00b\n2,c\n")
	if r.Plan.Refused != 1 || r.Plan.Sample[0].Why != "first_name has a NUL character, which no text can have" {
		t.Errorf("%+v", r.Plan)
	}
}
