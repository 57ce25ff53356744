package core_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/replica"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

// noise is a text that does not get shorter by being packed.
func noise(bytes int) directory.Value {
	b := make([]byte, bytes*3/4)
	rand.Read(b)
	return directory.Value{Text: base64.RawURLEncoding.EncodeToString(b)}
}

const smallBudget = 200_000

func budgets() core.HistoryBudget {
	return core.HistoryBudget{Ordinary: smallBudget, Managing: 4 * smallBudget}
}

// writeUntilRefused sets a user's own value, 16 KiB each, and returns how many were
// taken and the refusal.
func writeUntilRefused(t *testing.T, as *view.View, u directory.UserID,
	a directory.AttributeID) (n int, refusal error) {
	t.Helper()
	for n < 1000 {
		_, err := as.Commit(t.Context(),
			directory.Change{Edits: []directory.Edit{directory.SetUserValue{User: u, Attribute: a, Value: noise(16 << 10)}}})
		if err != nil {
			return n, err
		}
		n++
	}
	t.Fatal("nothing was refused")
	return n, nil
}

func isOverBudget(t *testing.T, err error, hand *watch) {
	t.Helper()
	e, ok := errors.AsType[*directory.Error](err)
	left := 24*time.Hour - time.Duration(hand.clock.Load()%86400)*time.Second
	if !ok || e.Kind != directory.KindTooMany || e.RetryAfter != left {
		t.Errorf("%v, retry after %v; the day has %v left", err, e.RetryAfter, left)
	}
}

// TestADayHasABudgetOfHistory: an ordinary user has less than one who may manage, an
// administrator has all there is; whoever stands behind a sudo pays; a preview costs
// nothing; the next day begins anew, and a start forgets nothing.
func TestADayHasABudgetOfHistory(t *testing.T) {
	var hand watch
	hand.clock.Store(1_000_000)
	s := memstore.New()
	options := core.Options{
		Sealer: coretest.PlainSealer{}, HistoryBudget: budgets(),
		Now:     func() time.Time { return time.Unix(hand.clock.Load(), 0) },
		Running: func() time.Duration { return time.Duration(hand.running.Load()) * time.Second },
	}
	w := coretest.Open(t, s, options)
	a := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "a", Type: directory.TypeString, UserCanView: true,
		UserCanEdit: true}).Results[0].ID)
	ordinary, manager := w.User("Ordinary"), w.WithPermissions("Manager", "set_values", "see_users", "sudo")
	few, refusal := writeUntilRefused(t, w.As(ordinary), ordinary, a)
	isOverBudget(t, refusal, &hand)
	if few < 5 || few > smallBudget/(10<<10) {
		t.Errorf("%d changes of 16 KiB fit into %d bytes", few, smallBudget)
	}
	write := directory.Change{Edits: []directory.Edit{directory.SetUserValue{User: ordinary, Attribute: a,
		Value: coretest.Text("x")}}}
	if _, err := w.As(ordinary).Preview(t.Context(), write); err != nil {
		t.Errorf("a preview: %v", err)
	}
	sudo := view.New(w.Core).As(directory.Caller{User: ordinary, Sudoer: manager})
	many, refusal := writeUntilRefused(t, sudo, ordinary, a)
	isOverBudget(t, refusal, &hand)
	if many < 3*few || many > 5*few {
		t.Errorf("a manager makes %d changes, an ordinary user %d", many, few)
	}
	for range 6 * few {
		w.Do(directory.SetUserValue{User: ordinary, Attribute: a, Value: noise(16 << 10)})
	}

	hand.pass(60)
	if err := w.Core.KeepHistoryUse(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Reopen(options)
	if _, err := w.As(manager).Commit(t.Context(), write); directory.KindOf(err) != directory.KindTooMany {
		t.Errorf("after a start: %v", err)
	}
	hand.pass(86400 - hand.clock.Load()%86400 - 1)
	if _, err := w.As(manager).Commit(t.Context(), write); directory.KindOf(err) != directory.KindTooMany {
		t.Errorf("a second before midnight: %v", err)
	}
	hand.pass(1)
	if n, _ := writeUntilRefused(t, w.As(ordinary), ordinary, a); n < few-1 || n > few { // the first one replaces nothing
		t.Errorf("the next day %d changes were taken, %d the day before", n, few)
	}
}

// TestNodesCountTheHistoryTogether: what a user has written through one counts on
// the other, once.
func TestNodesCountTheHistoryTogether(t *testing.T) {
	s := memstore.New()
	var nodes []*core.Core
	for range 2 {
		c, err := core.Open(t.Context(), s, core.Options{Sealer: coretest.PlainSealer{}, HistoryBudget: budgets(),
			Shared: &replica.Shared{PollEvery: time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, c)
	}
	t.Cleanup(func() {
		for _, c := range nodes {
			c.Close()
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	admin, _, err := nodes[0].Bootstrap(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	w := &coretest.World{T: t, Core: nodes[0], Store: s, Root: admin.User}
	a := directory.AttributeID(w.Do(directory.CreateAttribute{Name: "a", Type: directory.TypeString, UserCanView: true,
		UserCanEdit: true}).Results[0].ID)
	alone, both := w.User("Alone"), w.User("Both")
	want, _ := writeUntilRefused(t, w.As(alone), alone, a)
	got := 0
	for ; got < 10*want; got++ {
		edit := directory.SetUserValue{User: both, Attribute: a, Value: noise(16 << 10)}
		_, err := view.New(nodes[got%2]).As(directory.Caller{User: both}).Commit(t.Context(),
			directory.Change{Edits: []directory.Edit{edit}})
		if err != nil {
			break
		}
	}
	if got != want {
		t.Errorf("through two nodes %d changes were taken, through one %d", got, want)
	}
}
