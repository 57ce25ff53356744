// Package access has the subcommands about who may use a directory: profiles, roles,
// credentials, applications, identity providers, sessions.
package access

import (
	"errors"
	"fmt"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A RoleCmd is the group of commands about roles.
type RoleCmd struct {
	List   roleListCmd   `cmd:"" help:"List roles and their permissions."`
	Show   roleShowCmd   `cmd:"" help:"Show a role, and all permissions."`
	Create roleCreateCmd `cmd:"" help:"Create a role."`
	Set    roleSetCmd    `cmd:"" help:"Change the name or the permissions of a role."`
	Grant  roleGrantCmd  `cmd:"" help:"Give a role to a user or a group."`
	Revoke roleRevokeCmd `cmd:"" help:"Take a role from a user or a group."`
	Delete roleDeleteCmd `cmd:"" help:"Delete a role and take it from everyone."`
}

// A roleListCmd lists roles.
type roleListCmd struct {
	cli.ListFormat
	cli.StoppedFlags
}

// Help returns the details of the command's help.
func (*roleListCmd) Help() string {
	return `Examples:

  cohort role list`
}

// Run asks the server.
func (c *roleListCmd) Run(v *cli.Invocation) error {
	items, err := v.Roles()
	if err != nil {
		return err
	}
	list := screen.List[client.Role]{
		Member: "roles", Name: func(r *client.Role) string { return r.Name }, ID: func(r *client.Role) string { return r.ID },
		Columns: []screen.Column[client.Role]{
			{Title: "id", Text: func(r *client.Role) string { return r.ID }},
			{Title: "name", Text: func(r *client.Role) string { return r.Name }},
			{Title: "permissions", Text: func(r *client.Role) string { return strings.Join(r.Permissions, ", ") }},
		},
	}
	return list.Write(v.Stdout, v.Screen, c.Format(), items)
}

// findRole finds a role by id or name.
func findRole(v *cli.Invocation, text string) (*screen.Item[client.Role], error) {
	roles, err := v.Roles()
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range roles {
		r := &roles[i].Value
		if r.ID == text || strings.EqualFold(r.Name, strings.TrimPrefix(text, "name:")) {
			return &roles[i], nil
		}
		names = append(names, r.Name)
	}
	return nil, cli.WrongUsage(fmt.Errorf("there is no role %q; the roles are %s", text, strings.Join(names, ", ")))
}

// A roleShowCmd shows a role.
type roleShowCmd struct {
	cli.ReadFlags
	Role string `arg:"" complete:"role" help:"an id or a name"`
}

// Help returns the details of the command's help.
func (*roleShowCmd) Help() string {
	return `Examples:

  cohort role show Admin`
}

// Run asks the server.
func (c *roleShowCmd) Run(v *cli.Invocation) error {
	r, err := findRole(v, c.Role)
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), r.Raw)
	}
	v.Details([][2]string{{"id", r.Value.ID}, {"name", r.Value.Name},
		{"permissions", strings.Join(r.Value.Permissions, ", ")}})
	return nil
}

// allModels is the built-in set of models: it limits nothing.
const allModels = "1"

// A roleCreateCmd creates a role.
type roleCreateCmd struct {
	cli.WriteFlags
	Name       string   `arg:""`
	Permission []string `required:"" sep:"," placeholder:"PERMISSION" complete:"permission" help:"what it permits; can be repeated"`
}

// Help returns the details of the command's help.
func (*roleCreateCmd) Help() string {
	return `The permissions are administer (all of them), see_users, manage_users, manage_groups, manage_attributes, set_values, read_effective, see_history, reveal_hidden_values and sudo.

Examples:

  cohort role create Support --permission see_users,read_effective,see_history`
}

// Run asks the server.
func (c *roleCreateCmd) Run(v *cli.Invocation) error {
	return v.Change(&c.WriteFlags, func(done *client.Committed) string {
		return fmt.Sprintf("Created role %s with id %s.", cli.Plain(c.Name), done.Results[1].ID)
	}, cli.Edit("create_permission_set", "name", c.Name, "permissions", c.Permission),
		cli.Edit("create_role", "name", c.Name, "permission_set", "$0", "model_set", allModels))
}

// A roleSetCmd changes a role.
type roleSetCmd struct {
	cli.WriteFlags
	Role       string   `arg:"" complete:"role" help:"an id or a name"`
	Name       *string  `placeholder:"TEXT"`
	Permission []string `sep:"," placeholder:"PERMISSION" complete:"permission" help:"what it permits, instead of what it does now; can be repeated"`
}

// Help returns the details of the command's help.
func (*roleSetCmd) Help() string {
	return `Roles that share a permission set change together.

Examples:

  cohort role set Support --permission see_users,read_effective`
}

// Run asks the server.
func (c *roleSetCmd) Run(v *cli.Invocation) error {
	r, err := findRole(v, c.Role)
	if err != nil {
		return err
	}
	switch {
	case c.Name == nil && c.Permission == nil:
		return cli.ErrNothingGiven
	case c.Name == nil:
		return v.Change(&c.WriteFlags, cli.Sentence("Changed role %s.", r.Value.Name),
			cli.Edit("update_permission_set", "permission_set", r.Value.PermissionSet, "permissions", c.Permission))
	case c.Permission == nil:
		return v.Change(&c.WriteFlags, cli.Sentence("Changed role %s.", r.Value.Name),
			cli.Edit("update_role", "role", r.Value.ID, "name", *c.Name))
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Changed role %s.", r.Value.Name),
		cli.Edit("update_role", "role", r.Value.ID, "name", *c.Name),
		cli.Edit("update_permission_set", "permission_set", r.Value.PermissionSet, "permissions", c.Permission))
}

// A roleGrantCmd gives a role to a user or a group.
type roleGrantCmd struct {
	cli.WriteFlags
	cli.OwnerFlags
	Role string `arg:"" complete:"role" help:"an id or a name"`
}

// Help returns the details of the command's help.
func (*roleGrantCmd) Help() string {
	return `A group gives its roles to all users in it and in its subgroups.

Examples:

  cohort role grant Support --group "Help desk"
  cohort role grant Admin --user ada@example.com`
}

// Run asks the server.
func (c *roleGrantCmd) Run(v *cli.Invocation) error {
	return changeRoles(v, &c.WriteFlags, c.OwnerFlags, c.Role, true)
}

// A roleRevokeCmd takes a role from a user or a group.
type roleRevokeCmd struct {
	cli.WriteFlags
	cli.OwnerFlags
	Role string `arg:"" complete:"role" help:"an id or a name"`
}

// Help returns the details of the command's help.
func (*roleRevokeCmd) Help() string {
	return `To take a role that a user has through a group, revoke it from the group.

Examples:

  cohort role revoke Support --group "Help desk"`
}

// Run asks the server.
func (c *roleRevokeCmd) Run(v *cli.Invocation) error {
	return changeRoles(v, &c.WriteFlags, c.OwnerFlags, c.Role, false)
}

// changeRoles adds a role to the roles of an owner, or removes it.
func changeRoles(v *cli.Invocation, w *cli.WriteFlags, o cli.OwnerFlags, role string, give bool) error {
	r, err := findRole(v, role)
	if err != nil {
		return err
	}
	var has []string
	if o.Group != "" {
		g, _, err := cli.ReadObject[client.GroupDetail](v, cli.APIPath("groups", cli.GroupSelector(o.Group)))
		if err != nil {
			return err
		}
		has = g.Roles
	} else {
		u, _, err := cli.ReadObject[client.UserDetail](v, cli.APIPath("users", cli.UserSelector(o.User)))
		if err != nil {
			return err
		}
		has = u.Roles
	}
	roles := []string{}
	had := false
	for _, id := range has {
		if id == r.Value.ID {
			had = true
			continue
		}
		roles = append(roles, id)
	}
	if !give && !had {
		return cli.WrongUsage(errors.New(o.Name() + " does not have this role directly"))
	}
	said := cli.Sentence("Took role %s from %s.", r.Value.Name, o.Name())
	if give {
		roles = append(roles, r.Value.ID)
		said = cli.Sentence("Gave role %s to %s.", r.Value.Name, o.Name())
	}
	if o.Group != "" {
		return v.Change(w, said, cli.Edit("set_group_roles", "group", cli.GroupSelector(o.Group), "roles", roles))
	}
	return v.Change(w, said, cli.Edit("set_user_roles", "user", cli.UserSelector(o.User), "roles", roles))
}

// A roleDeleteCmd deletes a role.
type roleDeleteCmd struct {
	cli.WriteFlags
	Role string `arg:"" complete:"role" help:"an id or a name"`
}

// Help returns the details of the command's help.
func (*roleDeleteCmd) Help() string {
	return `Examples:

  cohort role delete Support`
}

// Run asks the server.
func (c *roleDeleteCmd) Run(v *cli.Invocation) error {
	return v.Change(&c.WriteFlags, cli.Sentence("Deleted role %s.", c.Role), cli.Edit("delete_role", "role",
		cli.RoleSelector(c.Role)))
}
