package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/working"
)

// revert plans every row of an earlier change to be what it was before. If a later
// change touched one of the rows or took what it needs, revert refuses, and names the
// object and what stands in the way.
func (p *Planner) revert(e directory.Revert) error {
	p.skipped, p.reverting = nil, true
	defer func() { p.reverting = false }()
	if e.Revision < 1 || e.Revision > p.revision-1 {
		return directory.NotFound("revision", e.Revision)
	}
	undoable, err := p.undoable(e.Revision)
	if err != nil {
		return err
	}
	writes := undoable.Writes
	for _, o := range undoable.lost {
		p.skip("what it did to %s was erased", o)
	}
	for _, w := range writes {
		if w.Before != nil {
			if err := p.undo(e.Revision, w); err != nil {
				return err
			}
		}
	}
	for _, w := range slices.Backward(writes) {
		if w.Before == nil {
			if err := p.undo(e.Revision, w); err != nil {
				return err
			}
		}
	}
	if err := p.checkUndone(e.Revision, writes); err != nil {
		return err
	}
	return p.refitUndone(writes, e.Misfits)
}

// An Undoable change is what its record says that it wrote.
type Undoable struct {
	Writes []directory.RowWrite // rows that others refer to first: what is made before what names it
	lost   []directory.Object   // of which nothing is left
}

// undoable reads an earlier change, unless it was read beside the writer.
func (p *Planner) undoable(rev directory.Revision) (u Undoable, err error) {
	if u, ok := p.Read[rev]; ok {
		return u, nil
	}
	rec, err := p.Reader.Record(p.ctx, rev)
	if err != nil {
		return u, err
	}
	if err := p.requireRevertible(rec); err != nil {
		return u, err
	}
	if u.Writes, err = record.Images(rec); err != nil {
		return u, err
	}
	u.lost = record.Lost(rec, u.Writes)
	if len(u.Writes) == 0 && len(u.lost) > 0 {
		return u, errNothingLeft()
	}
	slices.SortStableFunc(u.Writes, func(a, b directory.RowWrite) int {
		return cmp.Compare(a.Key().Kind, b.Key().Kind)
	})
	if p.Read != nil {
		p.Read[rev] = u
	}
	return u, nil
}

// refitUndone makes values that came after a change of type fit the type that comes
// back, as a change to that type would.
func (p *Planner) refitUndone(writes []directory.RowWrite, misfits directory.Misfits) error {
	for _, w := range writes {
		before, ok := w.Before.(directory.Attribute)
		after, both := w.After.(directory.Attribute)
		if !ok || !both || before.TakesAllOf(&after) {
			continue
		}
		is := before
		if err := p.refitValues(&after, &is, misfits); err != nil {
			return p.asRevert(err)
		}
		if err := p.Put(is); err != nil {
			return err
		}
	}
	return nil
}

// skip notes something that a revert leaves out.
func (p *Planner) skip(format string, args ...any) {
	p.skipped = append(p.skipped, fmt.Sprintf(format, args...))
}

// requireRevertible refuses changes that cannot be undone whatever came after them.
func (p *Planner) requireRevertible(rec store.Record) error {
	if len(rec.Edits.Data) == 0 {
		return errNothingLeft()
	}
	edits, err := record.EditsOf(rec.Edits)
	if err != nil {
		return err
	}
	for _, edit := range edits {
		if d, err := p.env.descriptor(edit); err != nil {
			return err
		} else if d.lasts != isRevertible {
			return directory.Protected("revision", "%s", d.lasts)
		}
	}
	return nil
}

func errNothingLeft() error {
	return &directory.Error{
		Kind: directory.KindGone, Field: "revision", Msg: "was erased or pruned and cannot be reverted",
	}
}

// undo plans one row back.
func (p *Planner) undo(rev directory.Revision, w directory.RowWrite) error {
	if err := p.authorizeRow(w); err != nil {
		return err
	}
	is, err := p.Row(w.Key())
	if err != nil {
		return err
	}
	if !sameButOrder(is, w.After) {
		return p.inTheWay(rev, w)
	}
	if err := p.requireWhole(rev, w); err != nil {
		return err
	}
	switch before := w.Before.(type) {
	case nil:
		return p.undoMaking(w.After)
	case directory.Credential:
		before.Disabled = true
		if err := p.requireFree(before, "credential"); err != nil {
			return err
		}
		return p.Put(before)
	case directory.GroupValue:
		return p.undoGroupValue(before, w.After)
	case directory.Facet:
		if p.env.CheckFacet(before) != nil {
			p.skip("%s keeps a %s with %s that it cannot read", before.Dialect, before.Kind, before.Object)
			return p.Remove(before.Key())
		}
		return p.Put(before)
	case directory.Attribute:
		if now, ok := is.(directory.Attribute); ok && now.Hidden && !before.Hidden {
			return directory.Protected("attribute", "%s was hidden by that change, which cannot be undone", now.Name)
		}
		return p.Put(before)
	default:
		return p.Put(before)
	}
}

// undoMaking takes back a row that the change made: objects are marked
// deleted, as their ids are never used again; other rows go.
func (p *Planner) undoMaking(row directory.Row) error {
	switch r := row.(type) {
	case directory.Group:
		r.DeletedRev = p.revision
		return p.Put(r)
	case directory.Attribute:
		r.DeletedRev = p.revision
		return p.Put(r)
	case directory.User:
		_, err := p.User(r.ID)
		if err != nil {
			return err
		}
		if err := p.protect(directory.DeleteUser{User: r.ID}); err != nil {
			return err
		}
		return p.deleteUser(directory.DeleteUser{User: r.ID})
	case directory.Credential:
		return p.dropCredential(r)
	}
	return p.Remove(row.Key())
}

// undoGroupValue puts a value back at its old place, or right behind the value that
// has that place now.
func (p *Planner) undoGroupValue(before directory.GroupValue, after directory.Row) error {
	if now, ok := p.Catalog.GroupValue(before.Group, before.Attribute); ok {
		if was, ok := after.(directory.GroupValue); ok && was.Order == before.Order {
			before.Order = now.Order // only renumbered since
		}
	}
	for rank := 1; ; rank++ {
		v, ok := p.Catalog.GroupValueAt(before.Attribute, rank)
		if !ok || v.Order > before.Order {
			return p.Put(before)
		}
		if v.Order == before.Order && v.Group != before.Group {
			order, err := p.orderBetween(before.Attribute, rank, rank+1)
			if err != nil {
				return err
			}
			before.Order = order
			return p.Put(before)
		}
	}
}

// sameButOrder compares rows without the order keys of group values: renumbering
// changes those of values that nobody touched.
func sameButOrder(a, b directory.Row) bool {
	v, ok := a.(directory.GroupValue)
	w, both := b.(directory.GroupValue)
	if ok && both {
		v.Order = w.Order
		return working.SameRow(v, w)
	}
	return working.SameRow(a, b)
}

// inTheWay names the change that a revert would trample on: the first later one that
// wrote the row and is not undone together with it.
func (p *Planner) inTheWay(rev directory.Revision, w directory.RowWrite) error {
	object := w.Row().Objects()[0]
	var later []directory.Revision
	err := store.Enough(p.Reader.Records(p.ctx, rev, &object, 0, func(r store.Record) error {
		if !p.reverts[r.Header.Revision] {
			later = append(later, r.Header.Revision)
		}
		return store.Proceed(len(later) < maxInTheWay, nil)
	}))
	if err != nil {
		return err
	}
	first, err := p.firstToWrite(w.Key(), object, later)
	if err != nil {
		return err
	}
	msg := "cannot be reverted: " + object.String() + " was changed again "
	if first != 0 {
		msg += "by revision " + directory.FormatID(first)
	} else {
		msg += "by this change"
	}
	return &directory.Error{Kind: directory.KindConflict, Field: "revision", Code: directory.CodeInvalid, Msg: msg}
}

// maxInTheWay is how many later changes of an object firstToWrite looks through.
const maxInTheWay = 100

// firstToWrite is the first of some changes that wrote a row. If no record tells, it
// is the first change; 0 if there is none.
func (p *Planner) firstToWrite(
	key directory.RowKey, object directory.Object, revs []directory.Revision,
) (directory.Revision, error) {
	for _, rev := range revs {
		rec, err := p.Reader.Record(p.ctx, rev)
		if err != nil {
			return 0, err
		}
		writes, err := record.ImagesOf(rec, object)
		if err != nil && directory.KindOf(err) != directory.KindGone {
			return 0, err
		}
		if slices.ContainsFunc(writes, func(w directory.RowWrite) bool { return w.Key() == key }) {
			return rev, nil
		}
	}
	if len(revs) == 0 {
		return 0, nil
	}
	return revs[0], nil
}

// checkUndone refuses to bring back rows of objects that are not there. The package
// outcome checks all else.
func (p *Planner) checkUndone(rev directory.Revision, writes []directory.RowWrite) error {
	for _, w := range writes {
		if w.Before == nil {
			continue
		}
		for _, o := range w.Before.Objects() {
			if w.After != nil || o.Kind == directory.ObjectDirectory {
				continue // it is there already, behind a mark or not
			}
			if deleted, err := p.deletedBefore(rev, o); err != nil {
				return err
			} else if deleted {
				continue // the change took it from behind the mark
			}
			if err := p.requireObject(o); err != nil {
				return &directory.Error{
					Kind: directory.KindConflict, Field: "revision", Code: directory.CodeInvalid,
					Msg: "cannot be reverted: " + o.String() + " is not there any more", Err: err,
				}
			}
		}
	}
	return nil
}

// deletedBefore reports whether an object was marked deleted before a change.
func (p *Planner) deletedBefore(rev directory.Revision, o directory.Object) (bool, error) {
	_, marked, err := p.Look(o)
	return marked != 0 && marked < rev, err
}

// authorizeRow asks for the permission that the row's own edits need, and for
// the powers that the row hands out.
func (p *Planner) authorizeRow(w directory.RowWrite) error {
	if p.Caller.IsSystem() {
		return nil
	}
	row := cmp.Or(w.Before, w.After)
	var like directory.Edit
	switch r := row.(type) {
	case directory.Group:
		like = directory.UpdateGroup{Group: r.ID}
	case directory.Nesting:
		like = directory.AddParent{Group: r.Group, Parent: r.Parent}
	case directory.Membership:
		like = directory.AddMember{Group: r.Group, User: r.User}
	case directory.Attribute:
		like = directory.UpdateAttribute{Attribute: r.ID}
	case directory.GroupValue:
		like = directory.SetGroupValue{Group: r.Group, Attribute: r.Attribute}
	case directory.UserValue:
		like = directory.SetUserValue{User: r.User, Attribute: r.Attribute}
	case directory.User:
		like = directory.UpdateUser{User: r.ID}
	case directory.Credential:
		like = directory.UpdateCredential{User: r.User, Credential: r.ID}
	case directory.SourceReference:
		like = directory.SetSource{Object: r.Object}
	case directory.Facet:
		like = directory.SetFacet{Object: r.Object}
	default:
		like = directory.SetUserRoles{} // roles, sets and who has them
	}
	return p.authorize(like)
}

// asRevert makes a refusal that of a revert: what it restores conflicts with the
// present state.
func (p *Planner) asRevert(err error) error {
	reverts := slices.ContainsFunc(p.recorded, func(e directory.Edit) bool {
		_, ok := e.(directory.Revert)
		return ok
	})
	e, ok := errors.AsType[*directory.Error](err)
	if !ok || !reverts || e.Kind != directory.KindInvalid && e.Kind != directory.KindConflict || e.Field == "revision" {
		return err
	}
	return &directory.Error{
		Kind: directory.KindConflict, Field: "revision", Code: e.Code, Msg: "cannot be reverted: " + e.Public(), Err: e.Err,
	}
}
