package core

import (
	"cohort/internal/directory"
	"cohort/internal/state"
)

// A CachedUser is a user in the cache, and the lineage whose states its rows
// answer.
type CachedUser struct {
	Rows    *directory.UserRows // shared; nil if there is nobody
	lineage uint64
}

// Cached makes a user of a lineage that can be kept. It copies the rows, which may
// be one of a page: a kept user keeps no others in memory.
func Cached(rows *directory.UserRows, lineage uint64) CachedUser {
	kept := *rows
	return CachedUser{&kept, lineage}
}

// Uncached is a user that is not kept.
func Uncached(rows *directory.UserRows) CachedUser { return CachedUser{Rows: rows} }

// Answers reports whether these are the rows of a user at a state that was
// loaded before they were found. There may be none.
func (u CachedUser) Answers(s *state.State) bool {
	return u.Rows != nil && u.lineage == s.Lineage && u.Rows.TouchedRev <= s.Head.Revision
}

// Deleted reports whether the user is marked deleted.
func (u CachedUser) Deleted() bool { return u.Rows.User.DeletedRev != 0 }
