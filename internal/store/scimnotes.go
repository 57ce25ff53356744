package store

import (
	"context"

	"cohort/internal/directory"
)

// SCIMNotes are notes of the SCIM API about its clients: recent removals, and what
// was refused or held.
type SCIMNotes interface {
	// PutSCIMNote stores a note in place of the one with its key.
	PutSCIMNote(ctx context.Context, n SCIMNote) error
	// AddSCIMNote adds N to the note with its key, or keeps it as the first one.
	// Concurrent calls each count.
	AddSCIMNote(ctx context.Context, n SCIMNote) error
	// LogSCIMNote stores a note, and forgets those of its client and kind that are older
	// than the newest ones, of which so many are kept. Notes of the same time are kept
	// or forgotten together.
	LogSCIMNote(ctx context.Context, n SCIMNote, newest int) error
	// SCIMNotes lists the notes of a kind about a client, about all if it is 0, at
	// and after a time: by client, name, time.
	SCIMNotes(ctx context.Context, client directory.UserID, kind string, since directory.Instant) ([]SCIMNote, error)
	// SweepSCIMNotes deletes the notes of a kind before a time and returns how many.
	SweepSCIMNotes(ctx context.Context, kind string, before directory.Instant) (int64, error)
}

// A SCIMNote is a note about a client. Client, Kind, Name and At are its key.
type SCIMNote struct {
	Client directory.UserID
	Kind   string
	Name   string
	At     directory.Instant
	N      int64
	Data   []byte // for package scim; may be empty
}
