package access

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/screen"
)

// A SignInLinkCmd creates a link that signs a person in to the console.
type SignInLinkCmd struct {
	cli.ObjectFormat
	config.Storage
	User string        `arg:"" optional:"" help:"an id, an e-mail address, a name, or source:erp/4711; without it, yourself"`
	For  time.Duration `help:"how long the link is valid (default 10m)" placeholder:"TIME"`
}

// Help returns the details of the command's help.
func (*SignInLinkCmd) Help() string {
	return `Prints a link that signs a person in to the console once. It asks the server, as an administrator. With --data or --database it works on a stopped directory, for anybody with access to the files; the user is then an id, and by default the first administrator.

A new link replaces an earlier one of the same user. A session that begins with a link lasts an hour.

Examples:

  cohort sign-in-link
  cohort sign-in-link ada@example.com --for 1h
  cohort sign-in-link --data /var/lib/cohort`
}

// Run creates the link through the server, or on a stopped directory.
func (c *SignInLinkCmd) Run(v *cli.Invocation) error {
	if v.Flags["data"] != "" || v.Flags["database"] != "" {
		return c.offline(v)
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	user := c.User
	if user == "" {
		var me struct {
			User struct {
				ID string `json:"id"`
			} `json:"user"`
		}
		if err := server.Do(v.Context, http.MethodGet, "/v1/me", nil, nil, nil, &me); err != nil {
			return err
		}
		user = me.User.ID
	}
	user = cli.UserSelector(user)
	link, err := server.SignInLink(v.Context, user, c.For)
	if err != nil {
		return err
	}
	if c.JSON {
		return v.WriteJSON(link)
	}
	return signInLink(v, link.URL, link.ExpiresAt)
}

func signInLink(v *cli.Invocation, url string, until time.Time) error {
	_, err := fmt.Fprintf(v.Stdout, "%s\n\nIt works once, until %s.\n", url, until.Format("15:04:05 MST"))
	return err
}

// offline creates the link on a stopped directory.
func (c *SignInLinkCmd) offline(v *cli.Invocation) (err error) {
	settings, _, err := v.Settings()
	if err != nil {
		return err
	}
	in, err := app.Open(v.Context, settings, app.Options{Log: app.NewLog(v.Stderr, settings)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var user directory.UserID
	if c.User == "" {
		user, err = in.Core().FirstAdministrator(v.Context)
	} else {
		user, err = directory.ParseID[directory.UserID]("user", c.User)
	}
	if err != nil {
		return err
	}
	url, expires, err := in.SignInLink(v.Context, user, c.For)
	if err != nil {
		return err
	}
	return signInLink(v, url, expires.Time())
}

// A SessionCmd is the group of commands about sessions of the console.
type SessionCmd struct {
	List sessionListCmd `cmd:"" help:"List the sessions of the console."`
	End  sessionEndCmd  `cmd:"" help:"End a session in the console."`
}

// A sessionListCmd lists sessions.
type sessionListCmd struct {
	cli.ListFormat
	User string `arg:"" optional:"" help:"only this user: an id, an e-mail address, a name, or source:erp/4711"`
}

// Run asks the server.
func (c *sessionListCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	user := c.User
	if user != "" {
		user = cli.UserSelector(user)
	}
	list, err := server.Sessions(v.Context, user)
	if err != nil {
		return err
	}
	var items []screen.Item[client.Session]
	for _, s := range list {
		item, err := cli.ItemOf(s)
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	return sessionTable().Write(v.Stdout, v.Screen, c.Format(), items)
}

func sessionTable() *screen.List[client.Session] {
	return &screen.List[client.Session]{
		Member: "sessions", Empty: "Nobody is signed in.",
		Name: func(s *client.Session) string { return s.ID },
		Columns: []screen.Column[client.Session]{
			{Title: "user", Text: func(s *client.Session) string { return s.User.ID }},
			{Title: "name", Text: func(s *client.Session) string { return s.User.Name }},
			{Title: "session", Text: func(s *client.Session) string { return s.ID }},
			{Title: "by", Text: func(s *client.Session) string { return s.Method }},
			{
				Title: "since", Text: func(s *client.Session) string { return screen.Screen{}.Time(s.CreatedAt) },
				Show: func(in screen.Screen, s *client.Session) string { return in.Time(s.CreatedAt) },
			},
			{
				Title: "seen", Text: func(s *client.Session) string { return screen.Screen{}.Time(s.SeenAt) },
				Show: func(in screen.Screen, s *client.Session) string { return in.Time(s.SeenAt) },
			},
			{Title: "browser", Text: func(s *client.Session) string { return s.Agent }},
		},
	}
}

// A sessionEndCmd ends a session.
type sessionEndCmd struct {
	cli.ObjectFormat
	User    string `arg:"" help:"whose it is: an id, an e-mail address, a name, or source:erp/4711"`
	Session string `arg:"" optional:"" help:"its id; default: all sessions of the user"`
}

// Run asks the server.
func (c *sessionEndCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	ids := []string{c.Session}
	if c.Session == "" {
		list, err := server.Sessions(v.Context, cli.UserSelector(c.User))
		if err != nil {
			return err
		}
		ids = ids[:0]
		for _, s := range list {
			ids = append(ids, s.ID)
		}
	}
	for _, id := range ids {
		if err := server.EndSession(v.Context, cli.UserSelector(c.User), id); err != nil {
			return err
		}
	}
	if c.JSON {
		return v.WriteJSON(map[string]int{"ended": len(ids)})
	}
	fmt.Fprintf(v.Stdout, "ended: %d\n", len(ids))
	return nil
}
