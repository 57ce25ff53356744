package groups

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
	"cohort/internal/scim/users"
)

// listGroups lists groups. The catalog is in memory, so names are compared there.
func listGroups(q *protocol.Request) error {
	t := groupType()
	l, err := q.Listing(t)
	if err != nil {
		return err
	}
	p := t.Projection(q.Query)
	ids, err := findGroups(q, t, l)
	if err != nil {
		return err
	}
	from, to := l.Window(len(ids))
	states, err := groupStates(q, q.Dir, ids[from:to])
	if err != nil {
		return err
	}
	shown := int64(0)
	return q.SendList(l, l.PageOf(len(ids)), len(states), func(w *httpkit.Spool, i int) error {
		shown += states[i].Members
		all := shown <= maxListMembers
		if !all && p.Wants(resource.SchemaGroup, "members", false) {
			q.Clients.LeaveOut()
		}
		return writeGroup(q, w, states[i], &p, all)
	})
}

// findGroups finds the groups that a filter selects, in order.
func findGroups(q *protocol.Request, t *resource.Type, l *protocol.Listing) ([]directory.GroupID, error) {
	ids, err := groupCandidates(q, l.Filter)
	if err != nil {
		return nil, err
	}
	if l.Filter == nil && !l.Sorted {
		return ids, nil
	}
	deep := l.Sorted && l.Sort.Name != "displayName" && l.Sort.Name != "id" || l.Filter != nil && looksDeep(l.Filter)
	if deep && len(ids) > protocol.MaxExamined {
		return nil, resource.BadRequest(resource.TooMany,
			"The filter or the order looks at more than 20,000 groups; filter by displayName, externalId, id or members.value.")
	}
	type row struct {
		id  directory.GroupID
		key any
	}
	var rows []row
	add := func(s *groupState) error {
		o := showGroup(q, s)
		ok := l.Filter == nil
		if !ok {
			var err error
			if ok, err = matchesGroup(q, t, l.Filter, s, o); err != nil {
				return err
			}
		}
		if ok {
			rows = append(rows, row{s.Group.ID, l.Key(t, o)})
		}
		return nil
	}
	for chunk := range slices.Chunk(ids, protocol.MaxPage) {
		if err := eachGroup(q, chunk, deep, add); err != nil {
			return nil, err
		}
	}
	if l.Sorted {
		slices.SortStableFunc(rows, func(a, b row) int { return l.Compare(a.key, b.key) })
	}
	found := make([]directory.GroupID, len(rows))
	for i := range rows {
		found[i] = rows[i].id
	}
	return found, nil
}

// eachGroup calls f for groups, with everything about them if deep, or else with what the
// catalog knows.
func eachGroup(q *protocol.Request, ids []directory.GroupID, deep bool, f func(*groupState) error) error {
	if deep {
		states, err := groupStates(q, q.Dir, ids)
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
		g, err := q.Dir.Group(q.Context(), id)
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
func groupCandidates(q *protocol.Request, f resource.Filter) ([]directory.GroupID, error) {
	ids, ok, err := groupsByIndex(q, f)
	if err != nil || ok {
		slices.Sort(ids)
		return slices.Compact(ids), err
	}
	groups, err := q.Dir.Groups(q.Context())
	for i := range groups {
		if groups[i].ID != directory.AllUsers {
			ids = append(ids, groups[i].ID)
		}
	}
	return ids, err
}

// groupsByIndex looks values up in an index. ok is false if none helps.
func groupsByIndex(q *protocol.Request, f resource.Filter) (ids []directory.GroupID, ok bool, err error) {
	switch f := f.(type) {
	case resource.AndFilter:
		for _, g := range f {
			if ids, ok, err = groupsByIndex(q, g); ok || err != nil {
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
			if id, valid := resource.ParseGroupID(value); valid && strings.HasPrefix(value, "g") {
				if _, err := q.Dir.Group(q.Context(), id); directory.KindOf(err) != directory.KindNotFound {
					return []directory.GroupID{id}, true, err
				}
			}
			return nil, true, nil
		case "externalid":
			if !q.IsReference(value) {
				return nil, true, nil
			}
			refs, err := q.Dir.BySource(q.Context(), directory.ObjectGroup, q.Client.Source, value)
			for _, ref := range refs {
				ids = append(ids, directory.GroupID(ref.Object.ID))
			}
			return ids, true, err
		case "members", "members.value":
			ids, err := groupsWith(q, value)
			return ids, true, err
		}
	case resource.ElementFilter:
		if values, only := valuesIn(f.Inner); only && f.Then == nil && groupName(f.Path) == "members" {
			for _, v := range values {
				more, err := groupsWith(q, v)
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
func groupsWith(q *protocol.Request, value string) ([]directory.GroupID, error) {
	m := resource.ParseMember(value)
	if m == 0 {
		return nil, nil
	}
	if child, ok := m.Group(); ok {
		parents, err := q.Dir.ParentsOf(q.Context(), child)
		if directory.KindOf(err) == directory.KindNotFound {
			return nil, nil
		}
		return parents, err
	}
	u, err := q.Dir.User(q.Context(), directory.UserID(m))
	if directory.KindOf(err) == directory.KindNotFound || err == nil && !users.IsUser(&u) {
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
func matchesGroup(q *protocol.Request, t *resource.Type, f resource.Filter, s *groupState, o *resource.Object) (bool,
	error) {
	switch f := f.(type) {
	case resource.AndFilter:
		for _, g := range f {
			if ok, err := matchesGroup(q, t, g, s, o); err != nil || !ok {
				return false, err
			}
		}
		return true, nil
	case resource.OrFilter:
		for _, g := range f {
			if ok, err := matchesGroup(q, t, g, s, o); err != nil || ok {
				return ok, err
			}
		}
		return false, nil
	case resource.NotFilter:
		ok, err := matchesGroup(q, t, f.Inner, s, o)
		return !ok, err
	case resource.Comparison:
		if name := groupName(f.Path); name == "members" || strings.HasPrefix(name, "members.") {
			return hasMember(q, f, name, s)
		}
	case resource.ElementFilter:
		values, only := valuesIn(f.Inner)
		if !only || f.Then != nil {
			return false, errMembers()
		}
		for _, v := range values {
			if ok, err := isMember(q, v, s.Group.ID); err != nil || ok {
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

func hasMember(q *protocol.Request, c resource.Comparison, name string, s *groupState) (bool, error) {
	if name != "members" && name != "members.value" {
		return false, errMembers()
	}
	switch {
	case c.Op == "pr" || c.Value == nil && (c.Op == "eq" || c.Op == "ne"):
		children, err := q.Dir.ChildGroups(q.Context(), s.Group.ID)
		has := s.Members > 0 || len(children) > 0
		return has == (c.Op != "eq"), err
	case c.Op == "eq":
		return isMember(q, resource.TextOf(c.Value), s.Group.ID)
	case c.Op == "ne":
		ok, err := isMember(q, resource.TextOf(c.Value), s.Group.ID)
		return !ok, err
	}
	return false, errMembers()
}

func isMember(q *protocol.Request, value string, id directory.GroupID) (bool, error) {
	groups, err := groupsWith(q, value)
	return slices.Contains(groups, id), err
}
