package access

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A ScimCmd is the group of commands about SCIM.
type ScimCmd struct {
	Client scimClientCmd `cmd:"" help:"Manage the identity providers that use SCIM."`
}

// A scimClientCmd is the group of commands about identity providers.
type scimClientCmd struct {
	Create  scimCreateCmd  `cmd:"" help:"Create an identity provider and its token, which is shown once."`
	List    scimListCmd    `cmd:"" help:"List the identity providers, and their held requests."`
	Log     scimLogCmd     `cmd:"" help:"List the requests of an identity provider, and its refusals."`
	Rotate  scimRotateCmd  `cmd:"" help:"Create another token; the previous one stays valid for a while."`
	Release scimReleaseCmd `cmd:"" help:"Release an identity provider that the removal guard holds."`
}

// A scimCreateCmd creates an identity provider.
type scimCreateCmd struct {
	cli.ObjectFormat
	Name     string        `arg:"" help:"its name, such as okta, which is also the source of its references: lower-case letters, digits, -, _ and ."`
	Provider string        `help:"okta, entra or generic; default: derived from the name" placeholder:"PROVIDER"`
	Adopt    string        `help:"contact: adopt people without login name and permissions by their contact e-mail" placeholder:"WHAT"`
	ValidFor time.Duration `help:"how long the token is valid; for ever by default" placeholder:"TIME"`
}

// Help returns the details of the command's help.
func (*scimCreateCmd) Help() string {
	return `The token is valid at /scim/v2 only, and does not expire by itself, because identity providers store one secret for good. docs/guides/scim.md says where to paste it.

Examples:

  cohort scim client create okta
  cohort scim client create entra --valid-for 8760h -o json`
}

// Run asks the server.
func (c *scimCreateCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	profile := c.Provider
	if profile == "" && (c.Name == "okta" || c.Name == "entra") {
		profile = c.Name
	}
	made, err := server.CreateSCIMClient(v.Context, client.NewSCIMClient{Name: c.Name, Profile: profile, Adopt: c.Adopt,
		ValidFor: c.ValidFor})
	if err != nil {
		return err
	}
	return showSCIMToken(v, c.ObjectFormat, &made)
}

// showSCIMToken shows a new token. It cannot be shown again.
func showSCIMToken(v *cli.Invocation, r cli.ObjectFormat, made *client.SCIMToken) error {
	if r.ForPrograms() {
		return v.WriteObject(r.Format(), made)
	}
	lines := []string{
		"base URL       " + made.BaseURL, "token          " + made.Token,
		"or, for HTTP Basic:", "client id      " + made.ClientID, "client secret  " + made.ClientSecret,
	}
	if made.ExpiresAt != nil {
		lines = append(lines, "expires        "+v.Screen.Time(*made.ExpiresAt))
	}
	if made.OldUntil != nil {
		lines = append(lines, "the previous token is valid until "+v.Screen.Time(*made.OldUntil))
	}
	for _, line := range append(lines, "", "They are shown once.") {
		if _, err := fmt.Fprintln(v.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// A scimListCmd lists identity providers.
type scimListCmd struct {
	cli.ListFormat
}

// Run asks the server.
func (c *scimListCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	var reply struct {
		Clients []json.RawMessage `json:"clients"`
	}
	if err := server.Do(v.Context, http.MethodGet, "/v1/scim/clients", nil, nil, nil, &reply); err != nil {
		return err
	}
	items, err := cli.ItemsOf[client.SCIMClient](reply.Clients)
	if err != nil {
		return err
	}
	list := screen.List[client.SCIMClient]{
		Member: "clients", Empty: "There are no SCIM clients. cohort scim client create creates one.",
		Name: func(c *client.SCIMClient) string { return c.Name },
		Columns: []screen.Column[client.SCIMClient]{
			{Title: "name", Text: func(c *client.SCIMClient) string { return c.Name }},
			{Title: "profile", Text: func(c *client.SCIMClient) string { return c.Profile }},
			{Title: "user", Text: func(c *client.SCIMClient) string { return c.User }},
			{Title: "tokens", Text: func(c *client.SCIMClient) string { return strconv.Itoa(len(c.Tokens)) }},
			timeColumn("used", lastUse),
			{Title: "refused", Text: func(c *client.SCIMClient) string { return strconv.Itoa(len(c.Refused)) }},
			{Title: "held", Text: func(c *client.SCIMClient) string { return strconv.Itoa(len(c.Held)) }},
		},
	}
	if err := list.Write(v.Stdout, v.Screen, c.Format(), items); err != nil || c.Format() != screen.Table {
		return err
	}
	return heldSentences(v.Stdout, v.Screen, items)
}

// lastUse is the latest use of any token of a client.
func lastUse(c *client.SCIMClient) (last *time.Time) {
	for _, t := range c.Tokens {
		if t.UsedAt != nil && (last == nil || t.UsedAt.After(*last)) {
			last = t.UsedAt
		}
	}
	return last
}

// heldSentences describe the latest held request of each client.
func heldSentences(w io.Writer, s screen.Screen, items []screen.Item[client.SCIMClient]) error {
	for _, item := range items {
		if held := item.Value.Held; len(held) > 0 {
			if _, err := fmt.Fprintf(w, "\n%s, %s: %s\n", item.Value.Name, s.Time(held[0].At), held[0].Detail); err != nil {
				return err
			}
		}
	}
	return nil
}

// A scimRotateCmd creates another token.
type scimRotateCmd struct {
	cli.ObjectFormat
	Name     string        `arg:"" help:"the name of the client"`
	OldFor   time.Duration `help:"how long the previous token stays valid" default:"24h" placeholder:"TIME"`
	ValidFor time.Duration `help:"how long the new one is valid; for ever by default" placeholder:"TIME"`
}

// Help returns the details of the command's help.
func (*scimRotateCmd) Help() string {
	return `A client has at most two tokens: the new one, and the previous one until it ends. Older tokens end at once.

Examples:

  cohort scim client rotate okta
  cohort scim client rotate okta --old-for 0s`
}

// Run asks the server.
func (c *scimRotateCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	made, err := server.RotateSCIMClient(v.Context, c.Name, c.OldFor, c.ValidFor)
	if err != nil {
		return err
	}
	return showSCIMToken(v, c.ObjectFormat, &made)
}

// A scimReleaseCmd releases a client that the removal guard holds.
type scimReleaseCmd struct {
	cli.ObjectFormat
	Name     string `arg:"" help:"the name of the client"`
	Removals int64  `help:"how many more users it may disable or delete, and memberships remove, within a day" required:"" placeholder:"N"`
}

// Help returns the details of the command's help.
func (*scimReleaseCmd) Help() string {
	return `A client that would remove more than a tenth of its users or memberships within an hour, or half of a group, is held. cohort scim client list shows what it wanted. After the release it continues at its next try.

Examples:

  cohort scim client release okta --removals 120`
}

// Run asks the server.
func (c *scimReleaseCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	until, err := server.ReleaseSCIMClient(v.Context, c.Name, c.Removals)
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), map[string]any{"name": c.Name, "removals": c.Removals, "until": until})
	}
	_, err = fmt.Fprintf(v.Stdout, "%s may remove %d more until %s.\n", c.Name, c.Removals, v.Screen.Time(until))
	return err
}
