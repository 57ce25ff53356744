package query

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A MatrixCmd writes users and their effective values as a table.
type MatrixCmd struct {
	cli.Paged
	cli.StoppedFlags
	Output screen.Format `name:"output" short:"o" enum:"csv,table,json,yaml" default:"csv" placeholder:"FORMAT" help:"csv, table, json or yaml (default ${default})"`
	Group  string        `short:"g" placeholder:"GROUP" complete:"group" help:"only users directly in this group"`
	moment
	Origins    bool     `help:"where each value comes from, in a column of its own"`
	Limit      int      `default:"0" placeholder:"N" help:"the largest number of users; 0 means all (default ${default})"`
	Attributes []string `arg:"" optional:"" name:"attribute" complete:"attribute" help:"ids or names; default: all except computed ones"`
}

// Help returns the details of the command's help.
func (*MatrixCmd) Help() string {
	return `Writes one line for each user and one column for each attribute, with the effective values. Every thousand users are read at one revision. --at and --revision show the past values of the users who are listed now.

Examples:

  cohort matrix region discount_limit > matrix.csv
  cohort matrix --group EMEA --origins -o table
  cohort matrix region --at 2026-01-31T12:00:00Z`
}

// matrixPage is how many users one request asks about.
const matrixPage = 1000

// Run asks the server.
func (c *MatrixCmd) Run(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	names, err := c.columns(v, server)
	if err != nil {
		return err
	}
	query := url.Values{}
	if c.Group != "" {
		query.Set("group", cli.GroupSelector(c.Group))
	}
	users, _, err := cli.ReadList[client.UserDetail](v, server, cli.Page{Path: "/v1/users", Query: query,
		Member: "users"}, c.Limit)
	if err != nil {
		return err
	}
	head := []string{"id", "name", "email"}
	for _, name := range names {
		if head = append(head, name); c.Origins {
			head = append(head, name+"@from")
		}
	}
	rows := [][]string{head}
	for part := range slices.Chunk(users, matrixPage) {
		more, err := c.rows(v, server, part, names)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	return c.write(v, rows)
}

// columns are the names of the attributes that are asked for.
func (c *MatrixCmd) columns(v *cli.Invocation, server *client.Client) ([]string, error) {
	attributes, _, err := cli.ReadList[client.Attribute](v, server, cli.Page{Path: "/v1/attributes", Query: nil,
		Member: "attributes"}, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	if len(c.Attributes) == 0 {
		for _, a := range attributes {
			if !a.Value.System {
				names = append(names, a.Value.Name)
			}
		}
		return names, nil
	}
	for _, asked := range c.Attributes {
		i := slices.IndexFunc(attributes, func(a screen.Item[client.Attribute]) bool {
			return a.Value.ID == asked || strings.EqualFold(a.Value.Name, asked)
		})
		if i < 0 {
			return nil, cli.WrongUsage(fmt.Errorf("there is no attribute %q; cohort attribute list shows all attributes",
				asked))
		}
		names = append(names, attributes[i].Value.Name)
	}
	return names, nil
}

// rows reads the values of users.
func (c *MatrixCmd) rows(v *cli.Invocation, server *client.Client, users []screen.Item[client.UserDetail],
	names []string) ([][]string, error) {
	ids := make([]string, len(users))
	for i := range users {
		ids[i] = users[i].Value.ID
	}
	var reply struct {
		Users []client.UserValues `json:"users"`
	}
	in := map[string]any{"users": ids, "attributes": names}
	if err := server.Do(v.Context, http.MethodPost, "/v1/effective", c.query(), nil, in, &reply); err != nil {
		return nil, err
	}
	var rows [][]string
	for i, u := range reply.Users {
		if !u.Found || i >= len(users) {
			continue // deleted since the list was read
		}
		row := []string{u.ID, users[i].Value.Name, users[i].Value.Email}
		for j := range u.Values {
			if row = append(row, cli.BareValue(u.Values[j].Value)); c.Origins {
				row = append(row, origin(&u.Values[j]))
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// write writes the rows. The first one is the header.
func (c *MatrixCmd) write(v *cli.Invocation, rows [][]string) error {
	switch c.Output {
	case screen.CSV:
		return csv.NewWriter(v.Stdout).WriteAll(rows)
	case screen.Table:
		for i := range rows {
			for j := range rows[i] {
				rows[i][j] = cli.Plain(rows[i][j])
			}
		}
		v.Table(rows)
		return nil
	default:
	}
	list := make([]map[string]string, 0, len(rows)-1)
	for _, row := range rows[1:] {
		entry := map[string]string{}
		for i, name := range rows[0] {
			entry[name] = row[i]
		}
		list = append(list, entry)
	}
	return v.WriteObject(c.Output, map[string]any{"users": list})
}
