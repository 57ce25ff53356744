package native

import "cohort/internal/directory"

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
