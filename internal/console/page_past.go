package console

import (
	"strings"

	"cohort/internal/directory"
	"cohort/internal/history"
)

// asOf leads to a page as it was at a time: at the last change before it.
func asOf(q *request) error {
	back := backTo(q.query.Get("back"))
	when, err := parseTimeField("when", q.query.Get("when"))
	if err != nil {
		return err
	}
	if when == 0 || when > q.now() {
		return q.see(back)
	}
	rev, err := q.revisionAt(when)
	if err != nil {
		return err
	}
	return q.see(link(Root, "at", itoa(rev)) + strings.TrimPrefix(back, Root))
}

// revisionAt is the last revision at or before a time.
func (q *request) revisionAt(when directory.Instant) (directory.Revision, error) {
	list, err := history.Changes(q.ctx(), q.live, directory.ChangeQuery{Newest: true, Limit: 1, To: when + 1})
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, directory.Invalid("when", "is before the directory was made")
	}
	return list[0].Revision, nil
}

// A past says that a page is about an earlier time.
type past struct {
	Revision       int64
	At             directory.Instant
	Now            string // the same page, now
	Earlier, Later string // before and after the nearest changes of what the page is about
}

// pastOf is what the bar of a page of the past says.
func (q *request) pastOf(about *directory.Object) (*past, error) {
	page := strings.TrimPrefix(q.r.URL.RequestURI(), q.base())
	p := &past{Revision: int64(q.past), Now: Root + page}
	c, err := history.Change(q.ctx(), q.live, q.past)
	if err != nil {
		return p, err
	}
	p.At = c.At
	at := func(rev directory.Revision) string { return link(Root, "at", itoa(rev)) + page }
	before, err := history.Changes(q.ctx(), q.live, directory.ChangeQuery{Object: about, Newest: true, Limit: 1,
		Before: q.past + 1})
	if err != nil {
		return p, err
	}
	if len(before) > 0 && before[0].Revision > 1 {
		p.Earlier = at(before[0].Revision - 1)
	}
	after, err := history.Changes(q.ctx(), q.live, directory.ChangeQuery{Object: about, Limit: 1, After: q.past})
	if err == nil && len(after) > 0 {
		p.Later = at(after[0].Revision)
	}
	return p, err
}
