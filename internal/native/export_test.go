package native

import "cohort/internal/directory"

// Patterns are those of all routes that need a token.
func Patterns() []string {
	var list []string
	for _, r := range new(api).routes() {
		list = append(list, r.pattern)
	}
	return list
}

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

// KeptOf is how many questions are kept, of those that are put one after the
// other.
func KeptOf(texts []string) int {
	var k questions
	for _, text := range texts {
		k.put(text, &question{})
	}
	return len(k.byText)
}
