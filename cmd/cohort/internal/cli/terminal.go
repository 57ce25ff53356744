package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"cohort/client"
	"cohort/internal/screen"
)

// A Terminal has the streams of a command. They need not be a terminal's.
type Terminal struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// IsTerminal reports whether x is a terminal.
func IsTerminal(x any) bool { return screen.IsTerminal(x) }

// ReadUnseen asks a person for a text that the terminal does not show. asked is false
// if the standard input is not a terminal.
func (v *Invocation) ReadUnseen(prompt string) (text string, asked bool, err error) {
	f, ok := v.Stdin.(*os.File)
	if !ok || !IsTerminal(f) {
		return "", false, nil
	}
	fmt.Fprint(v.Stderr, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(v.Stderr)
	return string(b), true, err
}

// Bold returns s in bold if the output has styles.
func (v *Invocation) Bold(s string) string { return v.Screen.Styled(screen.Bold, s) }

// Styled returns s in a style if the output has styles.
func (v *Invocation) Styled(style screen.Style, s string) string { return v.Screen.Styled(style, s) }

// Table writes rows in aligned columns, within the width of the terminal.
func (v *Invocation) Table(rows [][]string) { v.Screen.Table(v.Stdout, rows) }

// Say writes a sentence, wrapped at the width of the terminal.
func (v *Invocation) Say(text string) { v.Screen.Paragraph(v.Stdout, "", text) }

// WriteJSON writes x as indented JSON.
func (v *Invocation) WriteJSON(x any) error { return screen.WriteObject(v.Stdout, screen.JSON, x) }

// Plain removes from s what would control the terminal.
func Plain(s string) string { return screen.Plain(s) }

// ValueText is a typed value for people: JSON in one line, or (hidden).
func ValueText(value json.RawMessage) string {
	switch {
	case len(value) == 0 || string(value) == "null":
		return "-"
	case isHidden(value):
		return "(hidden)"
	}
	return Plain(string(value))
}

// BareValue is a typed value for programs: a text without quotes, anything else as JSON.
func BareValue(value json.RawMessage) string {
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

// GroupNames lists the names of groups.
func GroupNames(groups []client.Group, separator string) string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = Plain(cmp.Or(g.Name, "group "+g.ID))
	}
	return strings.Join(names, separator)
}

// Decimal is n in decimal digits.
func Decimal(n int64) string { return strconv.FormatInt(n, 10) }

// Count is a number with its noun.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Decimal(int64(n)) + " " + noun + "s"
}
