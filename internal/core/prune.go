package core

import (
	"context"
	"errors"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// pruneHistory plans the removal of what the oldest records say. The records
// themselves stay, with the commitments that their hashes cover, so the chain
// needs no anchor to verify from.
func (p *planner) pruneHistory(e directory.PruneHistory) error {
	if e.Through < 1 || e.Through >= p.revision {
		return directory.Invalid("through", "must be a revision between 1 and %d", p.revision-1)
	}
	pruned := 0
	var revisions []directory.Revision
	err := p.reader.Records(p.ctx, 0, nil, 0, func(r store.Record) error {
		if r.Header.Revision > e.Through || pruned == directory.MaxEdits {
			return errEnough
		}
		if len(r.Edits.Data) > 0 {
			revisions = append(revisions, r.Header.Revision)
			pruned++
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	for _, rev := range revisions {
		rec, err := p.reader.Record(p.ctx, rev)
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

// Prune takes the edits and images out of all records that were committed
// before a time, in as many changes as it needs, and says after each up to
// which revision it has come. It needs the permission to administer.
func (a *Access) Prune(ctx context.Context, before directory.Instant, done func(directory.Revision)) error {
	for {
		var through, last directory.Revision
		left := false
		err := a.readHistory(ctx, func(v *view, r store.Reader) error {
			n := 0
			return enough(r.Records(ctx, 0, nil, 0, func(rec store.Record) error {
				last = rec.Header.Revision
				if rec.Header.At >= before || last >= v.Head.Revision {
					return errEnough
				}
				if len(rec.Edits.Data) == 0 {
					return nil
				}
				if n++; n > directory.MaxEdits {
					left = true
					return errEnough
				}
				through = last
				return nil
			}))
		})
		if err != nil || through == 0 {
			return err
		}
		if _, err := a.Commit(ctx, directory.Change{Edits: []directory.Edit{directory.PruneHistory{Through: through}}}); err != nil {
			return err
		}
		if done != nil {
			done(through)
		}
		if !left {
			return nil
		}
	}
}
