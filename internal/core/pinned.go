package core

import (
	"cohort/internal/directory"
	"cohort/internal/state"
)

// A Pinned state is the one that a change left behind, which its reply is read
// from: the catalog of that revision, and the users that the change touched.
type Pinned struct {
	State *state.State
	Users []directory.UserRows
}
