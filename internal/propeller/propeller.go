package propeller

import (
	"net/http"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = document.Dialect

// CheckFacet refuses a facet of this dialect that the dialect could not read.
func CheckFacet(f directory.Facet) error { return document.CheckFacet(f) }

// Config configures the dialect. Sessions is required.
type Config struct {
	dialect.Kit

	Sessions Sessions

	// Prefix is a second path below which everything is served, such as "/propeller". It may
	// be empty.
	Prefix string
	// DocsURL is the prefix of moreInfo in errors, such as "https://host/docs/errors"; the
	// code follows. If it is empty, moreInfo points to the pages of this handler.
	DocsURL string
	// OpenAPI is the description of this format. It may be absent.
	OpenAPI []byte
}

// Pages that need no token: the explanations of errors, and the description of this format.
const (
	errorPages   = "/docs/errors"
	documentPage = "/docs/propeller.yaml"
)

// Mounts returns the paths that the handler of New serves. A trailing slash stands for
// everything below.
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

// bases returns the paths below which everything is served.
func bases(prefix string) []string {
	if prefix = "/" + strings.Trim(prefix, "/"); prefix != "/" {
		return []string{"", prefix}
	}
	return []string{""}
}

type api struct {
	Config
	identify      httpkit.Identify
	ofUsers       []document.Field // stored with users by this format only
	ofGroups      []document.Field // stored with usergroups by this format only
	onlyReadGroup []string
}

// New returns the handler for everything in Mounts.
func New(cfg Config) http.Handler {
	cfg.Kit = cfg.WithDefaults()
	a := &api{Config: cfg, identify: identify(cfg.Sessions), ofUsers: document.UserFields(),
		ofGroups: document.UsergroupFields(), onlyReadGroup: document.UsergroupReadOnly()}
	rt := cfg.Router(a.renderError, false)
	for _, base := range bases(cfg.Prefix) {
		for _, op := range operations() {
			method, path, _ := strings.Cut(op.route, " ")
			for _, end := range []string{"", "/{$}"} { // the vendor writes some paths with a trailing slash
				rt.Handle(method+" "+base+path+end, a.authenticated(op))
			}
		}
		rt.Handle("GET "+base+errorPages+"/{code}", a.errorPage)
		rt.Handle("GET "+base+documentPage, a.document)
	}
	return withLoneSlashes(rt)
}

// document serves the description of this format.
func (a *api) document(w http.ResponseWriter, _ *http.Request) error {
	if len(a.OpenAPI) == 0 {
		return fault.New(fault.NotFound)
	}
	setFormat(w)
	httpkit.WriteBody(w, http.StatusOK, "application/yaml", a.OpenAPI)
	return nil
}
