package store

import (
	"context"

	"cohort/internal/directory"
)

// Ephemera are the rows that have no revision. Their writes go through the same
// writer as changes, are on disk when they return, and are no part of a record.
// The writer of a table sweeps its expired rows; a restore removes the tables that
// sqlstore.EndedByRestore names.
//
// Each table is an interface and a type of row, and nothing is kept in another's
// table. CONTRIBUTING.md says how to add one.
type Ephemera interface {
	Tokens
	FailedLogins
	Answers
	Previews
	KeyClaims
	Reveals
	HistoryUses
	CredentialUses
	Nodes
	Upgrades
	SignIns
	Drafts
	Imports
	SCIMNotes
}

// FailedLogins are counted under keys.
type FailedLogins interface {
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
	// ClearAttempts deletes the failed logins under a key.
	ClearAttempts(ctx context.Context, key string) error
	// SweepAttempts deletes the failed logins under every key whose last one is
	// before a time and returns how many keys that were.
	SweepAttempts(ctx context.Context, before directory.Instant) (int64, error)
}

// Answers are what requests that may be sent again were answered. They are
// written with the change: see Tx.PutAnswer.
type Answers interface {
	// SweepAnswers deletes the answers that were given before a time and says how
	// many.
	SweepAnswers(ctx context.Context, before directory.Instant) (int64, error)
}

// Previews are what nodes tell each other of previews. They are read with the
// change that presents their token: see Reader.Preview.
type Previews interface {
	// PutPreview stores a preview; a second one with the same token is an error.
	PutPreview(ctx context.Context, p Preview) error
	// SweepPreviews deletes the previews that expired before a time and says how
	// many.
	SweepPreviews(ctx context.Context, before directory.Instant) (int64, error)
}

// KeyClaims say which key the nodes of a database use for a purpose.
type KeyClaims interface {
	// ClaimedKey returns the id of the key that was claimed for a purpose; "" if
	// none was.
	ClaimedKey(ctx context.Context, purpose string) (id string, err error)
	// ClaimKey claims another key in place of from, or the first one if from is
	// ""; ok is false, and nothing happens, if from is not what is claimed.
	ClaimKey(ctx context.Context, purpose, from, to string) (ok bool, err error)
}

// Reveals are a log of the hidden values that were opened.
type Reveals interface {
	// PutReveal logs that a hidden value was opened.
	PutReveal(ctx context.Context, r directory.Reveal) error
	// Reveals lists the newest reveals, newest first, at most limit.
	Reveals(ctx context.Context, limit int) ([]directory.Reveal, error)
}

// HistoryUses are how many bytes users have added to the history in a day.
type HistoryUses interface {
	// PutHistoryUse stores a count in place of an earlier one of the same user and day.
	PutHistoryUse(ctx context.Context, u HistoryUse) error
	// HistoryUses returns the counts of a day, by user.
	HistoryUses(ctx context.Context, day int64) ([]HistoryUse, error)
	// SweepHistoryUses deletes the counts of the days before one and returns how many.
	SweepHistoryUses(ctx context.Context, before int64) (int64, error)
}

// CredentialUses are when credentials were last used.
type CredentialUses interface {
	// UseCredentials records uses; a later one that is noted already stays.
	UseCredentials(ctx context.Context, uses directory.CredentialUses) error
	// CredentialUses returns the last uses of some credentials, without those that
	// were never used.
	CredentialUses(ctx context.Context,
		ids ...directory.CredentialID) (directory.CredentialUses, error)
	// SweepCredentialUses deletes the uses of credentials that are gone and says how
	// many.
	SweepCredentialUses(ctx context.Context) (int64, error)
}

// Upgrades are what was done, once, to what an older version has stored.
type Upgrades interface {
	// PutUpgrade records that an upgrade was made.
	PutUpgrade(ctx context.Context, name string) error
	// Upgraded reports whether an upgrade was made.
	Upgraded(ctx context.Context, name string) (bool, error)
}

// A HistoryUse is how many bytes a user has added to the history in a day.
type HistoryUse struct {
	User  directory.UserID
	Day   int64 // days since 1970, in UTC
	Bytes int64
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

// A Preview is what a node has to know of a preview that another has made.
type Preview struct {
	Token     string
	Data      []byte // for package core
	ExpiresAt directory.Instant
}
