package object

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// An AttributeCmd is the group of commands about attributes.
type AttributeCmd struct {
	List   attributeListCmd   `cmd:"" help:"List attributes."`
	Show   attributeShowCmd   `cmd:"" help:"Show an attribute and its group values by rank."`
	Create attributeCreateCmd `cmd:"" help:"Create an attribute."`
	Set    attributeSetCmd    `cmd:"" help:"Change an attribute."`
	Delete attributeDeleteCmd `cmd:"" help:"Delete an attribute with all its values; it can be undone."`
}

// An attributeListCmd lists attributes.
type attributeListCmd struct{ cli.ListFlags }

// Help returns the details of the command's help.
func (*attributeListCmd) Help() string {
	return `Examples:

  cohort attribute list
  cohort attribute list -o name`
}

func attributeList() *screen.List[client.Attribute] {
	return &screen.List[client.Attribute]{
		Member: "attributes", Empty: "There are no attributes.",
		Name: func(a *client.Attribute) string { return a.Name },
		ID:   func(a *client.Attribute) string { return a.ID },
		Columns: []screen.Column[client.Attribute]{
			{Title: "id", Text: func(a *client.Attribute) string { return a.ID }},
			{Title: "name", Text: func(a *client.Attribute) string { return a.Name }},
			{Title: "label", Text: func(a *client.Attribute) string { return a.Label }},
			{Title: "type", Text: func(a *client.Attribute) string { return a.Type }},
			{Title: "rule", Text: func(a *client.Attribute) string { return a.Rule }},
			{
				Title: "default", Text: func(a *client.Attribute) string { return cli.BareValue(a.Default) },
				Show: func(_ screen.Screen, a *client.Attribute) string { return cli.ValueText(a.Default) },
			},
			{Title: "flags", Text: attributeFlags},
		},
	}
}

// attributeFlags lists the flags of an attribute.
func attributeFlags(a *client.Attribute) string {
	var flags []string
	for _, f := range []struct {
		is   bool
		name string
	}{{a.System, "computed"}, {a.Permanent && !a.System, "permanent"}, {a.Hidden, "hidden"}, {a.UserCanEdit, "editable"},
		{a.UserCanView && !a.UserCanEdit, "viewable"}} {
		if f.is {
			flags = append(flags, f.name)
		}
	}
	return strings.Join(flags, ", ")
}

// Run asks the server.
func (c *attributeListCmd) Run(v *cli.Invocation) error {
	return cli.ShowList(v, c.ListFlags, cli.Page{Path: "/v1/attributes", Query: nil, Member: "attributes"},
		attributeList())
}

// An attributeShowCmd shows an attribute.
type attributeShowCmd struct {
	cli.Paged
	cli.ReadFlags
	Attribute string `arg:"" complete:"attribute" help:"an id or a name"`
}

// Help returns the details of the command's help.
func (*attributeShowCmd) Help() string {
	return `Examples:

  cohort attribute show region`
}

// Run asks the server.
func (c *attributeShowCmd) Run(v *cli.Invocation) error {
	a, raw, err := cli.ReadObject[client.Attribute](v, cli.APIPath("attributes", c.Attribute))
	if err != nil {
		return err
	}
	if c.ForPrograms() {
		return v.WriteObject(c.Format(), raw)
	}
	v.Details([][2]string{
		{"id", a.ID}, {"name", a.Name}, {"label", a.Label}, {"type", a.Type}, {"rule", a.Rule},
		{"user values", a.UserValueMode},
		{"default", cli.ValueText(a.Default)}, {"flags", attributeFlags(a)}, {"sources", sourceNames(a.Sources)},
		{"created", v.Screen.Time(a.CreatedAt)},
		{"description", a.Description}, {"allowed", allowedNames(a.Allowed)}, {"pattern", a.Pattern},
		{"least", a.Least}, {"greatest", a.Greatest}, {"longest", limitOf(a.MaxLength)},
	})
	if a.System {
		return nil
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	var reply struct {
		Values []client.OwnValue `json:"values"`
	}
	if err := server.Do(v.Context, http.MethodGet, cli.APIPath("attributes", a.ID, "values"), nil, nil, nil,
		&reply); err != nil {
		return err
	}
	var rows [][]string
	for _, value := range reply.Values {
		name := ""
		if value.Group != nil {
			name = cli.GroupNames([]client.Group{*value.Group}, "")
		}
		rows = append(rows, []string{fmt.Sprintf("  %d", value.Rank), name, cli.ValueText(value.Value),
			v.WindowText(value.StartsAt, value.ExpiresAt)})
	}
	v.Section("Group values, strongest first", rows)
	return nil
}

// allowedNames lists the allowed values of an attribute with their labels.
func allowedNames(list []client.AllowedValue) string {
	names := make([]string, len(list))
	for i, a := range list {
		if names[i] = a.Value; a.Label != "" {
			names[i] += " (" + a.Label + ")"
		}
	}
	return strings.Join(names, ", ")
}

// limitOf describes a maximum length; empty without one.
func limitOf(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d characters", n)
}

// attributeFields are the flags of the fields of an attribute.
type attributeFields struct {
	Label         *string  `placeholder:"TEXT"`
	Type          *string  `placeholder:"TYPE" enum:"string,text,integer,number,yesno,date,datetime,zipcode,relative_url,filter_string,filter_number,filter_datetime,list,enum,enum_list" help:"string, text, integer, number, yesno, date, datetime, list, enum, enum_list, …"`
	Rule          *string  `placeholder:"RULE" enum:"rank,nearest,union,min,max,any,all" help:"the rule that decides among group values: rank, nearest, union, min, max, any or all"`
	UserValueMode *string  `placeholder:"MODE" enum:"wins,joins,yields" help:"what a user's own value does: wins, joins or yields"`
	Default       *string  `placeholder:"VALUE" help:"the default value; empty removes it"`
	View          *bool    `negatable:"" help:"users see their own value"`
	Edit          *bool    `negatable:"" help:"users set their own value"`
	Source        []string `sep:"none" placeholder:"erp/4711" help:"its id in a source, such as erp/4711; can be repeated"`
	Description   *string  `placeholder:"TEXT" help:"what it is for"`
	Allowed       []string `sep:"none" placeholder:"VALUE[=LABEL]" help:"an allowed value; can be repeated, in the order of choice lists; empty allows all"`
	Pattern       *string  `placeholder:"RE2" help:"a regular expression that the whole value must match; empty removes it"`
	Least         *string  `placeholder:"VALUE" help:"the smallest number or earliest time; empty removes it"`
	Greatest      *string  `placeholder:"VALUE" help:"the largest number or latest time; empty removes it"`
	MaxLength     *int     `placeholder:"N" help:"the maximum length of a value in characters; 0 means no limit"`
}

func (f *attributeFields) members() []any {
	members := []any{
		"label", cli.OptionalText(f.Label), "type", cli.OptionalText(f.Type), "rule", cli.OptionalText(f.Rule),
		"user_value_mode", cli.OptionalText(f.UserValueMode),
		"default", cli.OptionalText(f.Default),
		"description", cli.OptionalText(f.Description), "pattern", cli.OptionalText(f.Pattern), "least",
		cli.OptionalText(f.Least), "greatest",
		cli.OptionalText(f.Greatest),
	}
	if f.MaxLength != nil {
		members = append(members, "max_length", *f.MaxLength)
	}
	if len(f.Allowed) > 0 {
		members = append(members, "allowed", allowedValues(f.Allowed))
	}
	for name, flag := range map[string]*bool{"user_can_view": f.View, "user_can_edit": f.Edit} {
		if flag != nil {
			members = append(members, name, *flag)
		}
	}
	return members
}

// allowedValues are allowed values with their labels, for an edit.
func allowedValues(texts []string) []client.AllowedValue {
	list := []client.AllowedValue{}
	for _, text := range texts {
		if text == "" {
			continue
		}
		value, label, _ := strings.Cut(text, "=")
		list = append(list, client.AllowedValue{Value: value, Label: label})
	}
	return list
}

// An attributeCreateCmd creates an attribute.
type attributeCreateCmd struct {
	cli.WriteFlags
	Name string `arg:"" help:"letters, digits and underscores; stored in lower case"`
	attributeFields
	Hidden bool `help:"values are sealed and never shown; it cannot be undone"`
}

// Help returns the details of the command's help.
func (*attributeCreateCmd) Help() string {
	return `The default type is string. By default the group value with the strongest rank decides.

Examples:

  cohort attribute create region --default world
  cohort attribute create discount_limit --type integer --rule max --least 0 --greatest 100
  cohort attribute create region --type enum --allowed emea=Europe --allowed apac=Asia --description 'Where a customer is'`
}

// Run asks the server.
func (c *attributeCreateCmd) Run(v *cli.Invocation) error {
	members := append([]any{"name", strings.ToLower(c.Name)}, c.members()...)
	if c.Type == nil {
		members = append(members, "type", "string")
	}
	if c.Hidden {
		members = append(members, "hidden", true)
	}
	sources, err := cli.SourceEdits("attribute:$0", c.Source)
	if err != nil {
		return err
	}
	return v.Change(&c.WriteFlags, func(done *client.Committed) string {
		return fmt.Sprintf("Created attribute %s with id %s.", cli.Plain(c.Name), done.Results[0].ID)
	}, append([]json.RawMessage{cli.Edit("create_attribute", members...)}, sources...)...)
}

// An attributeSetCmd changes an attribute.
type attributeSetCmd struct {
	cli.WriteFlags
	Attribute string  `arg:"" complete:"attribute" help:"an id or a name"`
	Name      *string `placeholder:"TEXT"`
	attributeFields
	Hidden  bool    `help:"hide the values for good: they are sealed and never shown"`
	Misfits *string `placeholder:"drop|convert|keep" enum:"drop,convert,keep" help:"what to do with values that do not fit"`
}

// Help returns the details of the command's help.
func (*attributeSetCmd) Help() string {
	return `Fields that are not named stay as they are. If stored values do not fit a new type or constraint, the change is refused and lists them, unless --misfits says what to do: drop, convert, or (for constraints) keep. Kept values are listed by cohort lint --code misfit.

Examples:

  cohort attribute set region --label "Sales region"
  cohort attribute set limit --type integer --misfits drop --preview
  cohort attribute set region --allowed emea=Europe --allowed apac=Asia --misfits keep`
}

// Run asks the server.
func (c *attributeSetCmd) Run(v *cli.Invocation) error {
	members := append([]any{"attribute", c.Attribute, "name", cli.OptionalText(c.Name), "misfits",
		cli.OptionalText(c.Misfits)}, c.members()...)
	if c.Hidden {
		members = append(members, "hidden", true)
	}
	var edits []json.RawMessage
	for i := 3; i < len(members); i += 2 {
		if members[i] != nil {
			edits = append(edits, cli.Edit("update_attribute", members...))
			break
		}
	}
	sources, err := cli.SourceEdits("attribute:"+c.Attribute, c.Source)
	if err != nil {
		return err
	}
	if edits = append(edits, sources...); len(edits) == 0 {
		return cli.ErrNothingGiven
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Changed attribute %s.", c.Attribute), edits...)
}

// An attributeDeleteCmd deletes an attribute.
type attributeDeleteCmd struct {
	cli.WriteFlags
	Attribute string `arg:"" complete:"attribute" help:"an id or a name"`
}

// Help returns the details of the command's help.
func (*attributeDeleteCmd) Help() string {
	return `Examples:

  cohort attribute delete region --preview`
}

// Run asks the server.
func (c *attributeDeleteCmd) Run(v *cli.Invocation) error {
	return v.Change(&c.WriteFlags, cli.Sentence("Deleted attribute %s.", c.Attribute),
		cli.Edit("delete_attribute", "attribute", c.Attribute))
}
