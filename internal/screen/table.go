package screen

import (
	"fmt"
	"io"
	"strings"
)

const (
	columnGap   = 2
	leastColumn = 8 // the smallest width of a wrapped column
)

// Table writes rows with aligned columns. If they are wider than the screen, the widest
// columns are wrapped.
func (s Screen) Table(w io.Writer, rows [][]string) {
	widths := s.widths(rows)
	for _, row := range rows {
		cells := make([][]string, len(row))
		height := 1
		for i, cell := range row {
			cells[i] = wrap(cell, widths[i])
			height = max(height, len(cells[i]))
		}
		for y := range height {
			writeLine(w, cells, widths, y)
		}
	}
}

// writeLine writes one line of a row.
func writeLine(w io.Writer, cells [][]string, widths []int, y int) {
	var line strings.Builder
	for i, lines := range cells {
		text := ""
		if y < len(lines) {
			text = lines[y]
		}
		line.WriteString(text)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", max(widths[i]-visible(text), 0)+columnGap))
		}
	}
	fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
}

// widths returns the width of each column.
func (s Screen) widths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], visible(cell))
		}
	}
	if s.Width == 0 || len(widths) == 0 {
		return widths
	}
	for over := columnGap*(len(widths)-1) - s.Width + sum(widths); over > 0; over-- {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= leastColumn {
			break
		}
		widths[widest]--
	}
	return widths
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}
