package pagekit

import (
	"net/http"
	"strings"
)

// A ProviderLink is a link that begins the sign-in at a provider.
type ProviderLink struct{ Title, Href string }

// ShowOutside answers with a page for people who are not signed in.
func (c *Console) ShowOutside(w http.ResponseWriter, r *http.Request, status int, page string, f Frame) error {
	f.Base, f.Static, f.Theme, f.Here, f.Version = Root, c.assets.url, themeOf(r), r.URL.RequestURI(), c.Version
	return c.pages.write(w, status, page, "layout", f)
}

// BackTo returns a path if it is a page of the console, else the home page.
func BackTo(path string) string {
	bad := func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }
	if !strings.HasPrefix(path, Root+"/") || strings.Contains(path, "//") || strings.ContainsFunc(path, bad) ||
		len(path) > 2000 {
		return Root + "/"
	}
	return path
}
