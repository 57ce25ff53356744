package resource

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
	TooMany       = "tooMany"
	Uniqueness    = "uniqueness"
	Mutability    = "mutability"
	InvalidSyntax = "invalidSyntax"
	invalidPath   = "invalidPath"
	noTarget      = "noTarget"
	InvalidValue  = "invalidValue"
	Sensitive     = "sensitive"
	InvalidCursor = "invalidCursor"
	InvalidCount  = "invalidCount"
	ExpiredCursor = "expiredCursor"
)

// A Fault is an error in the words of SCIM.
type Fault struct {
	Status int
	Type   string
	Detail string
	Retry  time.Duration
	Cause  error
}

// NewFault returns a fault. The detail says what is wrong and what to do, because clients show
// it to their administrators.
func NewFault(status int, scimType, detail string) *Fault {
	return &Fault{Status: status, Type: scimType, Detail: detail}
}

// BadRequest returns a fault of status 400.
func BadRequest(scimType, detail string) *Fault {
	return NewFault(http.StatusBadRequest, scimType, detail)
}

// Error returns the text for the log.
func (f *Fault) Error() string { return f.Detail }

// Unwrap returns an error of the domain of the same kind.
func (f *Fault) Unwrap() error {
	if f.Cause != nil {
		return f.Cause
	}
	return &directory.Error{Kind: dialect.Kind(f.Status), Msg: f.Detail, RetryAfter: f.Retry}
}

// asFault returns the fault in an error of this package, all of whose errors are faults.
func asFault(err error) *Fault {
	f, ok := errors.AsType[*Fault](err)
	if !ok {
		f = NewFault(http.StatusInternalServerError, "", "")
	}
	return f
}

// Body returns the body of a fault. Its status is a string (RFC 7644, section 3.12).
func (f *Fault) Body() *Object {
	detail := f.Detail
	if detail == "" {
		detail = http.StatusText(f.Status)
	}
	o := NewObject("schemas", Texts(schemaError), "status", strconv.Itoa(f.Status))
	if f.Type != "" {
		o.Set("scimType", f.Type)
	}
	o.Set("detail", detail)
	return o
}
