package looker

import (
	"cmp"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// An ordering maps each sort key to the order of a list in memory.
type ordering[T any] map[string]func(a, b T) int

// sorted sorts a list as the query asks. The sort is stable.
func (by ordering[T]) sorted(p params, list []T) ([]T, error) {
	keys, err := parseSorts(p, by.name)
	if err != nil || len(keys) == 0 {
		return list, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		for _, key := range keys {
			if c := by[key.field](a, b); c != 0 {
				if key.desc {
					return -c
				}
				return c
			}
		}
		return 0
	})
	return list, nil
}

// replyList sorts a list in memory, cuts out the page, renders it and answers with it.
func replyList[T, B any](q *request, list []T, by ordering[T], render func(*request, []T) ([]B, error)) error {
	return replyTexts(q, list, by, renderedBy(render))
}

// replyTexts is replyList for a part that render returns as JSON, with the wanted members only.
func replyTexts[T any](q *request, list []T, by ordering[T], render func(*request, []T) ([]byte, error)) error {
	page, err := httpkit.ParsePage(q.params.Values)
	if err != nil {
		return err
	}
	if list, err = by.sorted(q.params, list); err != nil {
		return err
	}
	return replyParts(q, page, len(list), partsOf(httpkit.Cut(list, page)), render)
}

const (
	partItems = 1000    // rendered at once
	maxItems  = 200_000 // in one reply
)

// partsOf cuts a list in memory into parts.
func partsOf[T any](list []T) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for part := range slices.Chunk(list, partItems) {
			if !yield(part, nil) {
				return
			}
		}
	}
}

// replyParts answers with a page of a list of the given total length. It renders part by part,
// so that a long list is never in memory as a whole.
func replyParts[T any](
	q *request, page httpkit.Page, total int, parts iter.Seq2[[]T, error], render func(*request, []T) ([]byte, error),
) error {
	n := max(0, total-page.Offset)
	if page.Limit > 0 {
		n = min(n, page.Limit)
	}
	if n > maxItems {
		return &directory.Error{Kind: directory.KindTooLarge, Field: "limit", Msg: fmt.Sprintf(
			"must be given: the list has %d items, and a reply at most %d; ask for pages with limit and offset", n, maxItems)}
	}
	return sendParts(q, n, parts, render, func() { q.showPage(page, total) })
}

// replyWhole is replyParts for a list without pages.
func replyWhole[T any](q *request, list []T, render func(*request, []T) ([]byte, error)) error {
	return sendParts(q, len(list), partsOf(list), render, func() {})
}

// renderedBy returns the function that encodes a part whose bodies render makes.
func renderedBy[T, B any](render func(*request, []T) ([]B, error)) func(*request, []T) ([]byte, error) {
	return func(q *request, part []T) ([]byte, error) {
		bodies, err := render(q, part)
		if err != nil {
			return nil, err
		}
		return q.selected(bodies)
	}
}

// sendParts sends the parts of a list of n items. head sets the reply's own headers.
func sendParts[T any](
	q *request, n int, parts iter.Seq2[[]T, error], render func(*request, []T) ([]byte, error), head func(),
) error {
	if n <= partItems {
		return sendShort(q, parts, render, head)
	}
	var reply httpkit.Spool
	defer reply.Close() // the reply was read to its end
	err := q.dir.Walk(q.ctx(), n, func() error {
		before := "["
		for part, err := range parts {
			if err != nil {
				return err
			}
			text, err := render(q, part)
			if err != nil {
				return err
			}
			if text = text[1 : len(text)-1]; len(text) == 0 {
				continue
			}
			_, err = reply.Write(append([]byte(before), text...))
			if before = ","; err != nil {
				return err
			}
		}
		if before == "[" {
			return reply.WriteString("[]")
		}
		return reply.WriteString("]")
	})
	if err != nil {
		return err
	}
	head()
	q.showRevision()
	return reply.Send(q.w, http.StatusOK, "application/json")
}

// sendShort sends a list of one part at most.
func sendShort[T any](
	q *request, parts iter.Seq2[[]T, error], render func(*request, []T) ([]byte, error), head func(),
) error {
	var all []T
	for part, err := range parts {
		if err != nil {
			return err
		}
		all = append(all, part...)
	}
	text, err := render(q, all)
	if err != nil {
		return err
	}
	head()
	return q.replySelected(text)
}

// name returns the name itself, or the empty text if the list cannot be sorted by it.
func (by ordering[T]) name(name string) string {
	if by[name] == nil {
		return ""
	}
	return name
}

// byText orders by a text, ignoring case.
func byText[T any](of func(T) string) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(directory.Fold(of(a)), directory.Fold(of(b))) }
}

// byNumber orders by an id, a count or another number.
func byNumber[T any, N cmp.Ordered](of func(T) N) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(of(a), of(b)) }
}

// byFlag orders false before true.
func byFlag[T any](is func(T) bool) func(a, b T) int {
	number := func(v T) int {
		if is(v) {
			return 1
		}
		return 0
	}
	return byNumber(number)
}

// withIDs keeps the items that the parameter ids names, if it is given.
func withIDs[T any](p params, list []T, of func(T) int64) ([]T, error) {
	ids, given, err := queryIDs[directory.GroupID](p, "ids")
	if err != nil || !given {
		return list, err
	}
	wanted := make(map[int64]bool, len(ids))
	for _, id := range ids {
		wanted[int64(id)] = true
	}
	return slices.DeleteFunc(list, func(item T) bool { return !wanted[of(item)] }), nil
}

// alike is the order of a member that is the same in all items.
func alike[T any](_, _ T) int { return 0 }

// A search collects the criteria of a query for a list in memory. A parameter that is absent,
// empty or "null" is no criterion.
type search[T any] struct {
	p        params
	criteria []func(T) bool
	err      error // of the first invalid parameter
}

func newSearch[T any](p params) *search[T] { return &search[T]{p: p} }

func (s *search[T]) add(criterion func(T) bool, err error) {
	if err != nil {
		s.err = cmp.Or(s.err, err)
		return
	}
	s.criteria = append(s.criteria, criterion)
}

// text adds a criterion for a text that may be missing: a pattern, IS NULL or NOT NULL.
func (s *search[T]) text(name string, of func(T) *string) {
	c, err := s.p.textCriterion(name)
	if err != nil || c.given() {
		s.add(func(item T) bool { return c.matches(of(item)) }, err)
	}
}

// id adds a criterion for an id, which is never missing.
func (s *search[T]) id(name string, of func(T) int64) {
	c, err := s.p.idCriterion(name)
	if err != nil || c.given {
		s.add(func(item T) bool { return c.every || slices.Contains(c.ids, of(item)) }, err)
	}
}

// flag adds a criterion for a boolean.
func (s *search[T]) flag(name string, of func(T) bool) {
	want, given, err := s.p.bool(name)
	if given || err != nil {
		s.add(func(item T) bool { return of(item) == want }, err)
	}
}

// filter returns the items that meet all criteria, or with filter_or at least one. Without
// criteria it returns all.
func (s *search[T]) filter(list []T) ([]T, error) {
	any, _, err := s.p.bool("filter_or")
	if err = cmp.Or(s.err, err); err != nil {
		return nil, err
	}
	if len(s.criteria) == 0 {
		return list, nil
	}
	var found []T
	for _, item := range list {
		meets := func(criterion func(T) bool) bool { return criterion(item) }
		fails := func(criterion func(T) bool) bool { return !criterion(item) }
		if any && slices.ContainsFunc(s.criteria, meets) || !any && !slices.ContainsFunc(s.criteria, fails) {
			found = append(found, item)
		}
	}
	return found, nil
}
