package cli

import (
	"cmp"
	"fmt"
)

// ServerURL is the URL of the server that was asked, or else the default one.
func (v *Invocation) ServerURL() string { return cmp.Or(v.Server.URL, DefaultURL) }

// A Credential is a new client id and secret. They are shown once.
type Credential struct {
	User     string `json:"user"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
}

// ShowCredential writes the lines that make a shell use a credential, and the URL if one is
// given.
func (v *Invocation) ShowCredential(url, clientID, secret string) {
	fmt.Fprintf(v.Stdout, "  export COHORT_CLIENT_ID=%s COHORT_CLIENT_SECRET=%s\n", clientID, secret)
	if url != "" {
		fmt.Fprintf(v.Stdout, "  export COHORT_URL=%s\n", url)
	}
	fmt.Fprintln(v.Stdout)
}
