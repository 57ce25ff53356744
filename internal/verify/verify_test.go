package verify_test

import (
	"errors"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// A sealer is for directories without hidden values.
type sealer struct{}

var errNothing = errors.New("there is nothing to seal")

func (sealer) Seal(directory.AttributeID, directory.Object, string) (string, []byte, error) {
	return "", nil, errNothing
}

func (sealer) Open(directory.AttributeID, directory.Object, string, []byte) (string, error) {
	return "", errNothing
}

// A world is a directory with an administrator, which can be closed and opened
// again.
type world struct {
	t     *testing.T
	core  *core.Core
	store store.Store
	root  directory.UserID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: memstore.New()}
	w.reopen()
	admin, _, err := w.core.Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w.root = admin.User
	return w
}

func (w *world) reopen() {
	w.t.Helper()
	c, err := core.Open(w.t.Context(), w.store, core.Options{Sealer: sealer{}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	w.core = c
}

func (w *world) admin() *view.View {
	return view.New(w.core).As(directory.Caller{User: w.root, Dialect: "test"})
}

func (w *world) do(edits ...directory.Edit) int64 {
	w.t.Helper()
	done, err := w.admin().Commit(w.t.Context(), directory.Change{Edits: edits})
	if err != nil {
		w.t.Fatalf("commit %+v: %v", edits, err)
	}
	return done.Results[0].ID
}

func (w *world) group(name string) directory.GroupID {
	return directory.GroupID(w.do(directory.CreateGroup{Name: name}))
}

func (w *world) user(name string) directory.UserID {
	return directory.UserID(w.do(directory.CreateUser{FirstName: name}))
}

func (w *world) attribute(name string, t directory.Type) directory.AttributeID {
	return directory.AttributeID(w.do(directory.CreateAttribute{Name: name, Type: t, UserCanView: true}))
}

func text(s string) directory.Value { return directory.Value{Text: s} }

func TestVerifyFindsNothingInASoundDirectory(t *testing.T) {
	w := newWorld(t)
	g, h, u := w.group("G"), w.group("H"), w.user("U")
	a := w.attribute("a", directory.TypeString)
	w.do(directory.AddParent{Group: h, Parent: g}, directory.AddMember{Group: h, User: u})
	w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: text("x")})
	w.do(directory.DeleteGroup{Group: h})
	w.do(directory.SetSource{Object: u.Object(), Source: "erp", SourceID: "1"})
	w.do(directory.SetFacet{Object: u.Object(), Dialect: "test", Kind: "k", Name: "n", Data: "{}"})
	n, err := verify.Check(t.Context(), w.store, &verify.Report{Problem: func(s string) { t.Error(s) }})
	if n != 0 || err != nil {
		t.Errorf("Check = %d, %v", n, err)
	}
}
