package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A healthCmd asks a server how it is, where there is no shell and no curl.
type healthCmd struct {
	URL string `name:"url" placeholder:"URL" help:"the server to ask, instead of COHORT_URL"`
	For string `enum:"reads,writes" default:"reads" placeholder:"reads|writes" help:"what it must be able to do (default ${default})"`
}

// healthTime bounds how long a server may take to say how it is.
const healthTime = 3 * time.Second

// Help returns the details of the command's help.
func (*healthCmd) Help() string {
	return `Asks /readyz, which needs no credentials. The exit status is 0 if the server is ready, and 1 otherwise: use it as the health check of a container.

Examples:

  cohort health
  cohort health --url http://127.0.0.1:19999 --for writes`
}

// Run asks.
func (c *healthCmd) Run(v *invocation) error {
	at := cmp.Or(c.URL, v.env("COHORT_URL"))
	if at == "" {
		if a, err := v.account(); err == nil || v.profile != "" {
			if err != nil {
				return err
			}
			at = a.URL
		}
	}
	v.server = account{URL: cmp.Or(at, defaultURL), from: "--url, COHORT_URL or the profile"}
	if err := checkServerURL(v.server.URL, "health"); err != nil {
		return err
	}
	url := strings.TrimSuffix(v.server.URL, "/") + "/readyz"
	if c.For == "writes" {
		url += "?for=writes"
	}
	r, err := http.NewRequestWithContext(v.ctx, http.MethodGet, url, nil)
	if err != nil {
		return usageError{err}
	}
	res, err := (&http.Client{Timeout: healthTime}).Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("read the reply: %w", err)
	}
	text := plain(strings.TrimSpace(string(body)))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", res.StatusCode, text)
	}
	fmt.Fprintln(v.out, text)
	return nil
}
