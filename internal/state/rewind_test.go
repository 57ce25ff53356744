package state_test

import (
	"errors"
	"testing"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A later view is rewound to a state by the writes of the changes since, if memory has them, or by
// their records.
func TestALaterViewIsTakenBackToAState(t *testing.T) {
	w := coretest.New(t)
	a := w.Attribute("a", directory.TypeString)
	u := w.User("U")
	set := func(text string) {
		w.Do(directory.SetUserValue{User: u, Attribute: a, Value: coretest.Text(text)})
	}
	set("then")
	p := w.Core.Published()
	then := p.Get()
	set("between")
	set("now")
	now := p.Get()
	begun := *now // as a process that has just started knows it
	begun.Writes = nil
	fresh, _ := begin(&begun)
	read := func(p *state.Published, s *state.State) (text string, err error) {
		err = w.Store.Read(t.Context(), func(r store.Reader) error {
			r, err := p.Rewind(t.Context(), r, s, now)
			if err != nil {
				return err
			}
			rows, _, err := r.UserRows(t.Context(), u)
			for _, v := range rows.Values {
				text = v.Value.Text
			}
			return err
		})
		return text, err
	}
	for name, p := range map[string]*state.Published{"kept writes": p, "records": fresh} {
		if text, err := read(p, then); text != "then" || err != nil {
			t.Errorf("by %s the value was %q, %v", name, text, err)
		}
		if text, err := read(p, now); text != "now" || err != nil {
			t.Errorf("by %s the value is %q, %v", name, text, err)
		}
	}
	w.Do(directory.EraseUser{User: u})
	now = p.Get()
	if text, err := read(p, then); text != "" || err != nil {
		t.Errorf("the value of a user who was erased since was %q, %v", text, err)
	}
	for rev := then.Head.Revision; rev <= now.Head.Revision; rev++ {
		if s := p.Of(rev, now.Lineage); s == nil || s.Writes != nil {
			t.Errorf("revision %d still keeps what was erased", rev)
		}
	}
	other, later := *then, *now
	other.Lineage++
	later.Head.Revision++
	for name, s := range map[string]*state.State{"of another lineage": &other, "that the view does not have": &later} {
		if _, err := read(p, s); !errors.Is(err, state.ErrDiverged) {
			t.Errorf("a state %s: %v", name, err)
		}
	}
}

// A row whose earlier value was pruned from its record is gone: its present value is not the answer.
func TestWhatWasPrunedIsNotAnswered(t *testing.T) {
	w := coretest.New(t)
	u, other := w.User("then"), w.User("other")
	p := w.Core.Published()
	then := p.Get()
	w.Do(directory.UpdateUser{User: u, FirstName: new("now")})
	w.Do(directory.PruneHistory{Through: w.Core.Head().Revision - 1})
	w.Do(directory.PruneHistory{Through: w.Core.Head().Revision - 1})
	now := p.Get()
	err := w.Store.Read(t.Context(), func(r store.Reader) error {
		r, err := p.Rewind(t.Context(), r, then, now)
		if err != nil {
			return err
		}
		for id, want := range map[directory.UserID]string{u: "", other: "other"} {
			if rows, _, err := r.UserRows(t.Context(), id); rows.User.FirstName != want || err != nil {
				t.Errorf("user %d was called %q, %v; want %q", id, rows.User.FirstName, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
