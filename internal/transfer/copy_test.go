package transfer_test

import (
	"context"
	"errors"
	"testing"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/sqlite/sqlitetest"
	"cohort/internal/store/storetest"
	"cohort/internal/transfer"
	"cohort/internal/verify"
	"cohort/internal/view"
)

// past is a store with a history of which parts are forgotten and redacted.
func past(t *testing.T) store.Store {
	t.Helper()
	s, c := varied(t)
	as := view.New(c).As(directory.System("test"))
	for _, edits := range [][]directory.Edit{
		{directory.UpdateUser{User: 5, FirstName: new("Grace")}},
		{directory.EraseUser{User: 6}},
		{directory.UpdateAttribute{Attribute: 15, Hidden: new(true), Rule: new(directory.RuleRank)}},
		{directory.CreateAPICredential{User: 5}},
		{directory.AddMember{Group: 2, User: 7, Window: &directory.Window{StartsAt: 1, ExpiresAt: 2}}},
		{directory.PruneHistory{Through: 2}},
		{directory.Revert{Revision: 4}},
	} {
		if _, err := as.Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
			t.Fatalf("%+v: %v", edits, err)
		}
	}
	for at := range directory.Instant(3) {
		if err := s.Ephemera().PutReveal(t.Context(), directory.Reveal{At: at + 1, Caller: 1, Attribute: 900}); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	return s
}

func mustBeSame(t *testing.T, from, to store.Store) {
	t.Helper()
	if diff, err := storetest.Diff(t.Context(), from, to); err != nil || diff != "" {
		t.Fatalf("the copy is not the same (-from +to): %s %v", diff, err)
	}
	a, err := from.Ephemera().Reveals(t.Context(), 100)
	b, err2 := to.Ephemera().Reveals(t.Context(), 100)
	if len(a) != len(b) || errors.Join(err, err2) != nil || a[0] != b[0] {
		t.Errorf("reveals are %+v, want %+v, %v", b, a, errors.Join(err, err2))
	}
}

func TestACopyIsTheSame(t *testing.T) {
	from := past(t)
	file := sqlitetest.Open(t)
	defer file.Close()
	back := memstore.New()
	for _, step := range []struct{ from, to store.Store }{{from, file}, {file, back}} {
		done, err := transfer.Copy(t.Context(), step.from, step.to, nil)
		if err != nil || done.Rows == 0 || done.Secrets != 2 || done.Sealed == 0 {
			t.Fatalf("Copy = %+v, %v", done, err)
		}
		mustBeSame(t, from, step.to)
		if _, err := verify.Check(t.Context(), step.to,
			&verify.Report{Problem: func(what string) { t.Error(what) }}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := transfer.Copy(t.Context(), from, back, nil); directory.KindOf(err) != directory.KindConflict {
		t.Errorf("a copy over a directory: %v, want a conflict", err)
	}
	if _, err := transfer.Copy(t.Context(), memstore.New(), memstore.New(),
		nil); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("a copy of nothing: %v, want not found", err)
	}
	c := open(t, back) // what was copied goes on
	if _, err := view.New(c).As(directory.System("test")).Commit(t.Context(),
		directory.Change{Edits: []directory.Edit{directory.CreateUser{FirstName: "New"}}}); err != nil {
		t.Error(err)
	}
}

// A troubled store fails, or writes something else, at one of its writes.
type troubled struct {
	store.Store
	n     int // the write that is in trouble
	spoil func(*store.Commit)
}

var errTrouble = errors.New("trouble")

func (s *troubled) Write(ctx context.Context, f func(store.Tx) error) error {
	s.n--
	if s.n == 0 && s.spoil == nil {
		return errTrouble
	}
	return s.Store.Write(ctx, func(tx store.Tx) error { return f(&spoiling{tx, s}) })
}

type spoiling struct {
	store.Tx
	s *troubled
}

func (t *spoiling) Append(ctx context.Context, c store.Commit) error {
	if t.s.spoil != nil {
		t.s.spoil(&c)
	}
	return t.Tx.Append(ctx, c)
}

func TestACopyThatEndsInTheMiddleIsNoDirectory(t *testing.T) {
	from := past(t)
	for n := 1; ; n++ {
		to := memstore.New()
		_, err := transfer.Copy(t.Context(), from, &troubled{Store: to, n: n}, nil)
		if err == nil {
			if n < 3 {
				t.Errorf("a copy takes only %d writes", n-1)
			}
			return
		}
		if !errors.Is(err, errTrouble) {
			t.Fatal(err)
		}
		c, err := core.Open(t.Context(), to, core.Options{Sealer: noSealer{}})
		if n > 2 && directory.KindOf(err) != directory.KindConflict {
			t.Errorf("after %d writes it passes for a directory: %v", n-1, err)
		}
		if err == nil {
			c.Close()
			continue
		}
		if _, err := transfer.Copy(t.Context(), from, to, nil); err != nil {
			t.Fatalf("starting over after %d writes: %v", n-1, err)
		}
		mustBeSame(t, from, to)
	}
}

func TestADifferenceIsFound(t *testing.T) {
	from := past(t)
	for name, spoil := range map[string]func(*store.Commit){
		"a row that is missing": func(c *store.Commit) {
			for i, w := range c.Writes {
				if w.After.Key().Kind == directory.RowUserValue {
					c.Writes = append(c.Writes[:i:i], c.Writes[i+1:]...)
					return
				}
			}
		},
		"another touched revision": func(c *store.Commit) {
			for i := range c.Touched {
				c.Touched[i].Revision++
			}
		},
		"another member count": func(c *store.Commit) { c.Members = c.Members[:0] },
		"another secret": func(c *store.Commit) {
			for i := range c.Secrets {
				c.Secrets[i].Hash[0]++
			}
		},
		"a seal of another key": func(c *store.Commit) {
			for i := range c.Sealed {
				c.Sealed[i].KeyID = "other"
			}
		},
		"another salt": func(c *store.Commit) {
			for i := range c.History {
				for j := range c.History[i].Chunks {
					if len(c.History[i].Chunks[j].Salt) > 0 {
						c.History[i].Chunks[j].Salt = append([]byte{1}, c.History[i].Chunks[j].Salt[1:]...)
					}
				}
			}
		},
		"a mark of redaction": func(c *store.Commit) {
			for i := range c.History {
				c.History[i].Edits.Redacted = false
				for j := range c.History[i].Chunks {
					c.History[i].Chunks[j].Redacted = false
				}
			}
		},
	} {
		to := sqlitetest.Open(t)
		if _, err := transfer.Copy(t.Context(), from, &troubled{Store: to, spoil: spoil}, nil); err == nil {
			t.Errorf("%s is not noticed", name)
		}
		if _, err := core.Open(t.Context(), to,
			core.Options{Sealer: noSealer{}}); directory.KindOf(err) != directory.KindConflict {
			t.Errorf("%s: the target passes for a directory: %v", name, err)
		}
		if err := to.Close(); err != nil {
			t.Error(err)
		}
	}
}
