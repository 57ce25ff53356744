package history

import (
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/view"
)

// maxWalked is how many changes one call reads.
const maxWalked = 10_000

// A Follower follows answers into the past as far as a caller may.
type Follower interface {
	FollowAnswer(
		ctx context.Context, about directory.AnswerQuestion, rev directory.Revision,
		f func(store.Reader, view.AnswerState) (directory.AnswerTimeline, error),
	) (directory.AnswerTimeline, error)
}

// How many moments of a timeline are listed at once.
const (
	defaultMoments = 50
	maxMoments     = 1000
)

// AnswerTimeline returns how an answer changed, newest first. It needs the permissions to see
// history and to read the answer.
func AnswerTimeline(
	ctx context.Context, a Follower, about directory.AnswerQuestion, q directory.TimelineQuery,
) (directory.AnswerTimeline, error) {
	if q.Limit <= 0 {
		q.Limit = defaultMoments
	}
	return a.FollowAnswer(ctx, about, q.From,
		func(r store.Reader, from view.AnswerState) (directory.AnswerTimeline, error) {
			return timeline(ctx, r, about, from, min(q.Limit, maxMoments))
		})
}

// timeline follows an answer back from a state, up to a number of moments.
func timeline(
	ctx context.Context, r store.Reader, q directory.AnswerQuestion, from view.AnswerState, limit int,
) (directory.AnswerTimeline, error) {
	w := &walk{q: q, state: from, until: from.Until, limit: limit}
	for walked := 0; w.out.Ends == "" && w.state.Revision > 0; walked++ {
		if len(w.out.Moments) >= limit || walked == maxWalked {
			w.out.Older = w.state.Revision
			return w.out, nil
		}
		rec, err := r.Record(ctx, w.state.Revision)
		if err != nil {
			return w.out, err
		}
		if err := w.back(rec); err != nil {
			return w.out, err
		}
	}
	if w.out.Ends == "" {
		w.out.Ends = directory.TimelineMade
	}
	return w.out, nil
}

// A walk goes back change by change.
type walk struct {
	q     directory.AnswerQuestion
	state view.AnswerState
	until directory.Instant // until when the rows of the state held
	limit int
	out   directory.AnswerTimeline
	// passing are the changes that record the passing of time, newest first, since the last
	// change that affected the answer.
	passing []directory.ChangeHeader
}

// back undoes a change in the walk.
func (w *walk) back(rec store.Record) error {
	writes, ends, err := writesOf(rec)
	if err != nil {
		return err
	}
	if ends != "" {
		w.begin(rec.Header, ends)
		return nil
	}
	bearing := w.bearing(writes)
	before := w.undone(writes)
	before.Revision = rec.Header.Revision - 1
	if len(bearing) == 0 {
		if len(writes) == 0 {
			w.passing = append(w.passing, rec.Header)
		}
		w.state = before
		return nil
	}
	w.segment(rec.Header.At)
	after, is := w.answer(w.state, rec.Header.At)
	was, existed := w.answer(before, rec.Header.At)
	if is != existed || !sameAnswer(&was, &after) {
		m := directory.AnswerMoment{
			At: rec.Header.At, Change: rec.Header, Before: was, After: after, Writes: bearing, Known: true,
			Definition: w.definition(before), GroupName: names(before.Catalog, w.state.Catalog),
		}
		w.out.Moments = append(w.out.Moments, m)
	}
	w.state, w.until, w.passing = before, rec.Header.At, nil
	if is && !existed {
		w.out.Ends = directory.TimelineMade
	}
	return nil
}

// begin ends the walk at a change whose content is unknown.
func (w *walk) begin(h directory.ChangeHeader, ends string) {
	w.segment(h.At)
	after, is := w.answer(w.state, h.At)
	if is {
		w.out.Moments = append(w.out.Moments, directory.AnswerMoment{
			At: h.At, Change: h, After: after, Definition: w.definition(w.state), GroupName: names(w.state.Catalog),
		})
	}
	w.out.Ends = ends
}

// segment finds what time alone changed while the rows were those of the state: from a time to
// the end of the segment.
func (w *walk) segment(from directory.Instant) {
	x, ok := w.answer(w.state, from)
	if !ok {
		return
	}
	var moments []directory.AnswerMoment
	for x.ValidUntil != 0 && x.ValidUntil <= w.until {
		at := x.ValidUntil
		next, _ := w.answer(w.state, at)
		if !sameAnswer(&x, &next) {
			moments = append(moments, directory.AnswerMoment{
				At: at, Change: w.passed(at), Passed: true, Before: x, After: next, Known: true,
				Definition: w.definition(w.state), GroupName: names(w.state.Catalog),
			})
		}
		x = next
	}
	slices.Reverse(moments)
	w.out.Moments = append(w.out.Moments, moments...)
}

// passed returns the first change that records the passing of a time.
func (w *walk) passed(at directory.Instant) directory.ChangeHeader {
	for _, h := range slices.Backward(w.passing) {
		if h.At >= at {
			return h
		}
	}
	return directory.ChangeHeader{}
}

// answer returns the answer of a state at a time. ok is false if the owner or the attribute
// does not exist.
func (w *walk) answer(s view.AnswerState, at directory.Instant) (directory.Explanation, bool) {
	if _, ok := s.Catalog.Attribute(w.q.Attribute); !ok {
		return directory.Explanation{}, false
	}
	if w.q.Group != 0 {
		if _, ok := s.Catalog.Group(w.q.Group); !ok {
			return directory.Explanation{}, false
		}
		return s.Catalog.ExplainGroup(w.q.Group, w.q.Attribute, s.Language, at), true
	}
	if s.Rows == nil || s.Rows.User.DeletedRev != 0 {
		return directory.Explanation{}, false
	}
	return s.Catalog.Explain(s.Rows, w.q.Attribute, s.Language, at), true
}

// definition returns the attribute in a state, or else in the state after it.
func (w *walk) definition(s view.AnswerState) directory.Attribute {
	a, ok := s.Catalog.Attribute(w.q.Attribute)
	if !ok {
		a, _ = w.state.Catalog.Attribute(w.q.Attribute)
	}
	return a
}

// sameAnswer compares values and ignores their origins.
func sameAnswer(a, b *directory.Explanation) bool {
	none := directory.OriginNone
	return (a.Origin == none) == (b.Origin == none) && a.Value.Equal(b.Value)
}

// bearing returns the rows of a change that can affect an answer.
func (w *walk) bearing(writes []directory.RowWrite) (list []directory.RowWrite) {
	for _, write := range writes {
		row := write.Row()
		bears := false
		switch r := row.(type) {
		case directory.User:
			bears = r.ID == w.q.User
		case directory.Membership:
			bears = r.User == w.q.User
		case directory.UserValue:
			bears = r.User == w.q.User && r.Attribute == w.q.Attribute
		case directory.Credential:
			bears = r.User == w.q.User && w.q.Attribute.Computed()
		case directory.Attribute:
			bears = r.ID == w.q.Attribute
		case directory.GroupValue:
			bears = r.Attribute == w.q.Attribute && w.reaches(r.Group)
		case directory.Nesting:
			bears = w.reaches(r.Group)
		case directory.Group:
			bears = w.reaches(r.ID)
		default:
		}
		if bears {
			list = append(list, write)
		}
	}
	return list
}

// reaches reports whether the values of a group can affect the answer, now or if it were not
// marked deleted.
func (w *walk) reaches(group directory.GroupID) bool {
	if group == directory.AllUsers || group == w.q.Group {
		return true
	}
	row, ok := w.state.Catalog.RawGroup(group)
	if !ok || row.DeletedRev != 0 {
		return true
	}
	if w.q.Group != 0 {
		return w.state.Catalog.IsAncestor(group, w.q.Group)
	}
	if w.state.Rows == nil {
		return true
	}
	for _, m := range w.state.Rows.Memberships {
		if m.Group == group || w.state.Catalog.IsAncestor(group, m.Group) {
			return true
		}
	}
	return false
}

// undone returns the state without the rows that a change wrote.
func (w *walk) undone(writes []directory.RowWrite) view.AnswerState {
	s := w.state
	var reversed []directory.RowWrite
	for _, write := range writes {
		back := directory.RowWrite{Before: write.After, After: write.Before}
		reversed = append(reversed, back)
		if owner, ok := directory.OwnerOf(rowOf(write)); ok && owner == w.q.User {
			s.Rows = undoRow(s.Rows, back)
		}
	}
	s.Catalog = s.Catalog.Apply(reversed)
	return s
}

func rowOf(w directory.RowWrite) directory.Row {
	if w.After != nil {
		return w.After
	}
	return w.Before
}

// undoRow returns a user's rows with one of them as it was.
func undoRow(rows *directory.UserRows, back directory.RowWrite) *directory.UserRows {
	if rows == nil {
		rows = &directory.UserRows{}
	}
	is := *rows
	switch r := rowOf(directory.RowWrite{Before: back.Before, After: back.After}).(type) {
	case directory.User:
		if back.After == nil {
			return nil
		}
		is.User = r
	case directory.Membership:
		is.Memberships = replace(is.Memberships, r, back.After != nil)
	case directory.UserValue:
		is.Values = replace(is.Values, r, back.After != nil)
	case directory.Credential:
		is.Credentials = replace(is.Credentials, r, back.After != nil)
	case directory.UserRole: // no answer rests on roles
	}
	return &is
}

// replace returns a list without the row with a key, and with the row if it exists, in the
// order of a user's rows.
func replace[T directory.Row](rows []T, row T, there bool) []T {
	list := make([]T, 0, len(rows)+1)
	for _, r := range rows {
		if r.Key() != row.Key() {
			list = append(list, r)
		}
	}
	if there {
		list = append(list, row)
	}
	slices.SortStableFunc(list, func(a, b T) int { return compareRows(a, b) })
	return list
}

// compareRows orders memberships by position, then group; values by attribute;
// credentials by id.
func compareRows(a, b directory.Row) int {
	switch x := a.(type) {
	case directory.Membership:
		if y, ok := b.(directory.Membership); ok && x.Position != y.Position {
			return sign(x.Position - y.Position)
		}
	}
	ka, kb := a.Key(), b.Key()
	if ka.A != kb.A {
		return sign(ka.A - kb.A)
	}
	return sign(ka.B - kb.B)
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// names returns the names of groups in the first catalog that contains them, deleted or not.
func names(catalogs ...*resolve.Catalog) func(directory.GroupID) string {
	return func(id directory.GroupID) string {
		for _, c := range catalogs {
			if g, ok := c.RawGroup(id); ok {
				return g.Name
			}
		}
		return ""
	}
}

// writesOf returns the rows that a change wrote, or in ends why they are unknown.
func writesOf(rec store.Record) (writes []directory.RowWrite, ends string, err error) {
	if _, ok := record.Baseline(rec); ok {
		return nil, directory.TimelineImport, nil
	}
	if len(rec.Edits.Data) == 0 && len(rec.Chunks) == 0 {
		return nil, directory.TimelinePruned, nil
	}
	writes, err = record.Images(rec)
	if directory.KindOf(err) == directory.KindGone {
		return nil, directory.TimelinePruned, nil
	}
	return writes, "", err
}
