package main

import (
	"cmp"
	"net/url"
	"strings"

	"cohort/client"
	"cohort/internal/screen"
)

// A holdersCmd lists who has a value.
type holdersCmd struct {
	listing
	Asked string `arg:"" name:"attribute[=value]" complete:"attribute" help:"an id or a name, and the value if only users who have this one are asked for"`
}

// Help is the rest of the command's help.
func (*holdersCmd) Help() string {
	return `Whoever has the value effectively is a holder: from groups, of its own, or by default.

Examples:

  cohort holders region
  cohort holders region=emea -o csv --limit 0`
}

// Run asks the server.
func (c *holdersCmd) Run(v *invocation) error {
	attribute, value, one := strings.Cut(c.Asked, "=")
	query := url.Values{}
	if one {
		query.Set("value", value)
	}
	return list(v, c.listing, page{at("attributes", attribute, "holders"), query, "holders"}, &screen.List[client.Holder]{
		Empty: "Nobody has it.",
		Name:  func(h *client.Holder) string { return h.User.Email },
		ID:    func(h *client.Holder) string { return h.User.ID },
		Columns: []screen.Column[client.Holder]{
			{Title: "id", Text: func(h *client.Holder) string { return h.User.ID }},
			{Title: "name", Text: func(h *client.Holder) string { return h.User.Name }},
			{Title: "email", Text: func(h *client.Holder) string { return h.User.Email }},
			{
				Title: "value", Text: func(h *client.Holder) string { return bare(h.Value.Value) },
				Show: func(_ screen.Screen, h *client.Holder) string { return shown(h.Value.Value) },
			},
			{Title: "from", Text: func(h *client.Holder) string { return origin(&h.Value) }},
		},
	})
}

// A lintCmd lists what may not be meant so.
type lintCmd struct {
	listing
	Code []string `sep:"," placeholder:"CODE" help:"only findings of this kind; can be repeated"`
}

// Help is the rest of the command's help.
func (*lintCmd) Help() string {
	return `Examples:

  cohort lint
  cohort lint --code duplicate_group_name -o csv`
}

// Run asks the server.
func (c *lintCmd) Run(v *invocation) error {
	query := url.Values{}
	if len(c.Code) > 0 {
		query.Set("codes", strings.Join(c.Code, ","))
	}
	return list(v, c.listing, page{"/v1/lint", query, "findings"}, &screen.List[client.Finding]{
		Empty: "Nothing was found.",
		Name:  func(f *client.Finding) string { return f.Code },
		Columns: []screen.Column[client.Finding]{
			{Title: "code", Text: func(f *client.Finding) string { return f.Code }},
			{Title: "about", Text: findingAbout},
			{Title: "message", Text: func(f *client.Finding) string { return f.Message }},
		},
	})
}

// findingAbout names what a finding is about.
func findingAbout(f *client.Finding) string {
	var about []string
	if f.Attribute != "" {
		about = append(about, f.Attribute)
	}
	if f.User != "" {
		about = append(about, "user "+f.User)
	}
	for _, g := range f.Groups {
		about = append(about, cmp.Or(g.Name, "group")+" ("+g.ID+")")
	}
	return strings.Join(about, ", ")
}
