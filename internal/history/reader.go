package history

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Reader is the history as the one who asks may read it.
type Reader interface {
	ReadHistory(ctx context.Context, f func(*view.Scope, store.Reader) error) error
}

// Directory can be changed as well.
type Directory interface {
	Reader
	Commit(ctx context.Context, change directory.Change) (directory.Committed, error)
}
