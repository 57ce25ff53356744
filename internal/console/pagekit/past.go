package pagekit

import (
	"strings"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/history"
)

// asOf leads to a page at an earlier time: as of the last change before it.
func asOf(q *Request) error {
	back := BackTo(q.Query.Get("back"))
	when, err := ParseTimeField("when", q.Query.Get("when"))
	if err != nil {
		return err
	}
	if when == 0 || when > q.PageTime() {
		return q.Redirect(back)
	}
	rev, err := q.RevisionAt(when)
	if err != nil {
		return err
	}
	return q.Redirect(Link(Root, "at", sentence.Itoa(rev)) + strings.TrimPrefix(back, Root))
}

// RevisionAt returns the last revision at or before a time.
func (q *Request) RevisionAt(when directory.Instant) (directory.Revision, error) {
	list, err := history.Changes(q.Context(), q.Live, directory.ChangeQuery{Newest: true, Limit: 1, To: when + 1})
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, directory.Invalid("when", "is before the directory existed")
	}
	return list[0].Revision, nil
}

// A past says that a page shows an earlier time.
type past struct {
	Revision       int64
	At             directory.Instant
	Now            string // the address of the same page in the present
	Earlier, Later string // addresses before and after the nearest changes of the object
}

// pastOf returns the content of the bar on a page of the past.
func (q *Request) pastOf(about *directory.Object) (*past, error) {
	page := strings.TrimPrefix(q.R.URL.RequestURI(), q.Base())
	p := &past{Revision: int64(q.Past), Now: Root + page}
	c, err := history.Change(q.Context(), q.Live, q.Past)
	if err != nil {
		return p, err
	}
	p.At = c.At
	at := func(rev directory.Revision) string { return Link(Root, "at", sentence.Itoa(rev)) + page }
	before, err := history.Changes(q.Context(), q.Live, directory.ChangeQuery{Object: about, Newest: true, Limit: 1,
		Before: q.Past + 1})
	if err != nil {
		return p, err
	}
	if len(before) > 0 && before[0].Revision > 1 {
		p.Earlier = at(before[0].Revision - 1)
	}
	after, err := history.Changes(q.Context(), q.Live, directory.ChangeQuery{Object: about, Limit: 1, After: q.Past})
	if err == nil && len(after) > 0 {
		p.Later = at(after[0].Revision)
	}
	return p, err
}
