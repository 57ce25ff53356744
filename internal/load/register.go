package load

import (
	"fmt"
	"sort"
	"sync"

	"cohort/client"
)

// A register is one thing that is written again and again: a user's own value,
// a group's value, the group that a user is in. At most one write of it is
// under way, so that its history is known: which revision set what.
//
// A read tells what it found and at which revision, and every revision has one
// truth. Reads of a write that is not yet acknowledged bound the revision that its
// reply may name: at most that of a read that showed it, above that of a read that
// did not.
type register struct {
	mu      sync.Mutex
	history []version // by revision
	pending *pending
}

// A version is what a register holds from a revision on.
type version struct {
	revision int64
	value    int32
}

// A pending is a write that has no answer, or none that says what became of it.
type pending struct {
	value  int32
	key    string // under which it can be sent again
	change client.Change
	sent   bool  // and not answered
	again  bool  // it was sent before
	seen   int64 // the smallest revision that showed it; 0 for none
	missed int64 // the greatest that did not
}

// newRegister holds a value since a revision.
func newRegister(value int32, revision int64) *register {
	return &register{history: []version{{revision, value}}}
}

// begin returns the write to send: the one whose outcome is not known, or else
// the next one. It is nil if one is under way.
func (r *register) begin(next func(now int32, n int) *pending) *pending {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		r.pending = next(r.history[len(r.history)-1].value, len(r.history))
	} else if r.pending.sent {
		return nil
	}
	r.pending.sent = true
	return r.pending
}

// committed ends the write that is under way. It returns what is wrong with
// the revision, if something is.
func (r *register) committed(revision int64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, last := r.pending, r.history[len(r.history)-1].revision
	r.pending = nil
	r.history = append(r.history, version{revision, p.value})
	switch {
	case revision <= last:
		return fmt.Sprintf("a write was acknowledged as revision %d, and the one before it as %d", revision, last)
	case p.seen != 0 && p.seen < revision:
		return fmt.Sprintf("revision %d showed a write that was acknowledged as revision %d", p.seen, revision)
	case p.missed >= revision:
		return fmt.Sprintf("revision %d did not show a write that was acknowledged as revision %d", p.missed, revision)
	}
	return ""
}

// refused ends the write that is under way: it has not happened.
func (r *register) refused() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.pending
	r.pending = nil
	if p.seen != 0 {
		return fmt.Sprintf("revision %d showed a write that was refused", p.seen)
	}
	return ""
}

// lost says that the outcome of the write in flight is unknown. It stays pending,
// to be sent again.
func (r *register) lost() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending.sent = false
}

// isPending reports whether the outcome of a write is not known.
func (r *register) isPending() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pending != nil
}

// check compares what a read at a revision found with what was so. It returns
// what is wrong, or nothing.
func (r *register) check(revision int64, found int32) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	after := sort.Search(len(r.history), func(i int) bool { return r.history[i].revision > revision })
	if after == 0 {
		return fmt.Sprintf("revision %d is older than what is asked about", revision)
	}
	want := r.history[after-1].value
	p := r.pending
	switch {
	case p != nil && found == p.value && revision > r.history[len(r.history)-1].revision:
		if p.seen == 0 || revision < p.seen {
			p.seen = revision
		}
	case found != want:
		return fmt.Sprintf("revision %d has version %d and not %d", revision, found, want)
	case p != nil:
		p.missed = max(p.missed, revision)
	}
	if p != nil && p.seen != 0 && p.seen <= p.missed {
		return fmt.Sprintf("revision %d shows a write that the later revision %d does not show", p.seen, p.missed)
	}
	return ""
}
