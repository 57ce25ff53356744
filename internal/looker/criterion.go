package looker

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// This file parses the criteria of searches for texts and ids, for lists in memory
// and for those that the database filters. Parameters that are absent, empty or
// "null" ask nothing: one client writes the latter for what is not given.

// isNull and notNull ask whether there is anything.
const (
	isNull  = "IS NULL"
	notNull = "NOT NULL"
)

// A textCriterion is what a search asks of a text: nothing, that it is missing,
// that it is there, or that it matches one of some patterns.
type textCriterion struct {
	word     string // isNull, notNull, or "LIKE"; empty asks nothing
	patterns []directory.Pattern
}

func (q *request) textCriterion(name string) (textCriterion, error) {
	text := q.query.Get(name)
	switch word := strings.ToUpper(strings.TrimSpace(text)); {
	case word == "" || text == "null":
		return textCriterion{}, nil
	case word == isNull || word == notNull:
		return textCriterion{word: word}, nil
	}
	c := textCriterion{word: "LIKE"}
	for _, reading := range q.queryTexts(name) {
		pattern, err := directory.ParsePattern(name, reading)
		if err != nil {
			return textCriterion{}, err
		}
		c.patterns = append(c.patterns, pattern)
	}
	return c, nil
}

func (c textCriterion) given() bool { return c.word != "" }

// matches reports whether a text, which may be missing, is what is asked for.
func (c textCriterion) matches(text *string) bool {
	switch c.word {
	case isNull:
		return text == nil
	case notNull:
		return text != nil
	}
	if text == nil {
		return false
	}
	folded := directory.Fold(*text)
	return slices.ContainsFunc(c.patterns, func(p directory.Pattern) bool { return p.Match(folded) })
}

// An idCriterion is what a search asks of an id: nothing, that it is there, as
// it always is, or that it is one of some.
type idCriterion struct {
	given bool
	every bool
	ids   []int64
}

func (q *request) idCriterion(name string) (idCriterion, error) {
	switch strings.ToUpper(strings.TrimSpace(q.query.Get(name))) {
	case notNull:
		return idCriterion{given: true, every: true}, nil
	case isNull:
		return idCriterion{given: true}, nil
	}
	ids, given, err := queryIDs[directory.UserID](q, name)
	c := idCriterion{given: given}
	for _, id := range ids {
		c.ids = append(c.ids, int64(id))
	}
	return c, err
}
