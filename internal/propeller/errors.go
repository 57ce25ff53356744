package propeller

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A fault is an error in the vendor's words.
type fault struct {
	problem
	messages []string
	allow    string // the allowed methods of a 405
	retry    time.Duration
	cause    error
}

// newFault returns the error of a code. args fill in the catalogue's text.
func newFault(code int, args ...any) *fault {
	p, ok := problemOf(code)
	if !ok {
		p, _ = problemOf(codeInternal)
		args = nil
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = strings.ToValidUTF8(s, "\uFFFD")
		}
	}
	return &fault{problem: p, messages: []string{fmt.Sprintf(p.text, args...)}}
}

// Error returns the text for the log.
func (f *fault) Error() string { return strings.Join(f.messages, "; ") }

// Unwrap returns an error of the domain of the same kind, so that callers can tell a refusal
// from a failure.
func (f *fault) Unwrap() error {
	return &directory.Error{Kind: dialect.Kind(f.status), Msg: f.Error(), Err: f.cause}
}

// faultOf translates any error. An unclassified error is internal.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		if route.Status == http.StatusMethodNotAllowed {
			return newFault(codeMethodNotAllowed)
		}
		return newFault(codeNotFound)
	}
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	f := faultOfKind(e)
	if e.Kind == directory.KindStale && e.Field == directory.FieldMinRevision {
		f.status = http.StatusConflict // a client that sends our header knows our statuses
	}
	f.retry, f.cause = e.RetryAfter, err
	return f
}

func faultOfKind(e *directory.Error) *fault {
	switch e.Kind {
	case directory.KindMalformed, directory.KindInvalid, directory.KindConflict, directory.KindProtected,
		directory.KindStale,
		directory.KindUnsupportedMedia:
		return newFault(codePayload, publicText(e))
	case directory.KindUnauthenticated:
		return newFault(codeUnauthorized, e.Msg)
	case directory.KindForbidden: // what the vendor says then too; the reason is ours
		f := newFault(codeNotFound)
		f.messages = append(f.messages, e.Msg)
		return f
	case directory.KindNotFound, directory.KindGone:
		return newFault(codeNotFound)
	case directory.KindTooLarge:
		return newFault(codeTooLarge, e.Msg)
	case directory.KindTooMany:
		return newFault(codeTooMany)
	case directory.KindUnavailable:
		return newFault(codeUnavailable, e.Msg)
	case directory.KindInternal:
	}
	return newFault(codeInternal)
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

// An errorBody is the vendor's envelope of an error.
type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code     int      `json:"code"`
	Messages []string `json:"messages"`
	MoreInfo string   `json:"moreInfo"`
	Status   int      `json:"status"`
	Type     string   `json:"type"`
}

// renderError answers with an error in the vendor's words.
func (a *api) renderError(w http.ResponseWriter, r *http.Request, err error) {
	f := faultOf(err)
	setFormat(w)
	switch f.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		if f.allow != "" {
			w.Header().Set("Allow", f.allow)
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(f.retry.Seconds())))))
	}
	body := errorBody{errorDetail{Code: f.code, Messages: f.messages, MoreInfo: a.moreInfo(r, f.code), Status: f.status,
		Type: f.name}}
	if err := httpkit.WriteJSON(w, f.status, body); err != nil {
		a.Log.Error("request failed", "request_id", httpkit.RequestID(r.Context()), "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// moreInfo returns the URL of the page about a code.
func (a *api) moreInfo(r *http.Request, code int) string {
	docs := a.DocsURL
	if docs == "" {
		docs = httpkit.BaseURL(a.BaseURL, r) + errorPages
	}
	return strings.TrimSuffix(docs, "/") + "/" + strconv.Itoa(code)
}

// errorPage explains an error in plain words.
func (a *api) errorPage(w http.ResponseWriter, r *http.Request) error {
	code, err := strconv.Atoi(r.PathValue("code"))
	p, ok := problemOf(code)
	if err != nil || !ok {
		return newFault(codeNotFound)
	}
	setFormat(w)
	text := fmt.Sprintf("%d %s (status %d)\n\n%s\n", p.code, p.name, p.status, p.help)
	httpkit.WriteBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte(text))
	return nil
}
