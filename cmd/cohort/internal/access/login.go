package access

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A LoginCmd stores a server and a credential for later commands.
type LoginCmd struct {
	URL string `arg:"" optional:"" help:"the server to log in to (default ${default_url})"`
}

// Help returns the details of the command's help.
func (*LoginCmd) Help() string {
	return `Asks for client id and secret, tries them, and stores them with the URL in the user's configuration folder, in a file that only its owner can read. Later commands use this profile, unless --profile names another one or COHORT_URL, COHORT_CLIENT_ID and COHORT_CLIENT_SECRET are set. Without a terminal, it reads id and secret as two lines of the standard input.

Examples:

  cohort login https://cohort.example.com
  cohort login http://127.0.0.1:19999 --profile test
  printf '%s\n' "$ID" "$SECRET" | cohort login https://cohort.example.com --profile ci`
}

// Run asks for a credential, tries it and stores it.
func (c *LoginCmd) Run(v *cli.Invocation) error {
	a := cli.Account{URL: strings.TrimSuffix(cmp.Or(c.URL, v.Env("COHORT_URL"), cli.DefaultURL), "/"),
		From: "what was entered"}
	if err := cli.CheckServerURL(a.URL, "login"); err != nil {
		return err
	}
	var err error
	if a.ClientID, a.Secret, err = askCredential(v); err != nil {
		return err
	}
	v.Server = a
	server := client.New(a.URL, a.ClientID, a.Secret, nil)
	var me client.Me
	if err := server.Do(v.Context, http.MethodGet, "/v1/me", nil, nil, nil, &me); err != nil {
		return err
	}
	profiles, err := v.ReadProfiles()
	if err != nil {
		return err
	}
	name := cmp.Or(v.Profile, cli.DefaultProfile)
	profiles[name] = a
	if err := v.WriteProfiles(profiles); err != nil {
		return err
	}
	who := cmp.Or(me.User.Name, me.User.Email, "user "+me.User.ID)
	v.Say(fmt.Sprintf("Logged in to %s as %s (%s). Profile: %s.", a.URL, cli.Plain(who),
		cmp.Or(strings.Join(me.Permissions, ", "), "no permissions"), name))
	return nil
}

// askCredential reads a client id and a secret from a person, to whom the secret is not shown,
// or from two lines of the standard input.
func askCredential(v *cli.Invocation) (id, secret string, err error) {
	in := bufio.NewReader(v.Stdin)
	person := cli.IsTerminal(v.Stdin)
	if person {
		fmt.Fprint(v.Stderr, "Client id: ")
	}
	if id, err = line(in); err != nil {
		return "", "", err
	}
	if !person {
		secret, err = line(in)
		return id, secret, err
	}
	secret, _, err = v.ReadUnseen("Client secret: ")
	if err == nil && secret == "" {
		err = cli.WrongUsage(errors.New("the secret is empty"))
	}
	return id, secret, err
}

// line reads one line, which must not be empty.
func line(in *bufio.Reader) (string, error) {
	text, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", cli.WrongUsage(errors.New("login reads a client id and a secret, on two lines"))
	}
	return text, nil
}

// A LogoutCmd removes a profile.
type LogoutCmd struct{}

// Help returns the details of the command's help.
func (*LogoutCmd) Help() string {
	return `The credential stays valid; cohort credential delete ends it.

Examples:

  cohort logout
  cohort logout --profile test`
}

// Run removes the profile.
func (c *LogoutCmd) Run(v *cli.Invocation) error {
	profiles, err := v.ReadProfiles()
	if err != nil {
		return err
	}
	name := cmp.Or(v.Profile, cli.DefaultProfile)
	if _, ok := profiles[name]; !ok {
		return cli.WrongUsage(fmt.Errorf("there is no profile %q; cohort profile list shows all profiles", name))
	}
	delete(profiles, name)
	if err := v.WriteProfiles(profiles); err != nil {
		return err
	}
	v.Say("Removed profile " + name + ".")
	return nil
}

// A ProfileCmd is the group of commands about profiles.
type ProfileCmd struct {
	List profileListCmd `cmd:"" help:"List the stored servers and credentials."`
}

// A profileListCmd lists profiles.
type profileListCmd struct{ cli.ListFormat }

// Help returns the details of the command's help.
func (*profileListCmd) Help() string {
	return `Secrets are not shown.

Examples:

  cohort profile list`
}

// A namedProfile is a profile in a list.
type namedProfile struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
}

// Run lists the profiles.
func (c *profileListCmd) Run(v *cli.Invocation) error {
	profiles, err := v.ReadProfiles()
	if err != nil {
		return err
	}
	var items []screen.Item[namedProfile]
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		item, err := cli.ItemOf(namedProfile{name, profiles[name].URL, profiles[name].ClientID})
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	list := screen.List[namedProfile]{
		Member: "profiles", Empty: "There are no profiles; cohort login URL creates one.",
		Name: func(p *namedProfile) string { return p.Name },
		Columns: []screen.Column[namedProfile]{
			{Title: "name", Text: func(p *namedProfile) string { return p.Name }},
			{Title: "url", Text: func(p *namedProfile) string { return p.URL }},
			{Title: "client_id", Text: func(p *namedProfile) string { return p.ClientID }},
		},
	}
	return list.Write(v.Stdout, v.Screen, c.Format(), items)
}
