package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cohort/internal/config"
	"cohort/internal/server"
)

// A serveCmd serves the directory.
type serveCmd struct {
	config.Config
	Ephemeral bool   `help:"keep everything in memory, and nothing afterwards; the credentials are printed as one line of JSON"`
	Seed      string `placeholder:"FILE" help:"edits in JSON that a new directory begins with"`
}

// Help is the rest of the command's help.
func (*serveCmd) Help() string {
	return `A new data directory gets one administrator with API credentials: those in COHORT_CLIENT_ID and COHORT_CLIENT_SECRET if both are set, else a pair that is made and printed once.

When the server is ready it prints "listening on ADDR". SIGTERM makes it finish the requests under way and exit.

Examples:

  cohort serve
  cohort serve --addr 127.0.0.1:0 --data /var/lib/cohort
  cohort serve --ephemeral --seed testdata/company.json
  COHORT_CLIENT_ID=id COHORT_CLIENT_SECRET=secret cohort serve --config /etc/cohort.toml`
}

// Run serves until the context of the invocation is done.
func (c *serveCmd) Run(v *invocation) (err error) {
	settings, _, err := v.settings()
	if err != nil {
		return err
	}
	// A commit of unknown outcome ends the process, which then reads anew what
	// is on disk.
	ctx, end := context.WithCancelCause(v.ctx)
	defer end(nil)
	in, err := c.open(ctx, v, settings, end)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	made, err := c.plant(ctx, in)
	if err != nil {
		return err
	}
	s, err := in.listen(ctx)
	if err != nil {
		return err
	}
	if c.Ephemeral {
		err = v.announce(in, s, made)
	} else {
		v.greet(in, made)
		v.guide(settings, s)
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	var beside sync.WaitGroup
	beside.Go(func() { in.sweep(ctx) })
	beside.Go(func() { in.checkPages(ctx, end) })
	err = s.Serve(ctx)
	end(nil)
	beside.Wait()
	if cause := context.Cause(ctx); v.ctx.Err() == nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	in.log.Info("stopped", "revision", int64(in.core.Head().Revision))
	return err
}

// greet tells what was made for a new directory.
func (v *invocation) greet(in *instance, made []madeCredential) {
	if in.keyFile != "" {
		fmt.Fprintf(v.out, "Made the key file %s. Hidden values cannot be read without it:\nkeep a copy, and not beside the backups.\n\n", in.keyFile)
	}
	switch {
	case in.first == nil:
	case in.settings.ClientID != "":
		fmt.Fprintf(v.out, "Made a new directory in %s. Its administrator logs in with\nCOHORT_CLIENT_ID and COHORT_CLIENT_SECRET.\n\n", place(in.settings))
	default:
		fmt.Fprintf(v.out, "Made a new directory in %s. Its administrator logs in with these,\nwhich are shown this once:\n\n", place(in.settings))
		v.table([][]string{{"  client id", v.bold(in.first.ClientID)}, {"  client secret", v.bold(in.first.Secret)}})
		fmt.Fprintln(v.out)
	}
	for _, m := range made {
		if in.first != nil && m.ClientID == in.first.ClientID {
			continue
		}
		fmt.Fprintf(v.out, "The seed made credentials of user %s:\n\n", m.User)
		v.table([][]string{{"  client id", m.ClientID}, {"  client secret", m.Secret}})
		fmt.Fprintln(v.out)
	}
}

// guide says that the server is ready, and what to do with it.
func (v *invocation) guide(settings config.Config, s *server.Server) {
	base := baseURL(settings, s)
	fmt.Fprintf(v.out, "listening on %s\n\n", s.Addr())
	v.table([][]string{
		{"  Looker SDK", "base_url=" + base},
		{"  log in", "curl -d 'client_id=…' -d 'client_secret=…' " + base + "/api/4.0/login"},
		{"  credentials", "printed when the directory was made, or those you set then"},
		{"  data", place(settings)},
		{"  stop", "Ctrl-C, or SIGTERM"},
	})
	fmt.Fprintln(v.out)
}

// baseURL is how clients reach the server.
func baseURL(settings config.Config, s *server.Server) string {
	switch {
	case settings.PublicURL != "":
		return settings.PublicURL
	case settings.TLSCert != "":
		return "https://" + s.Addr()
	}
	return "http://" + s.Addr()
}

// sweep forgets expired tokens and old failures now and then.
func (in *instance) sweep(ctx context.Context) {
	ticks := time.NewTicker(10 * time.Minute)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		tokens, err := in.sessions.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			in.log.Warn("expired tokens could not be swept", "error", err.Error())
			continue
		}
		answers, err := in.core.SweepAnswers(ctx)
		if err != nil && ctx.Err() == nil {
			in.log.Warn("old answers could not be swept", "error", err.Error())
			continue
		}
		in.log.Debug("swept", "tokens", tokens, "answers", answers)
	}
}
