package propeller

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "propeller"

// Config is what the dialect needs. Directory, Sessions, Log and Now are
// required.
type Config struct {
	httpkit.Gate

	// Directory narrows the product to what a caller may do.
	Directory func(directory.Caller) Directory
	Sessions  Sessions
	Log       *slog.Logger
	Now       func() time.Time

	// Prefix is a path, such as "/propeller", below which everything is served as
	// well. Empty is none.
	Prefix string
	// DocsURL is what moreInfo of an error begins with, such as
	// "https://host/docs/errors"; the code follows. Empty points to the pages of
	// this handler.
	DocsURL string
	// BaseURL is how clients reach the server, such as "https://host:19999", for
	// the URLs in replies. Empty takes it from each request.
	BaseURL string
	// Language is the directory's: that of texts that name none. Empty is EN.
	Language directory.Language
	// OpenAPI is the description of this format; it may be absent.
	OpenAPI []byte
	// Observe is told of every request that was answered. Nil tells nobody.
	Observe func(httpkit.Observation)
}

// Pages that need no token: the explanations of errors, and the description of
// this format.
const (
	errorPages   = "/docs/errors"
	documentPage = "/docs/propeller.yaml"
)

// Mounts are the paths that the handler of New serves: those that end in a
// slash stand for all below.
func Mounts(prefix string) []string {
	paths := []string{"/usergroups", "/users", "/attributes", errorPages}
	var mounts []string
	for _, base := range bases(prefix) {
		mounts = append(mounts, base+documentPage)
		for _, path := range paths {
			mounts = append(mounts, base+path, base+path+"/")
		}
	}
	return mounts
}

// bases are the paths below which everything is served.
func bases(prefix string) []string {
	if prefix = "/" + strings.Trim(prefix, "/"); prefix != "/" {
		return []string{"", prefix}
	}
	return []string{""}
}

type api struct {
	Config
}

// New returns the handler for all that Mounts lists.
func New(cfg Config) http.Handler {
	cfg.Language = cmp.Or(cfg.Language, "EN")
	a := &api{Config: cfg}
	rt := httpkit.NewRouter(httpkit.RouterConfig{Log: cfg.Log, Now: cfg.Now, Render: a.renderError, Observe: cfg.Observe})
	for _, base := range bases(cfg.Prefix) {
		for _, op := range operations() {
			method, path, _ := strings.Cut(op.route, " ")
			for _, end := range []string{"", "/{$}"} { // the vendor writes some paths with a slash at the end
				rt.Handle(method+" "+base+path+end, a.authenticated(op))
			}
		}
		rt.Handle("GET "+base+errorPages+"/{code}", a.errorPage)
		rt.Handle("GET "+base+documentPage, a.document)
	}
	return withLoneSlashes(rt)
}

// document shows the description of this format.
func (a *api) document(w http.ResponseWriter, _ *http.Request) error {
	if len(a.OpenAPI) == 0 {
		return newFault(codeNotFound)
	}
	setFormat(w)
	httpkit.WriteBody(w, http.StatusOK, "application/yaml", a.OpenAPI)
	return nil
}
