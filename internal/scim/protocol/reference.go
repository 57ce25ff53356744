package protocol

import (
	"cohort/internal/directory"
)

// ReferenceIn returns the id of a user or group in a source.
func ReferenceIn(list []directory.SourceReference, source string) string {
	for _, ref := range list {
		if ref.Source == source {
			return ref.SourceID
		}
	}
	return ""
}

// IsReference reports whether a text can be an externalId of the client.
func (q *Request) IsReference(value string) bool {
	return directory.ParseSource(q.Client.Source, value) == nil
}

// ReferenceEdits returns the edits that change the id of a user or group in a source.
func ReferenceEdits(o directory.Object, source, had, want string) []directory.Edit {
	switch want {
	case had:
		return nil
	case "":
		return []directory.Edit{directory.DeleteSource{Object: o, Source: source}}
	}
	return []directory.Edit{directory.SetSource{Object: o, Source: source, SourceID: want}}
}
