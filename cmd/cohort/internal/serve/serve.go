// Package serve has the subcommands that serve a directory over HTTP.
package serve

import (
	"errors"
	"fmt"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/record"
)

// A ServeCmd serves the directory.
type ServeCmd struct {
	config.Config
	Ephemeral bool   `help:"keep everything in memory only; print the credentials as one line of JSON"`
	Demo      bool   `help:"keep everything in memory, with a small sample company"`
	Seed      string `placeholder:"FILE" help:"a file of edits in JSON for a new directory"`
}

// Help returns the details of the command's help.
func (*ServeCmd) Help() string {
	return `A new data directory gets one administrator with API credentials: those in COHORT_CLIENT_ID and COHORT_CLIENT_SECRET if both are set, or else a new pair, which is printed once.

What can fail is checked first: a port in use, a missing certificate or a refused seed leaves no directory behind. A seed is not applied to an existing directory. If the secrets of all administrators are lost, use cohort admin reset.

When the server is ready it prints "listening on ADDR". On SIGTERM it finishes the requests in progress and exits.

Examples:

  cohort serve
  cohort serve --addr 127.0.0.1:0 --data /var/lib/cohort
  cohort serve --demo
  cohort serve --ephemeral --seed testdata/company.json
  COHORT_CLIENT_ID=id COHORT_CLIENT_SECRET=secret cohort serve --config /etc/cohort.toml`
}

// Run serves until the context of the invocation is done.
func (c *ServeCmd) Run(v *cli.Invocation) (err error) {
	settings, sources, err := v.Settings()
	if err != nil {
		return err
	}
	if c.Ephemeral {
		withoutRates(&settings, sources)
	}
	defer raiseHeap(v.Environ)()
	in, err := c.open(v, settings, sources)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if err := in.Listen(v.Context); err != nil {
		return err
	}
	if c.Ephemeral {
		err = printJSON(v, in)
	} else {
		c.printCredentials(v, in)
		err = c.printBanner(v, in)
	}
	if err != nil {
		return err
	}
	return in.Serve(v.Context)
}

// withoutRates removes the default rate limits, so that a server for tests does not slow them
// down.
func withoutRates(settings *config.Config, sources []config.Source) {
	rates := map[string]*int{"credential-rate": &settings.CredentialRate, "address-rate": &settings.AddressRate}
	for i := range sources {
		if rate := rates[sources[i].Name]; rate != nil && sources[i].Origin == config.FromDefault {
			*rate, sources[i].Value = 0, "0"
		}
	}
}

// open opens the directory in memory or in the data directory.
func (c *ServeCmd) open(v *cli.Invocation, settings config.Config, sources []config.Source) (*app.App, error) {
	memory := "--ephemeral"
	if c.Demo {
		memory = "--demo"
	}
	options := app.Options{Log: app.NewLog(v.Stderr, settings), InMemory: c.Ephemeral ||
		c.Demo, Listen: true, Sources: sources}
	switch {
	case options.InMemory && v.Flags["data"] != "":
		return nil, cli.WrongUsage(errors.New(memory + " and --data: set one of them"))
	case options.InMemory && settings.Database != "":
		return nil, cli.WrongUsage(errors.New(memory + " and database: set one of them"))
	case c.Demo && c.Seed != "":
		return nil, cli.WrongUsage(errors.New("--demo and --seed: set one of them"))
	}
	var err error
	switch {
	case c.Seed != "":
		options.Seed, err = app.ReadSeed(c.Seed)
		options.Seed.Secret = v.Secret
	case c.Demo:
		options.Seed.Name = "of the demo"
		options.Seed.Edits, err = record.DecodeEdits(sampleCompany)
	}
	if err != nil {
		return nil, err
	}
	return app.Open(v.Context, settings, options)
}

// printCredentials prints the credentials that were created, and says if the seed was not
// applied.
func (c *ServeCmd) printCredentials(v *cli.Invocation, in *app.App) {
	if in.KeyFile() != "" {
		v.Say(fmt.Sprintf("Created the key file %s. Hidden values cannot be read without it: keep a copy, but not beside "+
			"the backups.\n", in.KeyFile()))
	}
	settings := in.Settings()
	for i, m := range in.Made() {
		switch {
		case i == 0 && settings.ClientID != "":
			v.Say(fmt.Sprintf("Created a new directory in %s. Its administrator logs in with COHORT_CLIENT_ID and "+
				"COHORT_CLIENT_SECRET.\n", c.place(settings)))
			continue
		case i == 0:
			v.Say(fmt.Sprintf("Created a new directory in %s. Its administrator logs in with these, which are shown once:\n",
				c.place(settings)))
		default:
			v.Say(fmt.Sprintf("The seed created credentials of user %s:\n", directory.FormatID(m.User)))
		}
		v.ShowCredential(in.BaseURL(), m.ClientID, m.Secret)
	}
	if c.Seed != "" && !in.IsNew() {
		v.Say(fmt.Sprintf("The seed %s was not applied: the directory is not new. To make its changes: cohort apply %s\n",
			c.Seed, c.Seed))
	}
}

func (c *ServeCmd) place(settings config.Config) string {
	if c.Demo {
		return "memory"
	}
	return app.Place(settings)
}

// printBanner prints that the server is ready, and how to use it.
func (c *ServeCmd) printBanner(v *cli.Invocation, in *app.App) error {
	base := in.BaseURL()
	page, err := console(v, in)
	if err != nil {
		return err
	}
	fmt.Fprintf(v.Stdout, "listening on %s\n\n", in.Addr())
	credentials := "printed when the directory was created, or those you set then; if lost: cohort admin reset"
	if in.IsNew() {
		credentials = "above; keep them with cohort login " + base
	}
	try := "cohort group tree"
	if c.Demo {
		try = "cohort explain grace@example.com discount_limit"
	}
	v.Table([][]string{
		{"  console", page},
		{"  try", try},
		{"  Looker SDK", "base_url=" + base},
		{"  log in", "curl -d 'client_id=…' -d 'client_secret=…' " + base + "/api/4.0/login"},
		{"  credentials", credentials},
		{"  data", c.place(in.Settings())},
		{"  stop", "Ctrl-C, or SIGTERM"},
	})
	fmt.Fprintln(v.Stdout)
	return nil
}

// console is the URL of the console. For a new directory it is a link that signs the
// administrator in once.
func console(v *cli.Invocation, in *app.App) (string, error) {
	settings := in.Settings()
	made := in.Made()
	switch {
	case settings.Console != "on":
		return "off", nil
	case len(made) == 0 || settings.SignInLinks != "on":
		return in.BaseURL() + "/ui/ (cohort sign-in-link creates links)", nil
	}
	link, _, err := in.SignInLink(v.Context, made[0].User, 0)
	return link, err
}
