package core

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"cohort/internal/directory"
	"cohort/internal/plan"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A HistoryBudget is how many bytes the history may grow by in a day (UTC) by the
// changes of one user: one limit for users with a managing permission, one for all
// others. 0 sets no limit. Those of administrators and of the program are counted,
// and have none. It is asked before a change and may be exceeded by one, so that no
// change is too large for it.
type HistoryBudget struct {
	Ordinary, Managing int64
}

// limit is the budget of a user with some permissions; 0 is none.
func (b HistoryBudget) limit(powers directory.Permissions) int64 {
	switch {
	case powers.Has(directory.Administer):
		return 0
	case powers.CanManage():
		return b.Managing
	}
	return b.Ordinary
}

// unsavedUse is by how much the use of a user must have grown before it is written
// down again, which is for the next start only.
const unsavedUse = 256 << 10

const day = 24 * time.Hour

// historyUse counts what users have added to the history today. Changes are counted
// when they are published, whoever has made them: so every node of a database has
// the same counts, as of its revision.
type historyUse struct {
	total atomic.Int64 // since the start

	mu   sync.Mutex
	day  int64 // days since 1970
	used map[directory.UserID]int64
	kept map[directory.UserID]int64 // as it was written down
}

// dayOf is the day of a time, and when it ends.
func dayOf(at directory.Instant) (n int64, end directory.Instant) {
	n = int64(at) / day.Milliseconds()
	return n, directory.Instant((n + 1) * day.Milliseconds())
}

// turn begins another day. mu is locked.
func (h *historyUse) turn(n int64) {
	if h.used == nil || n > h.day {
		h.day, h.used, h.kept = n, map[directory.UserID]int64{}, map[directory.UserID]int64{}
	}
}

// add counts what a published change has added.
func (h *historyUse) add(user directory.UserID, at directory.Instant, bytes int64) {
	if bytes == 0 {
		return
	}
	h.total.Add(bytes)
	h.mu.Lock()
	defer h.mu.Unlock()
	n, _ := dayOf(at)
	if h.turn(n); n == h.day && user != 0 {
		h.used[user] += bytes
	}
}

// allow refuses the change of a user who has used up a budget; more is what was
// planned since, and is not published yet.
func (h *historyUse) allow(user directory.UserID, at directory.Instant, limit, more int64) error {
	if limit == 0 || user == 0 {
		return nil
	}
	n, end := dayOf(at)
	h.mu.Lock()
	used := more
	if n == h.day {
		used += h.used[user]
	}
	h.mu.Unlock()
	if used < limit {
		return nil
	}
	wait := max(time.Duration(end-at)*time.Millisecond, time.Second)
	return &directory.Error{
		Kind: directory.KindTooMany, RetryAfter: wait,
		Msg: "your changes of today have added as much to the history as those of one user may; more can be made from " +
			end.Time().UTC().Format(time.RFC3339) + " on",
	}
}

// planWithinBudget is plan for a change that is to be made: its author must have
// some of the budget left. made are the states of the same transaction so far, behind
// the one that it began with.
func (c *Core) planWithinBudget(
	ctx context.Context, r store.Reader, s *state.State, j *job, made []*state.State,
) (*plan.Planned, error) {
	p, err := c.plan(ctx, r, s, j)
	if err != nil || !p.Changed() {
		return p, err
	}
	by, added := state.AuthorOf(p.Record().Header), int64(0)
	for _, earlier := range made[1:] {
		if earlier.Author == by {
			added += earlier.Bytes
		}
	}
	return p, c.history.allow(by, p.Commit.Head.At, c.opt.HistoryBudget.limit(p.Payer), added)
}

// grown are the counts that have grown by much since they were written down.
func (h *historyUse) grown() (n int64, list map[directory.UserID]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list = map[directory.UserID]int64{}
	for user, bytes := range h.used {
		if bytes-h.kept[user] >= unsavedUse {
			list[user] = bytes
		}
	}
	return h.day, list
}

// KeepHistoryUse writes down what users have added to the history today, where it
// has grown by much, so that it is not forgotten by a start. Nothing but that
// depends on it.
func (c *Core) KeepHistoryUse(ctx context.Context) error {
	h := &c.history
	n, list := h.grown()
	for user, bytes := range list {
		if err := c.store.Ephemera().PutHistoryUse(ctx, store.HistoryUse{User: user, Day: n, Bytes: bytes}); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if n == h.day {
		maps.Copy(h.kept, list)
	}
	return nil
}

// loadHistoryUse takes what was written down today.
func (c *Core) loadHistoryUse(ctx context.Context) error {
	n, _ := dayOf(c.Now())
	list, err := c.store.Ephemera().HistoryUses(ctx, n)
	if err != nil {
		return err
	}
	h := &c.history
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turn(n)
	for _, u := range list {
		h.used[u.User], h.kept[u.User] = u.Bytes, u.Bytes
	}
	return nil
}

// HistoryBytes is how many bytes changes have added to the history since the start.
func (c *Core) HistoryBytes() int64 { return c.history.total.Load() }

// bytesOfPlanned is about how much the store grows by a change for as long as the
// history is kept.
func bytesOfPlanned(p *plan.Planned) int64 {
	n := state.BytesOf(p.Record())
	if p.Answer != nil {
		n += int64(len(p.Answer.Reply))
	}
	return n
}
