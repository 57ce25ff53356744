package cli

import (
	"cmp"
	"fmt"
)

// ServerURL is where the server is that was asked, or would be if it ran.
func (v *Invocation) ServerURL() string { return cmp.Or(v.Server.URL, DefaultURL) }

// A Credential is a client id and a secret, which are shown once.
type Credential struct {
	User     string `json:"user"`
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
}

// ShowCredential writes the two lines that make a shell log in, and the URL where it is
// not the usual one.
func (v *Invocation) ShowCredential(url, clientID, secret string) {
	fmt.Fprintf(v.Stdout, "  export COHORT_CLIENT_ID=%s COHORT_CLIENT_SECRET=%s\n", clientID, secret)
	if url != "" {
		fmt.Fprintf(v.Stdout, "  export COHORT_URL=%s\n", url)
	}
	fmt.Fprintln(v.Stdout)
}
