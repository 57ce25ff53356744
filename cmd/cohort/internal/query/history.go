package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"cohort/cmd/cohort/internal/cli"
	"cohort/internal/screen"
)

// A HistoryCmd shows how an effective value changed.
type HistoryCmd struct {
	cli.ListFlags
	Of        string `arg:"" name:"user" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Attribute string `arg:"" optional:"" complete:"attribute" help:"an id or a name"`
	Group     string `short:"g" placeholder:"GROUP" complete:"group" help:"the values that this group hands down; the only argument is then the attribute"`
}

// Help returns the details of the command's help.
func (*HistoryCmd) Help() string {
	return `Lists each moment at which the value changed, newest first, and the cause: a change of the user, of a group or of the attribute, or a window that opened or closed.

Examples:

  cohort history ada@example.com region
  cohort history --group Berlin region -o json`
}

// An answerMoment is a moment at which an effective value changed.
type answerMoment struct {
	At       time.Time `json:"at"`
	Revision int64     `json:"revision"`
	Caller   string    `json:"caller"`
	Comment  string    `json:"comment"`
	Passed   bool      `json:"passed"`
	Before   *struct {
		Value json.RawMessage `json:"value"`
	} `json:"before"`
	After struct {
		Value json.RawMessage `json:"value"`
	} `json:"after"`
	What     []string `json:"what"`
	Sentence string   `json:"sentence"`
}

// was is the value before; nil if there was none.
func (m *answerMoment) was() json.RawMessage {
	if m.Before == nil {
		return nil
	}
	return m.Before.Value
}

// revision is the revision of the change; empty if no change is known.
func (m *answerMoment) revision() string {
	if m.Revision == 0 {
		return ""
	}
	return strconv.FormatInt(m.Revision, 10)
}

// Run asks the server.
func (c *HistoryCmd) Run(v *cli.Invocation) error {
	path, attribute, err := effectivePath(c.Of, c.Attribute, c.Group)
	if err != nil {
		return err
	}
	if attribute == "" {
		return cli.WrongUsage(errors.New("say which attribute the history is of"))
	}
	p := cli.Page{Path: path + "/" + url.PathEscape(attribute) + "/history", Query: url.Values{}, Member: "moments"}
	if c.Format() != screen.Table {
		return cli.ShowList(v, c.ListFlags, p, momentList())
	}
	server, err := v.Client()
	if err != nil {
		return err
	}
	items, more, err := cli.ReadList[answerMoment](v, server, p, c.Limit)
	if err != nil {
		return err
	}
	return v.WriteList(c.ListFlags, more, func() error {
		for i := range items {
			showMoment(v, &items[i].Value)
		}
		if len(items) == 0 {
			v.Say("The value never changed.")
		}
		return nil
	})
}

func momentList() *screen.List[answerMoment] {
	return &screen.List[answerMoment]{
		Name: func(m *answerMoment) string { return m.revision() },
		Columns: []screen.Column[answerMoment]{
			{Title: "at", Text: func(m *answerMoment) string { return m.At.Format(time.RFC3339Nano) }},
			{Title: "revision", Text: func(m *answerMoment) string { return m.revision() }},
			{Title: "before", Text: func(m *answerMoment) string { return cli.BareValue(m.was()) }},
			{Title: "after", Text: func(m *answerMoment) string { return cli.BareValue(m.After.Value) }},
			{Title: "sentence", Text: func(m *answerMoment) string { return m.Sentence }},
		},
	}
}

// showMoment shows a moment to people.
func showMoment(v *cli.Invocation, m *answerMoment) {
	head := v.Screen.Time(m.At)
	if m.Revision != 0 {
		head += "  revision " + m.revision()
	}
	if m.Comment != "" {
		head += "  " + m.Comment
	}
	fmt.Fprintf(v.Stdout, "%s → %s  %s\n", v.Styled(screen.Grey, cli.ValueText(m.was())),
		v.Bold(cli.ValueText(m.After.Value)), cli.Plain(head))
	for _, what := range m.What {
		v.Screen.Paragraph(v.Stdout, "    ", cli.Plain(what))
	}
	v.Screen.Paragraph(v.Stdout, "    ", cli.Plain(m.Sentence))
}
