package store

import (
	"context"

	"cohort/internal/directory"
)

type callerKey struct{}

// For returns a context in which a store reads for a user. Where connections are
// scarce, those who have the fewest are served first.
func For(ctx context.Context, user directory.UserID) context.Context {
	return context.WithValue(ctx, callerKey{}, user)
}

// CallerOf is the user for whom a store reads; 0 is the program itself, or nobody
// yet.
func CallerOf(ctx context.Context) directory.UserID {
	user, _ := ctx.Value(callerKey{}).(directory.UserID)
	return user
}
