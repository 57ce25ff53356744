package store

import (
	"context"

	"cohort/internal/directory"
)

// Sessions are the rows that have no revision: tokens, failed logins and
// reveals. Their writes go through the same writer as changes, are on disk
// when they return, and are no part of a record.
type Sessions interface {
	// PutToken stores a new token.
	PutToken(ctx context.Context, t Token) error
	// Token returns a token by the hash of its text; ok is false if there is none
	// (it was revoked, swept or never made). Expiry is the caller's business.
	Token(ctx context.Context, hash [32]byte) (t Token, ok bool, err error)
	// TokensOf returns the tokens with which somebody acts as a user, expired
	// ones included: by time of making, then hash.
	TokensOf(ctx context.Context, user directory.UserID) ([]Token, error)
	// SetWorkspace changes a token's workspace; no such token is not found.
	SetWorkspace(ctx context.Context, hash [32]byte, workspace string) error
	// DeleteToken revokes a token; ok is false if there was none.
	DeleteToken(ctx context.Context, hash [32]byte) (ok bool, err error)
	// SweepTokens removes tokens that expired before a time and says how many.
	SweepTokens(ctx context.Context, before directory.Instant) (int64, error)

	// Attempts returns the failed logins counted under a key; none is the zero
	// value.
	Attempts(ctx context.Context, key string) (Attempts, error)
	// AllAttempts returns the failed logins of every key whose last one is not
	// before a time and that has at least so many, by key.
	AllAttempts(ctx context.Context, since directory.Instant, atLeast int) ([]KeyedAttempts, error)
	// CountAttempt adds one failed login under a key, starting anew if the first
	// one counted is before since, and returns the count with it. Concurrent
	// calls each count.
	CountAttempt(ctx context.Context, key string, at, since directory.Instant) (Attempts, error)
	// ClearAttempts forgets the failed logins under a key.
	ClearAttempts(ctx context.Context, key string) error
	// SweepAttempts forgets the failed logins under every key whose last one is
	// before a time and says how many keys that were.
	SweepAttempts(ctx context.Context, before directory.Instant) (int64, error)

	// SweepAnswers forgets the answers that were given before a time and says how
	// many.
	SweepAnswers(ctx context.Context, before directory.Instant) (int64, error)

	// PutReveal logs that a hidden value was opened.
	PutReveal(ctx context.Context, r Reveal) error
	// Reveals lists the newest reveals, newest first, at most limit.
	Reveals(ctx context.Context, limit int) ([]Reveal, error)
}

// A Token stands for a login. Only the hash of its text is kept.
type Token struct {
	Hash       [32]byte
	User       directory.UserID
	Credential directory.CredentialID // what was logged in with; of a sudo, the sudoer's
	Sudoer     directory.UserID       // 0 unless it is a sudo
	Workspace  string
	CreatedAt  directory.Instant
	ExpiresAt  directory.Instant
}

// Attempts are the failed logins counted under a key.
type Attempts struct {
	Count int
	First directory.Instant
	Last  directory.Instant
}

// KeyedAttempts are the failed logins counted under a key, with the key.
type KeyedAttempts struct {
	Key string
	Attempts
}

// A Reveal is the opening of a hidden value.
type Reveal struct {
	At        directory.Instant
	Caller    directory.UserID
	Sudoer    directory.UserID
	Attribute directory.AttributeID
	Owner     directory.Object
	RequestID string
}
