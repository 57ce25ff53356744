package inspect

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

// A Watch finds what no row of the directory shows: refusals of identity providers. Nil finds
// nothing.
type Watch func(ctx context.Context) ([]directory.Finding, error)

// A Reader is the directory as a caller may read it.
type Reader interface {
	Read(ctx context.Context, f func(*view.Scope, store.Reader) error) error
	Language() directory.Language
}
