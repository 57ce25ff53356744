package main

import (
	"errors"
	"fmt"

	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
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
	in, err := c.open(v, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if err := in.Listen(v.ctx); err != nil {
		return err
	}
	if c.Ephemeral {
		err = v.announce(in)
	} else {
		v.greet(in)
		err = v.guide(in)
	}
	if err != nil {
		return err
	}
	return in.Serve(v.ctx)
}

// open opens the directory: in memory, or in the data directory.
func (c *serveCmd) open(v *invocation, settings config.Config) (*app.App, error) {
	if c.Ephemeral && v.flags["data"] != "" {
		return nil, usageError{errors.New("--ephemeral and --data: set one of them")}
	}
	if c.Ephemeral && settings.Database != "" {
		return nil, usageError{errors.New("--ephemeral and database: set one of them")}
	}
	options := app.Options{Log: app.NewLog(v.err, settings), InMemory: c.Ephemeral}
	if c.Seed != "" {
		var err error
		if options.Seed, err = app.ReadSeed(c.Seed); err != nil {
			return nil, err
		}
		options.Seed.Secret = v.secret
	}
	return app.Open(v.ctx, settings, options)
}

// greet tells what was made for a new directory.
func (v *invocation) greet(in *app.App) {
	if in.KeyFile() != "" {
		fmt.Fprintf(v.out, "Made the key file %s. Hidden values cannot be read without it:\nkeep a copy, and not beside the backups.\n\n", in.KeyFile())
	}
	settings := in.Settings()
	for i, m := range in.Made() {
		switch {
		case i == 0 && settings.ClientID != "":
			fmt.Fprintf(v.out, "Made a new directory in %s. Its administrator logs in with\nCOHORT_CLIENT_ID and COHORT_CLIENT_SECRET.\n\n", app.Place(settings))
			continue
		case i == 0:
			fmt.Fprintf(v.out, "Made a new directory in %s. Its administrator logs in with these,\nwhich are shown this once:\n\n", app.Place(settings))
			m.ClientID, m.Secret = v.bold(m.ClientID), v.bold(m.Secret)
		default:
			fmt.Fprintf(v.out, "The seed made credentials of user %s:\n\n", directory.FormatID(m.User))
		}
		v.table([][]string{{"  client id", m.ClientID}, {"  client secret", m.Secret}})
		fmt.Fprintln(v.out)
	}
}

// guide says that the server is ready, and what to do with it.
func (v *invocation) guide(in *app.App) error {
	base := in.BaseURL()
	page, err := v.console(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(v.out, "listening on %s\n\n", in.Addr())
	v.table([][]string{
		{"  console", page},
		{"  Looker SDK", "base_url=" + base},
		{"  log in", "curl -d 'client_id=…' -d 'client_secret=…' " + base + "/api/4.0/login"},
		{"  credentials", "printed when the directory was made, or those you set then"},
		{"  data", app.Place(in.Settings())},
		{"  stop", "Ctrl-C, or SIGTERM"},
	})
	fmt.Fprintln(v.out)
	return nil
}

// console is where people go: of a new directory by a link that signs its
// administrator in once.
func (v *invocation) console(in *app.App) (string, error) {
	settings := in.Settings()
	made := in.Made()
	switch {
	case settings.Console != "on":
		return "off", nil
	case len(made) == 0 || settings.SignInLinks != "on":
		return in.BaseURL() + "/ui/, for which cohort sign-in-link makes links", nil
	}
	link, _, err := in.SignInLink(v.ctx, made[0].User, 0)
	return link, err
}
