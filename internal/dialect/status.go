package dialect

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// Status returns the status of an error, unless a surface decides otherwise.
func Status(err error) int {
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		return route.Status
	}
	switch directory.KindOf(err) {
	case directory.KindMalformed:
		return http.StatusBadRequest
	case directory.KindInvalid:
		return http.StatusUnprocessableEntity
	case directory.KindUnauthenticated:
		return http.StatusUnauthorized
	case directory.KindForbidden:
		return http.StatusForbidden
	case directory.KindNotFound:
		return http.StatusNotFound
	case directory.KindConflict, directory.KindProtected, directory.KindStale:
		return http.StatusConflict
	case directory.KindGone:
		return http.StatusGone
	case directory.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case directory.KindUnsupportedMedia:
		return http.StatusUnsupportedMediaType
	case directory.KindTooMany:
		return http.StatusTooManyRequests
	case directory.KindUnavailable:
		return http.StatusServiceUnavailable
	case directory.KindInternal:
	}
	return http.StatusInternalServerError
}

// Kind returns the kind of the errors that a status stands for, for errors that surfaces make in
// their own words: it is the inverse of Status as far as there is one.
func Kind(status int) directory.Kind {
	switch status {
	case http.StatusUnauthorized:
		return directory.KindUnauthenticated
	case http.StatusForbidden:
		return directory.KindForbidden
	case http.StatusNotFound:
		return directory.KindNotFound
	case http.StatusConflict:
		return directory.KindConflict
	case http.StatusPreconditionFailed:
		return directory.KindStale
	case http.StatusRequestEntityTooLarge:
		return directory.KindTooLarge
	case http.StatusTooManyRequests:
		return directory.KindTooMany
	case http.StatusServiceUnavailable:
		return directory.KindUnavailable
	case http.StatusInternalServerError:
		return directory.KindInternal
	}
	return directory.KindInvalid
}

// SetErrorHeaders sets the headers that belong to the status of an error in every surface: how
// to authenticate, and when to try again.
func SetErrorHeaders(h http.Header, status int, err error) {
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		e, ok := errors.AsType[*directory.Error](err)
		if !ok {
			e = &directory.Error{}
		}
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds())))))
	}
}
