package main

import (
	"cmp"
	"encoding/json"
	"io"
	"strings"

	"cohort/client"
	"cohort/internal/screen"
)

// A terminal is what a command reads from and writes to. It need not be one.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// isTerminal reports whether a person is at the other end.
func isTerminal(x any) bool { return screen.IsTerminal(x) }

// bold returns s so that it stands out, if there is somebody to see it.
func (v *invocation) bold(s string) string { return v.screen.Styled(screen.Bold, s) }

// styled returns s in a style, if there is somebody to see it.
func (v *invocation) styled(style screen.Style, s string) string { return v.screen.Styled(style, s) }

// table writes rows with their columns aligned, within the width of the terminal.
func (v *invocation) table(rows [][]string) { v.screen.Table(v.out, rows) }

// say writes a sentence, wrapped at the width of the terminal.
func (v *invocation) say(text string) { v.screen.Paragraph(v.out, "", text) }

// json writes x for programs, indented for people.
func (v *invocation) json(x any) error { return screen.WriteObject(v.out, screen.JSON, x) }

// plain keeps what was stored from steering the terminal.
func plain(s string) string { return screen.Plain(s) }

// shown is a typed value for people: JSON in one line, hidden values named.
func shown(value json.RawMessage) string {
	switch {
	case len(value) == 0 || string(value) == "null":
		return "-"
	case isHidden(value):
		return "(hidden)"
	}
	return plain(string(value))
}

// bare is a typed value for programs: a text without quotes, anything else as JSON.
func bare(value json.RawMessage) string {
	var text string
	switch {
	case len(value) == 0 || string(value) == "null":
		return ""
	case isHidden(value):
		return "(hidden)"
	case json.Unmarshal(value, &text) == nil:
		return text
	}
	return string(value)
}

func isHidden(value json.RawMessage) bool {
	var hidden struct {
		Hidden bool `json:"hidden"`
	}
	return json.Unmarshal(value, &hidden) == nil && hidden.Hidden
}

func groupNames(groups []client.Group, separator string) string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = plain(cmp.Or(g.Name, "group "+g.ID))
	}
	return strings.Join(names, separator)
}
