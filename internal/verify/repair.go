package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

// Repair removes what no directory should contain and can lose: the newest nesting of each
// ring of groups, and facets that their dialect cannot read. It returns one sentence for each
// removal, and records them as a change of the system. Nothing else may use the store.
func Repair(ctx context.Context, s store.Store, opt core.Options) (done []string, err error) {
	c, err := core.OpenDamaged(ctx, s, opt)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for {
		var edits []directory.Edit
		var said []string
		err := s.Read(ctx, func(r store.Reader) (err error) {
			edits, said, err = repairs(ctx, c, r)
			return err
		})
		if err != nil || len(edits) == 0 {
			return done, err
		}
		change := directory.Change{Edits: edits, Comment: "cohort verify --repair"}
		if _, _, err := c.Commit(ctx, directory.System("repair"), change); err != nil {
			return done, err
		}
		done = append(done, said...)
	}
}

// repairs returns the next edits, as many as fit into a change.
func repairs(ctx context.Context, c *core.Core, r store.Reader) (edits []directory.Edit, said []string, err error) {
	catalog := c.Published().Get().Catalog
	for {
		ring, ok := errors.AsType[*resolve.RingError](catalog.Ring())
		if !ok {
			break
		}
		n, err := newestNesting(ctx, r, ring.Groups)
		if err != nil {
			return nil, nil, err
		}
		catalog = catalog.Apply([]directory.RowWrite{{Before: n}})
		edits = append(edits, directory.RemoveParent{Group: n.Group, Parent: n.Parent})
		said = append(said, fmt.Sprintf("took group %d out of group %d: %v", n.Group, n.Parent, ring))
	}
	err = store.Enough(r.Scan(ctx, directory.RowFacet, func(row directory.Row) error {
		f, ok := row.(directory.Facet)
		if !ok || c.Env().CheckFacet(f) == nil {
			return nil
		}
		if len(edits) == directory.MaxEdits {
			return store.ErrEnough
		}
		edits = append(edits, directory.DeleteFacet{Object: f.Object, Dialect: f.Dialect, Kind: f.Kind, Name: f.Name})
		said = append(said, fmt.Sprintf("removed a %s that %s kept with %s and cannot read", f.Kind, f.Dialect, f.Object))
		return nil
	}))
	return edits, said, err
}

// newestNesting returns the nesting of a ring that was written last. An import stores no
// images, so its rows count as oldest.
func newestNesting(ctx context.Context, r store.Reader,
	ring []directory.GroupID) (newest directory.Nesting, err error) {
	last := directory.Revision(-1)
	for i, g := range ring {
		n := directory.Nesting{Group: g, Parent: ring[(i+1)%len(ring)]}
		rev, err := lastWritten(ctx, r, n)
		if err != nil {
			return n, err
		}
		if rev > last {
			newest, last = n, rev
		}
	}
	return newest, nil
}

// lastWritten returns the last revision that wrote a nesting, or 0 if no record shows it.
func lastWritten(ctx context.Context, r store.Reader, n directory.Nesting) (last directory.Revision, err error) {
	object := n.Group.Object()
	var revisions []directory.Revision
	err = r.Records(ctx, 0, &object, 0, func(rec store.Record) error {
		revisions = append(revisions, rec.Header.Revision)
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, rev := range slices.Backward(revisions) {
		rec, err := r.Record(ctx, rev)
		if err != nil {
			return 0, err
		}
		writes, err := record.Images(rec)
		if directory.KindOf(err) == directory.KindGone {
			continue
		}
		if err != nil {
			return 0, err
		}
		for _, w := range writes {
			if w.Key() == n.Key() && w.After != nil {
				return rev, nil
			}
		}
	}
	return 0, nil
}
