package plan

import (
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
)

// A hiding replaces the plain values of an attribute that becomes hidden,
// wherever records show them: in their own change, and in all before it.
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
	var revisions []directory.Revision
	err := p.Reader.Records(p.ctx, 0, &object, 0, func(r store.Record) error {
		revisions = append(revisions, r.Header.Revision)
		return nil
	})
	if err != nil {
		return err
	}
	for _, rev := range revisions {
		if err := h.redact(rev); err != nil {
			return err
		}
	}
	return nil
}

func (h *hiding) redact(rev directory.Revision) error {
	rec, err := h.p.Reader.Record(h.p.ctx, rev)
	if err != nil {
		return err
	}
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

// value seals a plain value as it stood with an owner. The same one always
// gives the same seal, so what did not change still shows as unchanged.
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
func (h *hiding) edit(edit directory.Edit) (out directory.Edit, err error) {
	switch e := edit.(type) {
	case directory.SetGroupValue:
		if e.Attribute == h.attribute {
			e.Value, err = h.value(e.Group.Object(), e.Value)
		}
		return e, err
	case directory.SetUserValue:
		if e.Attribute == h.attribute {
			e.Value, err = h.value(e.User.Object(), e.Value)
		}
		return e, err
	case directory.SetGroupValues:
		if e.Attribute != h.attribute {
			return e, nil
		}
		for i, item := range e.Items {
			if e.Items[i].Value, err = h.value(item.Group.Object(), item.Value); err != nil {
				return e, err
			}
		}
		return e, nil
	case directory.CreateAttribute:
		if e.Name == h.name {
			e.Default, err = h.defaultValue(e.Default)
		}
		return e, err
	case directory.UpdateAttribute:
		if e.Attribute == h.attribute {
			e.Default, err = h.defaultValue(e.Default)
		}
		return e, err
	}
	return edit, nil
}

func (h *hiding) defaultValue(v *directory.Value) (*directory.Value, error) {
	if v == nil {
		return nil, nil
	}
	sealed, err := h.value(h.attribute.Object(), *v)
	return &sealed, err
}

// shown are the writes as the change's own record may show them.
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
