package propeller

import (
	"slices"
	"strconv"

	"cohort/internal/directory"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
)

// The vendor documents no way to list usergroups; these lists are ours.

// usergroupList lists usergroups by id, filtered by name, parent and source.
func (q *request) usergroupList() error {
	page, err := q.page()
	if err != nil {
		return err
	}
	all, err := q.dir.Groups(q.ctx())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(g directory.Group) bool { return g.ID == directory.AllUsers })
	if all, err = q.filterByName(all); err != nil {
		return err
	}
	if all, err = q.filterByParent(all); err != nil {
		return err
	}
	if all, err = q.filterBySource(all); err != nil {
		return err
	}
	return q.replyGroups(page, all)
}

// filterByName keeps the groups with a name, ignoring case. % matches any characters.
func (q *request) filterByName(all []directory.Group) ([]directory.Group, error) {
	if !q.query.Has("name") {
		return all, nil
	}
	pattern, err := directory.ParsePattern("name", q.query.Get("name"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(g directory.Group) bool { return !pattern.Match(directory.Fold(g.Name)) }), nil
}

// filterByParent keeps the groups with a given first parent. The id of All Users, and 0, keep
// the roots.
func (q *request) filterByParent(all []directory.Group) ([]directory.Group, error) {
	if !q.query.Has("parent") {
		return all, nil
	}
	parent, err := strconv.ParseInt(q.query.Get("parent"), 10, 64)
	if err != nil || parent < 0 {
		return nil, fault.Schema("#/parent: expected type: Integer, found: String")
	}
	var kept []directory.Group
	for _, g := range all {
		path, err := q.dir.GroupPath(q.ctx(), g.ID)
		if err != nil {
			return nil, err
		}
		if root := parent <= int64(directory.AllUsers); root && len(path) == 1 || !root && len(path) > 1 &&
			int64(path[1].ID) == parent {
			kept = append(kept, g)
		}
	}
	return kept, nil
}

// filterBySource keeps the groups that have an id in a source or, if a source id is given, the
// one with that id.
func (q *request) filterBySource(all []directory.Group) ([]directory.Group, error) {
	source, sourceID := q.query.Get("source"), q.query.Get(document.KeySourceID)
	switch {
	case sourceID != "":
		refs, err := q.dir.BySource(q.ctx(), directory.ObjectGroup, source, sourceID)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(all, func(g directory.Group) bool {
			return !slices.ContainsFunc(refs, func(r directory.SourceReference) bool { return r.Object == g.ID.Object() })
		}), nil
	case source == "":
		return all, nil
	}
	objects := make([]directory.Object, len(all))
	for i, g := range all {
		objects[i] = g.ID.Object()
	}
	lists, err := q.dir.Sources(q.ctx(), objects...)
	if err != nil {
		return nil, err
	}
	var kept []directory.Group
	for i, g := range all {
		if slices.ContainsFunc(lists[i], func(r directory.SourceReference) bool { return r.Source == source }) {
			kept = append(kept, g)
		}
	}
	return kept, nil
}

// replyGroups answers with a page of usergroups.
func (q *request) replyGroups(p page, all []directory.Group) error {
	expand, err := q.expands(expandSources, expandParent)
	if err != nil {
		return err
	}
	part := p.cut(len(all))
	bodies, err := q.showUsergroups(all[part.from:part.to], expand)
	if err != nil {
		return err
	}
	return q.replyPage(p, bodies, len(bodies), len(all))
}

// children lists the usergroups whose first parent is the usergroup in the path.
func (q *request) children() error {
	page, err := q.page()
	if err != nil {
		return err
	}
	l, err := q.lookup(usergroups(), true)
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	all, err := q.dir.ChildGroups(q.ctx(), directory.GroupID(id))
	if err != nil {
		return err
	}
	var children []directory.Group
	for _, g := range all {
		path, err := q.dir.GroupPath(q.ctx(), g.ID)
		if err != nil {
			return err
		}
		if len(path) == 1 && id == int64(directory.AllUsers) || len(path) > 1 && int64(path[1].ID) == id {
			children = append(children, g)
		}
	}
	return q.replyGroups(page, children)
}

// members lists the direct members of the usergroup in the path, whether or not it is their
// first group.
func (q *request) members() error {
	page, err := q.page()
	if err != nil {
		return err
	}
	l, err := q.lookup(usergroups(), true)
	if err != nil {
		return err
	}
	expand, err := q.expands(expandSources, expandParent)
	if err != nil {
		return err
	}
	id, err := l.find(q.ctx(), q.dir, q.Language)
	if err != nil {
		return err
	}
	query := directory.UserQuery{Offset: page.skip(), Limit: page.size}
	if directory.GroupID(id) != directory.AllUsers {
		query.Where = directory.UsersIn{Groups: []directory.GroupID{directory.GroupID(id)}}
	}
	list, all, err := q.dir.Users(q.ctx(), query)
	if err != nil {
		return err
	}
	bodies, err := q.showUsers(list, expand)
	if err != nil {
		return err
	}
	return q.replyPage(page, bodies, len(bodies), all)
}
