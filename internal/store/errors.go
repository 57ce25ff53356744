package store

import (
	"errors"

	"cohort/internal/directory"
)

// ErrCommitUnknown is wrapped by an error of Write, or of a write of Ephemera,
// after which nobody can say whether the transaction is on disk, or will stay
// there. A caller that sees it must not answer as if the write had not happened.
//
// If its kind is internal, the disk failed while it was being committed, for
// another reason than being full. Then the process must end: memory may be ahead
// of, or behind, what the next start will find. If it is directory.KindUnavailable,
// a database elsewhere was lost just then, or could not make sure that its standby
// has it: when it is there again, the record of the next revision says, by its
// change id, what happened.
var ErrCommitUnknown = errors.New("the outcome of a commit is unknown")

// ErrAgain is wrapped by an error of Write after which nothing has happened, of
// kind directory.KindUnavailable: the database has ended the transaction for the
// sake of another one, and the same made anew may succeed at once. A store
// never runs f a second time by itself.
var ErrAgain = errors.New("the transaction stood in another's way")

// ErrUnmoved refuses what a migration into it has begun and not ended.
var ErrUnmoved = &directory.Error{
	Kind: directory.KindConflict, Msg: "a migration into this database has not ended: run cohort migrate again, or " +
		"take a new one",
}

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("the store is closed")
