package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// An owner is whose value a command is about.
type owner struct {
	Group string `short:"g" xor:"owner" required:"" placeholder:"GROUP" complete:"group" help:"the group: an id, a name, or source:erp/4711"`
	User  string `short:"u" xor:"owner" required:"" placeholder:"USER" complete:"user" help:"the user: an id, an e-mail address, a name, or source:erp/4711"`
}

// A setCmd sets values of attributes.
type setCmd struct {
	writing
	owner
	window
	Rank   *int     `placeholder:"N" help:"where the group's value stands among others; 1 is strongest"`
	Values []string `arg:"" name:"attribute=value" help:"what to set; an attribute without = is asked for, or read from the standard input"`
}

// Help returns the details of the command's help.
func (*setCmd) Help() string {
	return `All values are set together, or none. Write lists as a,b,c. To keep a value out of the shell's history, leave it out: it is asked for, or read from the standard input.

Examples:

  cohort set region=emea --group EMEA --rank 1
  cohort set region=apac discount_limit=20 --user ada@example.com --until 2026-12-31
  cohort set region=emea --group EMEA --preview
  cohort set erp_password --group EMEA < password.txt`
}

// Run asks the server.
func (c *setCmd) Run(v *invocation) error {
	window, err := c.member()
	if err != nil {
		return err
	}
	if c.Rank != nil && c.Group == "" {
		return usageError{errors.New("--rank is for values of groups; a user has one value")}
	}
	var edits []json.RawMessage
	var names []string
	read := false
	for _, text := range c.Values {
		attribute, value, ok := strings.Cut(text, "=")
		if !ok {
			if read {
				return usageError{errors.New("one attribute at a time can be without a value")}
			}
			read = true
			if value, err = v.secretValue(attribute); err != nil {
				return err
			}
		}
		names = append(names, attribute)
		if c.Group != "" {
			var rank any
			if c.Rank != nil {
				rank = *c.Rank
			}
			edits = append(edits, edit("set_group_value", "group", groupSelector(c.Group), "attribute", attribute, "value",
				value, "rank", rank, "window", window))
			continue
		}
		edits = append(edits, edit("set_user_value", "user", userSelector(c.User), "attribute", attribute, "value", value,
			"window", window))
	}
	return v.change(&c.writing, saying("Set %s of %s.", strings.Join(names, ", "), c.name()), edits...)
}

// name is how the owner was named.
func (o owner) name() string {
	if o.Group != "" {
		return "group " + o.Group
	}
	return "user " + o.User
}

// maxValue is the most bytes of a value.
const maxValue = 64 << 10

// secretValue asks a person for a value, unseen, or reads it from the standard input.
func (v *invocation) secretValue(attribute string) (string, error) {
	if f, ok := v.in.(*os.File); ok && isTerminal(v.in) {
		fmt.Fprintf(v.err, "Value of %s: ", attribute)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(v.err)
		return string(b), err
	}
	b, err := io.ReadAll(io.LimitReader(v.in, maxValue+1))
	if err == nil && len(b) > maxValue {
		err = usageError{fmt.Errorf("the value of %s is longer than %d bytes", attribute, maxValue)}
	}
	return strings.TrimSuffix(string(b), "\n"), err
}

// An unsetCmd removes values.
type unsetCmd struct {
	writing
	owner
	Attributes []string `arg:"" name:"attribute" complete:"attribute" help:"ids or names"`
}

// Help returns the details of the command's help.
func (*unsetCmd) Help() string {
	return `All values are removed together, or none. The owner's values from groups or defaults apply then.

Examples:

  cohort unset region --user ada@example.com`
}

// Run asks the server.
func (c *unsetCmd) Run(v *invocation) error {
	var edits []json.RawMessage
	for _, attribute := range c.Attributes {
		if c.Group != "" {
			edits = append(edits, edit("delete_group_value", "group", groupSelector(c.Group), "attribute", attribute))
			continue
		}
		edits = append(edits, edit("delete_user_value", "user", userSelector(c.User), "attribute", attribute))
	}
	return v.change(&c.writing, saying("Removed %s of %s.", strings.Join(c.Attributes, ", "), c.name()), edits...)
}
