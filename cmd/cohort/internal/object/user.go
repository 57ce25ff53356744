// Package object has the subcommands that list, show and edit the objects of a
// directory: users, groups, attributes and their values.
package object

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A UserCmd is the group of commands about users.
type UserCmd struct {
	List   userListCmd   `cmd:"" help:"List users."`
	Show   userShowCmd   `cmd:"" help:"Show a user and its own values."`
	Create userCreateCmd `cmd:"" help:"Create a user."`
	Set    userSetCmd    `cmd:"" help:"Change fields of a user."`
	Delete userDeleteCmd `cmd:"" help:"Delete a user; it can be undone."`
	Erase  userEraseCmd  `cmd:"" help:"Erase a person for good, also from the history."`
}

// A userListCmd lists users.
type userListCmd struct {
	cli.ListFlags
	Email     string `placeholder:"TEXT" help:"only users with this e-mail; % matches anything"`
	FirstName string `placeholder:"TEXT" help:"only users with this first name; % matches anything"`
	LastName  string `placeholder:"TEXT" help:"only users with this last name; % matches anything"`
	Group     string `short:"g" placeholder:"GROUP" complete:"group" help:"only users directly in this group"`
	Disabled  bool   `help:"only disabled users"`
}

// Help returns the details of the command's help.
func (*userListCmd) Help() string {
	return `Examples:

  cohort user list --group EMEA
  cohort user list --last-name 'Love%' -o csv`
}

func userList() *screen.List[client.UserDetail] {
	return &screen.List[client.UserDetail]{
		Member: "users", Empty: "There are no such users.",
		Name: func(u *client.UserDetail) string { return cmp.Or(u.Email, u.ContactEmail) },
		ID:   func(u *client.UserDetail) string { return u.ID },
		Columns: []screen.Column[client.UserDetail]{
			{Title: "id", Text: func(u *client.UserDetail) string { return u.ID }},
			{Title: "name", Text: func(u *client.UserDetail) string { return u.Name }},
			{Title: "email", Text: func(u *client.UserDetail) string { return cmp.Or(u.Email, u.ContactEmail) }},
			{Title: "groups", Text: func(u *client.UserDetail) string { return membershipNames(u.Groups) }},
			{Title: "state", Text: userState},
			{Title: "sources", Text: func(u *client.UserDetail) string { return sourceNames(u.Sources) }},
			{
				Title: "created", Text: func(u *client.UserDetail) string { return screen.Screen{}.Time(u.CreatedAt) },
				Show: func(s screen.Screen, u *client.UserDetail) string { return s.Time(u.CreatedAt) },
			},
		},
	}
}

func userState(u *client.UserDetail) string {
	state := u.Kind
	if u.Disabled {
		state += ", disabled"
	}
	return state
}

func membershipNames(list []client.Membership) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = cmp.Or(m.Group.Name, m.Group.ID)
	}
	return strings.Join(names, ", ")
}

// sourceNames lists ids in other systems as selectors write them.
func sourceNames(sources map[string]string) string {
	var list []string
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		list = append(list, source+"/"+sources[source])
	}
	return strings.Join(list, ", ")
}

// Run asks the server.
func (c *userListCmd) Run(v *cli.Invocation) error {
	query := url.Values{}
	for name, text := range map[string]string{"email": c.Email, "first_name": c.FirstName, "last_name": c.LastName} {
		if text != "" {
			query.Set(name, text)
		}
	}
	if c.Group != "" {
		query.Set("group", cli.GroupSelector(c.Group))
	}
	if c.Disabled {
		query.Set("disabled", "true")
	}
	return cli.ShowList(v, c.ListFlags, cli.Page{Path: "/v1/users", Query: query, Member: "users"}, userList())
}

// A userShowCmd shows a user.
type userShowCmd struct {
	cli.Paged
	cli.ReadFlags
	User string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*userShowCmd) Help() string {
	return `To see the user's values from groups and defaults, too, use cohort effective.

Examples:

  cohort user show ada@example.com
  cohort user show "Ada Lovelace" -o yaml`
}

// Run asks the server.
func (c *userShowCmd) Run(v *cli.Invocation) error {
	u, raw, err := cli.ReadObject[client.UserDetail](v, cli.APIPath("users", cli.UserSelector(c.User)))
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), raw)
	}
	roles, err := v.RoleNames(u.AllRoles)
	if err != nil {
		return err
	}
	v.Details([][2]string{
		{"id", u.ID}, {"name", u.Name}, {"state", userState(u)}, {"login e-mail", u.Email},
		{"contact e-mail", u.ContactEmail},
		{"time zone", u.Timezone}, {"language", u.Language}, {"sources", sourceNames(u.Sources)}, {"roles", roles},
		{"created", v.Screen.Time(u.CreatedAt)},
	})
	var groups [][]string
	for _, m := range u.Groups {
		groups = append(groups, []string{"  " + cli.Plain(cmp.Or(m.Group.Name, "group "+m.Group.ID)),
			v.WindowText(m.StartsAt, m.ExpiresAt)})
	}
	v.Section("Groups", groups)
	v.Section("Own values", v.OwnValues(u.Values))
	return nil
}

// A userCreateCmd creates a user.
type userCreateCmd struct {
	cli.WriteFlags
	Email        string   `placeholder:"EMAIL" help:"the login e-mail"`
	FirstName    string   `placeholder:"TEXT"`
	LastName     string   `placeholder:"TEXT"`
	ContactEmail string   `placeholder:"EMAIL"`
	Timezone     string   `placeholder:"TEXT"`
	Language     string   `placeholder:"EN"`
	Service      bool     `help:"a service account, which has no e-mail"`
	Group        []string `short:"g" sep:"none" placeholder:"GROUP" complete:"group" help:"add it to this group; can be repeated"`
	Source       []string `sep:"none" placeholder:"erp/4711" help:"its id in a source, such as erp/4711; can be repeated"`
}

// Help returns the details of the command's help.
func (*userCreateCmd) Help() string {
	return `Examples:

  cohort user create --email ada@example.com --first-name Ada --last-name Lovelace --group EMEA
  cohort user create --service --first-name "Price feed" --source erp/feed-1`
}

// Run asks the server.
func (c *userCreateCmd) Run(v *cli.Invocation) error {
	if c.Email == "" && c.FirstName == "" && c.LastName == "" {
		return cli.WrongUsage(errors.New("say --email, --first-name or --last-name, so that the user can be found again"))
	}
	kind := "person"
	if c.Service {
		kind = "service"
	}
	edits := []json.RawMessage{cli.Edit("create_user", "kind", kind, "first_name", cli.NonEmpty(c.FirstName), "last_name",
		cli.NonEmpty(c.LastName),
		"contact_email", cli.NonEmpty(c.ContactEmail), "timezone", cli.NonEmpty(c.Timezone), "language",
		cli.NonEmpty(strings.ToUpper(c.Language)))}
	if c.Email != "" {
		edits = append(edits, cli.Edit("set_login_email", "user", "$0", "email", c.Email, "new", true))
	}
	for _, g := range c.Group {
		edits = append(edits, cli.Edit("add_member", "group", cli.GroupSelector(g), "user", "$0"))
	}
	sources, err := cli.SourceEdits("user:$0", c.Source)
	if err != nil {
		return err
	}
	name := cmp.Or(strings.TrimSpace(c.FirstName+" "+c.LastName), c.Email)
	return v.Change(&c.WriteFlags, func(done *client.Committed) string {
		return fmt.Sprintf("Created user %s with id %s.", cli.Plain(name), done.Results[0].ID)
	}, append(edits, sources...)...)
}

// A userSetCmd changes a user.
type userSetCmd struct {
	cli.WriteFlags
	User         string   `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Email        *string  `placeholder:"EMAIL" help:"the login e-mail"`
	FirstName    *string  `placeholder:"TEXT"`
	LastName     *string  `placeholder:"TEXT"`
	ContactEmail *string  `placeholder:"EMAIL"`
	Timezone     *string  `placeholder:"TEXT"`
	Language     *string  `placeholder:"EN"`
	Disable      bool     `xor:"state" help:"disable it; it keeps its values"`
	Enable       bool     `xor:"state"`
	Role         []string `sep:"none" placeholder:"ROLE" complete:"role" help:"replaces the directly given roles; can be repeated; empty removes all"`
	Source       []string `sep:"none" placeholder:"erp/4711" help:"its id in a source, such as erp/4711; erp/ removes it; can be repeated"`
}

// Help returns the details of the command's help.
func (*userSetCmd) Help() string {
	return `Fields that are not named stay as they are.

Examples:

  cohort user set ada@example.com --last-name King
  cohort user set ada@example.com --disable --comment "left the company"`
}

// Run asks the server.
func (c *userSetCmd) Run(v *cli.Invocation) error {
	user := cli.UserSelector(c.User)
	var edits []json.RawMessage
	var disabled any
	if c.Disable || c.Enable {
		disabled = c.Disable
	}
	if c.FirstName != nil || c.LastName != nil || c.ContactEmail != nil || c.Timezone != nil || c.Language != nil ||
		disabled != nil {
		edits = append(edits, cli.Edit("update_user", "user", user, "first_name", cli.OptionalText(c.FirstName), "last_name",
			cli.OptionalText(c.LastName),
			"contact_email", cli.OptionalText(c.ContactEmail), "timezone", cli.OptionalText(c.Timezone), "language",
			cli.OptionalText(c.Language), "disabled",
			disabled))
	}
	if c.Email != nil {
		edits = append(edits, cli.Edit("set_login_email", "user", user, "email", *c.Email))
	}
	if c.Role != nil {
		edits = append(edits, cli.Edit("set_user_roles", "user", user, "roles", cli.RoleSelectors(c.Role)))
	}
	sources, err := cli.SourceEdits("user:"+user, c.Source)
	if err != nil {
		return err
	}
	if edits = append(edits, sources...); len(edits) == 0 {
		return cli.ErrNothingGiven
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Changed user %s.", c.User), edits...)
}

// A userDeleteCmd deletes a user.
type userDeleteCmd struct {
	cli.WriteFlags
	User string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
}

// Help returns the details of the command's help.
func (*userDeleteCmd) Help() string {
	return `The user's credentials end, too; a revert restores them disabled.

Examples:

  cohort user delete ada@example.com --comment "left the company"`
}

// Run asks the server.
func (c *userDeleteCmd) Run(v *cli.Invocation) error {
	return v.Change(&c.WriteFlags, cli.Sentence("Deleted user %s.", c.User), cli.Edit("delete_user", "user",
		cli.UserSelector(c.User)))
}

// A userEraseCmd erases a person, also from the history.
type userEraseCmd struct {
	cli.WriteFlags
	User string `arg:"" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Yes  bool   `help:"confirm that the erasure cannot be undone"`
}

// Help returns the details of the command's help.
func (*userEraseCmd) Help() string {
	return `Fields, credentials, values and memberships are removed, also from the history. Only a backup can bring them back.

Examples:

  cohort user erase ada@example.com --yes --comment "request 4711"`
}

// Run asks the server.
func (c *userEraseCmd) Run(v *cli.Invocation) error {
	if !c.Yes && !c.Preview {
		return cli.WrongUsage(errors.New("erasing cannot be undone: confirm it with --yes, or see its effects with " +
			"--preview"))
	}
	return v.ChangeAndTell(&c.WriteFlags, func(done *client.Committed) {
		v.Say(fmt.Sprintf("Erased user %s, with revision %d. Backups made before still have the person.", cli.Plain(c.User),
			done.Revision))
	}, cli.Edit("erase_user", "user", cli.UserSelector(c.User)))
}
