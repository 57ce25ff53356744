package store

import "errors"

// ErrCommitUnknown is wrapped by an error of Write, or of a write of Sessions,
// after which nobody can say whether the transaction is on disk: the disk
// failed while it was being committed, for another reason than being full. Its
// kind is internal. Whoever sees it must not answer as if the write had not
// happened, and must end the process: what is in memory may be ahead of, or
// behind, what the next start will find.
var ErrCommitUnknown = errors.New("the outcome of a commit is unknown")

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("the store is closed")
