package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"cohort/client"
	"cohort/internal/screen"
)

// A loginCmd keeps a server and a credential for later commands.
type loginCmd struct {
	URL string `arg:"" optional:"" help:"the server to log in to (default ${default_url})"`
}

// Help returns the details of the command's help.
func (*loginCmd) Help() string {
	return `Asks for client id and secret, tries them, and stores them with the URL in the user's configuration folder, in a file that only its owner can read. Later commands use this profile, unless --profile names another one or COHORT_URL, COHORT_CLIENT_ID and COHORT_CLIENT_SECRET are set. Without a terminal, it reads id and secret as two lines of the standard input.

Examples:

  cohort login https://cohort.example.com
  cohort login http://127.0.0.1:19999 --profile test
  printf '%s\n' "$ID" "$SECRET" | cohort login https://cohort.example.com --profile ci`
}

// Run asks, tries and keeps.
func (c *loginCmd) Run(v *invocation) error {
	a := account{URL: strings.TrimSuffix(cmp.Or(c.URL, v.env("COHORT_URL"), defaultURL), "/"), from: "what was entered"}
	if err := checkServerURL(a.URL, "login"); err != nil {
		return err
	}
	var err error
	if a.ClientID, a.Secret, err = v.askCredential(); err != nil {
		return err
	}
	v.server = a
	server := client.New(a.URL, a.ClientID, a.Secret, nil)
	var me client.Me
	if err := server.Do(v.ctx, http.MethodGet, "/v1/me", nil, nil, nil, &me); err != nil {
		return err
	}
	profiles, err := v.readProfiles()
	if err != nil {
		return err
	}
	name := cmp.Or(v.profile, defaultProfile)
	profiles[name] = a
	if err := v.writeProfiles(profiles); err != nil {
		return err
	}
	who := cmp.Or(me.User.Name, me.User.Email, "user "+me.User.ID)
	v.say(fmt.Sprintf("Logged in to %s as %s (%s). Profile: %s.", a.URL, plain(who),
		cmp.Or(strings.Join(me.Permissions, ", "), "no permissions"), name))
	return nil
}

// askCredential reads a client id and a secret: from a person, who is not shown the
// secret, or from two lines.
func (v *invocation) askCredential() (id, secret string, err error) {
	in := bufio.NewReader(v.in)
	f, person := v.in.(*os.File)
	person = person && isTerminal(v.in)
	if person {
		fmt.Fprint(v.err, "Client id: ")
	}
	if id, err = line(in); err != nil {
		return "", "", err
	}
	if !person {
		secret, err = line(in)
		return id, secret, err
	}
	fmt.Fprint(v.err, "Client secret: ")
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(v.err)
	if err == nil && len(b) == 0 {
		err = usageError{errors.New("the secret is empty")}
	}
	return id, string(b), err
}

// line reads one line, which must not be empty.
func line(in *bufio.Reader) (string, error) {
	text, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", usageError{errors.New("login reads a client id and a secret, on two lines")}
	}
	return text, nil
}

// A logoutCmd forgets a profile.
type logoutCmd struct{}

// Help returns the details of the command's help.
func (*logoutCmd) Help() string {
	return `The credential stays valid; cohort credential delete ends it.

Examples:

  cohort logout
  cohort logout --profile test`
}

// Run forgets.
func (c *logoutCmd) Run(v *invocation) error {
	profiles, err := v.readProfiles()
	if err != nil {
		return err
	}
	name := cmp.Or(v.profile, defaultProfile)
	if _, ok := profiles[name]; !ok {
		return usageError{fmt.Errorf("there is no profile %q; cohort profile list shows those there are", name)}
	}
	delete(profiles, name)
	if err := v.writeProfiles(profiles); err != nil {
		return err
	}
	v.say("Forgot profile " + name + ".")
	return nil
}

// A profileCmd is the group of commands about profiles.
type profileCmd struct {
	List profileListCmd `cmd:"" help:"List the stored servers and credentials."`
}

// A profileListCmd lists profiles.
type profileListCmd struct{ listFormat }

// Help returns the details of the command's help.
func (*profileListCmd) Help() string {
	return `Secrets are not shown.

Examples:

  cohort profile list`
}

// A namedProfile is a profile as it is listed.
type namedProfile struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
}

// Run lists.
func (c *profileListCmd) Run(v *invocation) error {
	profiles, err := v.readProfiles()
	if err != nil {
		return err
	}
	var items []screen.Item[namedProfile]
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		item, err := itemOf(namedProfile{name, profiles[name].URL, profiles[name].ClientID})
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	list := screen.List[namedProfile]{
		Member: "profiles", Empty: "There are no profiles; cohort login URL makes one.",
		Name: func(p *namedProfile) string { return p.Name },
		Columns: []screen.Column[namedProfile]{
			{Title: "name", Text: func(p *namedProfile) string { return p.Name }},
			{Title: "url", Text: func(p *namedProfile) string { return p.URL }},
			{Title: "client_id", Text: func(p *namedProfile) string { return p.ClientID }},
		},
	}
	return list.Write(v.out, v.screen, c.format(), items)
}
