package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// A terminal is what a command reads from and writes to. It need not be one.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// bold returns s so that it stands out, if there is somebody to see it.
func (t terminal) bold(s string) string {
	if !isTerminal(t.out) {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// isTerminal reports whether w shows what is written to a person.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// table writes rows with their columns aligned, two spaces apart. The last
// column is as wide as it is.
func (t terminal) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		fmt.Fprintln(t.out, strings.TrimRight(line.String(), " "))
	}
}

// json writes v for programs, indented for people.
func (t terminal) json(v any) error {
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
