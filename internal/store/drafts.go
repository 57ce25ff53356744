package store

import (
	"context"

	"cohort/internal/directory"
)

// Drafts are changes that people prepare in the console: one a person.
type Drafts interface {
	// Draft returns a user's draft; ok is false if there is none.
	Draft(ctx context.Context, user directory.UserID) (d Draft, ok bool, err error)
	// PutDraft stores a draft in place of the one with the version before it, or
	// as the first one if its version is 1; ok is false, and nothing happens, if
	// another has been put meanwhile.
	PutDraft(ctx context.Context, d Draft) (ok bool, err error)
	// DeleteDraft deletes a user's draft.
	DeleteDraft(ctx context.Context, user directory.UserID) error
	// SweepDrafts deletes the drafts that were not changed since a time and says
	// how many.
	SweepDrafts(ctx context.Context, before directory.Instant) (int64, error)
}

// A Draft is a change that somebody prepares.
type Draft struct {
	User      directory.UserID
	Version   int64  // 1, 2, 3 …
	Data      []byte // for package console
	ChangedAt directory.Instant
}
