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

// At is the directory as it was at a point in the past: its definitions, groups,
// names and users. What the caller may see is decided by what it may see now. It
// answers every question, but lists and counts of users only about the last
// changes, and nothing can be changed through it. It needs the permission to see
// history, and is good as long as this Access is.
func (a *Access) At(ctx context.Context, point directory.Point) (*Access, error) {
	past := &Access{core: a.core, caller: a.caller, present: a, entered: true}
	err := a.readHistory(ctx, func(v *view, r store.Reader) error {
		then, err := a.core.past(ctx, v, r, point)
		if err != nil {
			return err
		}
		past.now, past.fixed.state = *then, then.State
		return nil
	})
	return past, err
}

// pastUser is a user as it was, of an Access to the past.
func (a *Access) pastUser(ctx context.Context, id directory.UserID) (u cachedUser, ok bool, err error) {
	err = a.present.read(ctx, func(_ *view, r store.Reader) error {
		rows, err := pastUser(ctx, r, id, a.fixed.state.Head.Revision)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil
		}
		if err == nil {
			u, ok = uncached(rows), true
		}
		return err
	})
	return u, ok, err
}

// EffectiveAt is Effective as of a point in the past. It needs the permission
// to see history. If something that the answer needs was erased or pruned, the
// error is of kind directory.KindGone.
func (a *Access) EffectiveAt(
	ctx context.Context, user directory.UserID, attributes []directory.AttributeID, point directory.Point,
) (list []directory.Effective, at directory.Revision, err error) {
	err = a.asOf(ctx, user, point, func(v *view, rows *directory.UserRows) {
		shown := []directory.AttributeID{}
		for attr := range v.Catalog.Attributes() {
			asked := attributes == nil || slices.Contains(attributes, attr.ID)
			if asked && v.seesAttribute(&attr) && v.seesValue(user, attr.ID) {
				shown = append(shown, attr.ID)
			}
		}
		list, at = v.Catalog.Effective(nil, &resolve.Subject{Rows: rows}, shown, a.core.opt.Language, v.at), v.Head.Revision
	})
	return list, at, err
}

// ExplainAt is Explain as of a point in the past.
func (a *Access) ExplainAt(
	ctx context.Context, user directory.UserID, attribute directory.AttributeID, point directory.Point,
) (x directory.Explanation, at directory.Revision, err error) {
	var found error
	err = a.asOf(ctx, user, point, func(v *view, rows *directory.UserRows) {
		if _, found = v.attribute(attribute); found == nil && !v.seesValue(user, attribute) {
			found = directory.NotFound("attribute", attribute)
		}
		if found == nil {
			x, at = v.Catalog.Explain(rows, attribute, a.core.opt.Language, v.at), v.Head.Revision
			v.redact(&x)
		}
	})
	if err == nil {
		err = found
	}
	return x, at, err
}

// asOf calls f with a view of the past and a user as it was.
func (a *Access) asOf(
	ctx context.Context, user directory.UserID, point directory.Point, f func(*view, *directory.UserRows),
) error {
	return a.readHistory(ctx, func(v *view, r store.Reader) error {
		if !v.isMe(user) && !v.has(directory.ReadEffective, directory.SetValues) {
			return directory.NotFound("user", user)
		}
		past, err := a.core.past(ctx, v, r, point)
		if err != nil {
			return err
		}
		rows, err := pastUser(ctx, r, user, past.Head.Revision)
		if err != nil {
			return err
		}
		f(past, rows)
		return nil
	})
}

// past is the view of the directory as of a point. What was in force is
// decided at the time that was asked for, or else at the commit of the
// revision; the present revision is seen as of now.
func (c *Core) past(ctx context.Context, v *view, r store.Reader, point directory.Point) (*view, error) {
	rev := point.Revision
	switch {
	case point.IsNow():
		return v, nil
	case rev < 0 || rev > v.Head.Revision:
		return nil, directory.NotFound("revision", rev)
	case rev == 0:
		var err error
		if rev, err = revisionAt(ctx, r, v.Head.Revision, point.At); err != nil {
			return nil, err
		}
	}
	past := *v
	if rev == v.Head.Revision && point.At == 0 {
		return &past, nil
	}
	header, err := headerOf(ctx, r, rev)
	if err != nil {
		return nil, err
	}
	past.at = max(header.At, point.At)
	catalog, err := c.pastCatalogs.at(ctx, v.State, r, rev)
	if err != nil {
		return nil, err
	}
	past.State = &state.State{Catalog: catalog, Head: v.Head, Lineage: v.Lineage}
	past.Head.Revision = rev
	return &past, nil
}

// revisionAt is the last revision that was committed at or before a time.
func revisionAt(ctx context.Context, r store.Reader, head directory.Revision, t directory.Instant) (directory.Revision, error) {
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

// pastUser is a user as it was at a revision: its rows of now, with the images
// of every later change undone, the last first.
func pastUser(ctx context.Context, r store.Reader, id directory.UserID, rev directory.Revision) (*directory.UserRows, error) {
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
	w := &working{users: map[directory.UserID]*workingUser{id: {after: rows, exists: true}}}
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
		for _, wr := range writes {
			if err := w.replaceOfUser(wr.After, wr.Before); err != nil {
				return nil, err
			}
			if u, ok := wr.After.(directory.User); ok && wr.Before == nil {
				return nil, directory.NotFound("user", u.ID) // made later
			}
		}
	}
	past := &w.users[id].after
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

// keptCatalogs is how many catalogs of the past are kept: whoever asks about
// one point asks again.
const keptCatalogs = 8

// pastCatalogs rebuilds catalogs of the past by undoing changes on an
// unpublished snapshot, beginning with the nearest later one that is known.
type pastCatalogs struct {
	mu   sync.Mutex
	kept []pastCatalog // the last used last
}

type pastCatalog struct {
	lineage  uint64
	revision directory.Revision
	catalog  *resolve.Catalog
}

func (p *pastCatalogs) at(ctx context.Context, now *state.State, r store.Reader, rev directory.Revision) (*resolve.Catalog, error) {
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
		writes, err := imagesBack(rec)
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
	p.keep(pastCatalog{now.Lineage, rev, catalog})
	return catalog, nil
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

func (p *pastCatalogs) keep(c pastCatalog) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(slices.DeleteFunc(p.kept, func(k pastCatalog) bool { return k.lineage != c.lineage || k.revision == c.revision }), c)
	if len(p.kept) > keptCatalogs {
		p.kept = slices.Delete(p.kept, 0, 1)
	}
}
