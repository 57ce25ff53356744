package native

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// A Directory is the directory as one caller may use it.
type Directory = *view.View

// A Reader reads what objects are made of.
type Reader = *view.View

// Sessions is what this dialect asks of the authentication of callers.
type Sessions interface {
	// Authenticate finds out who presents a token; an unknown or expired one is
	// unauthenticated.
	Authenticate(ctx context.Context, token string) (directory.Caller, error)
	// LastUses returns when credentials were last used, without those that never
	// were.
	LastUses(ctx context.Context, ids ...directory.CredentialID) (directory.CredentialUses, error)
}
