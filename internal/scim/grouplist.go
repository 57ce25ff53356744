package scim

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// listGroups lists groups. The catalog is in memory, so names are compared there.
func (q *request) listGroups() error {
	t := groupType()
	l, err := q.listing(t)
	if err != nil {
		return err
	}
	p := t.Projection(q.query)
	ids, err := q.findGroups(t, l)
	if err != nil {
		return err
	}
	from, to := l.window(len(ids))
	states, err := q.groupStates(q.dir, ids[from:to])
	if err != nil {
		return err
	}
	shown := int64(0)
	return q.sendList(l, l.pageOf(len(ids)), len(states), func(w *httpkit.Spool, i int) error {
		shown += states[i].Members
		all := shown <= maxListMembers
		if !all && p.Wants(resource.SchemaGroup, "members", false) {
			q.Clients.LeaveOut()
		}
		return q.writeGroup(w, states[i], &p, all)
	})
}

// findGroups finds the groups that a filter selects, in order.
func (q *request) findGroups(t *resource.Type, l *listing) ([]directory.GroupID, error) {
	ids, err := q.groupCandidates(l.filter)
	if err != nil {
		return nil, err
	}
	if l.filter == nil && !l.sorted {
		return ids, nil
	}
	deep := l.sorted && l.sort.Name != "displayName" && l.sort.Name != "id" || l.filter != nil && looksDeep(l.filter)
	if deep && len(ids) > maxExamined {
		return nil, resource.BadRequest(resource.TooMany,
			"The filter or the order looks at more than 20,000 groups; filter by displayName, externalId, id or members.value.")
	}
	type row struct {
		id  directory.GroupID
		key any
	}
	var rows []row
	add := func(s *groupState) error {
		o := q.showGroup(s)
		ok := l.filter == nil
		if !ok {
			var err error
			if ok, err = q.matchesGroup(t, l.filter, s, o); err != nil {
				return err
			}
		}
		if ok {
			rows = append(rows, row{s.Group.ID, l.key(t, o)})
		}
		return nil
	}
	for chunk := range slices.Chunk(ids, maxPage) {
		if err := q.eachGroup(chunk, deep, add); err != nil {
			return nil, err
		}
	}
	if l.sorted {
		slices.SortStableFunc(rows, func(a, b row) int { return l.compare(a.key, b.key) })
	}
	found := make([]directory.GroupID, len(rows))
	for i := range rows {
		found[i] = rows[i].id
	}
	return found, nil
}

// eachGroup calls f for groups, with everything about them if deep, or else with what the
// catalog knows.
func (q *request) eachGroup(ids []directory.GroupID, deep bool, f func(*groupState) error) error {
	if deep {
		states, err := q.groupStates(q.dir, ids)
		if err != nil {
			return err
		}
		for _, s := range states {
			if err := f(s); err != nil {
				return err
			}
		}
		return nil
	}
	for _, id := range ids {
		g, err := q.dir.Group(q.ctx(), id)
		if err != nil {
			return err
		}
		if err := f(&groupState{GroupDetail: directory.GroupDetail{Group: g}}); err != nil {
			return err
		}
	}
	return nil
}

// looksDeep reports whether a filter needs more than id, displayName and the values of
// members.
func looksDeep(f resource.Filter) bool {
	switch f := f.(type) {
	case resource.AndFilter:
		return slices.ContainsFunc(f, looksDeep)
	case resource.OrFilter:
		return slices.ContainsFunc(f, looksDeep)
	case resource.NotFilter:
		return looksDeep(f.Inner)
	case resource.Comparison:
		name := groupName(f.Path)
		return name != "id" && name != "displayname" && name != "members" && name != "members.value" || f.Op == "pr" &&
			name == "members"
	}
	return false
}

func groupName(p resource.AttrPath) string {
	return strings.TrimPrefix(strings.ToLower(p.String()), strings.ToLower(resource.SchemaGroup)+":")
}

// groupCandidates returns a superset of the groups that a filter selects, sorted by id.
func (q *request) groupCandidates(f resource.Filter) ([]directory.GroupID, error) {
	ids, ok, err := q.groupsByIndex(f)
	if err != nil || ok {
		slices.Sort(ids)
		return slices.Compact(ids), err
	}
	groups, err := q.dir.Groups(q.ctx())
	for i := range groups {
		if groups[i].ID != directory.AllUsers {
			ids = append(ids, groups[i].ID)
		}
	}
	return ids, err
}

// groupsByIndex looks values up in an index. ok is false if none helps.
func (q *request) groupsByIndex(f resource.Filter) (ids []directory.GroupID, ok bool, err error) {
	switch f := f.(type) {
	case resource.AndFilter:
		for _, g := range f {
			if ids, ok, err = q.groupsByIndex(g); ok || err != nil {
				return ids, ok, err
			}
		}
	case resource.Comparison:
		if f.Op != "eq" || f.Value == nil {
			return nil, false, nil
		}
		value := resource.TextOf(f.Value)
		switch groupName(f.Path) {
		case "id":
			if id, valid := parseGroupID(value); valid && strings.HasPrefix(value, "g") {
				if _, err := q.dir.Group(q.ctx(), id); directory.KindOf(err) != directory.KindNotFound {
					return []directory.GroupID{id}, true, err
				}
			}
			return nil, true, nil
		case "externalid":
			if !q.isReference(value) {
				return nil, true, nil
			}
			refs, err := q.dir.BySource(q.ctx(), directory.ObjectGroup, q.client.Source, value)
			for _, ref := range refs {
				ids = append(ids, directory.GroupID(ref.Object.ID))
			}
			return ids, true, err
		case "members", "members.value":
			ids, err := q.groupsWith(value)
			return ids, true, err
		}
	case resource.ElementFilter:
		if values, only := valuesIn(f.Inner); only && f.Then == nil && groupName(f.Path) == "members" {
			for _, v := range values {
				more, err := q.groupsWith(v)
				if err != nil {
					return nil, false, err
				}
				ids = append(ids, more...)
			}
			return ids, true, nil
		}
	}
	return nil, false, nil
}

// groupsWith returns the groups that directly contain a member, without All Users.
func (q *request) groupsWith(value string) ([]directory.GroupID, error) {
	m := parseMember(value)
	if m == 0 {
		return nil, nil
	}
	if child, ok := m.group(); ok {
		parents, err := q.dir.ParentsOf(q.ctx(), child)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil, nil
		}
		return parents, err
	}
	u, err := q.dir.User(q.ctx(), directory.UserID(m))
	if directory.KindOf(err) == directory.KindNotFound || err == nil && !isUser(&u) {
		return nil, nil
	}
	var ids []directory.GroupID
	for _, membership := range u.Memberships {
		if membership.Group != directory.AllUsers {
			ids = append(ids, membership.Group)
		}
	}
	return ids, err
}

// matchesGroup reports whether a group matches a filter. A filter can ask only whether
// somebody is a member; the members are never read for it.
func (q *request) matchesGroup(t *resource.Type, f resource.Filter, s *groupState, o *resource.Object) (bool, error) {
	switch f := f.(type) {
	case resource.AndFilter:
		for _, g := range f {
			if ok, err := q.matchesGroup(t, g, s, o); err != nil || !ok {
				return false, err
			}
		}
		return true, nil
	case resource.OrFilter:
		for _, g := range f {
			if ok, err := q.matchesGroup(t, g, s, o); err != nil || ok {
				return ok, err
			}
		}
		return false, nil
	case resource.NotFilter:
		ok, err := q.matchesGroup(t, f.Inner, s, o)
		return !ok, err
	case resource.Comparison:
		if name := groupName(f.Path); name == "members" || strings.HasPrefix(name, "members.") {
			return q.hasMember(f, name, s)
		}
	case resource.ElementFilter:
		values, only := valuesIn(f.Inner)
		if !only || f.Then != nil {
			return false, errMembers()
		}
		for _, v := range values {
			if ok, err := q.isMember(v, s.Group.ID); err != nil || ok {
				return ok, err
			}
		}
		return false, nil
	}
	return t.Matches(f, o), nil
}

func errMembers() error {
	return resource.BadRequest(resource.TooMany,
		"Groups can be selected by members.value eq and ne, and by whether they have members; nothing else of members.")
}

func (q *request) hasMember(c resource.Comparison, name string, s *groupState) (bool, error) {
	if name != "members" && name != "members.value" {
		return false, errMembers()
	}
	switch {
	case c.Op == "pr" || c.Value == nil && (c.Op == "eq" || c.Op == "ne"):
		children, err := q.dir.ChildGroups(q.ctx(), s.Group.ID)
		has := s.Members > 0 || len(children) > 0
		return has == (c.Op != "eq"), err
	case c.Op == "eq":
		return q.isMember(resource.TextOf(c.Value), s.Group.ID)
	case c.Op == "ne":
		ok, err := q.isMember(resource.TextOf(c.Value), s.Group.ID)
		return !ok, err
	}
	return false, errMembers()
}

func (q *request) isMember(value string, id directory.GroupID) (bool, error) {
	groups, err := q.groupsWith(value)
	return slices.Contains(groups, id), err
}
