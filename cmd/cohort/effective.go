package main

import "cohort/client"

// An effectiveCmd shows what a user has.
type effectiveCmd struct {
	remote
	moment
	User      string `arg:"" help:"an id, email:ada@example.com or source:erp/4711"`
	Attribute string `arg:"" optional:"" help:"an id or a name; all if it is left out"`
}

// Help is the rest of the command's help.
func (*effectiveCmd) Help() string {
	return `The server is that of COHORT_URL; COHORT_CLIENT_ID and COHORT_CLIENT_SECRET log in.

Examples:

  cohort effective 7
  cohort effective email:ada@example.com region
  cohort effective source:erp/4711 --revision 4711 --json`
}

// Run asks the server.
func (c *effectiveCmd) Run(v *invocation) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	var attributes []string
	if c.Attribute != "" {
		attributes = []string{c.Attribute}
	}
	out, err := server.Effective(v.ctx, c.User, attributes, c.point())
	if err != nil {
		return err
	}
	if c.JSON {
		return v.json(out)
	}
	var rows [][]string
	for _, value := range out.Values {
		if value.Origin != "none" || c.Attribute != "" {
			rows = append(rows, []string{value.Attribute, shown(value.Value), origin(value)})
		}
	}
	v.table(rows)
	return nil
}

// origin says where a value comes from.
func origin(value client.Value) string {
	if value.Origin == "group" {
		return groupNames(value.Groups, ", ")
	}
	return "(" + value.Origin + ")"
}
