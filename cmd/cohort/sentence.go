package main

import (
	"fmt"
	"strings"

	"cohort/internal/directory"
)

// sentence says in words why a user has a value. The name of a group is asked
// for by id.
func sentence(e directory.Explanation, groupName func(directory.GroupID) string) string {
	switch e.Origin {
	case directory.OriginUser:
		return "set on the user" + butNot(e, groupName)
	case directory.OriginDefault:
		return "the default: no group of the user sets it"
	case directory.OriginSystem:
		return "computed from the user's own fields"
	case directory.OriginGroup:
	default:
		return "nothing sets it"
	}
	for _, c := range e.Candidates {
		if c.Outcome == directory.Contributes && c.Origin == directory.OriginGroup {
			return fmt.Sprintf("%s sets it, at rank %d%s%s", groupName(c.Group), c.Rank, through(c, groupName), butNot(e, groupName))
		}
	}
	return "a group sets it"
}

// through says how a group reaches the user, if not directly.
func through(c directory.Candidate, groupName func(directory.GroupID) string) string {
	if c.Distance <= 1 || len(c.Path) == 0 {
		return ""
	}
	names := make([]string, 0, len(c.Path))
	for _, g := range c.Path[:len(c.Path)-1] {
		names = append(names, groupName(g))
	}
	return ", and is reached through " + strings.Join(names, ", ")
}

// butNot names the groups whose values gave way.
func butNot(e directory.Explanation, groupName func(directory.GroupID) string) string {
	var weaker []string
	for _, c := range e.Candidates {
		switch c.Outcome {
		case directory.Outranked, directory.Farther, directory.Shadowed, directory.NotExtreme, directory.NotDeciding:
			if c.Origin == directory.OriginGroup {
				weaker = append(weaker, fmt.Sprintf("%s (%s)", groupName(c.Group), c.Value.Text))
			}
		default:
		}
	}
	if len(weaker) == 0 {
		return ""
	}
	return "; it goes before " + strings.Join(weaker, ", ")
}
