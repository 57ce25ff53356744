package query

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
)

// WithIDs keeps the items that the parameter ids names, if it is given.
func WithIDs[T any](p Params, list []T, of func(T) int64) ([]T, error) {
	ids, given, err := IDs[directory.GroupID](p, "ids")
	if err != nil || !given {
		return list, err
	}
	wanted := make(map[int64]bool, len(ids))
	for _, id := range ids {
		wanted[int64(id)] = true
	}
	return slices.DeleteFunc(list, func(item T) bool { return !wanted[of(item)] }), nil
}

// A Search collects the criteria of a query for a list in memory. A parameter that is absent,
// empty or "null" is no criterion.
type Search[T any] struct {
	p        Params
	criteria []func(T) bool
	err      error // of the first invalid parameter
}

// NewSearch returns a search without criteria.
func NewSearch[T any](p Params) *Search[T] { return &Search[T]{p: p} }

func (s *Search[T]) add(criterion func(T) bool, err error) {
	if err != nil {
		s.err = cmp.Or(s.err, err)
		return
	}
	s.criteria = append(s.criteria, criterion)
}

// Text adds a criterion for a text that may be missing: a pattern, IS NULL or NOT NULL.
func (s *Search[T]) Text(name string, of func(T) *string) {
	c, err := s.p.textCriterion(name)
	if err != nil || c.given() {
		s.add(func(item T) bool { return c.matches(of(item)) }, err)
	}
}

// ID adds a criterion for an id, which is never missing.
func (s *Search[T]) ID(name string, of func(T) int64) {
	c, err := s.p.idCriterion(name)
	if err != nil || c.given {
		s.add(func(item T) bool { return c.every || slices.Contains(c.ids, of(item)) }, err)
	}
}

// Flag adds a criterion for a boolean.
func (s *Search[T]) Flag(name string, of func(T) bool) {
	want, given, err := s.p.Bool(name)
	if given || err != nil {
		s.add(func(item T) bool { return of(item) == want }, err)
	}
}

// Filter returns the items that meet all criteria, or with filter_or at least one. Without
// criteria it returns all.
func (s *Search[T]) Filter(list []T) ([]T, error) {
	any, _, err := s.p.Bool("filter_or")
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
