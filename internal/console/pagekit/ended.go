package pagekit

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An endedPage has what a person typed whose session has ended, so that it can be sent again.
type endedPage struct {
	SignIn string // the address of the sign-in, which leads back to the page
	Action string
	Fields []Field
}

// signedOut answers a request without a session. A page redirects to the sign-in, which leads
// back; a form returns what was typed; a stream ends.
func (c *Console) signedOut(w http.ResponseWriter, r *http.Request, problem error) error {
	switch {
	case r.URL.Path == Root+"/events":
		w.WriteHeader(http.StatusNoContent)
		return nil
	case r.Method == http.MethodGet:
		http.Redirect(w, r, signInPath(r.URL.RequestURI()), http.StatusSeeOther)
		return nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(w, r.Body, MaxForm)
	if kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		return problem
	}
	page := endedPage{SignIn: signInPath(pageOfForm(r.URL)), Action: r.URL.RequestURI()}
	for name, values := range r.PostForm {
		for _, v := range values {
			page.Fields = append(page.Fields, Field{name, v})
		}
	}
	slices.SortStableFunc(page.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return c.ShowOutside(w, r, http.StatusUnauthorized, "ended", Frame{Title: "Signed out", Data: page})
}

// pageOfForm returns the address of the page that has a form.
func pageOfForm(u *url.URL) string {
	switch u.Path {
	case Root + "/draft/commit":
		return Root + "/draft"
	case Root + "/theme":
		return Root + "/"
	}
	return u.RequestURI()
}

// signInPath returns the address of the sign-in that leads back to a page.
func signInPath(back string) string {
	if back == Root+"/" {
		return Root + "/sign-in"
	}
	return Root + "/sign-in?" + url.Values{"back": {back}}.Encode()
}
