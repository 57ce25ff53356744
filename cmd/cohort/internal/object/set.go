package object

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"cohort/cmd/cohort/internal/cli"
)

// A SetCmd sets values of attributes.
type SetCmd struct {
	cli.WriteFlags
	cli.OwnerFlags
	cli.WindowFlags
	Rank   *int     `placeholder:"N" help:"the rank of the group's value among those of other groups; 1 is strongest"`
	Values []string `arg:"" name:"attribute=value" help:"what to set; an attribute without = is asked for, or read from the standard input"`
}

// Help returns the details of the command's help.
func (*SetCmd) Help() string {
	return `All values are set together, or none. Write lists as a,b,c. To keep a value out of the shell's history, leave it out: it is asked for, or read from the standard input.

Examples:

  cohort set region=emea --group EMEA --rank 1
  cohort set region=apac discount_limit=20 --user ada@example.com --until 2026-12-31
  cohort set region=emea --group EMEA --preview
  cohort set erp_password --group EMEA < password.txt`
}

// Run asks the server.
func (c *SetCmd) Run(v *cli.Invocation) error {
	window, err := c.Member()
	if err != nil {
		return err
	}
	if c.Rank != nil && c.Group == "" {
		return cli.WrongUsage(errors.New("--rank is for values of groups; a user has one value"))
	}
	var edits []json.RawMessage
	var names []string
	read := false
	for _, text := range c.Values {
		attribute, value, ok := strings.Cut(text, "=")
		if !ok {
			if read {
				return cli.WrongUsage(errors.New("only one attribute can be given without a value"))
			}
			read = true
			if value, err = secretValue(v, attribute); err != nil {
				return err
			}
		}
		names = append(names, attribute)
		if c.Group != "" {
			var rank any
			if c.Rank != nil {
				rank = *c.Rank
			}
			edits = append(edits, cli.Edit("set_group_value", "group", cli.GroupSelector(c.Group), "attribute", attribute,
				"value",
				value, "rank", rank, "window", window))
			continue
		}
		edits = append(edits, cli.Edit("set_user_value", "user", cli.UserSelector(c.User), "attribute", attribute, "value",
			value,
			"window", window))
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Set %s of %s.", strings.Join(names, ", "), c.Name()), edits...)
}

// maxValue is the largest number of bytes of a value.
const maxValue = 64 << 10

// secretValue asks a person for a value without showing it, or reads it from the standard
// input.
func secretValue(v *cli.Invocation, attribute string) (string, error) {
	if text, asked, err := v.ReadUnseen("Value of " + attribute + ": "); asked {
		return text, err
	}
	b, err := io.ReadAll(io.LimitReader(v.Stdin, maxValue+1))
	if err == nil && len(b) > maxValue {
		err = cli.WrongUsage(fmt.Errorf("the value of %s is longer than %d bytes", attribute, maxValue))
	}
	return strings.TrimSuffix(string(b), "\n"), err
}

// An UnsetCmd removes values.
type UnsetCmd struct {
	cli.WriteFlags
	cli.OwnerFlags
	Attributes []string `arg:"" name:"attribute" complete:"attribute" help:"ids or names"`
}

// Help returns the details of the command's help.
func (*UnsetCmd) Help() string {
	return `All values are removed together, or none. The owner's values from groups or defaults apply then.

Examples:

  cohort unset region --user ada@example.com`
}

// Run asks the server.
func (c *UnsetCmd) Run(v *cli.Invocation) error {
	var edits []json.RawMessage
	for _, attribute := range c.Attributes {
		if c.Group != "" {
			edits = append(edits, cli.Edit("delete_group_value", "group", cli.GroupSelector(c.Group), "attribute", attribute))
			continue
		}
		edits = append(edits, cli.Edit("delete_user_value", "user", cli.UserSelector(c.User), "attribute", attribute))
	}
	return v.Change(&c.WriteFlags, cli.Sentence("Removed %s of %s.", strings.Join(c.Attributes, ", "), c.Name()), edits...)
}
