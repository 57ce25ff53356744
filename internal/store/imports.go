package store

import (
	"context"

	"cohort/internal/directory"
)

// Imports are files that people have sent and not brought in yet, or not wholly.
type Imports interface {
	// AddImport stores a file; ok is false, and nothing happens, if the user has as
	// many as most already.
	AddImport(ctx context.Context, i Import, most int) (ok bool, err error)
	// Import returns a file; ok is false if there is none of this name.
	Import(ctx context.Context, id string) (i Import, ok bool, err error)
	// Imports lists the files of a user, the newest first, without their data.
	Imports(ctx context.Context, user directory.UserID) ([]Import, error)
	// PutImportWork replaces what is known of a file; ok is false, and nothing
	// happens, if the version is not the next one.
	PutImportWork(ctx context.Context, id string, version int64, work []byte) (ok bool, err error)
	// DeleteImport deletes a file.
	DeleteImport(ctx context.Context, id string) error
	// SweepImports deletes the files that were sent before a time and says how
	// many.
	SweepImports(ctx context.Context, before directory.Instant) (int64, error)
}

// An Import is a file that somebody has sent.
type Import struct {
	ID        string
	User      directory.UserID
	CreatedAt directory.Instant
	Version   int64  // of Work: 1, 2, 3 …
	Work      []byte // what is known of it, for package intake
	Data      []byte // the file, for package intake
}
