// Package query has the subcommands that answer questions: which value a user
// has, why, since when, who else has it, and what may be a mistake.
package query

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// An EffectiveCmd shows the effective values of a user or a group.
type EffectiveCmd struct {
	cli.ListFormat
	cli.StoppedFlags
	moment
	Of        string `arg:"" optional:"" name:"user" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Attribute string `arg:"" optional:"" complete:"attribute" help:"an id or a name; default: all"`
	Group     string `short:"g" placeholder:"GROUP" complete:"group" help:"what this group hands down; the one argument is the attribute then"`
}

// Help returns the details of the command's help.
func (*EffectiveCmd) Help() string {
	return `Examples:

  cohort effective ada@example.com
  cohort effective "Ada Lovelace" region
  cohort effective source:erp/4711 --revision 4711 --json
  cohort effective --group EMEA region`
}

// valuesList is the list of effective values.
func valuesList() *screen.List[client.Value] {
	return &screen.List[client.Value]{
		Member: "values", Name: func(v *client.Value) string { return v.Attribute },
		Columns: []screen.Column[client.Value]{
			{Title: "attribute", Text: func(v *client.Value) string { return v.Attribute }},
			{Title: "value", Text: func(v *client.Value) string { return cli.BareValue(v.Value) },
				Show: func(_ screen.Screen, v *client.Value) string { return cli.ValueText(v.Value) }},
			{Title: "from", Text: origin},
		},
	}
}

// Run asks the server.
func (c *EffectiveCmd) Run(v *cli.Invocation) error {
	path, attribute, err := effectivePath(c.Of, c.Attribute, c.Group)
	if err != nil {
		return err
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	query := c.query()
	if attribute != "" {
		query.Set("attributes", attribute)
	}
	var reply struct {
		Revision json.RawMessage   `json:"revision"`
		User     json.RawMessage   `json:"user"`
		Group    json.RawMessage   `json:"group"`
		Values   []json.RawMessage `json:"values"`
	}
	if err := server.Do(v.Context, http.MethodGet, path, query, nil, nil, &reply); err != nil {
		return err
	}
	items, err := cli.ItemsOf[client.Value](reply.Values)
	if err != nil {
		return err
	}
	var shownItems []screen.Item[client.Value]
	for _, item := range items {
		if item.Value.Origin != "none" || attribute != "" || c.Format() != screen.Table {
			shownItems = append(shownItems, item)
		}
	}
	about := []screen.Member{{Name: "revision", Value: reply.Revision}, {Name: "user", Value: reply.User}}
	if c.Group != "" {
		about[1] = screen.Member{Name: "group", Value: reply.Group}
	}
	return valuesList().Write(v.Stdout, v.Screen, c.Format(), shownItems, about...)
}

// effectivePath is the path of the effective values of a user or a group. If a group is named,
// the first argument is the attribute.
func effectivePath(user, attribute, group string) (path, asked string, err error) {
	switch {
	case group != "" && attribute != "":
		return "", "", cli.WrongUsage(errors.New("say a user or --group, not both"))
	case group != "":
		return cli.APIPath("groups", cli.GroupSelector(group), "effective"), user, nil
	case user == "":
		return "", "", cli.WrongUsage(errors.New("say which user, or --group GROUP"))
	}
	return cli.APIPath("users", cli.UserSelector(user), "effective"), attribute, nil
}

// query are the parameters of the moment.
func (m moment) query() url.Values {
	query := url.Values{}
	if m.Revision != 0 {
		query.Set("revision", cli.Decimal(m.Revision))
	}
	if !m.At.IsZero() {
		query.Set("at", m.At.UTC().Format(time.RFC3339Nano))
	}
	return query
}

// origin names where a value comes from.
func origin(value *client.Value) string {
	if value.Origin == "group" {
		return cli.GroupNames(value.Groups, ", ")
	}
	return "(" + value.Origin + ")"
}

// A moment is a point in the past.
type moment struct {
	Revision int64     `help:"as of a revision" placeholder:"N"`
	At       time.Time `help:"as of a time, such as 2026-01-31T12:00:00Z" placeholder:"TIME"`
}
