package native

import (
	"errors"
	"fmt"
	"net/http"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A problem is an error in the form of RFC 9457.
type problem struct {
	Type      string   `json:"type"`
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Detail    string   `json:"detail,omitempty"`
	Field     string   `json:"field,omitempty"`
	Code      string   `json:"code,omitempty"`
	Choices   []string `json:"choices,omitempty"`
	Advice    string   `json:"advice,omitempty"`
	RequestID string   `json:"request_id,omitempty"`
}

// A sort of problem has a stable name and advice.
type sort struct {
	name   string
	status int
	title  string
	advice string
}

// sortOf returns the sort of problem of an error of a kind.
func sortOf(kind directory.Kind, field string) sort {
	switch kind {
	case directory.KindInternal:
	case directory.KindMalformed:
		return sort{"malformed", http.StatusBadRequest, "The request cannot be read",
			"Correct the part that field names, and send it again."}
	case directory.KindInvalid:
		return sort{"invalid", http.StatusUnprocessableEntity, "A value cannot be accepted",
			"Correct what field names. Nothing was changed."}
	case directory.KindUnauthenticated:
		return sort{"unauthenticated", http.StatusUnauthorized, "Who asks is not known",
			"Get a token with POST /oauth2/token and send it as Authorization: Bearer."}
	case directory.KindForbidden:
		return sort{"forbidden", http.StatusForbidden, "This is not allowed", "Ask an administrator for the permission."}
	case directory.KindNotFound:
		return sort{"not-found", http.StatusNotFound, "There is no such object",
			"Check the id or the name. Objects that you may not see are not found either."}
	case directory.KindConflict:
		return sort{"conflict", http.StatusConflict, "It is taken, or there already",
			"Choose another value, or use the object that is there."}
	case directory.KindProtected:
		return sort{"protected", http.StatusConflict, "The object is built in, permanent or computed",
			"It cannot be changed so by anyone."}
	case directory.KindStale:
		if field == ifMatch {
			return sort{"precondition-failed", http.StatusPreconditionFailed, "The object has changed",
				"Read it again, and decide again."}
		}
		return sort{"stale", http.StatusConflict, "The directory has moved on", "Begin anew from what is there now."}
	case directory.KindGone:
		return sort{"gone", http.StatusGone, "It was erased or pruned", "Ask about a later revision."}
	case directory.KindTooLarge:
		return sort{"too-large", http.StatusRequestEntityTooLarge, "The request is too large", "Send it in parts."}
	case directory.KindUnsupportedMedia:
		return sort{"unsupported-media", http.StatusUnsupportedMediaType, "The format is not understood",
			"Send JSON with Content-Type: application/json."}
	case directory.KindTooMany:
		return sort{"too-many", http.StatusTooManyRequests, "There are too many requests",
			"Wait for as many seconds as Retry-After says."}
	case directory.KindUnavailable:
		return sort{"unavailable", http.StatusServiceUnavailable, "It cannot be done now",
			"Try again after as many seconds as Retry-After says. A write may have been made: send it with the " +
				"Idempotency-Key that it had, or look for it first."}
	}
	return sort{"internal", http.StatusInternalServerError, "Something is wrong here",
		"It is not your request. The log holds the cause under request_id."}
}

// renderProblem answers with an error.
func (a *api) renderProblem(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	s := sortOf(e.Kind, e.Field)
	if e.Code == directory.CodeAmbiguous {
		s.advice = "Write the id of the one that you mean; choices has them."
	}
	if errors.Is(err, directory.ErrOutcomeUnknown) {
		s.advice = "Whether it was done is not known. Look before you send it again, or send it again under the same " +
			"Idempotency-Key."
	}
	p := problem{
		Type: "/v1/problems/" + s.name, Title: s.title, Status: s.status, Advice: s.advice,
		Detail: e.Public(), Field: e.Field, Code: string(e.Code), Choices: e.Choices,
		RequestID: httpkit.RequestID(r.Context()),
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		p.Status = route.Status
		if route.Status == http.StatusMethodNotAllowed {
			p.Type, p.Title, p.Advice = "/v1/problems/method", "This path does not take this method",
				"The header Allow names those it takes."
		}
	}
	dialect.SetErrorHeaders(w.Header(), p.Status, err)
	body, err := httpkit.Encode(p)
	if err != nil {
		a.Log.Error("request failed", "request_id", p.RequestID, "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	httpkit.WriteBody(w, p.Status, "application/problem+json", append(body, '\n'))
}

// problemPage explains a sort of problem in plain words.
func problemPage(w http.ResponseWriter, r *http.Request) error {
	if r.PathValue("name") == "method" {
		httpkit.WriteBody(w, http.StatusOK, "text/plain; charset=utf-8",
			[]byte("405 method\n\nThis path does not take this method. The header Allow names those it takes.\n"))
		return nil
	}
	for _, kind := range directory.Kinds() {
		for _, field := range []string{"", ifMatch} {
			if s := sortOf(kind, field); s.name == r.PathValue("name") {
				text := fmt.Sprintf("%d %s\n\n%s.\n\n%s\n", s.status, s.name, s.title, s.advice)
				httpkit.WriteBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte(text))
				return nil
			}
		}
	}
	return &httpkit.RouteError{Status: http.StatusNotFound}
}
