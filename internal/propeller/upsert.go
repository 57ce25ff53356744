package propeller

import (
	"errors"
	"strconv"

	"cohort/internal/directory"
)

// An upsert is a usergroup or user in a bulk call.
type upsert interface {
	// edits returns the edits that make the object as it was sent. id is 0 for a new object,
	// whose id will be newID unless that is 0.
	edits(w *writing, newID int64, d directives) ([]directory.Edit, error)
}

// An upsertCall creates or changes many usergroups or users, each in a change of its own.
type upsertCall struct {
	bulkCall
	res     resource
	key     string // the key that finds them
	items   *bulkItems
	read    func(at string, n *node) (upsert, error)
	d       directives
	refused []error // why items are refused, whatever the directory contains
	links   []link  // how the items relate
}

// upsertForm is the shape of a bulk call that finds its items by a key.
func upsertForm(name, key string, item *shape, skippable []string) *shape {
	item = subShapes(item)
	item.required = []string{keySourceID, "source"}
	if key == keyID {
		item.members[keyID] = idShape(0)
		item.required = []string{keyID}
	}
	return bulkShape(name, item, skippable)
}

// upsert runs a bulk call.
func (q *request) upsert(res resource, name, key string, form *shape,
	read func(at string, n *node) (upsert, error)) error {
	if err := q.require(managing(res.kind)); err != nil {
		return err
	}
	c := &upsertCall{bulkCall: bulkCall{request: q, again: mayBeInTheWay}, res: res, key: key, read: read}
	c.plan, c.explain, c.length = c.planOf, c.explainItem, func(i int) int { return len(c.items.raw[i]) }
	n, items, err := q.bulkItems(form, name, key, c.see)
	if err != nil {
		return err
	}
	c.items, c.d = items, readDirectives(n.members["directives"])
	order, err := c.order()
	if err != nil {
		return err
	}
	if q.preview {
		return c.show(order)
	}
	if err := c.run(order); err != nil {
		return err
	}
	return q.replyBulk(c.results, "Completed")
}

// see records what is needed of an item before its turn comes.
func (c *upsertCall) see(_ int, at string, n *node) error {
	_, err := c.read(at, n)
	if err != nil && refusesCall(err) {
		return err
	}
	c.refused = append(c.refused, err)
	c.results = append(c.results, bulkResult{LookupKey: c.key, Key: n.members[c.key].raw.Clone()})
	c.links = append(c.links, newLink(c.key, n))
	return nil
}

// planOf returns the plan of an item.
func (c *upsertCall) planOf(i int) (plan, error) {
	if why := c.refused[i]; why != nil {
		return func(Directory) ([]directory.Edit, error) { return nil, why }, nil //nolint:nilerr // the item's answer
	}
	n, in, err := c.readItem(i)
	if err != nil {
		return nil, err
	}
	return func(now Directory) ([]directory.Edit, error) {
		edits, err := c.edits(i, n, in, c.writing(now, 0))
		if err != nil || changesNothing(edits) {
			return nil, err
		}
		return edits, nil
	}, nil
}

func (c *upsertCall) readItem(i int) (n *node, in upsert, err error) {
	if n, err = c.items.item(i); err == nil {
		in, err = c.read(c.items.place(i), n)
	}
	return n, in, err
}

// edits returns the edits of an item, and records what they do.
func (c *upsertCall) edits(i int, n *node, in upsert, w *writing) ([]directory.Edit, error) {
	id, newID, err := c.upsertID(w.dir, c.res, n, c.key)
	if err != nil {
		return nil, err
	}
	r := &c.results[i]
	r.reset()
	if r.note(id, id == 0); id == 0 && c.d.skipCreate {
		r.Message = c.res.name + " skipped. It does not exist and is not created."
		return nil, nil
	}
	if w.id = id; id != 0 && c.key == keySourceID {
		w.found = c.links[i].own
	}
	return in.edits(w, newID, c.d)
}

// changesNothing reports whether edits only ask whether the caller may change the object,
// which a bulk call asks once.
func changesNothing(edits []directory.Edit) bool {
	if len(edits) != 1 {
		return len(edits) == 0
	}
	switch e := edits[0].(type) {
	case directory.UpdateGroup:
		return e == directory.UpdateGroup{Group: e.Group}
	case directory.UpdateUser:
		return e == directory.UpdateUser{User: e.User}
	}
	return false
}

// explainItem says why an item was refused.
func (c *upsertCall) explainItem(i int, err error) error {
	l := c.links[i]
	return c.res.refusal(err, l.id, l.own.sourceID)
}

// mayBeInTheWay reports whether other items may remove the reason of a refusal: they may
// create the parent, or move it out from below the item.
func mayBeInTheWay(err error) bool {
	if f, ok := errors.AsType[*fault](err); ok && (f.code == codeGroupIsParent || f.code == codeGroupExists ||
		f.code == codeUserExists) {
		return true
	}
	e, ok := errors.AsType[*directory.Error](err)
	return ok && (e.Code == directory.CodeCycle || e.Code == directory.CodeTaken || e.Kind == directory.KindInvalid &&
		fieldOf(e) == "group")
}

// upsertID finds the object of an item. If there is none, id is 0, and newID is its future id,
// or 0 if the directory chooses it.
func (q *request) upsertID(now Directory, res resource, n *node, key string) (id, newID int64, err error) {
	l := lookup{resource: res, key: key, value: n.textOr(key, ""), missing: res.notFound}
	if key == keySourceID {
		l.source = n.textOr("source", "")
	}
	if l.value == "0" && key == keyID {
		return 0, 0, nil
	}
	id, err = l.find(q.ctx(), now, q.Language)
	if f, ok := errors.AsType[*fault](err); ok && f.code == res.notFound {
		id, err = 0, nil
		if key == keyID {
			if newID, err = strconv.ParseInt(l.value, 10, 64); err != nil || newID > directory.MaxID {
				return 0, 0, newFault(codePayload, "#/id: must be at most "+strconv.Itoa(directory.MaxID))
			}
		}
	}
	return id, newID, err
}
