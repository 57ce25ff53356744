package verify_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// inject writes rows as an older version did, past every check, as a change
// with a record that verifies.
func inject(t *testing.T, s store.Store, edits []directory.Edit, writes ...directory.RowWrite) {
	t.Helper()
	err := s.Write(t.Context(), func(tx store.Tx) error {
		head, err := tx.Head(t.Context())
		if err != nil {
			return err
		}
		header := directory.ChangeHeader{
			Revision: head.Revision + 1, At: max(head.At, directory.InstantOf(time.Now())), Dialect: "old", ChangeID: "old",
		}
		rec, err := record.Build(header, edits, writes, head.Hash, rand.Reader)
		if err != nil {
			return err
		}
		head.Revision, head.At, head.Hash = header.Revision, header.At, rec.Hash
		head.Digest = record.Update(head.Digest, writes)
		var touched []store.TouchedUser
		for _, w := range writes {
			if v, ok := w.After.(directory.UserValue); ok {
				touched = append(touched, store.TouchedUser{User: v.User, Revision: head.Revision})
			}
		}
		c := store.Commit{Writes: writes, Touched: touched, Records: []store.Record{rec}, Head: head}
		return tx.Append(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func nesting(g, p directory.GroupID) directory.RowWrite {
	return directory.RowWrite{After: directory.Nesting{Group: g, Parent: p, Position: directory.OrderGap}}
}

func verifyFinds(t *testing.T, s store.Store, v verify.Report) (problems []string) {
	t.Helper()
	v.Problem = func(said string) { problems = append(problems, said) }
	if _, err := verify.Check(t.Context(), s, &v); err != nil {
		t.Fatal(err)
	}
	return problems
}

// A directory that holds a ring starts without serving, and is repaired by
// removing the newest nesting.
func TestADirectoryWithARingStartsAndIsRepaired(t *testing.T) {
	w := newWorld(t)
	a, b, c, u := w.group("A"), w.group("B"), w.group("C"), w.user("U")
	w.attribute("x", directory.TypeString)
	w.do(directory.AddParent{Group: c, Parent: a}, directory.AddParent{Group: b, Parent: c},
		directory.AddMember{Group: b, User: u})
	w.core.Close()
	closing := directory.AddParent{Group: a, Parent: b}
	inject(t, w.store, []directory.Edit{closing}, nesting(a, b))
	inject(t, w.store, []directory.Edit{closing}, nesting(b, b))
	damaged, err := core.Open(t.Context(), w.store, core.Options{Sealer: sealer{}})
	if err != nil {
		t.Fatalf("it does not start: %v", err)
	}
	as := view.New(damaged).As(directory.Caller{User: w.root})
	_, readErr := as.Groups(t.Context())
	_, writeErr := as.Commit(t.Context(), directory.Change{Edits: []directory.Edit{directory.CreateGroup{}}})
	_, readyErr := damaged.Ready(t.Context())
	for what, err := range map[string]error{"a read": readErr, "a write": writeErr, "ready": readyErr} {
		if directory.KindOf(err) != directory.KindUnavailable || !strings.Contains(err.Error(), "ring") &&
			!strings.Contains(err.Error(), "itself") {
			t.Errorf("%s: %v", what, err)
		}
	}
	damaged.Close()
	if found := verifyFinds(t, w.store, verify.Report{}); len(found) != 1 {
		t.Errorf("verify finds %q", found)
	}
	done, err := verify.Repair(t.Context(), w.store, core.Options{Sealer: sealer{}})
	if err != nil || len(done) != 2 {
		t.Fatalf("Repair = %q, %v", done, err)
	}
	if found := verifyFinds(t, w.store, verify.Report{}); len(found) != 0 {
		t.Errorf("after the repair verify finds %q", found)
	}
	w.reopen()
	path, err := w.admin().GroupPath(t.Context(), b)
	if err != nil || len(path) != 3 || path[1].ID != c || path[2].ID != a {
		t.Errorf("the path with the older nestings is %+v, %v", path, err)
	}
	// The state before the repair cannot be shown, and asking for it is an error, not a
	// crash.
	head := w.core.Head().Revision
	_, _, err = w.admin().EffectiveAt(t.Context(), u, nil, directory.Point{Revision: head - 1})
	if directory.KindOf(err) != directory.KindGone {
		t.Errorf("as of the ring: %v", err)
	}
}

// Directories of older versions that hold what is refused now: they start, are
// found by verify where something is wrong, and can be changed.
func TestDirectoriesOfOlderVersions(t *testing.T) {
	t.Run("66 groups inside each other", func(t *testing.T) {
		w := newWorld(t)
		var chain []directory.GroupID
		var writes []directory.RowWrite
		for i := range directory.MaxNestingDepth + 2 {
			chain = append(chain, w.group("g"))
			if i > 0 {
				writes = append(writes, nesting(chain[i], chain[i-1]))
			}
		}
		w.core.Close()
		inject(t, w.store, []directory.Edit{directory.AddParent{Group: 2, Parent: 3}}, writes...)
		w.reopen()
		if found := verifyFinds(t, w.store, verify.Report{}); len(found) != 0 {
			t.Errorf("verify finds %q", found)
		}
		last := chain[len(chain)-1]
		w.do(directory.AddMember{Group: last, User: w.user("U")}, directory.UpdateGroup{Group: last, Name: new(string)})
		// A cousin may come in where the path is no longer than it was; not one more.
		w.do(directory.AddParent{Group: last, Parent: chain[3]})
		more := directory.AddParent{Group: w.group("one more"), Parent: last}
		_, err := w.admin().Commit(t.Context(), directory.Change{Edits: []directory.Edit{more}})
		if directory.KindOf(err) != directory.KindInvalid || err == nil {
			t.Errorf("one more: %v", err)
		}
	})
	t.Run("a value that does not fit", func(t *testing.T) {
		w := newWorld(t)
		u, g := w.user("U"), w.group("G")
		a := w.attribute("a", directory.TypeInteger)
		w.core.Close()
		bad := directory.UserValue{User: u, Attribute: a, Value: text("abc")}
		inject(t, w.store, []directory.Edit{directory.SetUserValue{User: u, Attribute: a, Value: text("abc")}},
			directory.RowWrite{After: bad})
		w.reopen()
		if found := verifyFinds(t, w.store, verify.Report{}); len(found) != 1 ||
			!strings.Contains(found[0], u.Object().String()) {
			t.Errorf("verify finds %q", found)
		}
		label := "Another label"
		w.do(directory.UpdateAttribute{Attribute: a, Label: &label},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text("1")})
		w.do(directory.SetUserValue{User: u, Attribute: a, Value: text("7")})
		if found := verifyFinds(t, w.store, verify.Report{}); len(found) != 0 {
			t.Errorf("after it was set anew verify finds %q", found)
		}
	})
	t.Run("a facet that cannot be read", func(t *testing.T) {
		checks := map[string]func(directory.Facet) error{
			"ours": func(directory.Facet) error { return directory.Invalid("data", "is bad") },
		}
		w := newWorld(t)
		g := w.group("G")
		w.do(directory.SetFacet{Object: g.Object(), Dialect: "ours", Kind: "k", Data: "[]"})
		w.core.Close()
		if found := verifyFinds(t, w.store, verify.Report{Facets: checks}); len(found) != 1 {
			t.Errorf("verify finds %q", found)
		}
		done, err := verify.Repair(t.Context(), w.store, core.Options{Sealer: sealer{}, Facets: checks})
		if err != nil || len(done) != 1 {
			t.Errorf("Repair = %q, %v", done, err)
		}
		if found := verifyFinds(t, w.store, verify.Report{Facets: checks}); len(found) != 0 {
			t.Errorf("after the repair verify finds %q", found)
		}
	})
}
