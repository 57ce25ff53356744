package scim

import (
	"cmp"
	"net/http"
	"slices"

	"cohort/internal/scim/resource"
)

// Mounts returns the paths that the handler of New serves. A trailing slash stands for
// everything below.
func Mounts() []string { return []string{Root, Root + "/"} }

// New returns the handler for everything in Mounts.
func New(cfg Config) http.Handler {
	cfg.MembersAtOnce = cmp.Or(cfg.MembersAtOnce, membersPerChange)
	s := newServer(cfg)
	for path, make := range documents() {
		s.document(path, make)
	}
	s.description("/openapi.yaml", cfg.OpenAPI, "application/yaml")
	s.description("/openapi.json", cfg.OpenAPIJSON, "application/json")
	for _, op := range routes() {
		s.serve(op)
	}
	return s.handler()
}

// Routes lists the routes of resources and discovery documents, as "METHOD path".
func Routes() (list []string) {
	for path := range documents() {
		list = append(list, "GET "+Root+path)
	}
	for _, op := range routes() {
		list = append(list, op.pattern())
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

// routes lists the routes of callers who are known.
func routes() []route {
	list := slices.Concat(userRoutes(), groupRoutes(), []route{
		on("GET", "", (*request).rootQuery),
		on("POST", "/.search", (*request).rootQuery),
		on("POST", "/Bulk", (*request).bulk),
	})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		list = append(list, on(method, "/Me", (*request).me))
	}
	return list
}

// me answers for /Me: a client is a service account and not a User.
func (q *request) me() error {
	return resource.NewFault(http.StatusNotImplemented, "", "/Me is not here: a SCIM client is no User. Ask /Users.")
}
