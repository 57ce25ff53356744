package operate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"cohort/cmd/cohort/internal/cli"
)

// A HealthCmd asks a server whether it is ready, for places without a shell and curl.
type HealthCmd struct {
	URL string `name:"url" placeholder:"URL" help:"the server to ask, instead of COHORT_URL"`
	For string `enum:"reads,writes" default:"reads" placeholder:"reads|writes" help:"what it must be able to do (default ${default})"`
}

// HealthTime limits how long a server may take to answer.
const HealthTime = 3 * time.Second

// Help returns the details of the command's help.
func (*HealthCmd) Help() string {
	return `Asks /readyz, which needs no credentials. The exit status is 0 if the server is ready, and 1 otherwise: use it as the health check of a container.

Examples:

  cohort health
  cohort health --url http://127.0.0.1:19999 --for writes`
}

// Run asks the server.
func (c *HealthCmd) Run(v *cli.Invocation) error {
	at := cmp.Or(c.URL, v.Env("COHORT_URL"))
	if at == "" {
		if a, err := v.Account(); err == nil || v.Profile != "" {
			if err != nil {
				return err
			}
			at = a.URL
		}
	}
	v.Server = cli.Account{URL: cmp.Or(at, cli.DefaultURL), From: "--url, COHORT_URL or the profile"}
	if err := cli.CheckServerURL(v.Server.URL, "health"); err != nil {
		return err
	}
	url := strings.TrimSuffix(v.Server.URL, "/") + "/readyz"
	if c.For == "writes" {
		url += "?for=writes"
	}
	r, err := http.NewRequestWithContext(v.Context, http.MethodGet, url, nil)
	if err != nil {
		return cli.WrongUsage(err)
	}
	res, err := (&http.Client{Timeout: HealthTime}).Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("read the reply: %w", err)
	}
	text := cli.Plain(strings.TrimSpace(string(body)))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", res.StatusCode, text)
	}
	fmt.Fprintln(v.Stdout, text)
	return nil
}
