package query

import (
	"net/url"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A HoldersCmd lists the users who have a value.
type HoldersCmd struct {
	cli.ListFlags
	Element  string `placeholder:"TEXT" help:"only lists with this element"`
	Least    string `placeholder:"VALUE" help:"only numbers or dates from this one"`
	Greatest string `placeholder:"VALUE" help:"only numbers or dates up to this one"`
	Asked    string `arg:"" name:"attribute[=value]" complete:"attribute" help:"an id or a name, optionally with the value that the users have"`
}

// Help returns the details of the command's help.
func (*HoldersCmd) Help() string {
	return `A user holds a value that is its effective value, whether from groups, of its own, or by default.

Examples:

  cohort holders region
  cohort holders region=emea -o csv --limit 0
  cohort holders budget --least 1000 --greatest 5000
  cohort holders skills --element welding`
}

// Run asks the server.
func (c *HoldersCmd) Run(v *cli.Invocation) error {
	attribute, value, one := strings.Cut(c.Asked, "=")
	query := url.Values{}
	if one {
		query.Set("value", value)
	}
	for name, text := range map[string]string{"element": c.Element, "least": c.Least, "greatest": c.Greatest} {
		if text != "" {
			query.Set(name, text)
		}
	}
	return cli.ShowList(v, c.ListFlags, cli.Page{Path: cli.APIPath("attributes", attribute, "holders"), Query: query,
		Member: "holders"}, &screen.List[client.Holder]{
		Empty: "No user has it.",
		Name:  func(h *client.Holder) string { return h.User.Email },
		ID:    func(h *client.Holder) string { return h.User.ID },
		Columns: []screen.Column[client.Holder]{
			{Title: "id", Text: func(h *client.Holder) string { return h.User.ID }},
			{Title: "name", Text: func(h *client.Holder) string { return h.User.Name }},
			{Title: "email", Text: func(h *client.Holder) string { return h.User.Email }},
			{
				Title: "value", Text: func(h *client.Holder) string { return cli.BareValue(h.Value.Value) },
				Show: func(_ screen.Screen, h *client.Holder) string { return cli.ValueText(h.Value.Value) },
			},
			{Title: "from", Text: func(h *client.Holder) string { return origin(&h.Value) }},
		},
	})
}
