package query

import (
	"cmp"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// An Ordering maps each sort key to the order of a list in memory.
type Ordering[T any] map[string]func(a, b T) int

// Sorted sorts a list as the query asks. The sort is stable.
func (by Ordering[T]) Sorted(p Params, list []T) ([]T, error) {
	keys, err := Sorts(p, by.name)
	if err != nil || len(keys) == 0 {
		return list, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int {
		for _, key := range keys {
			if c := by[key.Field](a, b); c != 0 {
				if key.Desc {
					return -c
				}
				return c
			}
		}
		return 0
	})
	return list, nil
}

// name returns the name itself, or the empty text if the list cannot be sorted by it.
func (by Ordering[T]) name(name string) string {
	if by[name] == nil {
		return ""
	}
	return name
}

// ByText orders by a text, ignoring case.
func ByText[T any](of func(T) string) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(directory.Fold(of(a)), directory.Fold(of(b))) }
}

// ByNumber orders by an id, a count or another number.
func ByNumber[T any, N cmp.Ordered](of func(T) N) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(of(a), of(b)) }
}

// ByFlag orders false before true.
func ByFlag[T any](is func(T) bool) func(a, b T) int {
	number := func(v T) int {
		if is(v) {
			return 1
		}
		return 0
	}
	return ByNumber(number)
}

// Alike is the order of a member that is the same in all items.
func Alike[T any](_, _ T) int { return 0 }

// maxSorts is the largest number of sort keys.
const maxSorts = 10

// A sortKey is one key of a sort order.
type sortKey[F comparable] struct {
	Field F
	Desc  bool
}

// Sorts parses a sort order such as "last_name, first_name desc". field maps a name to
// its field, or to the zero value if a list cannot be sorted by it.
func Sorts[F comparable](p Params, field func(string) F) ([]sortKey[F], error) {
	s, err := p.Names("sorts")
	if err != nil {
		return nil, err
	}
	var keys []sortKey[F]
	for part := range strings.SplitSeq(s, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		key := sortKey[F]{Field: field(strings.ToLower(words[0]))}
		if key.Field == *new(F) {
			return nil, directory.Malformed("sorts", "names a field that this list cannot be sorted by")
		}
		if len(words) > 1 {
			key.Desc = strings.EqualFold(words[1], "desc")
		}
		if len(words) > 2 || len(words) == 2 && !key.Desc && !strings.EqualFold(words[1], "asc") {
			return nil, directory.Malformed("sorts",
				"must be fields with commas between them, each with asc or desc behind it or nothing")
		}
		if keys = append(keys, key); len(keys) > maxSorts {
			return nil, directory.Malformed("sorts", "has more than %d fields", maxSorts)
		}
	}
	return keys, nil
}
