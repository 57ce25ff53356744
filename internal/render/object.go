package render

import "cohort/internal/directory"

// IDs renders ids.
func IDs[T directory.ID](ids []T) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = directory.FormatID(id)
	}
	return list
}

// Sources renders source references: the id in each source.
func Sources(list []directory.SourceReference) map[string]string {
	sources := map[string]string{}
	for _, s := range list {
		sources[s.Source] = s.SourceID
	}
	return sources
}

// An Allowed is an allowed value of an attribute.
type Allowed struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Constraints are the constraints of an attribute.
type Constraints struct {
	Allowed   []Allowed `json:"allowed"`
	Pattern   string    `json:"pattern"`
	Least     string    `json:"least"`
	Greatest  string    `json:"greatest"`
	MaxLength int       `json:"max_length"`
}

// ConstraintsOf renders constraints.
func ConstraintsOf(c *directory.Constraints) Constraints {
	b := Constraints{Allowed: make([]Allowed, len(c.Allowed)), Pattern: c.Pattern, Least: c.Least,
		Greatest: c.Greatest, MaxLength: c.MaxLength}
	for i, a := range c.Allowed {
		b.Allowed[i] = Allowed(a)
	}
	return b
}
