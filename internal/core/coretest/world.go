package coretest

import (
	"fmt"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// PlainSealer is a sealer whose seals are easy to look into.
type PlainSealer struct{}

// Seal implements core.Sealer.
func (PlainSealer) Seal(a directory.AttributeID, o directory.Object, text string) (string, []byte, error) {
	return "test", fmt.Appendf(nil, "%d/%s/%s", a, o, text), nil
}

// Open implements core.Sealer.
func (PlainSealer) Open(a directory.AttributeID, o directory.Object, _ string, sealed []byte) (string, error) {
	prefix := fmt.Sprintf("%d/%s/", a, o)
	if len(sealed) < len(prefix) || string(sealed[:len(prefix)]) != prefix {
		return "", fmt.Errorf("sealed for another place")
	}
	return string(sealed[len(prefix):]), nil
}

// A World is a directory with an administrator, for one test.
type World struct {
	T     *testing.T
	Core  *core.Core
	Store store.Store
	Root  directory.UserID

	Caller directory.Caller // who Admin is; by default the user Root
}

// New opens a directory in memory until the test ends.
func New(t *testing.T) *World {
	t.Helper()
	s := memstore.New()
	w := Open(t, s, core.Options{Sealer: PlainSealer{}})
	t.Cleanup(func() {
		w.Core.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// Open opens a directory in a store. Who calls it closes both.
func Open(t *testing.T, s store.Store, opt core.Options) *World {
	t.Helper()
	c, err := core.Open(t.Context(), s, opt)
	if err != nil {
		t.Fatal(err)
	}
	admin, _, err := c.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return &World{T: t, Core: c, Store: s, Root: admin.User}
}

// Reopen closes the directory and opens it with other options.
func (w *World) Reopen(opt core.Options) {
	w.T.Helper()
	w.Core.Close()
	c, err := core.Open(w.T.Context(), w.Store, opt)
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(c.Close)
	w.Core = c
}

// Admin is the directory as the administrator sees it, for one request.
func (w *World) Admin() *view.View {
	if w.Caller == (directory.Caller{}) {
		return view.New(w.Core).As(directory.Caller{User: w.Root, Dialect: "test"})
	}
	return view.New(w.Core).As(w.Caller)
}

// As is the directory as a user sees it, for one request.
func (w *World) As(u directory.UserID) *view.View {
	return view.New(w.Core).As(directory.Caller{User: u})
}

// Do commits edits as the administrator and fails the test if that fails.
func (w *World) Do(edits ...directory.Edit) directory.Committed {
	w.T.Helper()
	done, err := w.Admin().Commit(w.T.Context(), directory.Change{Edits: edits})
	if err != nil {
		w.T.Fatalf("commit %+v: %v", edits, err)
	}
	return done
}

// Refuse commits edits as somebody and expects a refusal of a kind.
func (w *World) Refuse(as *view.View, kind directory.Kind, edits ...directory.Edit) {
	w.T.Helper()
	before := w.Core.Head()
	_, err := as.Commit(w.T.Context(), directory.Change{Edits: edits})
	if directory.KindOf(err) != kind || err == nil {
		w.T.Errorf("commit %+v: %v (kind %d), want kind %d", edits, err, directory.KindOf(err), kind)
	}
	if after := w.Core.Head(); after != before {
		w.T.Errorf("a refused change moved the head from %+v to %+v", before, after)
	}
}

// Refusal is the text with which a change is refused.
func (w *World) Refusal(as *view.View, edits ...directory.Edit) string {
	w.T.Helper()
	_, err := as.Commit(w.T.Context(), directory.Change{Edits: edits})
	if err == nil {
		w.T.Fatalf("%+v was not refused", edits)
	}
	return err.Error()
}

// Effective is the origin and the text of a user's value, as origin:text.
func (w *World) Effective(u directory.UserID, a directory.AttributeID) string {
	w.T.Helper()
	list, err := w.Admin().Effective(w.T.Context(), u, []directory.AttributeID{a})
	if err != nil || len(list) != 1 {
		w.T.Fatalf("Effective = %v, %v", list, err)
	}
	return list[0].Origin.String() + ":" + list[0].Value.Text
}
