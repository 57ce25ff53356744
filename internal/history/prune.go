package history

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/view"
)

// Prune removes the edits and images from all records of before a time, in as many changes as
// needed, and reports after each how far it has come. It needs the permission to administer.
func Prune(ctx context.Context, a Directory, before directory.Instant, done func(directory.Revision)) error {
	for {
		var through, last directory.Revision
		left := false
		err := a.ReadHistory(ctx, func(v *view.Scope, r store.Reader) error {
			n := 0
			return store.Enough(r.Records(ctx, 0, nil, 0, func(rec store.Record) error {
				last = rec.Header.Revision
				if rec.Header.At >= before || last >= v.Head.Revision {
					return store.ErrEnough
				}
				if len(rec.Edits.Data) == 0 {
					return nil
				}
				if n++; n > directory.MaxEdits {
					left = true
					return store.ErrEnough
				}
				through = last
				return nil
			}))
		})
		if err != nil || through == 0 {
			return err
		}
		edits := []directory.Edit{directory.PruneHistory{Through: through}}
		if _, err := a.Commit(ctx, directory.Change{Edits: edits}); err != nil {
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
