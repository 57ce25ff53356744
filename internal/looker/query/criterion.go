package query

import (
	"slices"
	"strings"

	"cohort/internal/directory"
)

// This file parses search criteria for texts and ids, for lists in memory and for queries of
// the database. A parameter that is absent, empty or "null" is no criterion: one client sends
// "null" for an omitted parameter.

// isNull and notNull match a missing and a present value.
const (
	isNull  = "IS NULL"
	notNull = "NOT NULL"
)

// A textCriterion matches every text, missing texts, present texts, or texts that match one of
// several patterns.
type textCriterion struct {
	word     string // isNull, notNull, or "LIKE"; empty asks nothing
	patterns []directory.Pattern
}

func (p Params) textCriterion(name string) (textCriterion, error) {
	text := p.Get(name)
	switch word := strings.ToUpper(strings.TrimSpace(text)); {
	case word == "" || text == "null":
		return textCriterion{}, nil
	case word == isNull || word == notNull:
		return textCriterion{word: word}, nil
	}
	c := textCriterion{word: "LIKE"}
	for _, reading := range p.texts(name) {
		pattern, err := directory.ParsePattern(name, reading)
		if err != nil {
			return textCriterion{}, err
		}
		c.patterns = append(c.patterns, pattern)
	}
	return c, nil
}

func (c textCriterion) given() bool { return c.word != "" }

// matches reports whether a text, or nil for a missing one, meets the criterion.
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

// An idCriterion matches every id or one of several. NOT NULL matches every id, because none
// is ever missing.
type idCriterion struct {
	given bool
	every bool
	ids   []int64
}

func (p Params) idCriterion(name string) (idCriterion, error) {
	switch strings.ToUpper(strings.TrimSpace(p.Get(name))) {
	case notNull:
		return idCriterion{given: true, every: true}, nil
	case isNull:
		return idCriterion{given: true}, nil
	}
	ids, given, err := IDs[directory.UserID](p, name)
	c := idCriterion{given: given}
	for _, id := range ids {
		c.ids = append(c.ids, int64(id))
	}
	return c, err
}
