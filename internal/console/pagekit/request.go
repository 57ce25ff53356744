package pagekit

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
	"cohort/internal/console/sentence"
	"cohort/internal/dialect"
	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/view"
)

// A Request is one request of a person who is signed in.
type Request struct {
	*Console
	W       http.ResponseWriter
	R       *http.Request
	Query   url.Values
	Call    *dialect.Call
	Live    *view.View // the present
	Dir     *view.View // the present or the past, as the page shows it
	Route   Route
	Session directory.SignIn
	Caller  directory.Caller
	Names   *sentence.Names
	Past    directory.Revision // the revision that the page shows; 0 is the present
	Powers  directory.Permissions
	Problem error        // what is wrong with the form
	drafted *draft.Draft // nil until it is loaded
}

// Context returns the context of the request.
func (q *Request) Context() context.Context { return q.R.Context() }

// signedIn serves a route to people who are signed in, and leads others to the sign-in.
func (c *Console) signedIn(route Route) httpkit.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := c.request(w, r)
		if q != nil {
			defer q.Call.Close()
		}
		switch {
		case directory.KindOf(err) == directory.KindUnauthenticated:
			return c.signedOut(w, r, err)
		case err != nil:
			return err
		}
		q.Route = route
		return route.Handle(q)
	}
}

// request begins a request of a person who is signed in. The caller closes a request that is
// returned with an error, too.
func (c *Console) request(w http.ResponseWriter, r *http.Request) (*Request, error) {
	q := &Request{Console: c, R: r, Query: r.URL.Query()}
	var err error
	q.Call, err = c.Admit(w, r, Dialect, func(r *http.Request) (directory.Caller, string, error) {
		var err error
		q.Session, err = c.Session(r)
		return directory.Caller{User: q.Session.User, StaleSignIn: !c.People.IsFresh(q.Session)}, "", err
	})
	if err != nil {
		return nil, err
	}
	q.W, q.Caller, q.Live = q.Call.W, q.Call.Caller, q.Call.Dir
	q.Dir = q.Live
	q.Names = sentence.NewNames(r.Context(), q.Live, q.To, q.Language)
	if _, err = q.Draft(); err != nil { // before other reads, because a request never holds two connections
		return q, err
	}
	q.Call.Dir.Hold()
	if q.Powers, err = q.Live.Permissions(r.Context()); err != nil {
		return q, err
	}
	return q, q.readPast()
}

// readPast makes a page of the past read the directory of that time.
func (q *Request) readPast() error {
	text := q.R.PathValue("past")
	if text == "" {
		return nil
	}
	rev, err := strconv.ParseInt(text, 10, 64)
	if err != nil || rev < 1 {
		return &httpkit.RouteError{Status: http.StatusNotFound}
	}
	then, err := q.Live.At(q.Context(), directory.Point{Revision: directory.Revision(rev)})
	q.Past, q.Dir = directory.Revision(rev), then
	q.Names = sentence.NewNames(q.Context(), then, q.To, q.Language)
	return err
}

// CookieName returns the name of the session cookie. Browsers refuse the prefix without TLS,
// which only loopback may lack.
func CookieName(secure bool) string {
	if secure {
		return "__Host-cohort"
	}
	return "cohort-dev"
}

// Session returns the session of the cookie of a request.
func (c *Console) Session(r *http.Request) (directory.SignIn, error) {
	cookie, err := r.Cookie(CookieName(c.Secure))
	if err != nil {
		return directory.SignIn{}, &directory.Error{Kind: directory.KindUnauthenticated, Msg: "nobody is signed in", Err: err}
	}
	return c.People.Authenticate(r.Context(), cookie.Value)
}

// May reports whether the person has a permission.
func (q *Request) May(p directory.Permission) bool { return q.Powers.Has(p) }

// MayChange reports whether the person has a permission, and the page shows the present: the
// past is read-only.
func (q *Request) MayChange(p directory.Permission) bool { return q.Past == 0 && q.Powers.Has(p) }

// PageTime returns the time that the page shows.
func (q *Request) PageTime() directory.Instant {
	if at, err := q.Dir.Now(q.Context()); err == nil {
		return at
	}
	return directory.InstantOf(q.Now())
}

// Base returns the prefix of addresses, so that links of a page of the past stay in the past.
func (q *Request) Base() string {
	if q.Past != 0 {
		return Root + "/at/" + strconv.FormatInt(int64(q.Past), 10)
	}
	return Root
}

// To returns the address of a page, at the time that the current page shows. It escapes the
// parts.
func (q *Request) To(parts ...string) string { return Link(q.Base(), parts...) }

// Link returns the address of a page below a base. It escapes the parts.
func Link(base string, parts ...string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}

// With returns the address of this page with other parameters; an empty value removes a
// parameter.
func (q *Request) With(pairs ...string) string {
	v := url.Values{}
	maps.Copy(v, q.Query)
	v.Del("fragment")
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return q.R.URL.EscapedPath()
	}
	return q.R.URL.EscapedPath() + "?" + v.Encode()
}

// Redirect answers a form with a redirect to the next page.
func (q *Request) Redirect(path string) error {
	http.Redirect(q.W, q.R, path, http.StatusSeeOther)
	return nil
}

// Show answers with a page, or with the requested fragment of it.
func (q *Request) Show(page string, f Frame) error {
	if q.Problem != nil {
		return q.ShowAs(NewErrorPage(q.Problem).Status, page, f)
	}
	return q.ShowAs(http.StatusOK, page, f)
}

// ShowAs is Show with a status.
func (q *Request) ShowAs(status int, page string, f Frame) error {
	part := "layout"
	if fragment := q.Query.Get("fragment"); fragment != "" {
		part = "fragment-" + fragment
	}
	if err := q.fill(&f); err != nil {
		return err
	}
	return q.pages.write(q.W, status, page, part, f)
}

// errNoFragment says that a page does not have a fragment.
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

// PathUserID returns the user id in the path.
func (q *Request) PathUserID() (directory.UserID, error) {
	return directory.ParseID[directory.UserID]("user", q.R.PathValue("id"))
}

// PathGroupID returns the group id in the path.
func (q *Request) PathGroupID() (directory.GroupID, error) {
	return directory.ParseID[directory.GroupID]("group", q.R.PathValue("id"))
}

// Needs refuses the request if the person lacks a permission.
func (q *Request) Needs(p directory.Permission) error {
	if q.May(p) {
		return nil
	}
	return directory.Forbidden("the permission %s is needed", p)
}

// Through returns the request with another directory to read from.
func (q *Request) Through(dir *view.View) *Request {
	other := *q
	other.Dir = dir
	other.Names = sentence.NewNames(q.Context(), dir, other.To, q.Language)
	return &other
}
