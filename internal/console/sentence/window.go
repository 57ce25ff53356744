package sentence

import (
	"strings"

	"cohort/internal/directory"
)

// ConstraintText says in words which values an attribute accepts.
func ConstraintText(c *directory.Constraints) string {
	var list []string
	add := func(is bool, text string) {
		if is {
			list = append(list, text)
		}
	}
	add(len(c.Allowed) > 0, "one of "+Plural(len(c.Allowed), "allowed value"))
	add(c.Pattern != "", "matching "+c.Pattern)
	add(c.Least != "", "at least "+c.Least)
	add(c.Greatest != "", "at most "+c.Greatest)
	add(c.MaxLength != 0, "up to "+Plural(c.MaxLength, "character"))
	return strings.Join(list, ", ")
}

// WindowText says when a window is open.
func WindowText(w directory.Window) string {
	const day = "2 January 2006 15:04 UTC"
	switch {
	case w.Always():
		return ", without an end"
	case w.StartsAt == 0:
		return " until " + w.ExpiresAt.Time().Format(day)
	case w.ExpiresAt == 0:
		return " from " + w.StartsAt.Time().Format(day)
	}
	return " from " + w.StartsAt.Time().Format(day) + " until " + w.ExpiresAt.Time().Format(day)
}
