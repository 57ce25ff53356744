package pagekit

import (
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// RowsShown is the number of rows on a page of a list.
const RowsShown = 40

// PageStart returns the index of the first row of the page in the parameter page.
func (q *Request) PageStart() int {
	p, err := directory.ParseID[directory.Revision]("page", q.Query.Get("page"))
	if err != nil || p < 1 || p > 1<<31 {
		return 0
	}
	return (int(p) - 1) * RowsShown
}

// Slice returns the range of the page in the parameter page, for a list of n rows in memory.
func (q *Request) Slice(n int, prev, next *string) (from, to int) {
	number := 1
	if p, err := directory.ParseID[directory.Revision]("page", q.Query.Get("page")); err == nil &&
		int(p)-1 <= n/RowsShown {
		number = int(p)
	}
	from = min((number-1)*RowsShown, n)
	to = min(from+RowsShown, n)
	if number > 1 {
		*prev = q.With("page", sentence.Itoa(number-1))
	}
	if to < n {
		*next = q.With("page", sentence.Itoa(number+1))
	}
	return from, to
}

// RangeText says which part of a list a page shows: "1–40 of 112".
func RangeText(from, to, n int) string {
	if n <= RowsShown {
		return sentence.Number(sentence.Itoa(n))
	}
	return sentence.Number(sentence.Itoa(from+1)) + "–" + sentence.Number(sentence.Itoa(to)) + " of " +
		sentence.Number(sentence.Itoa(n))
}
