package scim

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = "scim"

// Root is the path below which everything is served.
const Root = "/scim/v2"

// A Directory is the directory as one caller sees it.
type Directory = *view.View

// Sessions authenticates callers.
type Sessions interface {
	// AuthenticateSCIM returns the identity provider with an id and a secret. A wrong pair is
	// unauthenticated.
	AuthenticateSCIM(ctx context.Context, id, secret string, from netip.Addr) (directory.Caller, error)
}

// Notes stores what has no revision.
type Notes = store.SCIMNotes

// Config configures the dialect. Everything but Key, MembersAtOnce and the documents is
// required.
type Config struct {
	dialect.Kit

	Sessions Sessions
	Clients  *Clients
	// ParseToken splits a token into id and secret.
	ParseToken func(token string) (id, secret string, ok bool)
	// Key signs cursors.
	Key []byte
	// MembersAtOnce is how many members one change takes. 0 means as many as possible.
	MembersAtOnce int
	// OpenAPI and OpenAPIJSON describe this dialect.
	OpenAPI, OpenAPIJSON []byte
}

// Mounts returns the paths that the handler of New serves. A trailing slash stands for
// everything below.
func Mounts() []string { return []string{Root, Root + "/"} }

type api struct {
	Config
}

// New returns the handler for everything in Mounts.
func New(cfg Config) http.Handler {
	cfg.Kit = cfg.WithDefaults()
	cfg.MembersAtOnce = cmp.Or(cfg.MembersAtOnce, membersPerChange)
	a := &api{Config: cfg}
	rt := cfg.Router(a.renderError, true)
	for path, make := range documents() {
		rt.Handle("GET "+Root+path, a.discover(make))
	}
	rt.Handle("GET "+Root+"/openapi.yaml", a.openAPI(cfg.OpenAPI, "application/yaml"))
	rt.Handle("GET "+Root+"/openapi.json", a.openAPI(cfg.OpenAPIJSON, "application/json"))
	for _, op := range routes() {
		rt.Handle(op.method+" "+Root+op.path, a.authenticated(op))
	}
	return rt
}

// Routes lists the routes of resources and discovery documents, as "METHOD path".
func Routes() (list []string) {
	for path := range documents() {
		list = append(list, "GET "+Root+path)
	}
	for _, op := range routes() {
		list = append(list, op.method+" "+Root+op.path)
	}
	slices.Sort(list)
	return list
}

// documents returns the discovery documents by path.
func documents() map[string]func(*request) (any, error) {
	return map[string]func(*request) (any, error){
		"/ServiceProviderConfig": (*request).configDocument,
		"/ResourceTypes":         (*request).typesDocument,
		"/ResourceTypes/{id}":    (*request).typeDocument,
		"/Schemas":               (*request).schemasDocument,
		"/Schemas/{id}":          (*request).schemaDocument,
	}
}

// openAPI serves the description of this dialect.
func (a *api) openAPI(text []byte, kind string) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := a.Enter(r); err != nil {
			return err
		}
		httpkit.WriteBody(w, http.StatusOK, kind, text)
		return nil
	}
}

// A route is the handler of an authenticated request.
type route struct {
	method, path string
	handle       func(*request) error
}

func routes() []route {
	list := []route{
		{"GET", "", (*request).rootQuery},
		{"POST", "/.search", (*request).rootQuery},
		{"GET", "/Users", (*request).listUsers},
		{"POST", "/Users", (*request).createUser},
		{"POST", "/Users/.search", (*request).listUsers},
		{"GET", "/Users/{id}", (*request).user},
		{"PUT", "/Users/{id}", (*request).putUser},
		{"PATCH", "/Users/{id}", (*request).patchUser},
		{"DELETE", "/Users/{id}", (*request).deleteUser},
		{"GET", "/Groups", (*request).listGroups},
		{"POST", "/Groups", (*request).createGroup},
		{"POST", "/Groups/.search", (*request).listGroups},
		{"GET", "/Groups/{id}", (*request).group},
		{"PUT", "/Groups/{id}", (*request).putGroup},
		{"PATCH", "/Groups/{id}", (*request).patchGroup},
		{"DELETE", "/Groups/{id}", (*request).deleteGroup},
		{"POST", "/Bulk", (*request).bulk},
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		list = append(list, route{method, "/Me", (*request).me})
	}
	return list
}

// me answers for /Me: a client is a service account and not a User.
func (q *request) me() error {
	return resource.NewFault(http.StatusNotImplemented, "", "/Me is not here: a SCIM client is no User. Ask /Users.")
}

func itoa(n int) string { return strconv.Itoa(n) }

// baseOf returns the URL below which everything is served.
func (a *api) baseOf(r *http.Request) string { return httpkit.BaseURL(a.BaseURL, r) + Root }
