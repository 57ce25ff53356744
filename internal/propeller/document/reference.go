package document

import (
	"cohort/internal/directory"
)

// A SourceBody is an entry of sources.
type SourceBody struct {
	Source   string `json:"source"`
	SourceID string `json:"sourceId"`
}

// SourceBodies renders source references.
func SourceBodies(refs []directory.SourceReference) []SourceBody {
	bodies := make([]SourceBody, len(refs))
	for i, ref := range refs {
		bodies[i] = SourceBody{ref.Source, ref.SourceID}
	}
	return bodies
}

// The lookup keys. They are case-sensitive.
const (
	KeyID       = "id"
	KeySourceID = "sourceId"
	KeyName     = "name"
)
