package scim

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
)

// The error types of RFC 7644 and RFC 9865.
const (
	invalidFilter = "invalidFilter"
	tooMany       = "tooMany"
	uniqueness    = "uniqueness"
	mutability    = "mutability"
	invalidSyntax = "invalidSyntax"
	invalidPath   = "invalidPath"
	noTarget      = "noTarget"
	invalidValue  = "invalidValue"
	sensitive     = "sensitive"
	invalidCursor = "invalidCursor"
	invalidCount  = "invalidCount"
	expiredCursor = "expiredCursor"
)

// A fault is an error in the words of SCIM.
type fault struct {
	status   int
	scimType string
	detail   string
	retry    time.Duration
	cause    error
}

// newFault returns a fault. The detail says what is wrong and what to do, because clients show
// it to their administrators.
func newFault(status int, scimType, detail string) *fault {
	return &fault{status: status, scimType: scimType, detail: detail}
}

// Error returns the text for the log.
func (f *fault) Error() string { return f.detail }

// Unwrap returns an error of the domain of the same kind.
func (f *fault) Unwrap() error {
	if f.cause != nil {
		return f.cause
	}
	return &directory.Error{Kind: dialect.Kind(f.status), Msg: f.detail, RetryAfter: f.retry}
}

// asFault returns the fault in an error of this package, all of whose errors are faults.
func asFault(err error) *fault {
	f, ok := errors.AsType[*fault](err)
	if !ok {
		f = newFault(http.StatusInternalServerError, "", "")
	}
	return f
}

// tree returns the body of a fault. Its status is a string (RFC 7644, section 3.12).
func (f *fault) tree() *object {
	detail := f.detail
	if detail == "" {
		detail = http.StatusText(f.status)
	}
	o := of("schemas", texts(schemaError), "status", strconv.Itoa(f.status))
	if f.scimType != "" {
		o.set("scimType", f.scimType)
	}
	o.set("detail", detail)
	return o
}
