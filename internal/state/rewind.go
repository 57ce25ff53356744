package state

import (
	"context"
	"time"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// Rewind returns a reader as of a state, over a view of the store as of a later
// one.
func (p *Published) Rewind(ctx context.Context, r store.Reader, s, now *State) (store.Reader, error) {
	switch {
	case now.Lineage != s.Lineage || now.Head.Revision < s.Head.Revision:
		return nil, ErrDiverged // what was true then is of another history
	case now.Head.Revision == s.Head.Revision:
		return r, nil
	}
	var undo rewind.Undo
	for rev := s.Head.Revision + 1; rev <= now.Head.Revision; rev++ {
		if known := p.Of(rev, s.Lineage); known != nil && len(known.Writes) > 0 {
			undo.Add(known.Writes)
			continue
		}
		rec, err := r.Record(ctx, rev)
		if err != nil {
			return nil, err
		}
		writes, err := record.Images(rec)
		if err != nil && directory.KindOf(err) != directory.KindGone {
			return nil, err
		}
		undo.Lose(record.Lost(rec, writes))
		undo.Lose(record.Erased(rec, writes))
		undo.Add(writes)
	}
	return rewind.New(r, s.Head, &undo), nil
}

// ErrDiverged says that the store's history is not the one that this node has
// followed, though it claims to be.
var ErrDiverged = &directory.Error{
	Kind: directory.KindUnavailable, RetryAfter: time.Second,
	Msg: "the database has another history than before; it is being read anew",
}
