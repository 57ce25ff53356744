package screen

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// visible counts the columns of a text, without its styles.
func visible(text string) int {
	n := utf8.RuneCountInString(text)
	for {
		i := strings.Index(text, "\x1b[")
		if i < 0 {
			return n
		}
		end := strings.IndexByte(text[i:], 'm')
		if end < 0 {
			return n
		}
		n -= end + 1
		text = text[i+end+1:]
	}
}

// wrap splits a text between words into lines of at most width columns, and cuts longer words.
// A width of 0 means no limit.
func wrap(text string, width int) []string {
	if width <= 0 || visible(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case visible(line)+1+visible(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
		for visible(line) > width && !strings.Contains(line, "\x1b") {
			cut := 0
			for range width {
				_, size := utf8.DecodeRuneInString(line[cut:])
				cut += size
			}
			lines = append(lines, line[:cut])
			line = line[cut:]
		}
	}
	return append(lines, line)
}

// Lines splits a text into lines that fit the screen.
func (s Screen) Lines(text string) []string { return wrap(text, s.Width) }

// Paragraph writes a wrapped text, with each line indented.
func (s Screen) Paragraph(w io.Writer, indent, text string) {
	width := 0
	if s.Width > 0 {
		width = max(s.Width-visible(indent), leastWidth)
	}
	for _, line := range wrap(text, width) {
		fmt.Fprintln(w, indent+line)
	}
}

// HangingIndent writes a text behind a label, with the other lines aligned below the first.
func (s Screen) HangingIndent(w io.Writer, label, text string) {
	width := 0
	if s.Width > 0 {
		width = max(s.Width-visible(label), leastWidth)
	}
	for i, line := range wrap(text, width) {
		if i == 0 {
			fmt.Fprintln(w, label+line)
			continue
		}
		fmt.Fprintln(w, strings.Repeat(" ", visible(label))+line)
	}
}
