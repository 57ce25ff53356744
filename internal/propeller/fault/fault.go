package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A Fault is an error in the vendor's words.
type Fault struct {
	Problem
	Messages []string
	Allow    string // the allowed methods of a 405
	Retry    time.Duration
	cause    error
}

// New returns the error of a code. args fill in the catalogue's text.
func New(code int, args ...any) *Fault {
	p, ok := ProblemOf(code)
	if !ok {
		p, _ = ProblemOf(Internal)
		args = nil
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = strings.ToValidUTF8(s, "\uFFFD")
		}
	}
	return &Fault{Problem: p, Messages: []string{fmt.Sprintf(p.text, args...)}}
}

// Error returns the text for the log.
func (f *Fault) Error() string { return strings.Join(f.Messages, "; ") }

// Unwrap returns an error of the domain of the same kind, so that callers can tell a refusal
// from a failure.
func (f *Fault) Unwrap() error {
	return &directory.Error{Kind: dialect.Kind(f.Status), Msg: f.Error(), Err: f.cause}
}

// Of translates any error. An unclassified error is internal.
func Of(err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		if route.Status == http.StatusMethodNotAllowed {
			return New(MethodNotAllowed)
		}
		return New(NotFound)
	}
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	f := faultOfKind(e)
	if e.Kind == directory.KindStale && e.Field == directory.FieldMinRevision {
		f.Status = http.StatusConflict // a client that sends our header knows our statuses
	}
	f.Retry, f.cause = e.RetryAfter, err
	return f
}

func faultOfKind(e *directory.Error) *Fault {
	switch e.Kind {
	case directory.KindMalformed, directory.KindInvalid, directory.KindConflict, directory.KindProtected,
		directory.KindStale,
		directory.KindUnsupportedMedia:
		return New(Payload, publicText(e))
	case directory.KindUnauthenticated:
		return New(Unauthorized, e.Msg)
	case directory.KindForbidden: // what the vendor says then too; the reason is ours
		f := New(NotFound)
		f.Messages = append(f.Messages, e.Msg)
		return f
	case directory.KindNotFound, directory.KindGone:
		return New(NotFound)
	case directory.KindTooLarge:
		return New(TooLarge, e.Msg)
	case directory.KindTooMany:
		return New(TooMany)
	case directory.KindUnavailable:
		return New(Unavailable, e.Msg)
	case directory.KindInternal:
	}
	return New(Internal)
}

// publicText returns the public part of an error in the form of the vendor's messages: a
// pointer to the place, in the words of this format, and what is wrong there.
func publicText(e *directory.Error) string {
	if e.Field == "" {
		return e.Msg
	}
	parts := strings.Split(e.Field, "/") // edits/3/name if one of several edits is refused
	return "#/" + wireField(parts[len(parts)-1]) + ": " + e.Msg
}

// wireField returns the name in this format of a field of the domain.
func wireField(field string) string {
	switch field {
	case "source_id":
		return "sourceId"
	case "first_name":
		return "firstName"
	case "last_name":
		return "lastName"
	case "contact_email":
		return "email"
	case "group":
		return "parent"
	case "label":
		return "descriptions"
	case "default":
		return "value"
	}
	return field
}

// Schema returns the error of a body with the wrong shape.
func Schema(violations ...string) error {
	f := New(SchemaViolation, "")
	f.Messages = violations
	return f
}

// Clip limits the length of a caller's text in a reply.
func Clip(s string) string {
	const most = 100
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
