package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"cohort/client"
	"cohort/internal/screen"
)

// A groupCmd is the group of commands about groups.
type groupCmd struct {
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
	listing
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
			{Title: "in", Text: func(g *client.GroupDetail) string { return groupNames(g.Parents, ", ") }},
			{Title: "members", Text: func(g *client.GroupDetail) string { return decimal(g.Members) }},
			{Title: "sources", Text: func(g *client.GroupDetail) string { return sourceNames(g.Sources) }},
			{
				Title: "created", Text: func(g *client.GroupDetail) string { return screen.Screen{}.Time(g.CreatedAt) },
				Show: func(s screen.Screen, g *client.GroupDetail) string { return s.Time(g.CreatedAt) },
			},
		},
	}
}

// Run asks the server.
func (c *groupListCmd) Run(v *invocation) error {
	query := url.Values{}
	if c.Name != "" {
		query.Set("name", c.Name)
	}
	if c.In != "" {
		return list(v, c.listing, page{at("groups", groupSelector(c.In), "children"), query, "groups"}, groupList())
	}
	return list(v, c.listing, page{"/v1/groups", query, "groups"}, groupList())
}

// A groupShowCmd shows a group.
type groupShowCmd struct {
	paged
	asking
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
func (c *groupShowCmd) Run(v *invocation) error {
	g, raw, err := one[client.GroupDetail](v, at("groups", groupSelector(c.Group)))
	if err != nil {
		return err
	}
	if c.forPrograms() {
		return v.object(c.format(), raw)
	}
	roles, err := v.roleNames(g.Roles)
	if err != nil {
		return err
	}
	v.details([][2]string{
		{"id", g.ID}, {"name", g.Name}, {"in", groupNames(g.Parents, ", ")}, {"members", decimal(g.Members)},
		{"language", g.Language}, {"description", g.Description},
		{"sources", sourceNames(g.Sources)}, {"roles", roles}, {"created", v.screen.Time(g.CreatedAt)},
	})
	var reply struct {
		Values []client.OwnValue `json:"values"`
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	if err := server.Do(v.ctx, http.MethodGet, at("groups", g.ID, "values"), nil, nil, nil, &reply); err != nil {
		return err
	}
	v.section("Own values", v.ownValues(reply.Values))
	return nil
}

// A groupMembersCmd lists users of a group.
type groupMembersCmd struct {
	listing
	Group string `arg:"" complete:"group" help:"an id, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*groupMembersCmd) Help() string {
	return `Examples:

  cohort group members EMEA -o csv`
}

// Run asks the server.
func (c *groupMembersCmd) Run(v *invocation) error {
	return list(v, c.listing, page{at("groups", groupSelector(c.Group), "members"), nil, "users"}, userList())
}

// A groupCreateCmd creates a group.
type groupCreateCmd struct {
	writing
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
func (c *groupCreateCmd) Run(v *invocation) error {
	var unique any
	if c.Unique {
		unique = true
	}
	edits := []json.RawMessage{edit("create_group", "name", c.Name, "language", filled(c.Language), "unique_name", unique,
		"description", filled(c.Description))}
	for _, parent := range c.In {
		edits = append(edits, edit("add_parent", "group", "$0", "parent", groupSelector(parent)))
	}
	if len(c.Role) > 0 {
		edits = append(edits, edit("set_group_roles", "group", "$0", "roles", roleSelectors(c.Role)))
	}
	sources, err := sourceEdits("group:$0", c.Source)
	if err != nil {
		return err
	}
	return v.change(&c.writing, func(done *client.Committed) string {
		return fmt.Sprintf("Created group %s with id %s.", plain(c.Name), done.Results[0].ID)
	}, append(edits, sources...)...)
}

// A groupSetCmd changes a group.
type groupSetCmd struct {
	writing
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
func (c *groupSetCmd) Run(v *invocation) error {
	group := groupSelector(c.Group)
	var edits []json.RawMessage
	if c.Name != nil || c.Language != nil || c.Description != nil {
		edits = append(edits, edit("update_group", "group", group, "name", given(c.Name), "language", given(c.Language),
			"description", given(c.Description)))
	}
	for _, parent := range c.In {
		edits = append(edits, edit("add_parent", "group", group, "parent", groupSelector(parent)))
	}
	for _, parent := range c.NotIn {
		edits = append(edits, edit("remove_parent", "group", group, "parent", groupSelector(parent)))
	}
	if c.First != "" {
		edits = append(edits, edit("set_first_parent", "group", group, "parent", groupSelector(c.First)))
	}
	if c.Role != nil {
		edits = append(edits, edit("set_group_roles", "group", group, "roles", roleSelectors(c.Role)))
	}
	sources, err := sourceEdits("group:"+group, c.Source)
	if err != nil {
		return err
	}
	if edits = append(edits, sources...); len(edits) == 0 {
		return errNothingGiven
	}
	return v.change(&c.writing, saying("Changed group %s.", c.Group), edits...)
}

// A groupAddCmd puts users into a group.
type groupAddCmd struct {
	writing
	window
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
func (c *groupAddCmd) Run(v *invocation) error {
	window, err := c.member()
	if err != nil {
		return err
	}
	var edits []json.RawMessage
	for _, user := range c.Users {
		edits = append(edits, edit("add_member", "group", groupSelector(c.Group), "user", userSelector(user), "window",
			window))
	}
	return v.change(&c.writing, saying("Put %s into group %s.", counted(len(edits), "user"), c.Group), edits...)
}

// A groupRemoveCmd takes users out of a group.
type groupRemoveCmd struct {
	writing
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
func (c *groupRemoveCmd) Run(v *invocation) error {
	var edits []json.RawMessage
	for _, user := range c.Users {
		edits = append(edits, edit("remove_member", "group", groupSelector(c.Group), "user", userSelector(user)))
	}
	return v.change(&c.writing, saying("Took %s out of group %s.", counted(len(edits), "user"), c.Group), edits...)
}

// A groupDeleteCmd deletes a group.
type groupDeleteCmd struct {
	writing
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
func (c *groupDeleteCmd) Run(v *invocation) error {
	group := groupSelector(c.Group)
	roots, err := v.childrenWithoutOther(group)
	if err != nil {
		return err
	}
	what := "Deleted group " + c.Group + "."
	switch {
	case roots > 0 && c.Preview && !c.forPrograms():
		v.say("Would become a root, as it is in no other group: " + counted(roots, "group") + ".")
	case roots > 0:
		what += " In no other group, and so a root now: " + counted(roots, "group") + "."
	}
	return v.change(&c.writing, saying("%s", what), edit("delete_group", "group", group))
}

// childrenWithoutOther counts the groups in a group that are in no other.
func (v *invocation) childrenWithoutOther(group string) (int, error) {
	server, err := v.client()
	if err != nil {
		return 0, err
	}
	children, _, err := readList[client.GroupDetail](v, server, page{at("groups", group, "children"), nil, "groups"}, 0)
	n := 0
	for _, g := range children {
		if len(g.Value.Parents) == 1 {
			n++
		}
	}
	return n, err
}

// counted is a number and a noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// groupLabel is how a group is named in a tree.
func groupLabel(g *client.GroupDetail) string {
	return plain(cmp.Or(g.Name, "group "+g.ID))
}
