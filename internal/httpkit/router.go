package httpkit

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
)

// A Handler answers a request or returns the error to answer with. It returns an error only if
// nothing was sent.
type Handler func(http.ResponseWriter, *http.Request) error

// A RouteError says that no handler matches a request. Status is 404, or 405 with the header
// Allow already set.
type RouteError struct {
	Status int
}

// Error returns a phrase for the caller.
func (e *RouteError) Error() string {
	if e.Status == http.StatusMethodNotAllowed {
		return "this path does not take this method; see the header Allow"
	}
	return "there is nothing at this path"
}

// Unwrap makes a RouteError a not-found error.
func (e *RouteError) Unwrap() error {
	return &directory.Error{Kind: directory.KindNotFound, Msg: e.Error()}
}

// An Observation is what metrics learn about a request. The number of its texts is bounded:
// the pattern is a registered one or empty, the method a known one or "other".
type Observation struct {
	Pattern  string
	Method   string
	Status   int
	Duration time.Duration
	Bytes    int64
}

// A RouterConfig configures a Router. All fields but Observe are required.
type RouterConfig struct {
	Log *slog.Logger
	Now func() time.Time
	// Render answers with an error in the words of the dialect. err may be a *RouteError.
	Render func(w http.ResponseWriter, r *http.Request, err error)
	// Observe is called once for each request, after the reply.
	Observe func(Observation)
	// TrailingSlash ignores a slash at the end of a path.
	TrailingSlash bool
}

// A Router is an http.ServeMux whose handlers return errors. It gives every request an id,
// logs one line for each, recovers panics, and merges repeated slashes in a path.
type Router struct {
	cfg RouterConfig
	mux *http.ServeMux
}

// NewRouter returns a router without routes.
func NewRouter(cfg RouterConfig) *Router {
	if cfg.Observe == nil {
		cfg.Observe = func(Observation) {}
	}
	return &Router{cfg: cfg, mux: http.NewServeMux()}
}

// Handle adds a route. Patterns are those of http.ServeMux. It panics if the pattern is
// invalid or conflicts with another.
func (rt *Router) Handle(pattern string, h Handler) {
	rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(r.Context())
		x.pattern, x.searching = pattern, false
		if err := h(w, r); err != nil {
			rt.fail(w, r, err)
		}
	})
}

// ServeHTTP finds the handler of a request and renders its error.
func (rt *Router) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	start := rt.cfg.Now()
	x := &exchange{packed: takesGzip(r)}
	x.id, x.ownID = requestID(r)
	w := &recorder{ResponseWriter: rw, exchange: x}
	x.w = w
	w.Header().Set("X-Request-Id", x.id)
	ctx, meter := admission.WithMeter(r.Context())
	x.meter = meter
	r = r.WithContext(context.WithValue(ctx, exchangeKey{}, x))
	defer func() {
		broken := rt.recovered(recover(), w, r, x)
		x.end(w.bytes)
		rt.finish(w, r, x, start)
		if broken {
			panic(http.ErrAbortHandler) // half a reply was sent: break the connection
		}
	}()
	r.URL = singleSlashes(r.URL)
	if rt.cfg.TrailingSlash {
		r.URL = withoutTrailingSlash(r.URL)
	}
	if hasDots(r.URL.EscapedPath()) {
		rt.fail(w, r, &RouteError{Status: http.StatusNotFound}) // the mux would redirect
		return
	}
	x.searching = true
	rt.mux.ServeHTTP(w, r)
	if x.searching {
		x.searching = false
		rt.noRoute(w, r)
	}
}

// noRoute answers in the dialect what the mux would have answered.
func (rt *Router) noRoute(w *recorder, r *http.Request) {
	if to := w.refusal.header.Get("Location"); to != "" {
		http.Redirect(w, r, to, w.refusal.status)
		return
	}
	e := &RouteError{Status: http.StatusNotFound}
	if w.refusal.status == http.StatusMethodNotAllowed {
		e.Status = w.refusal.status
		w.Header().Set("Allow", w.refusal.header.Get("Allow"))
	}
	rt.fail(w, r, e)
}

// fail logs an internal error and renders the error.
func (rt *Router) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = directory.Unavailable(time.Second, "the request was given up before it was done", err)
	}
	switch kind := directory.KindOf(err); {
	case kind == directory.KindInternal:
		rt.cfg.Log.Error("request failed", aboutRequest(r, err)...)
	case kind == directory.KindUnavailable && r.Context().Err() == nil:
		rt.cfg.Log.Warn("request refused for now", aboutRequest(r, err)...)
	default:
		LogRefusal(rt.cfg.Log, r, err)
	}
	rt.cfg.Render(w, r, err)
}

// LogRefusal logs that a request, or one of its items, lacked a permission. It ignores other
// errors.
func LogRefusal(log *slog.Logger, r *http.Request, err error, more ...any) {
	if err == nil || directory.KindOf(err) != directory.KindForbidden {
		return
	}
	x := exchangeOf(r.Context())
	about := append(aboutRequest(r, err), "event", "permission_refused", "caller", int64(x.caller), "credential",
		int64(x.credential), "address", addressText(x.address))
	log.Warn("request refused for want of a permission", append(about, more...)...)
}

func aboutRequest(r *http.Request, err error) []any {
	x := exchangeOf(r.Context())
	about := []any{"request_id", x.id, "pattern", x.pattern, "error", err.Error()}
	if x.ownID != "" {
		about = append(about, "own_request_id", x.ownID)
	}
	return about
}

// recovered handles a panic and reports whether the reply is broken. It logs only texts of the
// runtime, because other panics may contain what was sent to us.
func (rt *Router) recovered(p any, w *recorder, r *http.Request, x *exchange) (broken bool) {
	if p == nil {
		return false
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	what := "a value of the program"
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	stack := make([]byte, 8<<10)
	stack = stack[:runtime.Stack(stack, false)]
	rt.cfg.Log.Error("request panicked", "request_id", x.id, "pattern", x.pattern, "panic", what, "stack", string(stack))
	if w.status != 0 {
		return true
	}
	rt.cfg.Render(w, r, &directory.Error{Kind: directory.KindInternal})
	return false
}

// requestLine is the message of the access log.
const requestLine = "request"

// finish writes the line of the access log. It contains no path, query, header or body,
// because those may contain secrets and values.
func (rt *Router) finish(w *recorder, r *http.Request, x *exchange, start time.Time) {
	end := rt.cfg.Now()
	took := end.Sub(start)
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	if log := rt.cfg.Log.Handler(); log.Enabled(r.Context(), slog.LevelInfo) {
		// A Logger would look up the source position of each line.
		line := slog.NewRecord(end, slog.LevelInfo, requestLine, 0)
		line.AddAttrs(
			slog.String("request_id", x.id),
			slog.String("method", boundedMethod(r.Method)),
			slog.String("pattern", x.pattern),
			slog.Int("status", status),
			slog.Duration("duration", took),
			slog.Int64("bytes", w.bytes),
			slog.Int64("caller", int64(x.caller)),
			slog.Int64("credential", int64(x.credential)),
			slog.String("address", addressText(x.address)))
		if x.ownID != "" {
			line.AddAttrs(slog.String("own_request_id", x.ownID))
		}
		_ = log.Handle(r.Context(), line) // there is nobody to report an error to
	}
	rt.cfg.Observe(Observation{
		Pattern: x.pattern, Method: boundedMethod(r.Method), Status: status, Duration: took, Bytes: w.bytes,
	})
}

// addressText formats an address for the log. The invalid address is empty.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func boundedMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return m
	}
	return "other"
}

// singleSlashes returns the URL with repeated slashes in its path merged. http.ServeMux would
// answer with a redirect, which clients do not follow after a POST. Escaped slashes are data
// and stay.
func singleSlashes(u *url.URL) *url.URL {
	escaped := u.EscapedPath()
	if !strings.Contains(escaped, "//") {
		return u
	}
	var b strings.Builder
	for i := range len(escaped) {
		if escaped[i] != '/' || i == 0 || escaped[i-1] != '/' {
			b.WriteByte(escaped[i])
		}
	}
	path, err := url.PathUnescape(b.String())
	if err != nil {
		return u
	}
	clean := *u
	clean.Path, clean.RawPath = path, b.String()
	return &clean
}

// withoutTrailingSlash returns the URL without a slash at the end of its path.
func withoutTrailingSlash(u *url.URL) *url.URL {
	escaped := u.EscapedPath()
	if len(escaped) < 2 || escaped[len(escaped)-1] != '/' {
		return u
	}
	clean := *u
	clean.Path = strings.TrimSuffix(u.Path, "/")
	if u.RawPath != "" {
		clean.RawPath = strings.TrimSuffix(u.RawPath, "/")
	}
	return &clean
}

// hasDots reports whether a segment of a path is "." or "..".
func hasDots(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// A recorder records what is sent. Until a handler is found, what is written comes from the
// mux, which found none; it is recorded and not sent.
type recorder struct {
	http.ResponseWriter
	exchange *exchange
	refusal  refusal
	status   int
	bytes    int64
}

// A refusal is what the mux answers if there is no handler.
type refusal struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header {
	if !w.exchange.searching {
		return w.ResponseWriter.Header()
	}
	if w.refusal.header == nil {
		w.refusal.header = http.Header{}
	}
	return w.refusal.header
}

func (w *recorder) WriteHeader(status int) {
	if w.exchange.searching {
		w.refusal.status = status
		return
	}
	if w.status == 0 && status >= 200 {
		w.status = status
		w.exchange.endTurn() // the reply is complete: only the client remains to wait for
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.exchange.searching {
		return len(b), nil
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap supports http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
