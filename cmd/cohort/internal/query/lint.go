package query

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"cohort/client"
	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A LintCmd lists possible mistakes.
type LintCmd struct {
	cli.ListFlags
	Code   []string `sep:"," placeholder:"CODE" help:"only findings of this kind, one by one; can be repeated"`
	Object string   `placeholder:"OBJECT" help:"only findings about this object, one by one: group:EMEA, user:ada@example.com, attribute:region"`
	All    bool     `help:"list the findings one by one instead of by kind"`
	Muted  bool     `help:"include muted findings; without other flags, list what is muted, and why"`
	Mute   string   `placeholder:"ID" help:"hide a finding, or all findings of a kind, from now on"`
	Unmute string   `placeholder:"ID" help:"show a muted finding, or a kind, again"`
	Why    string   `placeholder:"TEXT" help:"with --mute: the reason"`
}

// Help returns the details of the command's help.
func (*LintCmd) Help() string {
	return `Without flags it counts the findings of each kind and shows some of them. Muted findings are only counted.

Examples:

  cohort lint
  cohort lint --code similar_names -o csv
  cohort lint --object group:EMEA
  cohort lint --mute empty_group --why "groups are made before people join"`
}

// Run asks the server.
func (c *LintCmd) Run(v *cli.Invocation) error {
	if c.Mute != "" || c.Unmute != "" {
		return c.mute(v)
	}
	query := url.Values{}
	if len(c.Code) > 0 {
		query.Set("codes", strings.Join(c.Code, ","))
	}
	if c.Object != "" {
		query.Set("object", cli.ObjectSelector(c.Object))
	}
	switch {
	case !c.All && len(query) == 0 && c.Muted:
		return cli.ShowList(v, c.ListFlags, cli.Page{Path: "/v1/lint/muted", Query: nil, Member: "muted"}, mutedList())
	case !c.All && len(query) == 0:
		return c.kinds(v)
	}
	if c.Muted {
		query.Set("muted", "true")
	}
	return cli.ShowList(v, c.ListFlags, cli.Page{Path: "/v1/lint", Query: query, Member: "findings"},
		&screen.List[client.Finding]{
			Empty: "Nothing was found.",
			Name:  func(f *client.Finding) string { return f.ID },
			Columns: []screen.Column[client.Finding]{
				{Title: "code", Text: func(f *client.Finding) string { return f.Code }},
				{Title: "about", Text: findingAbout},
				{Title: "message", Text: func(f *client.Finding) string { return f.Message }},
				{Title: "id", Text: func(f *client.Finding) string { return f.ID }},
			},
		})
}

// A mutedFinding is a muted finding or kind, and the reason.
type mutedFinding struct {
	Finding string `json:"finding"`
	Why     string `json:"why"`
}

func mutedList() *screen.List[mutedFinding] {
	return &screen.List[mutedFinding]{
		Empty: "Nothing is muted.",
		Name:  func(m *mutedFinding) string { return m.Finding },
		Columns: []screen.Column[mutedFinding]{
			{Title: "finding", Text: func(m *mutedFinding) string { return m.Finding }},
			{Title: "why", Text: func(m *mutedFinding) string { return m.Why }},
		},
	}
}

// mute hides a finding, or shows it again.
func (c *LintCmd) mute(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	var done client.Committed
	if c.Unmute != "" {
		err = server.Do(v.Context, http.MethodDelete, cli.APIPath("lint", "muted", c.Unmute), nil, nil, nil, &done)
	} else {
		err = server.Do(v.Context, http.MethodPut, cli.APIPath("lint", "muted", c.Mute), nil, nil,
			map[string]string{"why": c.Why}, &done)
	}
	switch {
	case err != nil:
		return err
	case c.Format() != screen.Table:
		return v.WriteObject(c.Format(), done)
	}
	v.ShowCommitted(&done)
	return nil
}

// kinds counts the findings of each kind, page by page.
func (c *LintCmd) kinds(v *cli.Invocation) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	query, byCode := url.Values{}, map[string]int{}
	var kinds []client.FindingKind
	for {
		var part struct {
			Kinds []client.FindingKind `json:"kinds"`
			Next  string               `json:"next"`
		}
		if err := server.Do(v.Context, http.MethodGet, "/v1/lint/kinds", query, nil, nil, &part); err != nil {
			return err
		}
		for _, k := range part.Kinds {
			i, known := byCode[k.Code]
			if !known {
				byCode[k.Code] = len(kinds)
				kinds = append(kinds, k)
				continue
			}
			kinds[i].Count, kinds[i].Muted = kinds[i].Count+k.Count, kinds[i].Muted+k.Muted
			kinds[i].Sample = append(kinds[i].Sample, k.Sample...)
		}
		if part.Next == "" {
			return c.writeKinds(v, kinds)
		}
		query.Set("cursor", part.Next)
	}
}

// lintSample is how many findings of a kind are shown.
const lintSample = 3

func (c *LintCmd) writeKinds(v *cli.Invocation, kinds []client.FindingKind) error {
	if c.Format() != screen.Table {
		items, err := cli.ItemsFrom(kinds)
		if err != nil {
			return err
		}
		return kindList().Write(v.Stdout, v.Screen, c.Format(), items)
	}
	if len(kinds) == 0 {
		v.Say("Nothing was found.")
	}
	for i := range kinds {
		k := &kinds[i]
		head := fmt.Sprintf("%s: %d", v.Bold(k.Code), k.Count)
		if k.Muted > 0 {
			head += fmt.Sprintf(", and %d muted", k.Muted)
		}
		v.Screen.Paragraph(v.Stdout, "", head)
		for _, f := range k.Sample[:min(len(k.Sample), lintSample)] {
			v.Screen.HangingIndent(v.Stdout, "  ", cli.Plain(f.Message)+"  "+v.Styled(screen.Grey, f.ID))
		}
		if k.Count > lintSample {
			v.Screen.Paragraph(v.Stdout, "  ", fmt.Sprintf("and %d more: cohort lint --code %s", k.Count-lintSample, k.Code))
		}
	}
	return nil
}

func kindList() *screen.List[client.FindingKind] {
	return &screen.List[client.FindingKind]{
		Member: "kinds",
		Name:   func(k *client.FindingKind) string { return k.Code },
		Columns: []screen.Column[client.FindingKind]{
			{Title: "code", Text: func(k *client.FindingKind) string { return k.Code }},
			{Title: "count", Text: func(k *client.FindingKind) string { return cli.Decimal(int64(k.Count)) }},
			{Title: "muted", Text: func(k *client.FindingKind) string { return cli.Decimal(int64(k.Muted)) }},
		},
	}
}

// findingAbout names the objects that a finding is about.
func findingAbout(f *client.Finding) string {
	var about []string
	if f.Attribute != "" {
		about = append(about, f.Attribute)
	}
	if f.User != "" {
		about = append(about, "user "+f.User)
	}
	for _, u := range f.Users {
		about = append(about, "user "+u)
	}
	for _, g := range f.Groups {
		about = append(about, cmp.Or(g.Name, "group")+" ("+g.ID+")")
	}
	return strings.Join(about, ", ")
}
