package view

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/state"
)

const (
	// maxScans is how many searches and long lists look at users at the same time. More
	// would keep all others from the database; they wait before they take a
	// connection.
	maxScans     = 2
	scansWaiting = 64               // of all callers
	ownScans     = 16               // that wait, of one caller, one of whose runs
	scanPatience = 20 * time.Second // that a search waits
)

// scans let searches that look at every user in, and those that make long lists. One caller has one at a time, so it
// does not keep others waiting.
type scans struct{ own, all *admission.Slots }

func newScans() scans {
	return scans{
		own: admission.NewSlots(admission.SlotsConfig{PerKey: 1, Waiting: ownScans, Patience: scanPatience,
			Refusal: "too many of your searches and long lists look at all users; wait for replies, or ask for pages"}),
		all: admission.NewSlots(admission.SlotsConfig{PerKey: maxScans, Waiting: scansWaiting, Patience: scanPatience,
			Shared: true, Refusal: "too many searches and long lists look at all users; try again, or ask for pages"}),
	}
}

// scanning waits until a query that has to look at every user may run; leave
// ends its turn. Other queries do not wait.
func (a *View) scanning(ctx context.Context, q *directory.UserQuery) (leave func(), err error) {
	if !isScan(q.Where) {
		return func() {}, nil
	}
	return a.enterScan(ctx, int(a.core.Head().Users))
}

// enterScan waits for a turn to look at so many users, without a turn of the server
// and without a connection.
func (a *View) enterScan(ctx context.Context, users int) (leave func(), err error) {
	a.closeLook()
	admission.AddUsers(ctx, users)
	err = admission.Outside(ctx, func() error {
		leave, err = admission.EnterBoth(ctx, a.scans.own, a.scans.all, directory.FormatID(a.caller.User))
		return err
	})
	return leave, err
}

// Walk runs reads that look at so many users or groups one part after the other,
// when it is their turn: as a search, which they must not begin.
func (a *View) Walk(ctx context.Context, objects int, read func() error) error {
	leave, err := a.enterScan(ctx, objects)
	if err != nil {
		return err
	}
	defer leave()
	return read()
}

// isScan reports whether no range of keys answers a filter.
func isScan(where directory.UserFilter) bool {
	switch f := where.(type) {
	case directory.UsersAnd:
		return slices.ContainsFunc(f, isScan)
	case directory.UsersOr:
		return slices.ContainsFunc(f, isScan)
	case directory.UsersLike:
		if _, exact := f.Pattern.Exact(); exact {
			return false
		}
		_, only := f.Pattern.Prefix()
		return !only
	}
	return false
}

// bookmarks remember how long lists are and where their pages ended, so that the
// next page begins there instead of being counted off from the beginning: walking
// a long list costs the same for every page. They hold at one revision only; after
// any change the first page that somebody asks for is counted off again.
type bookmarks struct {
	mu   sync.Mutex
	at   state.Moment
	ends map[bookmarkKey]bookmark
}

// maxBookmarks is how many walks are remembered.
const maxBookmarks = 1000

// A bookmarkKey is a list and how many of it were shown.
type bookmarkKey struct {
	where  string
	offset int
}

// A bookmark is the last user that was shown, and how long the whole list is.
type bookmark struct {
	last        directory.UserID // 0 at the beginning of a list
	total       int
	from, until directory.Instant // where windows matter, that none opens or closes between; until 0 is for ever
}

// follow changes a query for a page so that it begins where the page before
// ended, if that is remembered; total is then the length of the list. where is the
// filter of the query, whatever the time. Only lists by id have bookmarks.
func (b *bookmarks) follow(q *directory.UserQuery, where directory.UserFilter, at state.Moment,
	now directory.Instant) (total int, ok bool) {
	if q.Limit == 0 {
		return 0, false
	}
	key, can := bookmarkFor(&directory.UserQuery{Where: where, Sort: q.Sort, Offset: q.Offset})
	if !can {
		return 0, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	mark, ok := b.ends[key]
	if !ok || b.at != at || !mark.holds(now) {
		return 0, false
	}
	if mark.last == 0 {
		return mark.total, true
	}
	after := directory.UsersAfter(mark.last)
	if q.Where == nil {
		q.Where = after
	} else {
		q.Where = directory.UsersAnd{after, q.Where}
	}
	q.Offset = 0
	return mark.total, true
}

// holds reports whether windows are at a time as they were for the bookmark.
func (m *bookmark) holds(now directory.Instant) bool {
	return m.until == 0 || m.from <= now && now < m.until
}

// leave remembers how long the list of a query is, and where a page of it ended. What
// depends on windows holds until one opens or closes.
func (b *bookmarks) leave(q *directory.UserQuery, at state.Moment, shown []directory.UserID, mark bookmark) {
	key, can := bookmarkFor(q)
	if !can {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at != at || b.ends == nil || len(b.ends) >= maxBookmarks {
		b.at, b.ends = at, map[bookmarkKey]bookmark{}
	}
	b.ends[bookmarkKey{where: key.where}] = mark
	if len(shown) > 0 && len(shown) == q.Limit {
		key.offset += len(shown)
		mark.last = shown[len(shown)-1]
		b.ends[key] = mark
	}
}

// bookmarkFor names the list of a query, whatever the time; can is false if it has no
// bookmarks: by another order than id, or by a filter that costs the same for every
// page anyway.
func bookmarkFor(q *directory.UserQuery) (key bookmarkKey, can bool) {
	byID := len(q.Sort) == 0 || len(q.Sort) == 1 && q.Sort[0] == directory.UserSort{Field: directory.FieldID}
	if !byID || isScan(q.Where) || contains(q.Where, isLong) {
		return bookmarkKey{}, false
	}
	return bookmarkKey{fmt.Sprintf("%#v", q.Where), q.Offset}, true
}

// contains reports whether a filter, or a part of it, is such.
func contains(where directory.UserFilter, such func(directory.UserFilter) bool) bool {
	in := func(f directory.UserFilter) bool { return contains(f, such) }
	switch f := where.(type) {
	case directory.UsersAnd:
		return slices.ContainsFunc(f, in)
	case directory.UsersOr:
		return slices.ContainsFunc(f, in)
	}
	return such(where)
}

// hasTime reports whether a filter selects others when windows open and close.
func hasTime(f directory.UserFilter) bool {
	_, in := f.(directory.UsersIn)
	return in
}

// isLong reports whether the name of a filter is not worth keeping.
func isLong(f directory.UserFilter) bool {
	switch f := f.(type) {
	case directory.UsersByID:
		return len(f) >= 100
	case directory.UsersIn:
		return len(f.Groups) >= 1000
	}
	return false
}
