package native

import (
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// Patterns are those of all routes that need a token.
func Patterns() []string {
	var list []string
	for _, r := range new(api).routes() {
		list = append(list, r.pattern)
	}
	return list
}

// Parameters are those that the query of a route may have.
func Parameters(pattern string) []string { return strings.Fields(parameters()[pattern]) }

// ListedParameters are the patterns that Parameters has something about.
func ListedParameters() []string { return slices.Sorted(maps.Keys(parameters())) }

// A Sort is what tests may know of a sort of problem.
type Sort struct {
	Name, Advice string
	Status       int
}

// ProblemOf is the sort of problem of a kind of error.
func ProblemOf(kind directory.Kind, field string) Sort {
	s := sortOf(kind, field)
	return Sort{s.name, s.advice, s.status}
}
