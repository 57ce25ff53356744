package native

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/intake"
	"cohort/internal/native/cache"
)

// Dialect is the name of this wire format in records and callers.
const Dialect = "native"

// Config configures the dialect. Sessions, EncodeEdits and Imports are required.
type Config struct {
	dialect.Kit

	Sessions Sessions
	// EncodeEdits encodes edits as change records do: {"version":…,"edits":[…]}.
	EncodeEdits func([]directory.Edit) ([]byte, error)
	// People signs people in to the console. Nil if there is no console.
	People People
	// SCIM manages identity providers. Nil if there is no SCIM.
	SCIM SCIMClients
	// Imports stores uploaded files. Required.
	Imports *intake.Service
	// Key authenticates cursors and must be secret. If it is empty, a random key is chosen and
	// cursors end with the process.
	Key []byte
	// OpenAPI describes this API. It may be absent.
	OpenAPI []byte
	// OpenAPI30 is the same description in OpenAPI 3.0, as JSON. It may be absent.
	OpenAPI30 []byte
	// Heartbeat is the longest silence of a stream. The default is 15 s.
	Heartbeat time.Duration
}

// Mounts returns the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{"/v1/"} }

type api struct {
	Config
	identify  httpkit.Identify
	questions cache.Questions
	documents *cache.Documents
	pages     sync.Pool // of *page
}

// New returns the handler for everything below /v1.
func New(cfg Config) http.Handler {
	cfg.Kit = cfg.WithDefaults()
	if len(cfg.Key) == 0 {
		cfg.Key = []byte(rand.Text())
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	missing := &directory.Error{Kind: directory.KindUnauthenticated, Msg: "a bearer token is needed"}
	a := &api{Config: cfg, identify: httpkit.ByToken(cfg.Sessions, missing), documents: cache.NewDocuments()}
	rt := cfg.Router(a.renderProblem, false)
	known := parameters()
	for _, route := range a.routes() {
		rt.Handle(route.pattern, a.authenticated(strings.Fields(known[route.pattern]), route.handle))
	}
	rt.Handle("GET /v1/problems/{name}", problemPage)
	rt.Handle("GET /v1/openapi.yaml", a.openAPI)
	rt.Handle("GET /v1/openapi-3.0.json", a.openAPI30)
	return rt
}

func (a *api) openAPI(w http.ResponseWriter, _ *http.Request) error {
	if len(a.OpenAPI) == 0 {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	httpkit.WriteBody(w, http.StatusOK, "application/yaml", a.OpenAPI)
	return nil
}

func (a *api) openAPI30(w http.ResponseWriter, _ *http.Request) error {
	if len(a.OpenAPI30) == 0 {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	httpkit.WriteBody(w, http.StatusOK, "application/json", a.OpenAPI30)
	return nil
}
