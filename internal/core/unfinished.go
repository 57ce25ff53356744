package core

import (
	"context"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/state"
	"cohort/internal/store"
)

// errUnfinished refuses a directory of which a part is missing.
var errUnfinished = &directory.Error{
	Kind: directory.KindConflict, Msg: "an import into this directory has not ended: run cohort import again with the " +
		"same file",
}

// refuseHalves refuses a directory into which an import, or a migration, was
// begun and has not ended. A migration writes the head last.
func (c *Core) refuseHalves(ctx context.Context, s *state.State) error {
	if _, ok := s.Catalog.RawGroup(directory.AllUsers); ok && s.Head.Revision == 0 {
		return store.ErrUnmoved
	}
	b, ok, err := c.lastBaseline(ctx, s.Head)
	if err == nil && ok && !b.Done && !c.opt.Importing {
		err = errUnfinished
	}
	return err
}

// lastBaseline returns the last change if it is part of an import.
func (c *Core) lastBaseline(ctx context.Context, head store.Head) (b directory.Baseline, ok bool, err error) {
	if head.Revision < 2 {
		return b, false, nil
	}
	err = c.store.Read(ctx, func(r store.Reader) error {
		return r.Records(ctx, head.Revision-1, nil, 1, func(rec store.Record) error {
			b, ok = record.Baseline(rec)
			return nil
		})
	})
	return b, ok, err
}
