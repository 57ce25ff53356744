package propeller

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"cohort/internal/httpkit"
	"cohort/internal/propeller/fault"
)

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
	f := fault.Of(err)
	setFormat(w)
	switch f.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		if f.Allow != "" {
			w.Header().Set("Allow", f.Allow)
		}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(f.Retry.Seconds())))))
	}
	body := errorBody{errorDetail{Code: f.Code, Messages: f.Messages, MoreInfo: a.moreInfo(r, f.Code), Status: f.Status,
		Type: f.Name}}
	if err := httpkit.WriteJSON(w, f.Status, body); err != nil {
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
	p, ok := fault.ProblemOf(code)
	if err != nil || !ok {
		return fault.New(fault.NotFound)
	}
	setFormat(w)
	text := fmt.Sprintf("%d %s (status %d)\n\n%s\n", p.Code, p.Name, p.Status, p.Help)
	httpkit.WriteBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte(text))
	return nil
}
