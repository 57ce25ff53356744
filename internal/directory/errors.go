package directory

import (
	"errors"
	"fmt"
	"time"
)

// A Kind classifies an Error. Every dialect maps each Kind to a status of its own.
type Kind uint8

// The kinds of error. The zero Kind is internal: an unclassified failure counts as ours.
const (
	KindInternal         Kind = iota // our fault; no detail leaves the process
	KindMalformed                    // the request cannot be read
	KindInvalid                      // a field has a value that cannot be accepted
	KindUnauthenticated              // no credentials, or bad or expired ones
	KindForbidden                    // the caller lacks a permission
	KindNotFound                     // there is no such object, or the caller may not know of it
	KindConflict                     // a value that must be unique is taken, or the object exists
	KindProtected                    // the object is built in, permanent or computed
	KindStale                        // the request rests on a state that is not, or no longer, there
	KindGone                         // it existed and was erased or pruned
	KindTooLarge                     // the request is larger than a limit
	KindUnsupportedMedia             // the request is in a format that is not understood
	KindTooMany                      // the caller is over a rate limit
	KindUnavailable                  // it cannot be done now, but can be later
	numKinds
)

// Kinds returns every Kind. Tests use it to check that a dialect handles each.
func Kinds() []Kind {
	kinds := make([]Kind, numKinds)
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// ErrOutcomeUnknown is a cause of errors after which it is unknown whether a change was made.
var ErrOutcomeUnknown = errors.New("whether it was done is not known")

// A Code classifies what is wrong with a field.
type Code string

// The codes of errors that name a field.
const (
	CodeMissing Code = "missing_field"
	CodeInvalid Code = "invalid"
	CodeTaken   Code = "already_exists"
	CodeTooLong Code = "too_long"
	CodeCycle   Code = "cycle"
	// CodeAmbiguous means that several objects have a name.
	CodeAmbiguous Code = "ambiguous"
)

// An Error is an error that the caller may be told about.
//
// Field, Code and Msg are written for the caller and are safe to send. Err,
// the cause, is for the log and never leaves the process.
type Error struct {
	Kind       Kind
	Field      string // which input to fix, in the words of this package; empty if none
	Code       Code   // empty unless Field is set
	Msg        string // a phrase that completes "<field> …": "is empty"; a sentence when there is no field
	RetryAfter time.Duration
	Choices    []string // ids of the objects that an ambiguous selector can mean
	Err        error
}

// Error returns the public part followed by the cause. It is for logs.
func (e *Error) Error() string {
	s := e.Public()
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Public returns the part of the error that may be sent to the caller.
func (e *Error) Public() string {
	switch {
	case e.Msg == "":
		return "internal error"
	case e.Field == "":
		return e.Msg
	}
	return e.Field + " " + e.Msg
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Err }

// Invalid reports that a field's value cannot be accepted.
func Invalid(field, format string, args ...any) error {
	return &Error{Kind: KindInvalid, Field: field, Code: CodeInvalid, Msg: fmt.Sprintf(format, args...)}
}

// Missing reports that a required field is absent or empty.
func Missing(field string) error {
	return &Error{Kind: KindInvalid, Field: field, Code: CodeMissing, Msg: "is required"}
}

// TooLong reports that a field is over a limit, which msg names.
func TooLong(field, format string, args ...any) error {
	return &Error{Kind: KindInvalid, Field: field, Code: CodeTooLong, Msg: fmt.Sprintf(format, args...)}
}

// Malformed reports that a request, or the part of it that field names, cannot
// be read at all.
func Malformed(field, format string, args ...any) error {
	return &Error{Kind: KindMalformed, Field: field, Code: CodeInvalid, Msg: fmt.Sprintf(format, args...)}
}

// NotFound reports that an object does not exist. The message contains what and id:
// `NotFound("group", 12)`.
func NotFound(what string, id any) error {
	return &Error{Kind: KindNotFound, Field: what, Msg: fmt.Sprintf("%v was not found", id)}
}

// Taken reports that a value which must be unique belongs to another object.
func Taken(field, format string, args ...any) error {
	return &Error{Kind: KindConflict, Field: field, Code: CodeTaken, Msg: fmt.Sprintf(format, args...)}
}

// Forbidden reports that the caller may not do this.
func Forbidden(format string, args ...any) error {
	return &Error{Kind: KindForbidden, Msg: fmt.Sprintf(format, args...)}
}

// Protected reports that an object is built in, permanent or computed.
func Protected(field, format string, args ...any) error {
	return &Error{Kind: KindProtected, Field: field, Code: CodeInvalid, Msg: fmt.Sprintf(format, args...)}
}

// Unavailable reports that something cannot be done now, and when to try again.
func Unavailable(retryAfter time.Duration, msg string, cause error) error {
	return &Error{Kind: KindUnavailable, Msg: msg, RetryAfter: retryAfter, Err: cause}
}

// KindOf classifies any error. Every error that is not an *Error is internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}
