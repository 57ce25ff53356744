package propeller

import (
	"errors"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// An upsert is a usergroup or user in a bulk call.
type upsert interface {
	// edits returns the edits that make the object as it was sent. id is 0 for a new object,
	// whose id will be newID unless that is 0.
	edits(w *writing, newID int64, d bulk.Directives) ([]directory.Edit, error)
}

// An upsertCall creates or changes many usergroups or users, each in a change of its own.
type upsertCall struct {
	bulk.Call

	*request

	res     resource
	key     string // the key that finds them
	items   *bulk.Items
	read    func(at string, n *schema.Node) (upsert, error)
	d       bulk.Directives
	refused []error     // why items are refused, whatever the directory contains
	links   []bulk.Link // how the items relate
}

// upsertForm is the shape of a bulk call that finds its items by a key.
func upsertForm(name, key string, item *schema.Shape, skippable []string) *schema.Shape {
	item = document.SubShapes(item)
	item.Required = []string{document.KeySourceID, "source"}
	if key == document.KeyID {
		item.Members[document.KeyID] = schema.ID(0)
		item.Required = []string{document.KeyID}
	}
	return bulk.Shape(name, item, skippable)
}

// upsert runs a bulk call.
func (q *request) upsert(res resource, name, key string, form *schema.Shape,
	read func(at string, n *schema.Node) (upsert, error)) error {
	if err := q.require(managing(res.kind)); err != nil {
		return err
	}
	c := &upsertCall{request: q, Call: bulk.Call{Request: q.bulk(), Again: mayBeInTheWay}, res: res, key: key, read: read}
	c.Plan, c.Explain, c.Len = c.planOf, c.explainItem, func(i int) int { return c.items.Len(i) }
	n, err := q.body(form)
	if err != nil {
		return err
	}
	items, err := bulk.ReadItems(n, form, name, key, c.see)
	if err != nil {
		return err
	}
	c.items, c.d = items, bulk.ReadDirectives(n.Members["directives"])
	order, err := c.order()
	if err != nil {
		return err
	}
	if q.preview {
		return c.show(order)
	}
	if err := c.Run(order); err != nil {
		return err
	}
	return q.replyBulk(c.Results, "Completed")
}

// order returns the order in which the items are done. Items that would form a ring are refused,
// and no others.
func (c *upsertCall) order() ([]int, error) {
	f := bulk.NewForest(c.links)
	if c.res.kind == directory.ObjectGroup {
		if err := f.Join(c.ancestors); err != nil {
			return nil, err
		}
	}
	c.IsPassed = func(i int) bool { return f.IsPassed(i, c.Results) }
	if !c.d.SkipMove && !c.d.Skips("parent", "?") { // else an existing usergroup does not move
		for _, i := range f.CutRings() {
			c.refused[i] = insideItself()
		}
	}
	return f.Order(), nil
}

// ancestors returns the usergroup that a link names as the parent, and those above it. It is empty
// if there is none; the item reports it in its turn.
func (c *upsertCall) ancestors(parent bulk.Link) ([]bulk.Ancestor, error) {
	l := lookup{resource: usergroups(), key: document.KeyID, value: parent.ParentID, missing: fault.UsergroupIsParent}
	if parent.ParentID == "" {
		l.key, l.value, l.source = document.KeySourceID, parent.Parent.SourceID, parent.Parent.Source
	}
	id, err := l.find(c.ctx(), c.dir, c.request.Language)
	if err != nil {
		return nil, ignoreRefusal(err)
	}
	path, err := c.dir.GroupPath(c.ctx(), directory.GroupID(id))
	if err != nil {
		return nil, ignoreRefusal(err)
	}
	objects := make([]directory.Object, len(path))
	for i, g := range path {
		objects[i] = g.ID.Object()
	}
	sources, err := c.dir.Sources(c.ctx(), objects...)
	if err != nil {
		return nil, err
	}
	list := make([]bulk.Ancestor, len(path))
	for i, g := range path {
		list[i].ID = directory.FormatID(g.ID)
		for _, ref := range sources[i] {
			list[i].Keys = append(list[i].Keys, bulk.SourceKey{Source: ref.Source, SourceID: ref.SourceID})
		}
	}
	return list, nil
}

// ignoreRefusal drops errors that are refusals and keeps internal ones.
func ignoreRefusal(err error) error {
	if k := directory.KindOf(err); k == directory.KindInternal || k == directory.KindUnavailable {
		return err
	}
	return nil
}

// see records what is needed of an item before its turn comes.
func (c *upsertCall) see(_ int, at string, n *schema.Node) error {
	_, err := c.read(at, n)
	if err != nil && refusesCall(err) {
		return err
	}
	c.refused = append(c.refused, err)
	c.Results = append(c.Results, bulk.Result{LookupKey: c.key, Key: n.Members[c.key].Raw.Clone()})
	c.links = append(c.links, bulk.NewLink(c.key, n))
	return nil
}

// planOf returns the plan of an item.
func (c *upsertCall) planOf(i int) (bulk.Plan, error) {
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

func (c *upsertCall) readItem(i int) (n *schema.Node, in upsert, err error) {
	if n, err = c.items.Item(i); err == nil {
		in, err = c.read(c.items.Place(i), n)
	}
	return n, in, err
}

// edits returns the edits of an item, and records what they do.
func (c *upsertCall) edits(i int, n *schema.Node, in upsert, w *writing) ([]directory.Edit, error) {
	id, newID, err := c.upsertID(w.dir, c.res, n, c.key)
	if err != nil {
		return nil, err
	}
	r := &c.Results[i]
	r.Reset()
	if r.Note(id, id == 0); id == 0 && c.d.SkipCreate {
		r.Message = c.res.name + " skipped. It does not exist and is not created."
		return nil, nil
	}
	if w.id = id; id != 0 && c.key == document.KeySourceID {
		w.found = c.links[i].Own
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
	return c.res.refusal(err, l.ID, l.Own.SourceID)
}

// mayBeInTheWay reports whether other items may remove the reason of a refusal: they may
// create the parent, or move it out from below the item.
func mayBeInTheWay(err error) bool {
	if f, ok := errors.AsType[*fault.Fault](err); ok && (f.Code == fault.UsergroupIsParent ||
		f.Code == fault.UsergroupExists || f.Code == fault.UserExists) {
		return true
	}
	e, ok := errors.AsType[*directory.Error](err)
	return ok && (e.Code == directory.CodeCycle || e.Code == directory.CodeTaken || e.Kind == directory.KindInvalid &&
		fieldOf(e) == "group")
}

// upsertID finds the object of an item. If there is none, id is 0, and newID is its future id,
// or 0 if the directory chooses it.
func (q *request) upsertID(now Directory, res resource, n *schema.Node, key string) (id, newID int64, err error) {
	l := lookup{resource: res, key: key, value: n.TextOr(key, ""), missing: res.notFound}
	if key == document.KeySourceID {
		l.source = n.TextOr("source", "")
	}
	if l.value == "0" && key == document.KeyID {
		return 0, 0, nil
	}
	id, err = l.find(q.ctx(), now, q.Language)
	if f, ok := errors.AsType[*fault.Fault](err); ok && f.Code == res.notFound {
		id, err = 0, nil
		if key == document.KeyID {
			if newID, err = strconv.ParseInt(l.value, 10, 64); err != nil || newID > directory.MaxID {
				return 0, 0, fault.New(fault.Payload, "#/id: must be at most "+strconv.Itoa(directory.MaxID))
			}
		}
	}
	return id, newID, err
}

// refusesCall reports whether an error of an item refuses the whole call. An error of form
// does; other errors refuse the item only.
func refusesCall(err error) bool {
	f, ok := errors.AsType[*fault.Fault](err)
	return !ok || f.Code != fault.Payload
}
