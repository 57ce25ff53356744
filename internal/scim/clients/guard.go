package clients

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
	"cohort/internal/store"
	"cohort/internal/view"
)

// A Guard holds a client that removes suspiciously much within an hour: more than a tenth of
// its users, or of the memberships of its groups, or more than half of one group. It refuses
// such removals until a person releases them.
type Guard struct {
	notes Notes
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	clients map[directory.UserID]*ledger
}

const (
	guardHour      = time.Hour
	releaseLife    = 24 * time.Hour
	membersFloor   = 500
	groupFloor     = 10
	groupsAtOnce   = 1000 // read at once
	totalsLife     = 10 * time.Minute
	ledgerLife     = 2 * time.Second
	heldRetryAfter = time.Hour
)

// The counters, and the kinds of notes.
const (
	noteRemoved = "removed"
	noteRelease = "release"
	noteHeld    = "held"
	noteSkipped = "skipped"
	noteRefused = "refused"

	countUsers   = "users"
	countMembers = "members"
	countGroup   = "group:"
)

// A ledger is what the guard knows about a client's removals.
type ledger struct {
	readAt  time.Time
	rows    []store.SCIMNote // removals of the last day
	release *store.SCIMNote  // the latest release
	pending map[*Removals]Removals

	totalsAt       time.Time
	users, members int64 // in the client's care
}

// Removals are what a plan removes.
type Removals struct {
	users   int64
	members int64
	groups  map[directory.GroupID]int64 // members removed from each group
	sizes   map[directory.GroupID]int64 // members of each group before
}

// User records that a user is disabled or deleted.
func (r *Removals) User() { r.users++ }

// Group records that a group with members is deleted.
func (r *Removals) Group(members int64) { r.members += members }

// From records that members are removed from a group.
func (r *Removals) From(id directory.GroupID, n int) {
	r.members += int64(n)
	if r.groups == nil {
		r.groups = map[directory.GroupID]int64{}
	}
	r.groups[id] += int64(n)
}

// Size records how many members a group has.
func (r *Removals) Size(ctx context.Context, now *view.View, id directory.GroupID) error {
	if r.groups[id] == 0 {
		return nil
	}
	list, err := now.GroupDetails(ctx, []directory.GroupID{id})
	if err == nil && len(list) == 1 {
		if r.sizes == nil {
			r.sizes = map[directory.GroupID]int64{}
		}
		r.sizes[id] = list[0].Members
	}
	return err
}

func (r *Removals) none() bool { return r.users == 0 && r.members == 0 }

// counters returns the removals by counter.
func (r *Removals) counters() map[string]int64 {
	m := map[string]int64{}
	if r.users > 0 {
		m[countUsers] = r.users
	}
	if r.members > 0 {
		m[countMembers] = r.members
	}
	for id, n := range r.groups {
		m[countGroup+resource.GroupID(id)] = n
	}
	return m
}

// ErrTotals asks for the numbers of users and members of a client. They are counted before the
// writer's turn, and only if they matter.
var ErrTotals = errors.New("the totals of the client are needed")

// Prepare reads what a client removed lately. It calls release before it reads from the
// store, if it does.
func (g *Guard) Prepare(ctx context.Context, id directory.UserID, release func()) error {
	g.mu.Lock()
	l := g.ledger(id)
	fresh := g.now().Sub(l.readAt) < ledgerLife && g.now().Sub(l.readAt) >= 0
	g.mu.Unlock()
	if fresh {
		return nil
	}
	release()
	since := directory.InstantOf(g.now().Add(-releaseLife))
	rows, err := g.notes.SCIMNotes(ctx, id, noteRemoved, since)
	if err != nil {
		return err
	}
	releases, err := g.notes.SCIMNotes(ctx, id, noteRelease, since)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l.readAt, l.rows, l.release = g.now(), rows, nil
	for i := range releases {
		if l.release == nil || releases[i].At > l.release.At {
			l.release = &releases[i]
		}
	}
	return nil
}

func (g *Guard) ledger(id directory.UserID) *ledger {
	if g.clients == nil {
		g.clients = map[directory.UserID]*ledger{}
	}
	l := g.clients[id]
	if l == nil {
		l = &ledger{pending: map[*Removals]Removals{}}
		g.clients[id] = l
	}
	return l
}

// Totals counts the users and memberships in the client's care.
func (g *Guard) Totals(ctx context.Context, dir *view.View, id directory.UserID, source string) error {
	var users int64
	err := dir.EachSource(ctx, directory.ObjectUser, source,
		func(directory.SourceReference) error { users++; return nil })
	if err != nil {
		return err
	}
	groups, err := groupsOf(ctx, dir, source)
	if err != nil {
		return err
	}
	details, err := dir.GroupDetails(ctx, groups)
	if err != nil {
		return err
	}
	var members int64
	for i := range details {
		members += details[i].Members
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.ledger(id)
	l.totalsAt, l.users, l.members = g.now(), users, members+l.hour(countMembers, g.now()) // from before the hour
	return nil
}

// groupsOf returns the groups that have a reference of a client or were created by it.
func groupsOf(ctx context.Context, dir *view.View, source string) ([]directory.GroupID, error) {
	referred := map[directory.GroupID]bool{}
	err := dir.EachSource(ctx, directory.ObjectGroup, source, func(ref directory.SourceReference) error {
		referred[directory.GroupID(ref.Object.ID)] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, err := dir.Groups(ctx)
	if err != nil {
		return nil, err
	}
	var list []directory.GroupID
	for chunk := range slices.Chunk(all, groupsAtOnce) {
		objects := make([]directory.Object, len(chunk))
		for i := range chunk {
			objects[i] = chunk[i].ID.Object()
		}
		facets, err := dir.FacetsOf(ctx, objects)
		if err != nil {
			return nil, err
		}
		for i, o := range objects {
			facet, err := resource.Stored(facets[o], resource.FacetGroup)
			if err != nil {
				return nil, err
			}
			if referred[chunk[i].ID] || facet.Text(resource.MadeBy) == source {
				list = append(list, chunk[i].ID)
			}
		}
	}
	return list, nil
}

// Check refuses a plan that removes too much. It runs in the writer's turn, so that concurrent
// requests cannot pass it together.
func (g *Guard) Check(id directory.UserID, source string, removed *Removals) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.ledger(id)
	delete(l.pending, removed)
	if removed.none() {
		return nil
	}
	known := g.now().Sub(l.totalsAt) < totalsLife && !l.totalsAt.IsZero()
	held := func(n, of int64, what string) error {
		f := resource.NewFault(http.StatusTooManyRequests, "", fmt.Sprintf(
			"Held, and nothing was changed: within an hour this client would %s %d of %d. If that is meant, run: cohort scim "+
				"client release %s --removals %d. "+
				"What was removed before can be undone with cohort revert --request.", what, n, of, source, n))
		f.Retry = heldRetryAfter
		return f
	}
	for counter, mine := range removed.counters() {
		n := l.within(counter, g.now()) + l.pendingOf(counter) + mine
		var err error
		switch {
		case counter == countUsers && n > directory.GuardedRemovals:
			if !known {
				return ErrTotals
			}
			if directory.TooManyRemovals(n, l.users, directory.GuardedRemovals, 0) {
				err = held(n, l.users, "disable or delete, of its users,")
			}
		case counter == countMembers && n > membersFloor:
			if !known {
				return ErrTotals
			}
			if directory.TooManyRemovals(n, l.members, membersFloor, 0) {
				err = held(n, l.members, "remove, of the members of its groups,")
			}
		case strings.HasPrefix(counter, countGroup):
			text := strings.TrimPrefix(counter, countGroup)
			group, _ := resource.ParseGroupID(text)
			if of := removed.sizes[group] + n - mine; n >= groupFloor && n*2 > of {
				err = held(n, of, "remove, of the members of "+text+",")
			}
		}
		if err != nil {
			return err
		}
	}
	l.pending[removed] = *removed
	return nil
}

// hour returns what a client removed within the hour.
func (l *ledger) hour(counter string, now time.Time) (n int64) {
	hour := directory.InstantOf(now.Add(-guardHour))
	for _, row := range l.rows {
		if row.Name == counter && row.At > hour {
			n += row.N
		}
	}
	return n
}

// within returns what a client removed within the hour, less what a release covers.
func (l *ledger) within(counter string, now time.Time) int64 {
	hour := directory.InstantOf(now.Add(-guardHour))
	var since, sinceInHour int64
	n := l.hour(counter, now)
	for _, row := range l.rows {
		if row.Name != counter {
			continue
		}
		if l.release != nil && row.At >= minuteOf(l.release.At) {
			since += row.N
			if row.At > hour {
				sinceInHour += row.N
			}
		}
	}
	if l.release != nil && l.release.At > directory.InstantOf(now.Add(-releaseLife)) {
		n -= max(0, l.release.N-(since-sinceInHour))
	}
	return n
}

// pendingOf returns what concurrent requests are about to remove.
func (l *ledger) pendingOf(counter string) (n int64) {
	for _, r := range l.pending {
		n += r.counters()[counter]
	}
	return n
}

func minuteOf(at directory.Instant) directory.Instant { return at - at%60_000 }

// Count records what a request removed, or drops it if the request failed.
func (g *Guard) Count(ctx context.Context, id directory.UserID, removed *Removals, done bool) {
	g.mu.Lock()
	l := g.ledger(id)
	gone, ok := l.pending[removed]
	delete(l.pending, removed)
	if !ok || !done {
		g.mu.Unlock()
		return
	}
	at := minuteOf(directory.InstantOf(g.now()))
	var rows []store.SCIMNote
	for counter, n := range gone.counters() {
		rows = append(rows, store.SCIMNote{Client: id, Kind: noteRemoved, Name: counter, At: at, N: n})
	}
	l.rows = append(l.rows, rows...)
	g.mu.Unlock()
	for _, row := range rows {
		if err := g.notes.AddSCIMNote(context.WithoutCancel(ctx), row); err != nil {
			g.log.Error("a removal by a SCIM client could not be counted", "error", err.Error(), "request_id",
				httpkit.RequestID(ctx))
		}
	}
}

// forget makes the next request read the notes again.
func (g *Guard) forget(id directory.UserID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ledger(id).readAt = time.Time{}
}
