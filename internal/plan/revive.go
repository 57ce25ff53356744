package plan

import (
	"fmt"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// requireWhole refuses to take back the mark of a deletion where a later change
// took rows that lay behind the mark: the object would come back without them.
func (p *Planner) requireWhole(rev directory.Revision, w directory.RowWrite) error {
	object, revives := revived(w)
	if !revives {
		return nil
	}
	return p.eachRecord(rev, &object, func(rec store.Record) error {
		writes, err := record.ImagesOf(rec, object)
		if directory.KindOf(err) == directory.KindGone {
			return nil
		}
		for _, w := range writes {
			if err := p.requireBack(rec.Header.Revision, object, w); err != nil {
				return err
			}
		}
		return err
	})
}

// revived is the object whose mark goes if a write is undone.
func revived(w directory.RowWrite) (o directory.Object, ok bool) {
	var was, is directory.Revision
	switch before := w.Before.(type) {
	case directory.User:
		after, _ := w.After.(directory.User)
		o, was, is = before.ID.Object(), before.DeletedRev, after.DeletedRev
	case directory.Group:
		after, _ := w.After.(directory.Group)
		o, was, is = before.ID.Object(), before.DeletedRev, after.DeletedRev
	case directory.Attribute:
		after, _ := w.After.(directory.Attribute)
		o, was, is = before.ID.Object(), before.DeletedRev, after.DeletedRev
	}
	return o, was == 0 && is != 0
}

// requireBack refuses a state in which a row that a change took is still gone.
func (p *Planner) requireBack(rev directory.Revision, object directory.Object, w directory.RowWrite) error {
	if w.Before == nil || w.After != nil {
		return nil
	}
	is, err := p.Row(w.Key())
	if err != nil || is != nil {
		return err
	}
	what := "its " + w.Key().Kind.String()
	if ref, ok := w.Before.(directory.SourceReference); ok {
		what = fmt.Sprintf("its id %q in the source %q", ref.SourceID, ref.Source)
		holder, taken, err := p.Find(directory.SourceKey(object.Kind, ref.Source, ref.SourceID), ref.Key())
		if err != nil {
			return err
		}
		if taken {
			what += ", which " + holder.Object.String() + " has now,"
		}
	}
	return &directory.Error{
		Kind: directory.KindConflict, Field: "revision", Code: directory.CodeInvalid,
		Msg: fmt.Sprintf("cannot be reverted: revision %d took from %s %s; revert that first", rev, object, what),
	}
}
