package oauth

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// tokenPath is the path of the endpoint.
const tokenPath = "/oauth2/token"

// Limits of a request.
const (
	maxBodyLen       = 64 << 10 // bytes
	maxCredentialLen = 1024     // bytes of a client id or secret
)

// Config configures the endpoint. Sessions, Log and Now are required.
type Config struct {
	httpkit.Gate

	Sessions Sessions
	Log      *slog.Logger
	Now      func() time.Time

	// Prefixes are further paths, such as "/propeller", below which the endpoint is served.
	Prefixes []string
	// Observe is called after each request. It may be nil.
	Observe func(httpkit.Observation)
}

// Sessions authenticates callers.
type Sessions interface {
	// Exchange exchanges a client id and secret for a token. The error is not found for a
	// wrong pair and too many requests after too many failures.
	Exchange(ctx context.Context, clientID, secret string, from netip.Addr) (directory.AccessToken, error)
}

// Mounts returns the paths that the handler of New serves.
func Mounts(prefixes ...string) []string {
	mounts := []string{tokenPath}
	for _, prefix := range prefixes {
		if prefix = "/" + strings.Trim(prefix, "/"); prefix != "/" {
			mounts = append(mounts, prefix+tokenPath)
		}
	}
	return mounts
}

type endpoint struct {
	Config
}

// New returns the handler of the endpoint.
func New(cfg Config) http.Handler {
	e := &endpoint{cfg}
	rt := httpkit.NewRouter(httpkit.RouterConfig{Log: cfg.Log, Now: cfg.Now, Render: e.renderError, Observe: cfg.Observe})
	for _, path := range Mounts(cfg.Prefixes...) {
		rt.Handle("POST "+path, e.token)
	}
	return rt
}

// A refusal is an error in the words of RFC 6749, section 5.2.
type refusal struct {
	status int
	code   string
	text   string
	basic  bool // the client used the header Authorization
}

// Error returns the text for the log.
func (r *refusal) Error() string { return r.code + ": " + r.text }

// Unwrap marks the error as the caller's.
func (r *refusal) Unwrap() error { return directory.Malformed("", "%s", r.text) }

func badRequest(code, text string) error {
	return &refusal{status: http.StatusBadRequest, code: code, text: text}
}

// badClient is the error of an invalid client id and secret, whatever the reason.
func badClient(basic bool) error {
	return &refusal{
		status: http.StatusUnauthorized, code: "invalid_client",
		text: "the client id or the client secret is wrong", basic: basic,
	}
}

// A tokenBody is the reply of section 5.1.
type tokenBody struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	TokenType   string `json:"token_type"`
}

// token exchanges a client id and secret for a token.
func (e *endpoint) token(w http.ResponseWriter, r *http.Request) error {
	from, err := e.Enter(r)
	if err != nil {
		return err
	}
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return badRequest("invalid_request", "grant_type is required; it must be client_credentials")
	default:
		return badRequest("unsupported_grant_type", "the only grant type is client_credentials")
	}
	id, secret, basic, err := client(r, form)
	if err != nil {
		return err
	}
	if len(id) > maxCredentialLen || len(secret) > maxCredentialLen {
		return badClient(basic)
	}
	t, err := e.Sessions.Exchange(r.Context(), id, secret, from)
	if err != nil && directory.KindOf(err) == directory.KindNotFound {
		return badClient(basic)
	}
	if err != nil {
		return err
	}
	left := t.ExpiresAt.Time().Sub(e.Now())
	noStore(w)
	return httpkit.WriteJSON(w, http.StatusOK, tokenBody{AccessToken: t.Text, ExpiresIn: int64(left.Seconds()),
		TokenType: "Bearer"})
}

// readForm reads the body. It refuses duplicate parameters, as section 3.2 requires.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil ||
		t != "application/x-www-form-urlencoded" {
		return nil, badRequest("invalid_request", "the body must be application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyLen))
	if err != nil {
		return nil, badRequest("invalid_request",
			"the body is longer than "+strconv.Itoa(maxBodyLen)+" bytes, or ended early")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, badRequest("invalid_request", "the body cannot be read as a form")
	}
	for _, name := range []string{"grant_type", "client_id", "client_secret", "scope"} {
		if len(form[name]) > 1 {
			return nil, badRequest("invalid_request", name+" comes more than once")
		}
	}
	return form, nil
}

// client reads the client id and secret from the body, or from the header with the scheme
// Basic, where both are form-encoded. It refuses both at once.
func client(r *http.Request, form url.Values) (id, secret string, basic bool, err error) {
	id, secret = form.Get("client_id"), form.Get("client_secret")
	user, password, ok := r.BasicAuth()
	switch {
	case r.Header.Get("Authorization") == "" && (id == "" || secret == ""):
		return "", "", false, badRequest("invalid_request", "client_id and client_secret are required")
	case r.Header.Get("Authorization") == "":
		return id, secret, false, nil
	case !ok:
		return "", "", true, badClient(true)
	case secret != "":
		return "", "", true, badRequest("invalid_request",
			"the client must authenticate in one way: by the header or in the body")
	}
	user, err1 := url.QueryUnescape(user)
	password, err2 := url.QueryUnescape(password)
	if err1 != nil || err2 != nil || id != "" && id != user {
		return "", "", true, badClient(true)
	}
	return user, password, true, nil
}

// An errorBody is the reply of section 5.2.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// renderError answers with an error in the words of the RFC.
func (e *endpoint) renderError(w http.ResponseWriter, r *http.Request, err error) {
	f := refusalOf(err)
	noStore(w)
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="cohort"`)
	}
	if own, ok := errors.AsType[*directory.Error](err); ok &&
		(f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable) {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(own.RetryAfter.Seconds())))))
	}
	if err := httpkit.WriteJSON(w, f.status, errorBody{f.code, f.text}); err != nil {
		e.Log.Error("request failed", "request_id", httpkit.RequestID(r.Context()), "error", err.Error())
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func refusalOf(err error) *refusal {
	if f, ok := errors.AsType[*refusal](err); ok {
		return f
	}
	if route, ok := errors.AsType[*httpkit.RouteError](err); ok {
		return &refusal{status: route.Status, code: "invalid_request", text: route.Error()}
	}
	own, _ := errors.AsType[*directory.Error](err)
	switch directory.KindOf(err) {
	case directory.KindTooLarge:
		return &refusal{status: http.StatusRequestEntityTooLarge, code: "invalid_request", text: own.Msg}
	case directory.KindMalformed, directory.KindUnsupportedMedia:
		return &refusal{status: http.StatusBadRequest, code: "invalid_request", text: own.Public()}
	case directory.KindTooMany:
		return &refusal{status: http.StatusTooManyRequests, code: "temporarily_unavailable", text: own.Msg}
	case directory.KindUnavailable:
		return &refusal{status: http.StatusServiceUnavailable, code: "temporarily_unavailable", text: own.Msg}
	default:
		return &refusal{status: http.StatusInternalServerError, code: "server_error", text: "internal error"}
	}
}

func noStore(w http.ResponseWriter) { w.Header().Set("Pragma", "no-cache") }
