package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// renderError answers with an error of the server itself, in a form that no dialect
// contradicts: a JSON object with a message.
func renderError(w http.ResponseWriter, _ *http.Request, err error) {
	status := statusOf(err)
	e, ok := errors.AsType[*directory.Error](err)
	if !ok {
		e = &directory.Error{}
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	body, err := json.Marshal(map[string]string{"message": e.Public()})
	if err != nil {
		body = []byte(`{"message":"internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // nobody is left to hear of an error
}

// statusOf returns the status of an error that the server itself makes.
func statusOf(err error) int {
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		return route.Status
	}
	switch directory.KindOf(err) {
	case directory.KindMalformed:
		return http.StatusBadRequest
	case directory.KindUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
