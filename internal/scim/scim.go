package scim

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/scim/clients"
	"cohort/internal/scim/groups"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
)

// Dialect is the name of this wire format in records, callers and facets.
const Dialect = resource.Dialect

// Config configures the dialect.
type Config = protocol.Config

// Mounts returns the paths that the handler of New serves. A trailing slash stands for
// everything below.
func Mounts() []string { return []string{protocol.Root, protocol.Root + "/"} }

// New returns the handler for everything in Mounts.
func New(cfg Config) http.Handler {
	cfg.MembersAtOnce = cmp.Or(cfg.MembersAtOnce, groups.MembersPerChange)
	s := protocol.NewServer(cfg)
	for path, make := range documents() {
		s.Document(path, make)
	}
	s.Description("/openapi.yaml", cfg.OpenAPI, "application/yaml")
	s.Description("/openapi.json", cfg.OpenAPIJSON, "application/json")
	for _, op := range routes() {
		s.Serve(op)
	}
	return s.Handler()
}

// Routes lists the routes of resources and discovery documents, as "METHOD path".
func Routes() (list []string) {
	for path := range documents() {
		list = append(list, "GET "+protocol.Root+path)
	}
	for _, op := range routes() {
		list = append(list, op.Pattern())
	}
	slices.Sort(list)
	return list
}

// documents returns the discovery documents by path.
func documents() map[string]func(*protocol.Request) (any, error) {
	return map[string]func(*protocol.Request) (any, error){
		"/ServiceProviderConfig": configDocument,
		"/ResourceTypes":         typesDocument,
		"/ResourceTypes/{id}":    typeDocument,
		"/Schemas":               schemasDocument,
		"/Schemas/{id}":          schemaDocument,
	}
}

// routes lists the routes of callers who are known.
func routes() []protocol.Route {
	list := slices.Concat(users.Routes(), groups.Routes(), []protocol.Route{
		protocol.On("GET", "", rootQuery),
		protocol.On("POST", "/.search", rootQuery),
		protocol.On("POST", "/Bulk", bulk),
	})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		list = append(list, protocol.On(method, "/Me", me))
	}
	return list
}

// rootQuery lists resources of both kinds.
func rootQuery(q *protocol.Request) error {
	return resource.BadRequest(resource.TooMany, "Users and groups are asked for by themselves, at /Users and /Groups.")
}

// me answers for /Me: a client is a service account and not a User.
func me(q *protocol.Request) error {
	return resource.NewFault(http.StatusNotImplemented, "", "/Me is not here: a SCIM client is no User. Ask /Users.")
}

// CheckFacet refuses a facet that this dialect could not read.
func CheckFacet(f directory.Facet) error {
	switch {
	case f.Name != "":
		return errors.New("it has a name")
	case f.Kind == clients.FacetClient && f.Object.Kind == directory.ObjectUser:
		_, err := clients.Parse(f.Data)
		return err
	case f.Kind == resource.FacetUser && f.Object.Kind == directory.ObjectUser, f.Kind == resource.FacetGroup &&
		f.Object.Kind == directory.ObjectGroup:
		_, err := resource.ParseObject([]byte(f.Data))
		return err
	}
	return errors.New("no facet of this kind belongs to such an object")
}
