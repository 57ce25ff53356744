package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"cohort/client"
	"cohort/internal/app"
	"cohort/internal/config"
	"cohort/internal/directory"
	"cohort/internal/screen"
)

// A signInLinkCmd makes a link into the console.
type signInLinkCmd struct {
	remote
	config.Storage
	User string        `arg:"" optional:"" help:"an id, an e-mail address, a name, or source:erp/4711; without it, yourself"`
	For  time.Duration `help:"how long the link is valid (default 10m)" placeholder:"TIME"`
}

// Help returns the details of the command's help.
func (*signInLinkCmd) Help() string {
	return `Prints a link that signs a person in to the console once. It asks the server, as an administrator. With --data or --database it works on a stopped directory, for anybody with access to the files; the user is then an id, and by default the first administrator.

A new link replaces an earlier one of the same user. A session that begins with a link lasts an hour.

Examples:

  cohort sign-in-link
  cohort sign-in-link ada@example.com --for 1h
  cohort sign-in-link --data /var/lib/cohort`
}

// Run makes the link, through the server or on the data.
func (c *signInLinkCmd) Run(v *invocation) error {
	if v.flags["data"] != "" || v.flags["database"] != "" {
		return c.offline(v)
	}
	server, err := v.client()
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
		if err := server.Do(v.ctx, http.MethodGet, "/v1/me", nil, nil, nil, &me); err != nil {
			return err
		}
		user = me.User.ID
	}
	user = userSelector(user)
	link, err := server.SignInLink(v.ctx, user, c.For)
	if err != nil {
		return err
	}
	if c.JSON {
		return v.json(link)
	}
	return v.signInLink(link.URL, link.ExpiresAt)
}

func (t terminal) signInLink(url string, until time.Time) error {
	_, err := fmt.Fprintf(t.out, "%s\n\nIt works once, until %s.\n", url, until.Format("15:04:05 MST"))
	return err
}

// offline makes the link on a stopped directory.
func (c *signInLinkCmd) offline(v *invocation) (err error) {
	settings, _, err := v.settings()
	if err != nil {
		return err
	}
	in, err := app.Open(v.ctx, settings, app.Options{Log: app.NewLog(v.err, settings)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var user directory.UserID
	if c.User == "" {
		user, err = in.Core().FirstAdministrator(v.ctx)
	} else {
		user, err = directory.ParseID[directory.UserID]("user", c.User)
	}
	if err != nil {
		return err
	}
	url, expires, err := in.SignInLink(v.ctx, user, c.For)
	if err != nil {
		return err
	}
	return v.signInLink(url, expires.Time())
}

// A sessionCmd looks at who is signed in to the console.
type sessionCmd struct {
	List sessionListCmd `cmd:"" help:"List the sessions of the console."`
	End  sessionEndCmd  `cmd:"" help:"End a session in the console."`
}

// A sessionListCmd lists sessions.
type sessionListCmd struct {
	listFormat
	User string `arg:"" optional:"" help:"only this user: an id, an e-mail address, a name, or source:erp/4711"`
}

// Run asks the server.
func (c *sessionListCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	user := c.User
	if user != "" {
		user = userSelector(user)
	}
	list, err := server.Sessions(v.ctx, user)
	if err != nil {
		return err
	}
	var items []screen.Item[client.Session]
	for _, s := range list {
		item, err := itemOf(s)
		if err != nil {
			return err
		}
		items = append(items, item)
	}
	return sessionTable().Write(v.out, v.screen, c.format(), items)
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
	remote
	User    string `arg:"" help:"whose it is: an id, an e-mail address, a name, or source:erp/4711"`
	Session string `arg:"" optional:"" help:"its id; default: all sessions of the user"`
}

// Run asks the server.
func (c *sessionEndCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	ids := []string{c.Session}
	if c.Session == "" {
		list, err := server.Sessions(v.ctx, userSelector(c.User))
		if err != nil {
			return err
		}
		ids = ids[:0]
		for _, s := range list {
			ids = append(ids, s.ID)
		}
	}
	for _, id := range ids {
		if err := server.EndSession(v.ctx, userSelector(c.User), id); err != nil {
			return err
		}
	}
	if c.JSON {
		return v.json(map[string]int{"ended": len(ids)})
	}
	fmt.Fprintf(v.out, "ended: %d\n", len(ids))
	return nil
}
