package pagekit

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// An endedPage keeps what somebody typed whose session has ended, to be sent
// again.
type endedPage struct {
	SignIn string // the address of the sign-in, which leads back to the page
	Action string
	Fields []Field
}

// signedOut answers who is not signed in: pages lead to the sign-in and back,
// forms come back with what was typed, and a stream ends.
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

// pageOfForm is the page that a form stands on.
func pageOfForm(u *url.URL) string {
	switch u.Path {
	case Root + "/draft/commit":
		return Root + "/draft"
	case Root + "/theme":
		return Root + "/"
	}
	return u.RequestURI()
}

// signInPath is the page to sign in at, which leads back to a page.
func signInPath(back string) string {
	if back == Root+"/" {
		return Root + "/sign-in"
	}
	return Root + "/sign-in?" + url.Values{"back": {back}}.Encode()
}
