package console

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cohort/internal/console/draft"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/history"
	"cohort/internal/httpkit"
)

// A request is one request of a person who is signed in, on its way to a page.
type request struct {
	*console
	w        http.ResponseWriter
	r        *http.Request
	query    url.Values
	call     *dialect.Call
	live     Directory // the present
	dir      Directory // what the page is about: the present, or the past
	route    route
	session  directory.SignIn
	caller   directory.Caller
	names    *names
	past     directory.Revision // the revision that the page is about; 0 is now
	powers   directory.Permissions
	drafted  *draft.Draft // once it was loaded
	problem  error        // with what was typed
	sentFile string       // that was uploaded
}

func (q *request) ctx() context.Context { return q.r.Context() }

// signedIn serves a page to people who are signed in, and leads others to the
// sign-in.
func (c *console) signedIn(route route) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := c.request(w, r)
		if q != nil {
			defer q.call.Close()
		}
		switch {
		case directory.KindOf(err) == directory.KindUnauthenticated:
			return c.signedOut(w, r, err)
		case err != nil:
			return err
		}
		q.route = route
		return route.handle(q)
	}
}

// request begins a request of somebody who is signed in. What it returns beside
// an error still has to be closed.
func (c *console) request(w http.ResponseWriter, r *http.Request) (*request, error) {
	q := &request{console: c, r: r, query: r.URL.Query()}
	var err error
	q.call, err = c.Admit(w, r, Dialect, func(r *http.Request) (directory.Caller, string, error) {
		var err error
		q.session, err = c.session(r)
		return directory.Caller{User: q.session.User}, "", err
	})
	if err != nil {
		return nil, err
	}
	q.w, q.caller, q.live = q.call.W, q.call.Caller, proving{q.call.Dir, q, history.Change}
	q.dir, q.names = q.live, &names{q: q}
	if _, err = q.draft(); err != nil { // before anything is read: a request never holds two connections
		return q, err
	}
	q.call.Dir.Hold()
	if q.powers, err = q.live.Permissions(r.Context()); err != nil {
		return q, err
	}
	return q, q.readPast()
}

// readPast has a page of the past read from there.
func (q *request) readPast() error {
	text := q.r.PathValue("past")
	if text == "" {
		return nil
	}
	rev, err := strconv.ParseInt(text, 10, 64)
	if err != nil || rev < 1 {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	then, err := q.live.At(q.ctx(), directory.Point{Revision: directory.Revision(rev)})
	q.past, q.dir = directory.Revision(rev), then
	return err
}

// CookieName is the cookie of a session; without TLS, which only loopback may
// do without, browsers refuse the prefix.
func CookieName(secure bool) string {
	if secure {
		return "__Host-cohort"
	}
	return "cohort-dev"
}

func (c *console) session(r *http.Request) (directory.SignIn, error) {
	cookie, err := r.Cookie(CookieName(c.Secure))
	if err != nil {
		return directory.SignIn{}, &directory.Error{Kind: directory.KindUnauthenticated, Msg: "nobody is signed in", Err: err}
	}
	return c.People.Authenticate(r.Context(), cookie.Value)
}

// may reports whether the person has a permission.
func (q *request) may(p directory.Permission) bool { return q.powers.Has(p) }

// mayChange reports whether the person has a permission to change something,
// here and now: the past is read only.
func (q *request) mayChange(p directory.Permission) bool { return q.past == 0 && q.powers.Has(p) }

// now is the time that the page is about.
func (q *request) now() directory.Instant {
	if at, err := q.dir.Now(q.ctx()); err == nil {
		return at
	}
	return directory.InstantOf(q.Now())
}

// base is what addresses of pages begin with: those of the past stay there.
func (q *request) base() string {
	if q.past != 0 {
		return Root + "/at/" + strconv.FormatInt(int64(q.past), 10)
	}
	return Root
}

// to is the address of a page, at the time that the current page shows. Parts are
// escaped.
func (q *request) to(parts ...string) string { return link(q.base(), parts...) }

func link(base string, parts ...string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}

// with is the address of this page with other parameters; an empty value takes
// a parameter away.
func (q *request) with(pairs ...string) string {
	v := url.Values{}
	maps.Copy(v, q.query)
	v.Del("fragment")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return q.r.URL.EscapedPath()
	}
	return q.r.URL.EscapedPath() + "?" + v.Encode()
}

// see answers a POST with the page to look at next.
func (q *request) see(path string) error {
	http.Redirect(q.w, q.r, path, http.StatusSeeOther)
	return nil
}

// show answers with a page, or the fragment of it that was asked for.
func (q *request) show(page string, f frame) error {
	if q.problem != nil {
		return q.showAs(errorPageOf(q.problem).Status, page, f)
	}
	return q.showAs(http.StatusOK, page, f)
}

func (q *request) showAs(status int, page string, f frame) error {
	part := "layout"
	if fragment := q.query.Get("fragment"); fragment != "" {
		part = "fragment-" + fragment
	}
	if err := q.fill(&f); err != nil {
		return err
	}
	return q.pages.write(q.w, status, page, part, f)
}

// asError is the public part of an error.
func asError(err error) (*directory.Error, bool) { return errors.AsType[*directory.Error](err) }

// errNoFragment is for a fragment that a page does not have.
var errNoFragment = errors.New("there is no such fragment")

func (p *pages) write(w http.ResponseWriter, status int, page, part string, data any) error {
	t := p.byName[page].Lookup(part)
	if t == nil {
		return &directory.Error{Kind: directory.KindNotFound, Msg: "there is nothing at this path", Err: errNoFragment}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return err
	}
	httpkit.WriteBody(w, status, "text/html; charset=utf-8", b.Bytes())
	return nil
}
