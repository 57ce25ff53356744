package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
)

// A frame is what stands around every page, and the page itself.
type frame struct {
	Title       string // of the page: the name of the thing
	Section     string // of the rail
	Kind        string // what the thing is, above the title
	Tabs        []tab
	Facts       []fact            // under the title
	Description string            // of the thing
	Path        []part            // above the title: where it is
	Data        any               // of the page
	Calls       []call            // the same by the APIs
	About       *directory.Object // that the page is about; nil if several
	Asks        bool              // the page itself asks why

	// The rest is filled in by show.
	AsOf     bool // whether the page can be turned back in time
	Base     string
	Static   string
	Here     string // the address of this page
	Theme    string // light, dark, or as the system has it
	Me       *person
	Past     *past
	Revision int64
	Live     string // incarnation and revision of what is shown; empty without a live bar
	Search   string
	Version  string
	Notice   *notice
	May      map[string]bool
	Draft    int // entries of the draft
}

// A tab is one of the pages about a thing.
type tab struct {
	Name    string
	Href    string
	Current bool
	Count   string
}

// A fact is a short thing to know, beside the title.
type fact struct {
	Label string
	Parts []part
	Copy  string // a text to copy
}

// A person is who is signed in.
type person struct {
	Name, Href, Method string
	SignsOut           string // the provider to sign out at, too; empty if none
}

// A notice tells what came of the last action.
type notice struct {
	Tone string // positive, warning or danger
	Text string
	Href string
	Link string
}

func (q *request) fill(f *frame) error {
	f.Base, f.Static, f.Here, f.AsOf = q.base(), q.assets.url, q.r.URL.RequestURI(), q.route.past
	f.Theme = themeOf(q.r)
	f.Version = q.Version
	if f.Search == "" {
		f.Search = q.query.Get("q")
	}
	life, rev := q.live.Revision()
	f.Revision = int64(rev)
	f.May = map[string]bool{}
	for _, name := range q.powers.Names() {
		f.May[name] = true
	}
	id := q.caller.User
	me, err := q.live.WholeUser(q.ctx(), id)
	if err != nil {
		return err
	}
	f.Me = &person{Name: userName(&me.UserRows), Href: link(Root, "users", directory.FormatID(id)),
		Method: q.session.Method}
	f.Live = itoa(life) + "-" + itoa(rev)
	f.Me.SignsOut, _ = q.People.SignsOut(q.session.Method)
	if q.past != 0 {
		f.Live = ""
		if f.Past, err = q.pastOf(f.About); err != nil {
			return err
		}
	}
	d, err := q.draft()
	if err != nil {
		return err
	}
	f.Draft = len(d.Entries)
	return nil
}

const themeCookie = "cohort-theme"

// themeOf is the theme that the person has chosen, or empty.
func themeOf(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}

// setTheme remembers a theme and goes back to the page.
func setTheme(q *request) error {
	c := http.Cookie{Name: themeCookie, Path: Root + "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: q.Secure,
		SameSite: http.SameSiteLaxMode}
	switch theme := q.r.PostFormValue("theme"); theme {
	case "light", "dark":
		c.Value = theme
	default:
		c.MaxAge = -1
	}
	http.SetCookie(q.w, &c)
	return q.see(backTo(q.r.PostFormValue("back")))
}

// An errorPage says what went wrong and what to do.
type errorPage struct {
	Status    int
	Title     string
	Text      string
	Advice    string
	RequestID string
}

func (c *console) renderError(w http.ResponseWriter, r *http.Request, err error) {
	if asProof(err) {
		if err = c.askProof(w, r); err == nil {
			return
		}
	}
	page := errorPageOf(err)
	page.RequestID = httpkit.RequestID(r.Context())
	f := frame{Title: page.Title, Data: page, Base: Root, Static: c.assets.url, Theme: themeOf(r),
		Here: r.URL.RequestURI(), Version: c.Version}
	if e, ok := errors.AsType[*directory.Error](err); ok && e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds()+1)))
	}
	part := "layout"
	if r.URL.Query().Get("fragment") != "" {
		part = "main"
	}
	if err := c.pages.write(w, page.Status, "error", part, f); err != nil {
		c.Log.Error("the error page cannot be shown", "error", err.Error())
		http.Error(w, page.Title, page.Status)
	}
}

func errorPageOf(err error) errorPage {
	text := "Something went wrong on the server."
	if e, ok := errors.AsType[*directory.Error](err); ok && e.Kind != directory.KindInternal {
		text = sentence(publicText(e))
	}
	switch directory.KindOf(err) {
	case directory.KindNotFound:
		return errorPage{http.StatusNotFound, "Not found", text,
			"It may have been deleted, or you may not see it. Search for it by name.", ""}
	case directory.KindForbidden:
		return errorPage{http.StatusForbidden, "Not allowed", text,
			"Ask an administrator for a role that has the permission.", ""}
	case directory.KindUnauthenticated:
		return errorPage{http.StatusUnauthorized, "Signed out", text, "Sign in and try again.", ""}
	case directory.KindMalformed:
		return errorPage{http.StatusBadRequest, "Cannot be read", text, "Correct the address or the form.", ""}
	case directory.KindInvalid:
		return errorPage{http.StatusUnprocessableEntity, "Not accepted", text, "Correct the field and try again.", ""}
	case directory.KindConflict, directory.KindStale:
		return errorPage{http.StatusConflict, "In conflict", text, "Reload the page and look at what is there now.", ""}
	case directory.KindProtected:
		return errorPage{http.StatusForbidden, "Protected", text, "It is part of every directory and stays as it is.", ""}
	case directory.KindGone:
		return errorPage{http.StatusGone, "Gone", text, "It was erased or pruned from the history.", ""}
	case directory.KindTooLarge:
		return errorPage{http.StatusRequestEntityTooLarge, "Too large", text, "Send less at once.", ""}
	case directory.KindUnsupportedMedia:
		return errorPage{http.StatusUnsupportedMediaType, "Not understood", text, "Use the form on the page.", ""}
	case directory.KindTooMany:
		return errorPage{http.StatusTooManyRequests, "Too fast", text, "Wait a moment and reload.", ""}
	case directory.KindUnavailable:
		return errorPage{http.StatusServiceUnavailable, "Not now", text, "Reload in a moment.", ""}
	case directory.KindInternal:
	}
	return errorPage{http.StatusInternalServerError, "Our fault", text,
		"Try again; if it stays, tell an administrator the request id.", ""}
}

// objectOf is the object of an id.
func objectOf(id interface{ Object() directory.Object }) *directory.Object {
	o := id.Object()
	return &o
}

// publicText is what people are told of an error. Edits are counted from one.
func publicText(e *directory.Error) string {
	rest, ok := strings.CutPrefix(e.Field, "edits/")
	if !ok {
		return e.Public()
	}
	index, field, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(index)
	if err != nil {
		return e.Public()
	}
	inside := *e
	inside.Field = field
	return "edit " + strconv.Itoa(n+1) + ": " + inside.Public()
}
