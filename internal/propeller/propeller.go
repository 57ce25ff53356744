package propeller

import (
	"net/http"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/httpkit"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "propeller"

// Config is what the dialect needs. Sessions is required.
type Config struct {
	dialect.Kit

	Sessions Sessions

	// Prefix is a path, such as "/propeller", below which everything is served as
	// well. Empty is none.
	Prefix string
	// DocsURL is what moreInfo of an error begins with, such as
	// "https://host/docs/errors"; the code follows. Empty points to the pages of
	// this handler.
	DocsURL string
	// OpenAPI is the description of this format; it may be absent.
	OpenAPI []byte
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
	identify      httpkit.Identify
	ofUsers       []field // what only this format keeps with a user
	ofGroups      []field // the same, with a usergroup
	onlyReadGroup []string
}

// New returns the handler for all that Mounts lists.
func New(cfg Config) http.Handler {
	cfg.Kit = cfg.WithDefaults()
	a := &api{Config: cfg, identify: identify(cfg.Sessions), ofUsers: userFields(), ofGroups: groupFields(),
		onlyReadGroup: groupReadOnly()}
	rt := cfg.Router(a.renderError, false)
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
