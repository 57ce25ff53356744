package table

import (
	"fmt"
	"slices"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// cells are the cells of one row, with the first error.
type cells struct {
	table *Table
	row   *Row
	err   error
}

// raw returns a cell without surrounding spaces, or "" if there is no such column.
func (c *cells) raw(field string) string {
	i := slices.Index(c.table.fields, field)
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(c.row.Cells[i])
}

func (c *cells) wrong(field, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%s %s", field, fmt.Sprintf(format, args...))
	}
}

// text returns the wanted value of a field, or nil to leave it.
func (c *cells) text(field string) *string {
	switch text := c.raw(field); text {
	case "":
		return nil
	case clearMark, emptyMark:
		return new("")
	default:
		return &text
	}
}

func (c *cells) upper(field string) *string {
	text := c.text(field)
	if text != nil {
		*text = strings.ToUpper(*text)
	}
	return text
}

// flag parses yes or no.
func (c *cells) flag(field string) *bool {
	switch text := strings.ToLower(c.raw(field)); text {
	case "":
	case "yes", "true", "1", "y":
		return new(true)
	case "no", "false", "0", "n":
		return new(false)
	default:
		c.wrong(field, "must be yes or no")
	}
	return nil
}

// list parses texts that are separated by |. \| is a literal |.
func (c *cells) list(field string) *[]string {
	text := c.raw(field)
	switch text {
	case "":
		return nil
	case clearMark, emptyMark:
		return &[]string{}
	}
	list := splitBar(text)
	return &list
}

func splitBar(text string) []string {
	var list []string
	var b strings.Builder
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text), text[i] == '|':
			if one := strings.TrimSpace(b.String()); one != "" {
				list = append(list, one)
			}
			b.Reset()
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '|':
			b.WriteByte('|')
			i++
		default:
			b.WriteByte(text[i])
		}
	}
	return list
}

// bounds reads the bounds of a window.
func (c *cells) bounds(from, until string) desired.Bounds {
	return desired.Bounds{From: c.bound(from), Until: c.bound(until)}
}

func (c *cells) bound(field string) *directory.Instant {
	text := c.raw(field)
	switch text {
	case "":
		return nil
	case clearMark, emptyMark:
		return new(directory.Instant(0))
	}
	at, ok := c.table.parseTime(text)
	if !ok || at.UnixMilli() <= 0 {
		c.wrong(field, "must be a date or time, such as 2026-01-31 or 2026-01-31T12:00:00Z, or of --date-format")
		return nil
	}
	return new(directory.InstantOf(at))
}

// values reads the columns of attributes.
func (c *cells) values() []desired.Assigned {
	var list []desired.Assigned
	for _, field := range c.table.fields {
		name, ok := strings.CutPrefix(field, "attr:")
		if !ok || strings.Contains(name, "@") {
			continue
		}
		if v, ok := c.value(field, name, c.bounds(field+"@from", field+"@until")); ok {
			list = append(list, v)
		}
	}
	return list
}

// value parses a value of an attribute. ok is false if the cell is empty.
func (c *cells) value(field, attribute string, bounds desired.Bounds) (v desired.Assigned, ok bool) {
	i := slices.Index(c.table.fields, field)
	text := c.row.Cells[i] // spaces are part of a value
	v = desired.Assigned{Attribute: attribute, Place: place(c.row)}
	v.Bounds = bounds
	switch strings.TrimSpace(text) {
	case "":
		return v, false
	case clearMark:
		v.Clear, v.Bounds = true, desired.Bounds{}
		return v, true
	case emptyMark:
		return v, true
	}
	t, _ := c.table.opt.TypeOf(attribute)
	switch t {
	case directory.TypeList, directory.TypeEnumList:
		text = directory.JoinList(splitBar(text))
	case directory.TypeDate, directory.TypeDateTime:
		text = c.date(field, strings.TrimSpace(text), t)
	case directory.TypeInteger, directory.TypeNumber, directory.TypeYesNo:
		text = strings.TrimSpace(text)
	default:
	}
	v.Text = text
	return v, true
}

// date converts a date of another format to ISO.
func (c *cells) date(field, text string, t directory.Type) string {
	if c.table.opt.DateFormat == "" {
		return text
	}
	at, ok := c.table.parseTime(text)
	switch {
	case !ok:
		c.wrong(field, "must be a date of the format %s", c.table.opt.DateFormat)
	case t == directory.TypeDate:
		return at.Format("2006-01-02")
	default:
		return at.Format("2006-01-02T15:04:05Z")
	}
	return text
}
