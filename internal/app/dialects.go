package app

import (
	"maps"
	"net/http"
	"net/netip"
	"time"

	"cohort/api"
	"cohort/internal/apidocs"
	"cohort/internal/auth"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker"
	"cohort/internal/native"
	"cohort/internal/oauth"
	"cohort/internal/propeller"
	"cohort/internal/record"
	"cohort/internal/scim"
	"cohort/internal/signin"
)

// welcome lists what is served where.
const welcome = `Looker API 4.0   /api/4.0, described at /api/4.0/swagger.json
Propeller        /usergroups, /users, /attributes, described at /docs/propeller.yaml
SCIM             /scim/v2, for identity providers, described at /scim/v2/openapi.yaml
native API       /v1, described at /v1/openapi.yaml
all of them      /docs, as pages
console          /ui/, for people
tokens           /oauth2/token
health           /healthz, /readyz
metrics          /metrics
`

// A limit returns an error if a caller exceeds a rate limit.
type limit func(netip.Addr, directory.Caller) error

// FacetChecks returns the checks of facets by dialect.
func FacetChecks() map[string]func(directory.Facet) error {
	return map[string]func(directory.Facet) error{
		looker.Dialect: looker.CheckFacet, propeller.Dialect: propeller.CheckFacet, signin.Dialect: signin.CheckFacet,
		scim.Dialect:          scim.CheckFacet,
		directory.LintDialect: directory.CheckMuted,
	}
}

// mounts returns the handlers of all dialects by path, and those of one more surface if it is
// not nil.
func (a *App) mounts(more func(dialect.Kit,
	httpkit.Authenticator) map[string]http.Handler) (map[string]http.Handler, error) {
	limit := a.limit()
	handler := a.lookerHandler(limit)
	mounts := map[string]http.Handler{}
	for _, path := range looker.Mounts() {
		mounts[path] = handler
	}
	a.mountPropeller(mounts, limit)
	a.mountNative(mounts, limit)
	a.mountSCIM(mounts, limit)
	if err := mountDocuments(mounts); err != nil {
		return nil, err
	}
	if err := a.mountConsole(mounts, limit); err != nil {
		return nil, err
	}
	if more != nil {
		maps.Copy(mounts, more(a.kit(limit), a.sessions))
	}
	for path, handler := range mounts {
		mounts[path] = a.marked(handler)
	}
	return mounts, nil
}

// gate returns the gate that admits requests of the dialects.
func (a *App) gate(limit limit) httpkit.Gate {
	return httpkit.Gate{Limit: limit, ClientAddr: a.clientAddr, Await: a.core.Await, Limits: a.hall}
}

// kit returns what every dialect is built on.
func (a *App) kit(limit limit) dialect.Kit {
	return dialect.Kit{
		Gate: a.gate(limit), Directory: a.views.As, Log: a.log, Now: time.Now,
		BaseURL: a.settings.PublicURL, Language: directory.Language(a.settings.Language), Observe: a.metrics.Observe,
	}
}

func (a *App) lookerHandler(limit limit) http.Handler {
	return looker.New(looker.Config{
		Kit:      a.kit(limit),
		Sessions: a.sessions,
		Swagger:  []byte(api.LookerSwagger()),
		OpenAPI:  []byte(api.LookerJSON()),
	})
}

// mountPropeller adds the Propeller dialect, and the token endpoint, which others use, too.
func (a *App) mountPropeller(mounts map[string]http.Handler, limit limit) {
	prefix := a.settings.PropellerPrefix
	handler := propeller.New(propeller.Config{
		Kit:      a.kit(limit),
		Sessions: a.sessions,
		Prefix:   prefix,
		DocsURL:  a.settings.PropellerDocsURL,
		OpenAPI:  []byte(api.Propeller()),
	})
	for _, path := range propeller.Mounts(prefix) {
		mounts[path] = handler
	}
	tokens := oauth.New(oauth.Config{
		Sessions: a.sessions, Log: a.log, Now: time.Now, Prefixes: []string{prefix},
		Gate: a.gate(limit), Observe: a.metrics.Observe,
	})
	for _, path := range oauth.Mounts(prefix) {
		mounts[path] = tokens
	}
}

// mountNative adds our own API.
func (a *App) mountNative(mounts map[string]http.Handler, limit limit) {
	var people native.People
	if a.hasConsole() {
		people = a.people
	}
	handler := a.nativeHandler(a.kit(limit), people, a.sessions)
	for _, path := range native.Mounts() {
		mounts[path] = handler
	}
}

// mountSCIM adds the API of identity providers.
func (a *App) mountSCIM(mounts map[string]http.Handler, limit limit) {
	handler := scim.New(scim.Config{
		Kit: a.kit(limit), Sessions: a.sessions, Clients: a.clients, ParseToken: auth.ParseSCIMToken, Key: a.cursors,
		OpenAPI: []byte(api.SCIM()), OpenAPIJSON: []byte(api.SCIMJSON()),
	})
	for _, path := range scim.Mounts() {
		mounts[path] = handler
	}
}

func (a *App) nativeHandler(kit dialect.Kit, people native.People, sessions native.Sessions) http.Handler {
	return native.New(native.Config{
		Kit:         kit,
		People:      people,
		SCIM:        a.clients,
		Sessions:    sessions,
		EncodeEdits: record.EncodeEdits,
		Imports:     a.imports,
		Key:         a.cursors,
		OpenAPI:     []byte(api.Native()),
		OpenAPI30:   []byte(api.Native30()),
	})
}

// mountDocuments adds the pages with the API documents.
func mountDocuments(mounts map[string]http.Handler) error {
	pages, err := apidocs.New([]apidocs.Document{
		{Name: "native", Title: "Cohort API",
			About: "Our own API: values with their reasons, atomic changes, previews, history.", Source: "/v1/openapi.yaml",
			Text: api.Native()},
		{Name: "looker", Title: "Looker API 4.0",
			About:  "Users, groups, user attributes and roles, for SDKs, scripts and Terraform providers.",
			Source: "/api/4.0/swagger.json", Text: api.Looker()},
		{Name: "propeller", Title: "Propeller",
			About:  "Usergroups, users, attributes, addresses and prices, for ERP and commerce integrations.",
			Source: "/docs/propeller.yaml", Text: api.Propeller()},
		{Name: "scim", Title: "SCIM 2.0",
			About:  "Users and groups, for identity providers such as Okta and Microsoft Entra.",
			Source: "/scim/v2/openapi.yaml", Text: api.SCIM()},
	})
	if err != nil {
		return err
	}
	for _, path := range apidocs.Mounts() {
		mounts[path] = pages
	}
	return nil
}

// clientAddr returns where a request comes from, according to trusted proxies.
func (a *App) clientAddr(r *http.Request) netip.Addr {
	proxies, forwarded := auth.Proxies(a.settings.TrustedProxies), r.Header.Values("X-Forwarded-For")
	client := proxies.Client(r.RemoteAddr, forwarded)
	if at, err := netip.ParseAddrPort(r.RemoteAddr); len(forwarded) > 0 && err == nil && !proxies.Has(at.Addr().Unmap()) {
		a.untrusted.Do(func() {
			a.log.Warn("X-Forwarded-For comes from an address that is not among the trusted proxies: all clients behind it "+
				"count as one",
				"event", "untrusted_proxy", "address", at.Addr().Unmap().String(), "setting", "trusted-proxies")
		})
	}
	return client
}
