package state

import (
	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// A State is the catalog at a revision.
type State struct {
	Catalog    *resolve.Catalog
	Head       store.Head
	Lineage    uint64               // states of different lineages have no history in common
	CatalogRev directory.Revision   // the catalog is the same since; set when the state is published
	Writes     []directory.RowWrite // of the change that led to it; nil if they are not kept
	Author     directory.UserID     // whose that change was, or who stood behind its caller
	Bytes      int64                // that it added to the history
	Forgets    bool                 // whether it took something out of earlier records
}

// A Moment is a revision that means the same in every answer.
type Moment struct {
	Lineage  uint64
	Revision directory.Revision
}

// Moment is when the state was the newest one.
func (s *State) Moment() Moment { return Moment{s.Lineage, s.Head.Revision} }

// maxRetainedWrites is how many row writes a state keeps of the change that led to
// it. Those of larger changes are read from their record.
const maxRetainedWrites = 1000

// RetainedWrites are the row writes that a state keeps.
func RetainedWrites(writes []directory.RowWrite) []directory.RowWrite {
	if len(writes) > maxRetainedWrites {
		return nil
	}
	return writes
}
