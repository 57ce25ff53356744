package console

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cohort/internal/dialect"
	"cohort/internal/directory"
)

// Dialect is the name of the console in records and callers.
const Dialect = "console"

// Root is where the console is mounted.
const Root = "/ui"

// Config is what the console needs. People, Drafts and the two about edits are
// required.
type Config struct {
	dialect.Kit

	// People says who is signed in.
	People People
	// Drafts keeps the changes that people prepare. DecodeEdits reads the edits of
	// a change as records spell them, and EncodeEdits writes them.
	Drafts Drafts
	// Imports keeps files that are brought in.
	Imports     Imports
	DecodeEdits func([]byte) ([]directory.Edit, error)
	EncodeEdits func([]directory.Edit) ([]byte, error)
	// Lockouts are failed logins that slow others down.
	Lockouts Lockouts
	// SCIM are the clients that feed the directory.
	SCIM SCIM
	// Status says how the server is. Nil says nothing.
	Status func(context.Context) Status
	// Secure says that browsers reach the server through TLS.
	Secure bool
	// Version is the program's.
	Version string
	// PropellerPrefix is what paths of the Propeller dialect begin with.
	PropellerPrefix string
}

// People knows who is signed in.
type People interface {
	// Authenticate finds the session of a cookie. Unknown and ended ones are
	// unauthenticated.
	Authenticate(ctx context.Context, cookie string) (directory.SignIn, error)
	// Look is Authenticate for what a person did not do: it is no use of the
	// session.
	Look(ctx context.Context, cookie string) (directory.SignIn, error)
	// UseLink begins a session by a one-time link.
	UseLink(ctx context.Context, secret, agent string) (cookie string, err error)
	// Providers lists those that people can sign in at.
	Providers() []directory.SignInProvider
	// Begin begins a sign-in at a provider: where to send the browser, and the
	// secret of a cookie that binds the callback to it. Again is who is signed in
	// already and proves itself again, else 0.
	Begin(ctx context.Context, provider, back string, again directory.UserID) (to, cookie string, err error)
	// Finish ends it with what the callback says, and begins a session.
	Finish(ctx context.Context, provider, pending string, callback url.Values,
		agent string) (cookie, back string, err error)
	// SignOut ends the session of a cookie.
	SignOut(ctx context.Context, cookie string) error
	// SignsOut reports whether people who signed in by a method can sign out there,
	// too, and the title of that provider.
	SignsOut(method string) (title string, ok bool)
	// SignOutEverywhere is SignOut, and where to sign out at the provider; empty if
	// nowhere.
	SignOutEverywhere(ctx context.Context, cookie string) (to string, err error)
	// EndFromProvider ends the sessions that a message of a provider is about.
	EndFromProvider(ctx context.Context, provider, token string) error
	// Sessions are those of a user, of everybody if it is 0, the earliest first.
	Sessions(ctx context.Context, user directory.UserID) ([]directory.SignIn, error)
	// End ends one of a user's sessions, and EndAll all of them.
	End(ctx context.Context, user directory.UserID, id int64) error
	EndAll(ctx context.Context, user directory.UserID) (int, error)
	// IsFresh reports whether the person has proved itself just now.
	IsFresh(directory.SignIn) bool
}

// Mounts are the patterns of http.ServeMux that the handler of New serves.
func Mounts() []string { return []string{Root + "/", Root} }

type console struct {
	Config
	pages   *pages
	assets  *assets
	headers http.Header
	found   memory
}

// New returns the handler for everything below /ui.
func New(cfg Config) (http.Handler, error) {
	cfg.Kit = cfg.WithDefaults()
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	c := &console{Config: cfg, assets: assets, headers: securityHeaders(cfg.Secure)}
	if c.pages, err = loadPages(assets.url); err != nil {
		return nil, err
	}
	rt := cfg.Router(c.renderError, false)
	rt.Handle("GET "+Root, func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, Root+"/", http.StatusSeeOther)
		return nil
	})
	rt.Handle("GET "+Root+"/static/{version}/{file}", assets.serve)
	for pattern, handle := range c.signInRoutes() {
		method, path, _ := strings.Cut(pattern, " ")
		rt.Handle(method+" "+Root+path, handle)
	}
	for _, route := range c.routes() {
		rt.Handle(route.method+" "+Root+route.path, c.signedIn(route))
		if route.past {
			rt.Handle(route.method+" "+Root+pastPath+route.path, c.signedIn(route))
		}
	}
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.renderError(w, r, directory.Forbidden("the request comes from another site"))
	}))
	return c.guarded(guard.Handler(rt)), nil
}

// pastPath is what the paths of pages of the past begin with, below Root.
const pastPath = "/at/{past}"

// A route is one page, or one action, for people who are signed in.
type route struct {
	method string
	path   string // below Root
	past   bool   // the page can be turned back in time
	handle func(*request) error
}

// routes is the table of contents.
func (c *console) routes() []route {
	return slices.Concat(c.pageRoutes(), c.editRoutes(), c.accessRoutes())
}

func (c *console) pageRoutes() []route {
	return []route{
		{"GET", "/{$}", true, home},
		{"GET", "/search", true, search},
		{"GET", "/findings", true, findings},
		{"GET", "/why", true, askWhy},
		{"GET", "/users", true, users},
		{"GET", "/users/{id}", true, userValues},
		{"GET", "/users/{id}/groups", true, userGroups},
		{"GET", "/users/{id}/access", true, userAccess},
		{"GET", "/users/{id}/history", true, userHistory},
		{"GET", "/users/{id}/why/{attribute}", true, why},
		{"GET", "/users/{id}/why/{attribute}/timeline", false, timeline},
		{"GET", "/users/{id}/why/{attribute}/what-if", false, whatIf},
		{"POST", "/users/{id}/why/{attribute}/what-if", false, suppose},
		{"GET", "/groups", true, groups},
		{"GET", "/groups/{id}", true, groupValues},
		{"GET", "/groups/{id}/members", true, groupMembers},
		{"GET", "/groups/{id}/nesting", true, groupNesting},
		{"GET", "/groups/{id}/access", true, groupAccess},
		{"GET", "/groups/{id}/history", true, groupHistory},
		{"GET", "/groups/{id}/why/{attribute}", true, why},
		{"GET", "/groups/{id}/why/{attribute}/timeline", false, timeline},
		{"GET", "/groups/{id}/why/{attribute}/what-if", false, whatIf},
		{"POST", "/groups/{id}/why/{attribute}/what-if", false, suppose},
		{"GET", "/attributes", true, attributes},
		{"GET", "/attributes/{attribute}", true, attributeRanks},
		{"GET", "/attributes/{attribute}/holders", true, attributeHolders},
		{"GET", "/attributes/{attribute}/definition", true, attributeDefinition},
		{"GET", "/attributes/{attribute}/history", true, attributeHistory},
		{"GET", "/changes", true, changes},
		{"GET", "/changes/{revision}", true, change},
		{"POST", "/theme", false, setTheme},
		{"GET", "/as-of", false, asOf},
		{"GET", "/events", false, events},
		{"GET", "/compare", true, compare},
		{"GET", "/draft", false, showDraft},
		{"GET", "/draft/files/{copy}", false, draftFile},
		{"GET", "/import", false, imports},
		{"POST", "/import", false, upload},
		{"GET", "/import/{import}", false, imported},
		{"GET", "/tables/{file}", false, importTemplate},
		{"POST", "/import/{import}", false, bringIn},
		{"GET", "/import/{import}/refused.csv", false, refusedRows},
		{"POST", "/draft", false, changeDraft},
		{"POST", "/draft/commit", false, commitDraft},
	}
}

// editRoutes are the actions that put edits into the draft.
func (c *console) editRoutes() []route {
	return []route{
		{"POST", "/users/{id}", false, act(userValues, editUserValue)},
		{"POST", "/groups/{id}", false, act(groupValues, editGroupValue)},
		{"POST", "/attributes/{attribute}", false, act(attributeRanks, editRank)},
		{"POST", "/users", false, act(users, editUsers)},
		{"POST", "/users/{id}/groups", false, act(userGroups, editUserGroups)},
		{"POST", "/users/{id}/access", false, act(userAccess, editUser)},
		{"POST", "/groups", false, act(groups, newGroup)},
		{"POST", "/groups/{id}/members", false, act(groupMembers, editMembers)},
		{"POST", "/groups/{id}/nesting", false, act(groupNesting, editNesting)},
		{"POST", "/groups/{id}/access", false, act(groupAccess, editGroupRoles)},
		{"POST", "/attributes", false, act(attributes, newAttribute)},
		{"POST", "/attributes/{attribute}/definition", false, act(attributeDefinition, editAttribute)},
		{"POST", "/changes/{revision}", false, act(change, revertChange)},
		{"POST", "/findings", false, act(findings, editFindings)},
	}
}

// guarded sets the headers that every reply has.
func (c *console) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), c.headers)
		next.ServeHTTP(w, r)
	})
}

func securityHeaders(secure bool) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}
