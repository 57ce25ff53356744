package plan

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// eraseUser removes everything of a user but the mark that its id was used, and takes
// the user's rows and the edits about the user out of every record.
func (p *Planner) eraseUser(e directory.EraseUser) error {
	u, err := p.AnyUser(e.User)
	if err != nil {
		return err
	}
	if u.After.User.ID == 0 {
		return directory.NotFound("user", e.User)
	}
	object := e.User.Object()
	var keys []directory.RowKey
	for _, kind := range []directory.RowKind{directory.RowMembership, directory.RowCredential,
		directory.RowSourceReference, directory.RowFacet} {
		err := p.RowsOf(kind, object, func(row directory.Row) (bool, error) {
			keys = append(keys, row.Key())
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	for _, v := range u.After.Values {
		keys = append(keys, v.Key())
	}
	for _, r := range u.After.Roles {
		keys = append(keys, directory.UserRole{User: e.User, Role: r}.Key())
	}
	for _, c := range u.After.Credentials {
		p.removeSecrets = append(p.removeSecrets, c.ID)
		p.revokeKeys = append(p.revokeKeys, c.ID)
	}
	for _, key := range keys {
		if err := p.Remove(key); err != nil {
			return err
		}
	}
	p.revokeUsers = append(p.revokeUsers, e.User)
	p.erased = append(p.erased, func(row directory.Row) bool { return isOf(row, e.User) })
	blank := directory.User{ID: e.User, Kind: u.After.User.Kind, CreatedAt: u.After.User.CreatedAt,
		DeletedRev: u.After.User.DeletedRev}
	if blank.DeletedRev == 0 {
		blank.DeletedRev = p.revision
	}
	if err := p.Put(blank); err != nil {
		return err
	}
	return p.eraseRecords(e.User)
}

// eraseRecords takes a user's rows out of the images of all records, and out of
// their edits those that are about the user.
func (p *Planner) eraseRecords(user directory.UserID) error {
	object := user.Object()
	return p.takeFromRecords(&object, func(row directory.Row) bool { return isOf(row, user) },
		func(rec store.Record) (func(directory.Edit) (bool, error), error) {
			makes, err := makesUser(rec, user)
			return func(e directory.Edit) (bool, error) {
				d, err := p.env.descriptor(e)
				return err == nil && d.tells(e, user, makes), err
			}, err
		})
}

// takeFromRecords takes rows and edits out of the records that are about an
// object; nil is all records.
func (p *Planner) takeFromRecords(
	about *directory.Object, dropsRow func(directory.Row) bool,
	dropsEdit func(store.Record) (func(directory.Edit) (bool, error), error),
) error {
	return p.eachRecord(0, about, func(rec store.Record) error {
		rev := rec.Header.Revision
		for i, c := range rec.Chunks {
			c, changed, err := record.DropImages(rev, c, dropsRow)
			if err != nil {
				return err
			}
			if changed {
				p.forget = append(p.forget, store.Forgotten{Revision: rev, Chunk: i, With: c})
			}
		}
		drops, err := dropsEdit(rec)
		if err != nil {
			return err
		}
		edits, changed, err := record.RedactEdits(rev, rec.Edits, func(e directory.Edit) (directory.Edit, error) {
			if gone, err := drops(e); err != nil || gone {
				return nil, err
			}
			return e, nil
		})
		if err == nil && changed {
			p.forget = append(p.forget, store.Forgotten{Revision: rev, Chunk: -1, With: edits})
		}
		return err
	})
}

// eachRecord calls f for the records after a revision that are about an object; nil
// is all records. f may read.
func (p *Planner) eachRecord(
	after directory.Revision, about *directory.Object, f func(store.Record) error,
) error {
	var revisions []directory.Revision
	err := p.Reader.Records(p.ctx, after, about, 0, func(r store.Record) error {
		revisions = append(revisions, r.Header.Revision)
		return nil
	})
	if err != nil {
		return err
	}
	for _, rev := range revisions {
		rec, err := p.Reader.Record(p.ctx, rev)
		if err != nil {
			return err
		}
		if err := f(rec); err != nil {
			return err
		}
	}
	return nil
}

// forgetFacets removes the facets of a kind, and takes them out of every record.
func (p *Planner) forgetFacets(e directory.ForgetFacets) error {
	of := func(row directory.Row) bool {
		f, ok := row.(directory.Facet)
		return ok && f.Dialect == e.Dialect && f.Kind == e.Kind
	}
	var keys []directory.RowKey
	err := p.Reader.Scan(p.ctx, directory.RowFacet, func(row directory.Row) error {
		if of(row) {
			keys = append(keys, row.Key())
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := p.Remove(key); err != nil {
			return err
		}
	}
	p.erased = append(p.erased, of)
	return p.takeFromRecords(nil, of, func(store.Record) (func(directory.Edit) (bool, error), error) {
		return func(edit directory.Edit) (bool, error) {
			set, ok := edit.(directory.SetFacet)
			return ok && set.Dialect == e.Dialect && set.Kind == e.Kind, nil
		}, nil
	})
}

// makesUser reports whether a user was made by a change.
func makesUser(rec store.Record, user directory.UserID) (bool, error) {
	writes, err := record.ImagesOf(rec, user.Object())
	if directory.KindOf(err) == directory.KindGone {
		return true, nil // perhaps
	}
	return slices.ContainsFunc(writes, func(w directory.RowWrite) bool {
		_, ok := w.After.(directory.User)
		return ok && w.Before == nil
	}), err
}

// isOf reports whether a row tells something of a user.
func isOf(row directory.Row, user directory.UserID) bool {
	if id, ok := directory.OwnerOf(row); ok {
		return id == user
	}
	return slices.Contains(row.Objects(), user.Object())
}

// withoutErased are the writes without those that the change erases. One stays: it
// shows that a user was erased.
func (p *Planner) withoutErased(writes []directory.RowWrite) []directory.RowWrite {
	if len(p.erased) == 0 {
		return writes
	}
	kept := make([]directory.RowWrite, 0, len(writes))
	for _, w := range writes {
		row := w.Row()
		u, isUser := row.(directory.User)
		switch erased := slices.ContainsFunc(p.erased, func(is func(directory.Row) bool) bool { return is(row) }); {
		case !erased:
			kept = append(kept, w)
		case isUser:
			blank := u
			blank.DeletedRev = 0
			kept = append(kept, directory.RowWrite{Before: blank, After: u})
		}
	}
	return kept
}
