package view

import (
	"context"
	"slices"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/impact"
	"cohort/internal/resolve"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// Effects takes back the changes since a past one; more than these are refused.
const (
	maxEffectsBack     = 10_000  // changes
	maxEffectsBackRows = 200_000 // rows that they wrote
)

// Limits of counting whom the changes of a list affected.
const (
	maxCountBack    = 1000 // changes
	maxCountedUsers = 1000 // of one change
)

// Effects says what a past change did to effective values: as a preview of it
// would have said just before. Users that were erased since are left out. It needs
// the permission to see history, and to read effective values of others unless it
// concerned the caller alone.
func (a *View) Effects(ctx context.Context, rev directory.Revision) (out directory.Preview, err error) {
	leave, err := a.core.Previews().Enter(ctx, a.caller.User)
	if err != nil {
		return out, err
	}
	defer leave()
	err = a.ReadHistory(ctx, func(v *Scope, r store.Reader) error {
		if rev > v.Head.Revision {
			return directory.NotFound("revision", rev)
		}
		if v.Head.Revision-rev > maxEffectsBack {
			return tooLongAgo()
		}
		w := a.walkBack(v, r)
		c, err := w.back(ctx, rev, maxEffectsBackRows)
		if err != nil {
			return err
		}
		reach := c.Reach()
		if err := v.mayPreview(reach); err != nil {
			return err
		}
		if out, err = c.Compare(ctx, reach, a.core.Language()); err != nil {
			return err
		}
		out.Revision = rev
		v.redactPreview(&out, c, v.me != nil && reach.IsOnly(v.me.User.ID))
		out.GroupNames = c.GroupNames(&out)
		return nil
	})
	return out, err
}

func tooLongAgo() error {
	return directory.Invalid("revision",
		"is too long ago for this question: the changes since are taken back, %d of them and %d rows at most",
		maxEffectsBack, maxEffectsBackRows)
}

// Affected counts, for each past change, the users whose effective values it
// changed. It leaves out changes that are too long ago, changes since which
// something was erased, and changes whose effects the caller may not see.
func (a *View) Affected(ctx context.Context,
	revs []directory.Revision) (map[directory.Revision]directory.Affected, error) {
	counts := map[directory.Revision]directory.Affected{}
	newest := slices.Clone(revs)
	slices.Sort(newest)
	slices.Reverse(newest)
	err := a.ReadHistory(ctx, func(v *Scope, r store.Reader) error {
		w, left := a.walkBack(v, r), int64(directory.MaxExamined)
		for _, rev := range newest {
			if v.Head.Revision-rev >= maxCountBack {
				return nil
			}
			c, err := w.back(ctx, rev, maxTakenBackRows)
			if isUntold(err) {
				return nil
			}
			if err != nil {
				return err
			}
			if v.mayPreview(c.Reach()) != nil {
				continue
			}
			n, err := c.Affected(ctx, a.core.Language(), min(maxCountedUsers, left))
			if err != nil {
				return err
			}
			left -= n.Examined
			counts[rev] = n
		}
		return nil
	})
	return counts, err
}

// isUntold reports whether the state before a change cannot be known any more.
func isUntold(err error) bool {
	kind := directory.KindOf(err)
	return err != nil && (kind == directory.KindGone || kind == directory.KindInvalid)
}

// A walkBack takes changes back, the newest first.
type walkBack struct {
	scope   *Scope
	reader  store.Reader
	head    store.Head       // of the revision that it has come to
	catalog *resolve.Catalog // the same
	undo    rewind.Undo
	rows    int
}

func (a *View) walkBack(v *Scope, r store.Reader) *walkBack {
	return &walkBack{scope: v, reader: r, head: v.Head, catalog: v.Catalog}
}

// back takes back the changes down to and including a revision, and returns that
// change.
func (w *walkBack) back(ctx context.Context, rev directory.Revision, maxRows int) (*impact.Change, error) {
	if rev < 1 {
		return nil, directory.NotFound("revision", rev)
	}
	for {
		rec, err := w.reader.Record(ctx, w.head.Revision)
		if err != nil {
			return nil, err
		}
		writes, err := core.ImagesBack(rec)
		if err != nil {
			return nil, err
		}
		if w.rows += len(writes); w.rows > maxRows {
			return nil, tooLongAgo()
		}
		after := w.catalog
		w.take(writes)
		if rec.Header.Revision == rev {
			return w.change(ctx, rec.Header, after, writes), nil
		}
	}
}

// take takes back what the newest change wrote.
func (w *walkBack) take(writes []directory.RowWrite) {
	undone := make([]directory.RowWrite, len(writes))
	for i, wr := range writes {
		undone[i] = directory.RowWrite{Before: wr.After, After: wr.Before}
		before, _ := wr.Before.(directory.User)
		after, _ := wr.After.(directory.User)
		switch {
		case before.Exists() && !after.Exists():
			w.head.Users++
		case !before.Exists() && after.Exists():
			w.head.Users--
		}
	}
	w.undo.Earlier(writes)
	w.catalog = w.catalog.Apply(undone)
	w.head.Revision--
}

// change is the change taken back last, in the form that effects compare.
func (w *walkBack) change(
	ctx context.Context, h directory.ChangeHeader, after *resolve.Catalog, writes []directory.RowWrite,
) *impact.Change {
	r := rewind.New(w.reader, w.head, &w.undo)
	of := map[directory.UserID][]directory.RowWrite{}
	for _, wr := range writes {
		if id, ok := directory.OwnerOf(wr.Row()); ok {
			of[id] = append(of[id], wr)
		}
	}
	return &impact.Change{
		Before: w.catalog, After: after, Writes: writes, Reader: r, At: h.At,
		Base:   impact.Base{Head: w.head, Lineage: w.scope.Lineage},
		Caller: directory.Caller{User: h.Caller, Credential: h.Credential, Sudoer: h.Sudoer},
		User: func(id directory.UserID) (before, after *directory.UserRows, err error) {
			rows, _, err := r.UserRows(ctx, id)
			if err != nil {
				return nil, nil, err
			}
			is := rows
			is.Memberships, is.Values = slices.Clone(rows.Memberships), slices.Clone(rows.Values)
			is.Roles, is.Credentials = slices.Clone(rows.Roles), slices.Clone(rows.Credentials)
			for _, wr := range of[id] {
				is.Replace(wr.Before, wr.After)
			}
			return &rows, &is, nil
		},
	}
}
