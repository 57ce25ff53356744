package core

import (
	"context"
	"slices"
	"sort"
	"sync"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
)

// Past is the state as of a point, and the time by which it is read; now and at are
// those of the present. Windows are evaluated at the requested time, or else at the
// commit of the revision; at the newest revision, now.
func (c *Core) Past(
	ctx context.Context, r store.Reader, now *state.State, at directory.Instant, point directory.Point,
) (*state.State, directory.Instant, error) {
	rev := point.Revision
	switch {
	case point.IsNow():
		return now, at, nil
	case rev < 0 || rev > now.Head.Revision:
		return nil, 0, directory.NotFound("revision", rev)
	case rev == 0:
		var err error
		if rev, err = revisionAt(ctx, r, now.Head.Revision, point.At); err != nil {
			return nil, 0, err
		}
	}
	if rev == now.Head.Revision && point.At == 0 {
		return now, at, nil
	}
	header, err := headerOf(ctx, r, rev)
	if err != nil {
		return nil, 0, err
	}
	catalog, err := c.pastCatalogs.at(ctx, now, r, rev)
	if err != nil {
		return nil, 0, err
	}
	past := &state.State{Catalog: catalog, Head: now.Head, Lineage: now.Lineage}
	past.Head.Revision = rev
	return past, max(header.At, point.At), nil
}

// revisionAt is the last revision that was committed at or before a time.
func revisionAt(ctx context.Context, r store.Reader, head directory.Revision,
	t directory.Instant) (directory.Revision, error) {
	var failed error
	n := sort.Search(int(head), func(i int) bool {
		if failed != nil {
			return true
		}
		h, err := headerOf(ctx, r, directory.Revision(i+1))
		failed = err
		return h.At > t
	})
	if failed == nil && n == 0 {
		return 0, directory.NotFound("revision", "one that early")
	}
	return directory.Revision(n), failed
}

func headerOf(ctx context.Context, r store.Reader, rev directory.Revision) (h directory.ChangeHeader, err error) {
	err = r.Records(ctx, rev-1, nil, 1, func(rec store.Record) error {
		h = rec.Header
		return nil
	})
	if err == nil && h.Revision != rev {
		err = directory.NotFound("revision", rev)
	}
	return h, err
}

// PastUser is a user as it was at a revision: its rows of now, with the images
// of every later change undone, the last first.
func PastUser(ctx context.Context, r store.Reader, id directory.UserID,
	rev directory.Revision) (*directory.UserRows, error) {
	rows, ok, err := r.UserRows(ctx, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, directory.NotFound("user", id)
	}
	object := id.Object()
	var later []directory.Revision
	err = r.Records(ctx, rev, &object, 0, func(rec store.Record) error {
		later = append(later, rec.Header.Revision)
		return nil
	})
	if err != nil {
		return nil, err
	}
	past := &rows
	past.Memberships, past.Values = slices.Clone(rows.Memberships), slices.Clone(rows.Values)
	past.Roles, past.Credentials = slices.Clone(rows.Roles), slices.Clone(rows.Credentials)
	for _, rev := range slices.Backward(later) {
		rec, err := r.Record(ctx, rev)
		if err != nil {
			return nil, err
		}
		writes, err := record.ImagesOf(rec, object)
		if directory.KindOf(err) == directory.KindGone {
			return nil, gone(rev)
		}
		if err != nil {
			return nil, err
		}
		if slices.Contains(record.Erased(rec, writes), object) {
			return nil, gone(rev)
		}
		for _, wr := range writes {
			past.Replace(wr.After, wr.Before)
			if u, ok := wr.After.(directory.User); ok && wr.Before == nil {
				return nil, directory.NotFound("user", u.ID) // made later
			}
		}
	}
	if past.User.DeletedRev != 0 {
		return nil, directory.NotFound("user", id)
	}
	return past, nil
}

func gone(rev directory.Revision) error {
	return &directory.Error{
		Kind: directory.KindGone, Field: "revision",
		Msg: "cannot be reached: revision " + directory.FormatID(rev) + ", on the way, was erased or pruned",
	}
}

// maxCatalogs is how many catalogs of the past are kept: whoever asks about
// one point asks again.
const maxCatalogs = 8

// pastCatalogs rebuilds catalogs of the past by undoing changes on an
// unpublished snapshot, beginning with the nearest later one that is known.
type pastCatalogs struct {
	mu     sync.Mutex
	kept   []pastCatalog // the last used last
	forgot state.Moment  // when something of the past was forgotten last
}

type pastCatalog struct {
	lineage  uint64
	revision directory.Revision
	catalog  *resolve.Catalog
}

func (p *pastCatalogs) at(ctx context.Context, now *state.State, r store.Reader,
	rev directory.Revision) (*resolve.Catalog, error) {
	start := p.nearest(pastCatalog{now.Lineage, now.Head.Revision, now.Catalog}, rev)
	catalog := start.catalog
	for at := start.revision; at > rev; at-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rec, err := r.Record(ctx, at)
		if err != nil {
			return nil, err
		}
		writes, err := ImagesBack(rec)
		if err != nil {
			return nil, err
		}
		for i, w := range writes {
			writes[i] = directory.RowWrite{Before: w.After, After: w.Before}
		}
		catalog = catalog.Apply(writes)
	}
	if ring := catalog.Ring(); ring != nil {
		return nil, &directory.Error{
			Kind: directory.KindGone, Field: "revision", Msg: "cannot be looked at: " + ring.Error(), Err: ring,
		}
	}
	p.keep(pastCatalog{now.Lineage, rev, catalog}, now.Moment())
	return catalog, nil
}

// forget drops all catalogs: a state has forgotten something of the past.
func (p *pastCatalogs) forget(by state.Moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept, p.forgot = nil, by
}

func (p *pastCatalogs) nearest(now pastCatalog, rev directory.Revision) pastCatalog {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.kept {
		if k.lineage == now.lineage && k.revision >= rev && k.revision < now.revision {
			now = k
		}
	}
	return now
}

// keep keeps a catalog that was worked out of the records as they were at a moment.
func (p *pastCatalogs) keep(c pastCatalog, at state.Moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.Lineage == p.forgot.Lineage && at.Revision < p.forgot.Revision {
		return // it may show what is forgotten
	}
	p.kept = append(slices.DeleteFunc(p.kept, func(k pastCatalog) bool {
		return k.lineage != c.lineage ||
			k.revision == c.revision
	}), c)
	if len(p.kept) > maxCatalogs {
		p.kept = slices.Delete(p.kept, 0, 1)
	}
}

// ImagesBack are the rows that a change wrote, from which what was before can be
// told.
func ImagesBack(rec store.Record) ([]directory.RowWrite, error) {
	if _, ok := record.Baseline(rec); ok {
		return nil, noImages(rec.Header.Revision)
	}
	if len(rec.Edits.Data) == 0 && len(rec.Chunks) == 0 {
		return nil, gone(rec.Header.Revision)
	}
	return record.Images(rec)
}

func noImages(rev directory.Revision) error {
	return &directory.Error{
		Kind: directory.KindGone, Field: "revision",
		Msg: "cannot be reached: revision " + directory.FormatID(rev) + " is part of an import, of which no images are kept",
	}
}
