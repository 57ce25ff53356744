package main

import "cohort/internal/config"

// A serveCmd serves the directory.
type serveCmd struct {
	config.Config
}

// Help is the rest of the command's help.
func (*serveCmd) Help() string {
	return `A new data directory gets one administrator with API credentials: those in COHORT_CLIENT_ID and COHORT_CLIENT_SECRET if both are set, else a pair that is made and printed once.

When the server is ready it prints "listening on ADDR". SIGTERM makes it finish the requests under way and exit.

Examples:

  cohort serve
  cohort serve --addr 127.0.0.1:0 --data /var/lib/cohort
  COHORT_CLIENT_ID=id COHORT_CLIENT_SECRET=secret cohort serve --config /etc/cohort.toml`
}

// Run serves until the context of the invocation is done.
func (c *serveCmd) Run(v *invocation) error {
	_, _, err := v.settings()
	return err
}
