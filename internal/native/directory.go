package native

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Directory is the directory as one caller sees it.
type Directory = *view.View

// A Reader reads what objects consist of.
type Reader = *view.View

// Sessions authenticates callers.
type Sessions interface {
	// Authenticate returns the caller that a token belongs to. An unknown or expired token is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
	// LastUses returns when credentials were last used. Credentials that were never used are
	// absent.
	LastUses(ctx context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error)
}
