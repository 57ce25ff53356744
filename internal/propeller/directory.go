package propeller

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Directory is the directory as one caller sees it.
type Directory = *view.View

// Sessions authenticates callers.
type Sessions interface {
	// Authenticate returns the caller that a token belongs to. An unknown or expired token is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
}
