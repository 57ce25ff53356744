package native

import (
	"errors"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// maxTokenBody is the most bytes of a request for a token.
const maxTokenBody = 16 << 10

func encodeParams(params url.Values) string { return params.Encode() }

// token exchanges a client id and secret for a token: the client credentials
// grant of RFC 6749. The pair stands in the header Authorization: Basic or in
// the body.
func (a *api) token(w http.ResponseWriter, r *http.Request) error {
	from := a.ClientAddr(r)
	if err := a.Limit(from, directory.Caller{}); err != nil {
		return err
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return tokenError(w, http.StatusBadRequest, "invalid_request", "the body must be application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenBody)
	if err := r.ParseForm(); err != nil {
		return tokenError(w, http.StatusBadRequest, "invalid_request", "the body cannot be read")
	}
	switch grant := r.PostForm.Get("grant_type"); {
	case grant == "":
		return tokenError(w, http.StatusBadRequest, "invalid_request", "grant_type is required")
	case grant != "client_credentials":
		return tokenError(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials")
	}
	id, secret, basic := r.BasicAuth()
	if basic {
		id, secret = unescape(id), unescape(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id == "" || secret == "" {
		return badClient(w)
	}
	token, err := a.Sessions.Login(r.Context(), id, secret, from)
	if directory.KindOf(err) == directory.KindNotFound && err != nil {
		return badClient(w)
	}
	if e, ok := errors.AsType[*directory.Error](err); ok && e.Kind == directory.KindTooMany {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(e.RetryAfter.Seconds())))))
		return tokenError(w, http.StatusTooManyRequests, "slow_down", "there were too many failed logins")
	}
	if err != nil {
		return err
	}
	return httpkit.WriteJSON(w, http.StatusOK, map[string]any{
		"access_token": token.Text, "token_type": "Bearer",
		"expires_in": int(token.ExpiresAt.Time().Sub(a.Now()).Seconds()),
	})
}

// unescape undoes the form encoding that RFC 6749 asks for within Basic; a text
// that is not encoded so is taken as it is.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func badClient(w http.ResponseWriter) error {
	w.Header().Set("WWW-Authenticate", "Basic")
	return tokenError(w, http.StatusUnauthorized, "invalid_client", "client id or secret is wrong")
}

func tokenError(w http.ResponseWriter, status int, code, text string) error {
	return httpkit.WriteJSON(w, status, map[string]string{"error": code, "error_description": text})
}
