package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A CredentialCmd is the group of commands about credentials.
type CredentialCmd struct {
	List   credentialListCmd   `cmd:"" help:"List the credentials of a user."`
	Create credentialCreateCmd `cmd:"" help:"Create a client id and secret, which are shown once."`
	Rotate credentialRotateCmd `cmd:"" help:"Create a new client id and secret beside or instead of the old ones."`
	Set    credentialSetCmd    `cmd:"" help:"Disable or enable a credential."`
	Delete credentialDeleteCmd `cmd:"" help:"Delete a credential and end its tokens."`
}

// A credentialListCmd lists credentials.
type credentialListCmd struct {
	cli.ListFormat
	cli.StoppedFlags
	User string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*credentialListCmd) Help() string {
	return `Secrets are not stored and cannot be shown.

Examples:

  cohort credential list "Price feed"`
}

// Run asks the server.
func (c *credentialListCmd) Run(v *cli.Invocation) error {
	items, err := credentials(v, c.User)
	if err != nil {
		return err
	}
	list := screen.List[client.Credential]{
		Member: "credentials", Empty: "The user has no credentials.",
		Name: func(c *client.Credential) string { return c.ID },
		Columns: []screen.Column[client.Credential]{
			{Title: "id", Text: func(c *client.Credential) string { return c.ID }},
			{Title: "kind", Text: func(c *client.Credential) string { return c.Kind }},
			{Title: "identifier", Text: func(c *client.Credential) string { return c.Identifier }},
			{Title: "state", Text: credentialState},
			timeColumn("created", func(c *client.Credential) *time.Time { return &c.CreatedAt }),
			timeColumn("used", func(c *client.Credential) *time.Time { return c.UsedAt }),
			timeColumn("ends", func(c *client.Credential) *time.Time { return c.ExpiresAt }),
		},
	}
	return list.Write(v.Stdout, v.Screen, c.Format(), items)
}

// timeColumn is a column of times. An unknown time is empty.
func timeColumn[T any](title string, of func(*T) *time.Time) screen.Column[T] {
	show := func(s screen.Screen, row *T) string {
		if at := of(row); at != nil {
			return s.Time(*at)
		}
		return ""
	}
	return screen.Column[T]{Title: title, Text: func(row *T) string { return show(screen.Screen{}, row) }, Show: show}
}

func credentialState(c *client.Credential) string {
	switch {
	case c.Disabled:
		return "disabled"
	case c.ExpiresAt != nil && !time.Now().Before(*c.ExpiresAt):
		return "ended"
	}
	return "enabled"
}

// credentials reads the credentials of a user.
func credentials(v *cli.Invocation, user string) ([]screen.Item[client.Credential], error) {
	server, err := v.Client()
	if err != nil {
		return nil, err
	}
	var reply struct {
		Credentials []json.RawMessage `json:"credentials"`
	}
	if err := server.Do(v.Context, http.MethodGet, cli.APIPath("users", cli.UserSelector(user), "credentials"), nil, nil,
		nil,
		&reply); err != nil {
		return nil, err
	}
	return cli.ItemsOf[client.Credential](reply.Credentials)
}

// apiCredential finds an API credential of a user by its id or client id. An empty text finds
// the only one that does not expire.
func apiCredential(v *cli.Invocation, user, text string) (client.Credential, error) {
	items, err := credentials(v, user)
	if err != nil {
		return client.Credential{}, err
	}
	var found []client.Credential
	for _, item := range items {
		c := item.Value
		if text != "" && (c.ID == text || c.Identifier == text) ||
			text == "" && c.Kind == "api3" && c.ExpiresAt == nil {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return client.Credential{}, cli.WrongUsage(fmt.Errorf("%s has no such credential; cohort credential list shows "+
			"its credentials", user))
	}
	return client.Credential{}, cli.WrongUsage(fmt.Errorf("%s has %d credentials; name one by its id: cohort credential "+
		"list shows them", user, len(found)))
}

// A credentialCreateCmd creates a credential.
type credentialCreateCmd struct {
	cli.WriteFlags
	User string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*credentialCreateCmd) Help() string {
	return `The secret is shown once and not stored.

Examples:

  cohort credential create ada@example.com`
}

// Run asks the server.
func (c *credentialCreateCmd) Run(v *cli.Invocation) error {
	return v.ChangeAndTell(&c.WriteFlags, func(done *client.Committed) {
		v.Say(fmt.Sprintf("Created a credential of %s. It is shown once:\n", cli.Plain(c.User)))
		v.ShowCredential(v.ServerURL(), done.Results[0].ClientID, done.Results[0].Secret)
	}, cli.Edit("create_api_credential", "user", cli.UserSelector(c.User)))
}

// A credentialRotateCmd creates a credential that replaces another one.
type credentialRotateCmd struct {
	cli.WriteFlags
	User       string         `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Credential string         `arg:"" optional:"" help:"the old one, by its id or client id, where the user has several"`
	ValidFor   *time.Duration `xor:"old" placeholder:"TIME" help:"how long the old one stays valid, such as 24h"`
	EndOld     bool           `xor:"old" help:"delete the old one at once"`
}

// Help returns the details of the command's help.
func (*credentialRotateCmd) Help() string {
	return `Both pairs are valid meanwhile, so that an application can switch without a gap: rotate, then give the application the new pair. The old pair ends after --valid-for, or else when it is deleted. A pair that was about to end already is deleted, so that at most two are valid.

Examples:

  cohort credential rotate "Price feed" --valid-for 24h
  cohort credential rotate "Price feed"
  cohort credential rotate "Price feed" --end-old`
}

// Run asks the server.
func (c *credentialRotateCmd) Run(v *cli.Invocation) error {
	old, err := apiCredential(v, c.User, c.Credential)
	if err != nil {
		return err
	}
	body := map[string]int64{}
	switch {
	case c.EndOld:
		body["old_valid_for_seconds"] = 0
	case c.ValidFor != nil && *c.ValidFor < time.Second && *c.ValidFor != 0:
		return cli.WrongUsage(errors.New("--valid-for must be at least a second, or 0s to end the old one at once"))
	case c.ValidFor != nil:
		body["old_valid_for_seconds"] = int64(*c.ValidFor / time.Second)
	}
	user := cli.UserSelector(c.User)
	return v.PostAndTell(&c.WriteFlags, func(done *client.Committed) {
		v.Say(fmt.Sprintf("Created a new credential of %s. It is shown once:\n", cli.Plain(c.User)))
		v.ShowCredential(v.ServerURL(), done.Results[0].ClientID, done.Results[0].Secret)
		v.Say(c.ofOld(v, &old))
	}, cli.APIPath("users", user, "credentials", old.ID, "rotate"), body)
}

// ofOld says until when the old credential is valid.
func (c *credentialRotateCmd) ofOld(v *cli.Invocation, old *client.Credential) string {
	items, err := credentials(v, c.User)
	if err != nil {
		return fmt.Sprintf("cohort credential list %q says until when the old one, %s, is valid.", cli.Plain(c.User),
			old.Identifier)
	}
	for _, item := range items {
		switch now := item.Value; {
		case now.ID != old.ID:
		case now.ExpiresAt == nil:
			return fmt.Sprintf("The old one, %s, is valid until it is deleted: cohort credential delete %q %s", old.Identifier,
				cli.Plain(c.User), old.ID)
		default:
			return fmt.Sprintf("The old one, %s, is valid until %s.", old.Identifier, screen.Screen{}.Time(*now.ExpiresAt))
		}
	}
	return "The old one, " + old.Identifier + ", is gone."
}

// A credentialSetCmd disables or enables a credential.
type credentialSetCmd struct {
	cli.WriteFlags
	User       string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Credential string `arg:"" optional:"" help:"its id or client id, where the user has several"`
	Disable    bool   `xor:"state" required:"" help:"disable it"`
	Enable     bool   `xor:"state" required:""`
}

// Help returns the details of the command's help.
func (*credentialSetCmd) Help() string {
	return `Examples:

  cohort credential set "Price feed" --disable`
}

// Run asks the server.
func (c *credentialSetCmd) Run(v *cli.Invocation) error {
	old, err := apiCredential(v, c.User, c.Credential)
	if err != nil {
		return err
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Changed credential %s of %s.", old.Identifier, c.User),
		cli.Edit("update_credential", "user", cli.UserSelector(c.User), "credential", old.ID, "disabled", c.Disable))
}

// A credentialDeleteCmd deletes a credential.
type credentialDeleteCmd struct {
	cli.WriteFlags
	User       string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Credential string `arg:"" help:"its id or client id"`
}

// Help returns the details of the command's help.
func (*credentialDeleteCmd) Help() string {
	return `A revert restores it, disabled and without its secret.

Examples:

  cohort credential delete "Price feed" 12`
}

// Run asks the server.
func (c *credentialDeleteCmd) Run(v *cli.Invocation) error {
	old, err := apiCredential(v, c.User, c.Credential)
	if err != nil {
		return err
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Deleted credential %s of %s.", old.Identifier, c.User),
		cli.Edit("delete_credential", "user", cli.UserSelector(c.User), "credential", old.ID))
}

// An AppCmd is the group of commands about applications.
type AppCmd struct {
	Create appCreateCmd `cmd:"" help:"Create a service account that may read effective values."`
}

// An appCreateCmd creates a service account with a credential.
type appCreateCmd struct {
	cli.WriteFlags
	Name string `arg:""`
	Role string `placeholder:"ROLE" complete:"role" help:"what it may do, instead of reading effective values only"`
}

// Help returns the details of the command's help.
func (*appCreateCmd) Help() string {
	return `Prints client id, secret and a working call, once. The account gets a role that permits read_effective and nothing else, which is created if there is none.

Examples:

  cohort app create "Price feed"
  cohort app create "Price feed" -o json`
}

// appRole is the name of the role that app create creates.
const appRole = "Application"

// Run asks the server.
func (c *appCreateCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	var there client.UserDetail
	err = server.Do(v.Context, http.MethodGet, cli.APIPath("users", "name:"+c.Name), nil, nil, nil, &there)
	if err == nil {
		return cli.Refused(fmt.Errorf("nothing was created: there is a user %q, with id %s; for another secret: cohort "+
			"credential rotate %s", c.Name, there.ID, there.ID))
	}
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != http.StatusNotFound {
		return err
	}
	edits, err := c.edits(v)
	if err != nil {
		return err
	}
	if c.ForPrograms() && !c.Preview {
		return c.forProgram(v, server, edits)
	}
	return v.ChangeAndTell(&c.WriteFlags, func(done *client.Committed) {
		made := done.Results[1]
		v.Say(fmt.Sprintf("Created application %s with id %s. Its credential is shown once:\n", cli.Plain(c.Name),
			done.Results[0].ID))
		v.ShowCredential(v.ServerURL(), made.ClientID, made.Secret)
		fmt.Fprintf(v.Stdout, "What it reads, for example of user 1:\n\n  TOKEN=$(curl -s -d grant_type=client_credentials "+
			"-d client_id=%s -d client_secret=%s %s/oauth2/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n",
			made.ClientID, made.Secret, v.ServerURL())
		fmt.Fprintf(v.Stdout, "  curl -s -H \"Authorization: Bearer $TOKEN\" %s/v1/users/1/effective\n", v.ServerURL())
	}, edits...)
}

// forProgram creates the application and writes its credential for a program.
func (c *appCreateCmd) forProgram(v *cli.Invocation, server *client.Client, edits []json.RawMessage) error {
	done, err := server.Commit(v.Context, client.Change{Edits: edits, Comment: c.Comment}, "")
	if err != nil {
		return err
	}
	return v.WriteObject(c.Format(), map[string]any{
		"user": done.Results[0].ID, "client_id": done.Results[1].ClientID, "client_secret": done.Results[1].Secret,
		"revision": done.Revision,
	})
}

// edits create the account, its credential, and a role if there is none that fits.
func (c *appCreateCmd) edits(v *cli.Invocation) ([]json.RawMessage, error) {
	edits := []json.RawMessage{
		cli.Edit("create_user", "kind", "service", "first_name", c.Name),
		cli.Edit("create_api_credential", "user", "$0"),
	}
	if c.Role != "" {
		return append(edits, cli.Edit("set_user_roles", "user", "$0", "roles", []string{cli.RoleSelector(c.Role)})), nil
	}
	roles, err := v.Roles()
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		if p := r.Value.Permissions; len(p) == 1 && p[0] == "read_effective" {
			return append(edits, cli.Edit("set_user_roles", "user", "$0", "roles", []string{r.Value.ID})), nil
		}
	}
	return append(edits,
		cli.Edit("create_permission_set", "name", appRole, "permissions", []string{"read_effective"}),
		cli.Edit("create_role", "name", appRole, "permission_set", "$2", "model_set", allModels),
		cli.Edit("set_user_roles", "user", "$0", "roles", []string{"$3"})), nil
}
