package object

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A GroupCmd is the group of commands about groups.
type GroupCmd struct {
	List    groupListCmd    `cmd:"" help:"List groups."`
	Tree    groupTreeCmd    `cmd:"" help:"Show groups as a tree."`
	Show    groupShowCmd    `cmd:"" help:"Show a group and its own values."`
	Members groupMembersCmd `cmd:"" help:"List the users directly in a group."`
	Create  groupCreateCmd  `cmd:"" help:"Create a group."`
	Set     groupSetCmd     `cmd:"" help:"Change a group: name, description, parents, roles, sources."`
	Add     groupAddCmd     `cmd:"" help:"Put users into a group."`
	Remove  groupRemoveCmd  `cmd:"" help:"Take users out of a group."`
	Delete  groupDeleteCmd  `cmd:"" help:"Delete a group; it can be undone."`
}

// A groupListCmd lists groups.
type groupListCmd struct {
	cli.ListFlags
	Name string `placeholder:"TEXT" help:"only groups with this name; % matches anything"`
	In   string `placeholder:"GROUP" complete:"group" help:"only groups directly in this group"`
}

// Help returns the details of the command's help.
func (*groupListCmd) Help() string {
	return `Examples:

  cohort group list --name 'EM%'
  cohort group list --in EMEA -o name`
}

func groupList() *screen.List[client.GroupDetail] {
	return &screen.List[client.GroupDetail]{
		Member: "groups", Empty: "There are no such groups.",
		Name: func(g *client.GroupDetail) string { return g.Name },
		ID:   func(g *client.GroupDetail) string { return g.ID },
		Columns: []screen.Column[client.GroupDetail]{
			{Title: "id", Text: func(g *client.GroupDetail) string { return g.ID }},
			{Title: "name", Text: func(g *client.GroupDetail) string { return g.Name }},
			{Title: "in", Text: func(g *client.GroupDetail) string { return cli.GroupNames(g.Parents, ", ") }},
			{Title: "members", Text: func(g *client.GroupDetail) string { return cli.Decimal(g.Members) }},
			{Title: "sources", Text: func(g *client.GroupDetail) string { return sourceNames(g.Sources) }},
			{
				Title: "created", Text: func(g *client.GroupDetail) string { return screen.Screen{}.Time(g.CreatedAt) },
				Show: func(s screen.Screen, g *client.GroupDetail) string { return s.Time(g.CreatedAt) },
			},
		},
	}
}

// Run asks the server.
func (c *groupListCmd) Run(v *cli.Invocation) error {
	query := url.Values{}
	if c.Name != "" {
		query.Set("name", c.Name)
	}
	if c.In != "" {
		return cli.ShowList(v, c.ListFlags, cli.Page{Path: cli.APIPath("groups", cli.GroupSelector(c.In), "children"),
			Query: query, Member: "groups"}, groupList())
	}
	return cli.ShowList(v, c.ListFlags, cli.Page{Path: "/v1/groups", Query: query, Member: "groups"}, groupList())
}

// A groupShowCmd shows a group.
type groupShowCmd struct {
	cli.Paged
	cli.ReadFlags
	Group string `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*groupShowCmd) Help() string {
	return `To see what the group hands down, including inherited values, use cohort effective --group.

Examples:

  cohort group show EMEA
  cohort group show source:erp/4711 -o yaml`
}

// Run asks the server.
func (c *groupShowCmd) Run(v *cli.Invocation) error {
	g, raw, err := cli.ReadObject[client.GroupDetail](v, cli.APIPath("groups", cli.GroupSelector(c.Group)))
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), raw)
	}
	roles, err := v.RoleNames(g.Roles)
	if err != nil {
		return err
	}
	v.Details([][2]string{
		{"id", g.ID}, {"name", g.Name}, {"in", cli.GroupNames(g.Parents, ", ")}, {"members", cli.Decimal(g.Members)},
		{"language", g.Language}, {"description", g.Description},
		{"sources", sourceNames(g.Sources)}, {"roles", roles}, {"created", v.Screen.Time(g.CreatedAt)},
	})
	var reply struct {
		Values []client.OwnValue `json:"values"`
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	if err := server.Do(v.Context, http.MethodGet, cli.APIPath("groups", g.ID, "values"), nil, nil, nil,
		&reply); err != nil {
		return err
	}
	v.Section("Own values", v.OwnValues(reply.Values))
	return nil
}

// A groupMembersCmd lists the users directly in a group.
type groupMembersCmd struct {
	cli.ListFlags
	Group string `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*groupMembersCmd) Help() string {
	return `Examples:

  cohort group members EMEA -o csv`
}

// Run asks the server.
func (c *groupMembersCmd) Run(v *cli.Invocation) error {
	return cli.ShowList(v, c.ListFlags, cli.Page{Path: cli.APIPath("groups", cli.GroupSelector(c.Group), "members"),
		Query: nil, Member: "users"}, userList())
}

// A groupCreateCmd creates a group.
type groupCreateCmd struct {
	cli.WriteFlags
	Name        string   `arg:""`
	In          []string `sep:"none" placeholder:"GROUP" complete:"group" help:"add it to this group; can be repeated"`
	Role        []string `sep:"none" placeholder:"ROLE" complete:"role" help:"a role that it gives to its users; can be repeated"`
	Source      []string `sep:"none" placeholder:"erp/4711" help:"its id in a source, such as erp/4711; can be repeated"`
	Language    string   `placeholder:"EN"`
	Unique      bool     `help:"refuse if another group has this name"`
	Description string   `placeholder:"TEXT" help:"what it is for"`
}

// Help returns the details of the command's help.
func (*groupCreateCmd) Help() string {
	return `Examples:

  cohort group create Berlin --in EMEA --source erp/4711`
}

// Run asks the server.
func (c *groupCreateCmd) Run(v *cli.Invocation) error {
	var unique any
	if c.Unique {
		unique = true
	}
	edits := []json.RawMessage{cli.Edit("create_group", "name", c.Name, "language", cli.NonEmpty(c.Language),
		"unique_name", unique,
		"description", cli.NonEmpty(c.Description))}
	for _, parent := range c.In {
		edits = append(edits, cli.Edit("add_parent", "group", "$0", "parent", cli.GroupSelector(parent)))
	}
	if len(c.Role) > 0 {
		edits = append(edits, cli.Edit("set_group_roles", "group", "$0", "roles", cli.RoleSelectors(c.Role)))
	}
	sources, err := cli.SourceEdits("group:$0", c.Source)
	if err != nil {
		return err
	}
	return v.Change(&c.WriteFlags, func(done *client.Committed) string {
		return fmt.Sprintf("Created group %s with id %s.", cli.Plain(c.Name), done.Results[0].ID)
	}, append(edits, sources...)...)
}

// A groupSetCmd changes a group.
type groupSetCmd struct {
	cli.WriteFlags
	Group       string   `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
	Name        *string  `placeholder:"TEXT"`
	Language    *string  `placeholder:"EN"`
	In          []string `sep:"none" placeholder:"GROUP" complete:"group" help:"add this group as a parent; can be repeated"`
	NotIn       []string `sep:"none" placeholder:"GROUP" complete:"group" help:"take it out of this group; can be repeated"`
	First       string   `placeholder:"GROUP" complete:"group" help:"make this group its first parent, instead of the current one"`
	Role        []string `sep:"none" placeholder:"ROLE" complete:"role" help:"replaces the roles that the group gives; can be repeated; empty removes all"`
	Source      []string `sep:"none" placeholder:"erp/4711" help:"its id in a source, such as erp/4711; erp/ removes it; can be repeated"`
	Description *string  `placeholder:"TEXT" help:"what it is for"`
}

// Help returns the details of the command's help.
func (*groupSetCmd) Help() string {
	return `Fields that are not named stay as they are.

Examples:

  cohort group set Berlin --name "Berlin office"
  cohort group set Berlin --in Germany --not-in EMEA --preview`
}

// Run asks the server.
func (c *groupSetCmd) Run(v *cli.Invocation) error {
	group := cli.GroupSelector(c.Group)
	var edits []json.RawMessage
	if c.Name != nil || c.Language != nil || c.Description != nil {
		edits = append(edits, cli.Edit("update_group", "group", group, "name", cli.OptionalText(c.Name), "language",
			cli.OptionalText(c.Language),
			"description", cli.OptionalText(c.Description)))
	}
	for _, parent := range c.In {
		edits = append(edits, cli.Edit("add_parent", "group", group, "parent", cli.GroupSelector(parent)))
	}
	for _, parent := range c.NotIn {
		edits = append(edits, cli.Edit("remove_parent", "group", group, "parent", cli.GroupSelector(parent)))
	}
	if c.First != "" {
		edits = append(edits, cli.Edit("set_first_parent", "group", group, "parent", cli.GroupSelector(c.First)))
	}
	if c.Role != nil {
		edits = append(edits, cli.Edit("set_group_roles", "group", group, "roles", cli.RoleSelectors(c.Role)))
	}
	sources, err := cli.SourceEdits("group:"+group, c.Source)
	if err != nil {
		return err
	}
	if edits = append(edits, sources...); len(edits) == 0 {
		return cli.ErrNothingGiven
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Changed group %s.", c.Group), edits...)
}

// A groupAddCmd adds users to a group.
type groupAddCmd struct {
	cli.WriteFlags
	cli.WindowFlags
	Group string   `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
	Users []string `arg:"" name:"user" complete:"user" help:"ids, e-mail addresses, names, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*groupAddCmd) Help() string {
	return `All users are added together, or none.

Examples:

  cohort group add EMEA ada@example.com bob@example.com
  cohort group add "Night shift" ada@example.com --from 2026-02-01 --until 2026-03-01`
}

// Run asks the server.
func (c *groupAddCmd) Run(v *cli.Invocation) error {
	window, err := c.Member()
	if err != nil {
		return err
	}
	var edits []json.RawMessage
	for _, user := range c.Users {
		edits = append(edits, cli.Edit("add_member", "group", cli.GroupSelector(c.Group), "user", cli.UserSelector(user),
			"window",
			window))
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Put %s into group %s.", cli.Count(len(edits), "user"), c.Group), edits...)
}

// A groupRemoveCmd removes users from a group.
type groupRemoveCmd struct {
	cli.WriteFlags
	Group string   `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
	Users []string `arg:"" name:"user" complete:"user" help:"ids, e-mail addresses, names, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*groupRemoveCmd) Help() string {
	return `All users are removed together, or none.

Examples:

  cohort group remove EMEA ada@example.com`
}

// Run asks the server.
func (c *groupRemoveCmd) Run(v *cli.Invocation) error {
	var edits []json.RawMessage
	for _, user := range c.Users {
		edits = append(edits, cli.Edit("remove_member", "group", cli.GroupSelector(c.Group), "user", cli.UserSelector(user)))
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Took %s out of group %s.", cli.Count(len(edits), "user"), c.Group),
		edits...)
}

// A groupDeleteCmd deletes a group.
type groupDeleteCmd struct {
	cli.WriteFlags
	Group string `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*groupDeleteCmd) Help() string {
	return `Its values, memberships and roles go with it; groups in it lose it as a parent. A revert restores all of it.

Examples:

  cohort group delete Berlin --preview
  cohort group delete Berlin --comment "closed"`
}

// Run asks the server.
func (c *groupDeleteCmd) Run(v *cli.Invocation) error {
	group := cli.GroupSelector(c.Group)
	roots, err := childrenWithoutOther(v, group)
	if err != nil {
		return err
	}
	what := "Deleted group " + c.Group + "."
	switch {
	case roots > 0 && c.Preview && !c.ForPrograms():
		v.Say("Would be without a parent: " + cli.Count(roots, "group") + ".")
	case roots > 0:
		what += " Without a parent now: " + cli.Count(roots, "group") + "."
	}
	return v.Change(&c.WriteFlags, cli.Sentence("%s", what), cli.Edit("delete_group", "group", group))
}

// childrenWithoutOther counts the groups whose only parent is the group.
func childrenWithoutOther(v *cli.Invocation, group string) (int, error) {
	server, err := v.Client()
	if err != nil {
		return 0, err
	}
	children, _, err := cli.ReadList[client.GroupDetail](v, server, cli.Page{Path: cli.APIPath("groups", group,
		"children"), Query: nil, Member: "groups"}, 0)
	n := 0
	for _, g := range children {
		if len(g.Value.Parents) == 1 {
			n++
		}
	}
	return n, err
}

// groupLabel names a group.
func groupLabel(g *client.GroupDetail) string {
	return cli.Plain(cmp.Or(g.Name, "group "+g.ID))
}
