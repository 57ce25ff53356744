package protocol

import (
	"fmt"
	"iter"
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/query"
)

// ReplyList sorts a list in memory, cuts out the page, renders it and answers with it.
func ReplyList[T, B any](q *Request, list []T, by query.Ordering[T], render func(*Request, []T) ([]B, error)) error {
	return ReplyTexts(q, list, by, Rendered(render))
}

// ReplyTexts is ReplyList for a part that render returns as JSON, with the wanted members only.
func ReplyTexts[T any](q *Request, list []T, by query.Ordering[T], render func(*Request, []T) ([]byte, error)) error {
	page, err := httpkit.ParsePage(q.Params.Values)
	if err != nil {
		return err
	}
	if list, err = by.Sorted(q.Params, list); err != nil {
		return err
	}
	return ReplyParts(q, page, len(list), PartsOf(httpkit.Cut(list, page)), render)
}

// partItems is how many items of a list are rendered at once.
const partItems = 1000

// MaxItems is how many items one reply has at most.
const MaxItems = 200_000

// PartsOf cuts a list in memory into parts.
func PartsOf[T any](list []T) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for part := range slices.Chunk(list, partItems) {
			if !yield(part, nil) {
				return
			}
		}
	}
}

// ReplyParts answers with a page of a list of the given total length. It renders part by part,
// so that a long list is never in memory as a whole.
func ReplyParts[T any](
	q *Request, page httpkit.Page, total int, parts iter.Seq2[[]T, error], render func(*Request, []T) ([]byte, error),
) error {
	n := max(0, total-page.Offset)
	if page.Limit > 0 {
		n = min(n, page.Limit)
	}
	if n > MaxItems {
		return &directory.Error{Kind: directory.KindTooLarge, Field: "limit", Msg: fmt.Sprintf(
			"must be given: the list has %d items, and a reply at most %d; ask for pages with limit and offset", n, MaxItems)}
	}
	return sendParts(q, n, parts, render, func() { q.showPage(page, total) })
}

// ReplyWhole is ReplyParts for a list without pages.
func ReplyWhole[T any](q *Request, list []T, render func(*Request, []T) ([]byte, error)) error {
	return sendParts(q, len(list), PartsOf(list), render, func() {})
}

// Rendered returns the function that encodes a part whose bodies render makes.
func Rendered[T, B any](render func(*Request, []T) ([]B, error)) func(*Request, []T) ([]byte, error) {
	return func(q *Request, part []T) ([]byte, error) {
		bodies, err := render(q, part)
		if err != nil {
			return nil, err
		}
		return q.Selected(bodies)
	}
}

// sendParts sends the parts of a list of n items. head sets the reply's own headers.
func sendParts[T any](
	q *Request, n int, parts iter.Seq2[[]T, error], render func(*Request, []T) ([]byte, error), head func(),
) error {
	if n <= partItems {
		return sendShort(q, parts, render, head)
	}
	var reply httpkit.Spool
	defer reply.Close() // the reply was read to its end
	err := q.Dir.Walk(q.Context(), n, func() error {
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
	return reply.Send(q.W, http.StatusOK, "application/json")
}

// sendShort sends a list of one part at most.
func sendShort[T any](
	q *Request, parts iter.Seq2[[]T, error], render func(*Request, []T) ([]byte, error), head func(),
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
	return q.Send(text)
}
