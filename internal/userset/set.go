// Package userset provides a set of users that takes little memory.
package userset

import (
	"iter"
	"maps"
	"math/bits"
	"slices"

	"cohort/internal/directory"
)

// A Set is a set of users, one bit each, in pages of 65,536 ids: a million users with adjacent
// ids take 125 KB.
type Set map[directory.UserID]*[1024]uint64

// Add puts a user into the set.
func (s Set) Add(id directory.UserID) {
	page := s[id>>16]
	if page == nil {
		page = new([1024]uint64)
		s[id>>16] = page
	}
	page[id&0xffff>>6] |= 1 << (id & 63)
}

// Has reports whether a user is in the set.
func (s Set) Has(id directory.UserID) bool {
	page := s[id>>16]
	return page != nil && page[id&0xffff>>6]&(1<<(id&63)) != 0
}

// Chunks yields the users by id, at most n at a time. The slice is reused.
func (s Set) Chunks(n int) iter.Seq[[]directory.UserID] {
	return func(yield func([]directory.UserID) bool) {
		chunk := make([]directory.UserID, 0, n)
		for _, at := range slices.Sorted(maps.Keys(s)) {
			for i, word := range s[at] {
				for ; word != 0; word &= word - 1 {
					chunk = append(chunk, at<<16|directory.UserID(i<<6|bits.TrailingZeros64(word)))
					if len(chunk) == n {
						if !yield(chunk) {
							return
						}
						chunk = chunk[:0]
					}
				}
			}
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}

// DropUpTo removes every user up to and including an id.
func (s Set) DropUpTo(id directory.UserID) {
	for at, page := range s {
		switch {
		case at<<16|0xffff <= id:
			delete(s, at)
		case at<<16 <= id:
			last := int(id & 0xffff)
			for i := range last >> 6 {
				page[i] = 0
			}
			page[last>>6] &^= 1<<(last&63)<<1 - 1
		}
	}
}
