package history

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

// A Reader is the history as a caller may read it.
type Reader interface {
	ReadHistory(ctx context.Context, f func(*view.Scope, store.Reader) error) error
}

// A Directory can also be changed.
type Directory interface {
	Reader
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
}
