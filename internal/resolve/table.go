package resolve

import (
	"cmp"
	"iter"
	"slices"
)

// A table is a small sorted map that is copied as a whole when it changes. It is for roles,
// sets and attribute names, which are few and seldom change.
type table[K cmp.Ordered, V any] struct {
	keys   []K
	values []V
}

func (t table[K, V]) get(k K) (v V, ok bool) {
	if i, found := slices.BinarySearch(t.keys, k); found {
		return t.values[i], true
	}
	return v, false
}

// all yields the entries by key, ascending.
func (t table[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for i, k := range t.keys {
			if !yield(k, t.values[i]) {
				return
			}
		}
	}
}

// with returns the table with k set to v.
func (t table[K, V]) with(k K, v V) table[K, V] {
	i, found := slices.BinarySearch(t.keys, k)
	if found {
		values := slices.Clone(t.values)
		values[i] = v
		return table[K, V]{t.keys, values}
	}
	return table[K, V]{slices.Insert(slices.Clip(t.keys), i, k), slices.Insert(slices.Clip(t.values), i, v)}
}

// without returns the table without k.
func (t table[K, V]) without(k K) table[K, V] {
	i, found := slices.BinarySearch(t.keys, k)
	if !found {
		return t
	}
	return table[K, V]{
		slices.Delete(slices.Clone(t.keys), i, i+1),
		slices.Delete(slices.Clone(t.values), i, i+1),
	}
}
