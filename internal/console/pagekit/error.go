package pagekit

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"cohort/internal/console/sentence"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// An ErrorPage says what went wrong and what to do.
type ErrorPage struct {
	Status    int
	Title     string
	Text      string
	Advice    string
	RequestID string
}

// RenderError answers with the page that explains an error, or with the ways to sign in again.
func (c *Console) RenderError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, directory.ErrSignInAgain) {
		if err = c.askProof(w, r); err == nil {
			return
		}
	}
	page := NewErrorPage(err)
	page.RequestID = httpkit.RequestID(r.Context())
	f := Frame{Title: page.Title, Data: page, Base: Root, Static: c.assets.url, Theme: themeOf(r),
		Here: r.URL.RequestURI(), Version: c.Version}
	if e, ok := errors.AsType[*directory.Error](err); ok && e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds()+1)))
	}
	part := "layout"
	if r.URL.Query().Get("fragment") != "" {
		part = "main"
	}
	if err := c.pages.write(w, page.Status, "error", part, f); err != nil {
		c.Log.Error("the error page cannot be shown", "error", err.Error())
		http.Error(w, page.Title, page.Status)
	}
}

// NewErrorPage returns the page that explains an error.
func NewErrorPage(err error) ErrorPage {
	text := "Something went wrong on the server."
	if e, ok := errors.AsType[*directory.Error](err); ok && e.Kind != directory.KindInternal {
		text = sentence.Punctuated(publicText(e))
	}
	switch directory.KindOf(err) {
	case directory.KindNotFound:
		return ErrorPage{http.StatusNotFound, "Not found", text,
			"It may have been deleted, or you may not see it. Search for it by name.", ""}
	case directory.KindForbidden:
		return ErrorPage{http.StatusForbidden, "Not allowed", text,
			"Ask an administrator for a role that has the permission.", ""}
	case directory.KindUnauthenticated:
		return ErrorPage{http.StatusUnauthorized, "Signed out", text, "Sign in and try again.", ""}
	case directory.KindMalformed:
		return ErrorPage{http.StatusBadRequest, "Invalid request", text, "Correct the address or the form.", ""}
	case directory.KindInvalid:
		return ErrorPage{http.StatusUnprocessableEntity, "Not accepted", text, "Correct the field and try again.", ""}
	case directory.KindConflict, directory.KindStale:
		return ErrorPage{http.StatusConflict, "Conflict", text, "Reload the page and look at what has changed.", ""}
	case directory.KindProtected:
		return ErrorPage{http.StatusForbidden, "Protected", text, "It is built in and cannot be changed.", ""}
	case directory.KindGone:
		return ErrorPage{http.StatusGone, "Gone", text, "It was erased or pruned from the history.", ""}
	case directory.KindTooLarge:
		return ErrorPage{http.StatusRequestEntityTooLarge, "Too large", text, "Send less at once.", ""}
	case directory.KindUnsupportedMedia:
		return ErrorPage{http.StatusUnsupportedMediaType, "Unsupported format", text, "Use the form on the page.", ""}
	case directory.KindTooMany:
		return ErrorPage{http.StatusTooManyRequests, "Too many requests", text, "Wait a moment and reload.", ""}
	case directory.KindUnavailable:
		return ErrorPage{http.StatusServiceUnavailable, "Unavailable", text, "Reload in a moment.", ""}
	case directory.KindInternal:
	}
	return ErrorPage{http.StatusInternalServerError, "Internal error", text,
		"Try again. If it happens again, give an administrator the request id.", ""}
}

// publicText returns the text of an error for people. Edits are counted from one.
func publicText(e *directory.Error) string {
	rest, ok := strings.CutPrefix(e.Field, "edits/")
	if !ok {
		return e.Public()
	}
	index, field, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(index)
	if err != nil {
		return e.Public()
	}
	inside := *e
	inside.Field = field
	return "edit " + strconv.Itoa(n+1) + ": " + inside.Public()
}

// AsError returns the directory error in an error.
func AsError(err error) (*directory.Error, bool) { return errors.AsType[*directory.Error](err) }
