package propeller

import (
	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
)

// attributeOf finds the attribute of a value.
func (w *writing) attributeOf(in document.ValueInput) (directory.Attribute, error) {
	key, value := in.Key()
	text := string(value)
	if key == document.KeyName {
		text = in.Node.TextOr(document.KeyName, "")
	}
	class := ""
	if key == document.KeyName {
		class = in.Node.TextOr("class", "")
	}
	return findAttribute(w.ctx, w.dir, key, text, class)
}

// loadOwn reads the own values of the object. Setting a value does not depend on them, so
// others may write meanwhile.
func (w *writing) loadOwn(kind directory.ObjectKind) error {
	if w.own != nil {
		return nil
	}
	return w.dir.WithoutExpecting(func() error { return w.readOwn(kind) })
}

// loadOwnOf reads the own value of one attribute. A usergroup has its values in memory, so one
// is found without the others; the values of a user are read together.
func (w *writing) loadOwnOf(kind directory.ObjectKind, id directory.AttributeID) error {
	if kind != directory.ObjectGroup {
		return w.loadOwn(kind)
	}
	if w.own == nil {
		w.own, w.looked = map[directory.AttributeID]directory.Value{}, map[directory.AttributeID]bool{}
	}
	if w.id == 0 || w.looked[id] {
		return nil
	}
	w.looked[id] = true
	return w.dir.WithoutExpecting(func() error {
		v, err := w.dir.GroupValue(w.ctx, directory.GroupID(w.id), id)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil
		}
		if err == nil {
			w.own[id] = v.Value
		}
		return err
	})
}

// expectOwn makes the change depend on the object's current value.
func (w *writing) expectOwn(kind directory.ObjectKind, id directory.AttributeID) error {
	if kind == directory.ObjectGroup {
		_, err := w.dir.GroupValue(w.ctx, directory.GroupID(w.id), id)
		return err
	}
	_, err := w.dir.User(w.ctx, directory.UserID(w.id))
	return err
}

func (w *writing) readOwn(kind directory.ObjectKind) error {
	w.own = map[directory.AttributeID]directory.Value{}
	switch {
	case w.id == 0:
	case kind == directory.ObjectGroup:
		values, err := w.dir.ValuesOfGroup(w.ctx, directory.GroupID(w.id))
		if err != nil {
			return err
		}
		for _, v := range values {
			w.own[v.Attribute] = v.Value
		}
	default:
		u, err := w.dir.User(w.ctx, directory.UserID(w.id))
		if err != nil {
			return err
		}
		for _, v := range u.Values {
			w.own[v.Attribute] = v.Value
		}
	}
	return nil
}

// putValue sets or removes a value of the object that w writes, and returns the attribute. A
// value that would be shown the same stays.
func (w *writing) putValue(o directory.Object, in document.ValueInput) (attribute int64, removed bool, err error) {
	a, err := w.attributeOf(in)
	if err != nil {
		return 0, false, err
	}
	wire := document.WireTypeOf(a.Type)
	if in.Node.TextOr(document.FieldType, "") != wire {
		return int64(a.ID), false, document.WrongType(wire)
	}
	if err := w.loadOwnOf(o.Kind, a.ID); err != nil {
		return 0, false, err
	}
	if in.Value == nil || !a.Hidden && document.Clears(wire, in.Value) {
		if _, there := w.own[a.ID]; there {
			if err := w.expectOwn(o.Kind, a.ID); err != nil {
				return 0, false, err
			}
			w.add(removeValue(o, a.ID))
			delete(w.own, a.ID)
		}
		return int64(a.ID), true, nil
	}
	return int64(a.ID), false, w.putValueOf(&a, o, in)
}

func (w *writing) putValueOf(a *directory.Attribute, o directory.Object, in document.ValueInput) error {
	have, there := w.own[a.ID]
	if in.Keeps(a) {
		return nil
	}
	value, same, err := document.ReadValue(a, in.Value, have, there, w.standard)
	if err != nil || same {
		return err
	}
	if value.IsZero() && a.Type.Localized() {
		delete(w.own, a.ID)
		w.add(removeValue(o, a.ID))
		return nil
	}
	if err := directory.ParseValue("value", a.Type, value.Text); err != nil && !a.Type.Localized() {
		return err // refused before anything else of the item
	}
	if !a.Constraints.IsZero() {
		if err := directory.NewFit(a).CheckChange("value", have, value); err != nil {
			return err
		}
	}
	w.own[a.ID] = value
	w.add(setValue(o, a.ID, value))
	return nil
}

func setValue(o directory.Object, a directory.AttributeID, v directory.Value) directory.Edit {
	if o.Kind == directory.ObjectGroup {
		return directory.SetGroupValue{Group: directory.GroupID(o.ID), Attribute: a, Value: v, Vendor: true}
	}
	return directory.SetUserValue{User: directory.UserID(o.ID), Attribute: a, Value: v, Vendor: true}
}

func removeValue(o directory.Object, a directory.AttributeID) directory.Edit {
	if o.Kind == directory.ObjectGroup {
		return directory.DeleteGroupValue{Group: directory.GroupID(o.ID), Attribute: a}
	}
	return directory.DeleteUserValue{User: directory.UserID(o.ID), Attribute: a}
}

// edits adds the edits for everything below an object in a request.
func (in subInput) edits(w *writing, o directory.Object) error {
	for _, value := range in.values {
		if _, _, err := w.putValue(o, value); err != nil {
			return err
		}
	}
	for _, a := range in.addresses {
		if _, _, err := w.upsertAddress(o, a, bulk.Directives{}); err != nil {
			return err
		}
	}
	for _, p := range in.prices {
		if _, err := w.putPrice(o, p.Price); err != nil {
			return err
		}
	}
	return nil
}

// isCaller reports whether the path names the caller, by id.
func (q *request) isCaller(l lookup) bool {
	return l.kind == directory.ObjectUser && l.key == document.KeyID && l.value == directory.FormatID(q.call.Caller.User)
}

// setValues sets and removes values of one object.
func (q *request) setValues(res resource) error {
	l, err := q.lookup(res, true)
	if err != nil {
		return err
	}
	if !q.isCaller(l) { // users may edit some of their own values
		if err := q.require(directory.SetValues); err != nil {
			return err
		}
	}
	n, err := q.body(document.ValuesShape())
	if err != nil {
		return err
	}
	if _, err := l.find(q.ctx(), q.dir, q.Language); err != nil {
		return err
	}
	inputs, results := make([]document.ValueInput, len(n.Items)), make([]bulk.Result, len(n.Items))
	for i, item := range n.Items {
		inputs[i] = document.NewValueInput("#", "/", i, item)
		results[i].LookupKey, results[i].Key = inputs[i].Key()
	}
	return q.replyParts(results, maxPart, "Completed", func(now Directory, from, to int) ([]directory.Edit, []int, error) {
		id, err := l.find(q.ctx(), now, q.Language)
		if err != nil {
			return nil, nil, err
		}
		w := q.writing(now, id)
		return w.gather(from, to, results, func(i int) error {
			r, in := &results[i], inputs[i]
			r.Action = bulk.Put
			if in.Value == nil {
				r.Action = bulk.Delete
			}
			attribute, removed, err := w.putValue(w.object(l.kind), in)
			if removed {
				r.Action = bulk.Delete
			}
			r.ID = &attribute
			return err
		})
	})
}
