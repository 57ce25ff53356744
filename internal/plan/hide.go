package plan

import (
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// A hiding replaces the plain values of an attribute that becomes hidden wherever
// records show them: in the record of this change, and in all earlier ones.
type hiding struct {
	p         *Planner
	attribute directory.AttributeID
	name      string // of the attribute when a record made it
}

// hide plans what makes an attribute's past values disappear from history. The
// values that are there now have been sealed by refitValues.
func (p *Planner) hide(id directory.AttributeID) error {
	h := &hiding{p: p, attribute: id}
	p.hidings = append(p.hidings, h)
	object := id.Object()
	return p.eachRecord(0, &object, h.redact)
}

func (h *hiding) redact(rec store.Record) error {
	rev := rec.Header.Revision
	h.name = ""
	for i, c := range rec.Chunks {
		c, changed, err := record.RedactImages(rev, c, h.row)
		if err != nil {
			return err
		}
		if changed {
			h.p.forget = append(h.p.forget, store.Forgotten{Revision: rev, Chunk: i, With: c})
		}
	}
	edits, changed, err := record.RedactEdits(rev, rec.Edits, h.edit)
	if err == nil && changed {
		h.p.forget = append(h.p.forget, store.Forgotten{Revision: rev, Chunk: -1, With: edits})
	}
	return err
}

// value seals a plain value of an owner. Equal values get the same seal, so what did
// not change still shows as unchanged.
func (h *hiding) value(owner directory.Object, v directory.Value) (directory.Value, error) {
	if v.Sealed != 0 || v.IsZero() {
		return v, nil
	}
	return h.p.seal(h.attribute, owner, v.Text)
}

// row is a row as history may show it.
func (h *hiding) row(row directory.Row) (out directory.Row, err error) {
	switch r := row.(type) {
	case directory.GroupValue:
		if r.Attribute == h.attribute {
			r.Value, err = h.value(r.Group.Object(), r.Value)
		}
		return r, err
	case directory.UserValue:
		if r.Attribute == h.attribute {
			r.Value, err = h.value(r.User.Object(), r.Value)
		}
		return r, err
	case directory.Attribute:
		if r.ID == h.attribute {
			h.name = r.Name
			r.Default, err = h.value(r.ID.Object(), r.Default)
		}
		return r, err
	}
	return row, nil
}

// edit is an edit as history may show it.
func (h *hiding) edit(edit directory.Edit) (directory.Edit, error) {
	d, err := h.p.env.descriptor(edit)
	if err != nil {
		return nil, err
	}
	return d.seal(h, edit)
}

// sealValue seals a value in an edit, if it is one of the attribute.
func (h *hiding) sealValue(v *directory.Value, of directory.AttributeID, owner directory.Object) (err error) {
	if of == h.attribute {
		*v, err = h.value(owner, *v)
	}
	return err
}

func (h *hiding) sealItems(e *directory.SetGroupValues) error {
	for i := range e.Items {
		if err := h.sealValue(&e.Items[i].Value, e.Attribute, e.Items[i].Group.Object()); err != nil {
			return err
		}
	}
	return nil
}

// sealDefault seals a default in an edit, if the edit is about the attribute. The edit
// that made the attribute has only its name.
func (h *hiding) sealDefault(v **directory.Value, about bool) error {
	if *v == nil || !about {
		return nil
	}
	sealed, err := h.value(h.attribute.Object(), **v)
	*v = &sealed
	return err
}

// shown are the writes as the record of the change may show them.
func (p *Planner) shown(writes []directory.RowWrite) ([]directory.RowWrite, error) {
	writes = p.withoutErased(writes)
	if len(p.hidings) == 0 {
		return writes, nil
	}
	shown := make([]directory.RowWrite, len(writes))
	copy(shown, writes)
	for _, h := range p.hidings {
		for i := range shown {
			for _, row := range []*directory.Row{&shown[i].Before, &shown[i].After} {
				if *row == nil {
					continue
				}
				var err error
				if *row, err = h.row(*row); err != nil {
					return nil, err
				}
			}
		}
		for i, e := range p.recorded {
			var err error
			if p.recorded[i], err = h.edit(e); err != nil {
				return nil, err
			}
		}
	}
	return shown, nil
}
