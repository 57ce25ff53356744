package signin

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// pages are the pages for people who are not signed in yet.
type pages struct{ *pagekit.Console }

// Routes returns the patterns of these pages, and what serves them.
func Routes(console *pagekit.Console) map[string]httpkit.Handler {
	c := pages{console}
	return map[string]httpkit.Handler{
		"GET " + pagekit.Root + "/sign-in":   c.signIn,
		"GET " + pagekit.Root + "/link":      c.linkPage,
		"POST " + pagekit.Root + "/link":     c.useLink,
		"POST " + pagekit.Root + "/sign-out": c.signOut,

		"GET " + pagekit.Root + "/login/{provider}":              c.login,
		"GET " + pagekit.Root + "/login/{provider}/callback":     c.callback,
		"POST " + pagekit.Root + "/login/{provider}/backchannel": c.backChannel,
	}
}

// A signInPage offers the ways to sign in.
type signInPage struct {
	Off       string // why signing in is off; empty if it is on
	Providers []pagekit.ProviderLink
	Links     bool
	Back      string
	Failed    string
}

func (c pages) signIn(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Enter(r); err != nil {
		return err
	}
	page := signInPage{Off: c.off(r), Links: true, Back: pagekit.BackTo(r.URL.Query().Get("back"))}
	for _, p := range c.People.Providers() {
		page.Providers = append(page.Providers, pagekit.ProviderLink{
			Title: p.Title,
			Href:  pagekit.Link(pagekit.Root, "login", p.Name) + "?" + url.Values{"back": {page.Back}}.Encode(),
		})
	}
	if page.Off == "" {
		if _, err := c.Session(r); err == nil {
			http.Redirect(w, r, page.Back, http.StatusSeeOther)
			return nil
		}
	}
	return c.ShowOutside(w, r, http.StatusOK, "sign_in", pagekit.Frame{Title: "Sign in", Data: page})
}

// linkPage is the page of a one-time link. The secret is in the fragment, which browsers do
// not send. A click sends it, so that programs that fetch links do not use them up.
func (c pages) linkPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Enter(r); err != nil {
		return err
	}
	return c.ShowOutside(w, r, http.StatusOK, "link",
		pagekit.Frame{Title: "Sign in", Data: signInPage{Off: c.off(r), Back: pagekit.BackTo(r.URL.Query().Get("back"))}})
}

func (c pages) useLink(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Enter(r); err != nil {
		return err
	}
	if why := c.off(r); why != "" {
		return directory.Forbidden("%s", why)
	}
	r.Body = http.MaxBytesReader(w, r.Body, pagekit.MaxForm)
	secret := strings.TrimSpace(r.PostFormValue("secret"))
	if i := strings.LastIndexByte(secret, '#'); i >= 0 {
		secret = secret[i+1:]
	}
	cookie, err := c.People.UseLink(r.Context(), secret, r.UserAgent())
	if directory.KindOf(err) == directory.KindUnauthenticated {
		page := signInPage{Failed: pagekit.NewErrorPage(err).Text, Back: pagekit.BackTo(r.PostFormValue("back"))}
		return c.ShowOutside(w, r, http.StatusUnauthorized, "link", pagekit.Frame{Title: "Sign in", Data: page})
	}
	if err != nil {
		return err
	}
	if err := c.endSession(r); err != nil {
		return err
	}
	c.setSession(w, cookie)
	http.Redirect(w, r, pagekit.BackTo(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}

// setSession sets the cookie of a session. The cookie has no expiry: the browser drops it when
// it closes, and the server ends the session.
func (c pages) setSession(w http.ResponseWriter, secret string) {
	http.SetCookie(w, &http.Cookie{
		Name: pagekit.CookieName(c.Secure), Value: secret, Path: "/", HttpOnly: true, Secure: c.Secure,
		SameSite: http.SameSiteLaxMode,
	})
}

// endSession ends the session of the browser.
func (c pages) endSession(r *http.Request) error {
	cookie, err := r.Cookie(pagekit.CookieName(c.Secure))
	if err != nil {
		return nil //nolint:nilerr // there is none
	}
	return c.People.SignOut(r.Context(), cookie.Value)
}

func (c pages) signOut(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, pagekit.MaxForm)
	title, to, err := c.leave(r, r.PostFormValue("everywhere") != "")
	if err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{
		Name: pagekit.CookieName(c.Secure), Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.Secure,
		SameSite: http.SameSiteLaxMode,
	})
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if to == "" {
		http.Redirect(w, r, pagekit.Root+"/sign-in", http.StatusSeeOther)
		return nil
	}
	// The policy form-action of the page with the button would block a redirect.
	w.Header().Set("Refresh", "0; url="+to)
	return c.ShowOutside(w, r, http.StatusOK, "signed_out", pagekit.Frame{Title: "Signed out",
		Data: pagekit.ProviderLink{Title: title, Href: to}})
}

// leave ends the session of the browser. With everywhere it also returns where to sign out at
// the provider.
func (c pages) leave(r *http.Request, everywhere bool) (title, to string, err error) {
	cookie, err := r.Cookie(pagekit.CookieName(c.Secure))
	if err != nil || !everywhere {
		return "", "", c.endSession(r)
	}
	if session, err := c.Session(r); err == nil {
		title, _ = c.People.SignsOut(session.Method)
	}
	to, err = c.People.SignOutEverywhere(r.Context(), cookie.Value)
	return title, to, err
}

const maxLogout = 20 << 10 // bytes of a logout message

// backChannel accepts the message of a provider that somebody has signed out there.
func (c pages) backChannel(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Enter(r); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxLogout)
	err := c.People.EndFromProvider(r.Context(), r.PathValue("provider"), r.PostFormValue("logout_token"))
	if directory.KindOf(err) == directory.KindMalformed {
		c.Log.Warn("a message that somebody has signed out was not accepted", "provider", r.PathValue("provider"), "error",
			errors.Unwrap(err))
		w.WriteHeader(http.StatusBadRequest)
		return nil
	}
	return err
}

// pendingCookie binds the callback of a provider to the browser.
func (c pages) pendingCookie(secret string, age int) *http.Cookie {
	return &http.Cookie{
		Name: pagekit.CookieName(c.Secure) + "-login", Value: secret, Path: "/", MaxAge: age, HttpOnly: true,
		Secure:   c.Secure,
		SameSite: http.SameSiteLaxMode,
	}
}

const pendingAge = 600 // seconds

// login sends the browser to a provider, after a click on the sign-in page.
func (c pages) login(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Enter(r); err != nil {
		return err
	}
	if why := c.off(r); why != "" {
		return directory.Forbidden("%s", why)
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return directory.Forbidden("a sign-in begins on its page")
	}
	var again directory.UserID
	if session, err := c.Session(r); err == nil && r.URL.Query().Get("again") != "" {
		again = session.User
	}
	to, cookie, err := c.People.Begin(r.Context(), r.PathValue("provider"), pagekit.BackTo(r.URL.Query().Get("back")),
		again)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.pendingCookie(cookie, pendingAge))
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

const maxCallback = 8 << 10 // bytes of the query of a callback

// callback finishes a sign-in when the provider sends the browser back.
func (c pages) callback(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Enter(r); err != nil {
		return err
	}
	if len(r.URL.RawQuery) > maxCallback {
		return directory.TooLong("query", "has %d bytes; the most is %d", len(r.URL.RawQuery), maxCallback)
	}
	pending := ""
	if cookie, err := r.Cookie(c.pendingCookie("", 0).Name); err == nil {
		pending = cookie.Value
	}
	http.SetCookie(w, c.pendingCookie("", -1))
	session, back, err := c.People.Finish(r.Context(), r.PathValue("provider"), pending, r.URL.Query(), r.UserAgent())
	if err != nil {
		return err
	}
	if err := c.endSession(r); err != nil {
		return err
	}
	c.setSession(w, session)
	http.Redirect(w, r, pagekit.BackTo(back), http.StatusSeeOther)
	return nil
}

// off says why nobody can sign in over this connection; empty if people can. Without TLS
// others could read the cookie, except on the machine itself.
func (c pages) off(r *http.Request) string {
	if c.Secure || loopback(r) {
		return ""
	}
	return "Signing in needs TLS: this server is reached over plain http from another machine. " +
		"Start it with --tls-cert and --tls-key, or put a proxy in front of it and set its address with " +
		"--public-url=https://…"
}

// loopback reports whether a request comes from this machine, to a name of this machine.
func loopback(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	to, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && to.Unmap().IsLoopback()
}
