package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cohort/internal/config"
	"cohort/internal/server"
)

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
func (*serveCmd) Run(v *invocation) (err error) {
	settings, _, err := v.settings()
	if err != nil {
		return err
	}
	// A commit of unknown outcome ends the process, which then reads anew what
	// is on disk.
	ctx, end := context.WithCancelCause(v.ctx)
	defer end(nil)
	in, err := openInstance(ctx, settings, newLog(v.err, settings), end)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	v.greet(in)
	s, err := in.listen(ctx)
	if err != nil {
		return err
	}
	v.guide(settings, s)
	swept := make(chan struct{})
	go func() { defer close(swept); in.sweep(ctx) }()
	err = s.Serve(ctx)
	end(nil)
	<-swept
	if cause := context.Cause(ctx); v.ctx.Err() == nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	in.log.Info("stopped", "revision", int64(in.core.Head().Revision))
	return err
}

// greet tells what was made for a new directory.
func (v *invocation) greet(in *instance) {
	if in.keyFile != "" {
		fmt.Fprintf(v.out, "Made the key file %s. Hidden values cannot be read without it:\nkeep a copy, and not beside the backups.\n\n", in.keyFile)
	}
	switch {
	case in.first == nil:
	case in.settings.ClientID != "":
		fmt.Fprintf(v.out, "Made a new directory in %s. Its administrator logs in with\nCOHORT_CLIENT_ID and COHORT_CLIENT_SECRET.\n\n", in.settings.Data)
	default:
		fmt.Fprintf(v.out, "Made a new directory in %s. Its administrator logs in with these,\nwhich are shown this once:\n\n", in.settings.Data)
		v.table([][]string{{"  client id", v.bold(in.first.ClientID)}, {"  client secret", v.bold(in.first.Secret)}})
		fmt.Fprintln(v.out)
	}
}

// guide says that the server is ready, and what to do with it.
func (v *invocation) guide(settings config.Config, s *server.Server) {
	base := settings.PublicURL
	if base == "" {
		base = "http://" + s.Addr()
	}
	fmt.Fprintf(v.out, "listening on %s\n\n", s.Addr())
	v.table([][]string{
		{"  Looker SDK", "base_url=" + base},
		{"  log in", "curl -d 'client_id=…' -d 'client_secret=…' " + base + "/api/4.0/login"},
		{"  credentials", "printed when the directory was made, or those you set then"},
		{"  data", settings.Data},
		{"  stop", "Ctrl-C, or SIGTERM"},
	})
	fmt.Fprintln(v.out)
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
