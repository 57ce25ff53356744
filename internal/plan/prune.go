package plan

import (
	"errors"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// pruneHistory plans the removal of what the oldest records say. The records
// themselves stay, with the commitments that their hashes cover, so the chain
// needs no anchor to verify from.
func (p *Planner) pruneHistory(e directory.PruneHistory) error {
	if e.Through < 1 || e.Through >= p.revision {
		return directory.Invalid("through", "must be a revision between 1 and %d", p.revision-1)
	}
	pruned := 0
	var revisions []directory.Revision
	err := p.Reader.Records(p.ctx, directory.Revision(p.env.pruned.Load()), nil, 0, func(r store.Record) error {
		if r.Header.Revision > e.Through || pruned == directory.MaxEdits {
			return store.ErrEnough
		}
		if len(r.Edits.Data) > 0 {
			revisions = append(revisions, r.Header.Revision)
			pruned++
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrEnough) {
		return err
	}
	if len(revisions) > 0 {
		p.env.pruned.Store(int64(revisions[0] - 1)) // what is before needs no look the next time
	}
	for _, rev := range revisions {
		rec, err := p.Reader.Record(p.ctx, rev)
		if err != nil {
			return err
		}
		p.forget = append(p.forget, store.Forgotten{Revision: rev, Chunk: -1})
		for i := range rec.Chunks {
			p.forget = append(p.forget, store.Forgotten{Revision: rev, Chunk: i})
		}
	}
	return nil
}
