package pagekit

import (
	"net/http"
	"net/url"
	"strings"
)

// A proofPage asks a person to sign in again.
type proofPage struct {
	Providers []ProviderLink
	Link      string // where to enter a link; empty if a link is no proof
}

// askProof answers a refused change with the ways to sign in again.
func (c *Console) askProof(w http.ResponseWriter, r *http.Request) error {
	back := strings.TrimSuffix(r.URL.EscapedPath(), "/commit")
	page := proofPage{}
	for _, p := range c.People.Providers() {
		query := url.Values{"back": {back}, "again": {"1"}}
		page.Providers = append(page.Providers, ProviderLink{p.Title, Link(Root, "login", p.Name) + "?" + query.Encode()})
	}
	if len(page.Providers) == 0 {
		page.Link = Root + "/link?" + url.Values{"back": {back}}.Encode()
	}
	return c.ShowOutside(w, r, http.StatusForbidden, "proof", Frame{Title: "Sign in again", Data: page})
}
