package scim

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/resource"
)

// listUsers lists users: by an index if the filter has an indexed attribute, or else by what
// the database can decide, or else by examining users one by one, up to a limit.
func (q *request) listUsers() error {
	t, err := q.userType()
	if err != nil {
		return err
	}
	l, err := q.listing(t)
	if err != nil {
		return err
	}
	p := t.Projection(q.query)
	users, pg, err := q.findUsers(t, l)
	if err != nil {
		return err
	}
	states, err := q.states(q.dir, users)
	if err != nil {
		return err
	}
	touched, err := q.touchesOf(users)
	if err != nil {
		return err
	}
	return q.sendList(l, pg, len(states), func(w *httpkit.Spool, i int) error {
		o, err := q.showUser(states[i], touched[i], &p)
		if err != nil {
			return err
		}
		_, err = w.Write(resource.AppendTree(nil, t.Cut(o, &p)))
		return err
	})
}

func (q *request) touchesOf(users []directory.UserDetail) ([]directory.Touch, error) {
	objects := make([]directory.Object, len(users))
	for i := range users {
		objects[i] = users[i].User.ID.Object()
	}
	return q.dir.LastChanges(q.ctx(), objects...)
}

// findUsers finds the users of a page.
func (q *request) findUsers(t *resource.Type, l *listing) ([]directory.UserDetail, page, error) {
	if l.filter != nil {
		ids, ok, err := q.candidates(l.filter)
		if err != nil {
			return nil, page{}, err
		}
		if ok {
			return q.examine(t, l, ids)
		}
	}
	where, exact, err := q.translate(l.filter)
	if err != nil {
		return nil, page{}, err
	}
	order, ok, err := q.userOrder(l)
	if err != nil {
		return nil, page{}, err
	}
	where = append(people(), where)
	if exact && ok {
		return q.pageUsers(l, where, order)
	}
	var ids []directory.UserID
	for after := directory.UserID(0); ; after = ids[len(ids)-1] {
		more, err := q.dir.UserIDs(q.ctx(), where, after, maxPage)
		if err != nil {
			return nil, page{}, err
		}
		ids = append(ids, more...)
		if len(ids) > maxExamined {
			return nil, page{}, resource.BadRequest(resource.TooMany,
				"The filter or the order looks at more than 20,000 users; filter by userName, externalId, id, emails.value, "+
					"active or groups.value, or sort by id.")
		}
		if len(more) < maxPage {
			break
		}
	}
	return q.examine(t, l, ids)
}

// A segment is a part of a sorted list: users without a value form one of their own.
type segment struct {
	where directory.UserFilter
	sort  []directory.UserSort
}

// userOrder returns the requested order as the database can produce it. ok is false if it
// cannot.
func (q *request) userOrder(l *listing) (list []segment, ok bool, err error) {
	one := func(f directory.UserField, desc bool) []segment {
		return []segment{{sort: []directory.UserSort{{Field: f, Desc: desc}}}}
	}
	if !l.sorted {
		return one(directory.FieldID, false), true, nil
	}
	text := func(f directory.UserField) []segment {
		there := segment{where: directory.UsersEmpty{Field: f}, sort: []directory.UserSort{{Field: f, Desc: l.desc}}}
		absent := segment{where: directory.UsersEmpty{Field: f, Empty: true}}
		if l.desc {
			return []segment{absent, there}
		}
		return []segment{there, absent}
	}
	switch strings.ToLower(l.sort.String()) {
	case "id":
		return one(directory.FieldID, l.desc), true, nil
	case "meta.created":
		return one(directory.FieldCreatedAt, l.desc), true, nil
	case "active":
		return []segment{{where: directory.UsersEnabled(l.desc)}, {where: directory.UsersEnabled(!l.desc)}}, true, nil
	case "name.givenname":
		return text(directory.FieldFirstName), true, nil
	case "name.familyname":
		return text(directory.FieldLastName), true, nil
	case "username":
		others, err := q.dir.UserIDs(q.ctx(), directory.UsersWith(directory.CredentialUsername), 0, 1)
		return one(directory.FieldEmail, l.desc), len(others) == 0, err
	}
	return nil, false, nil
}

// pageUsers lets the database cut the page.
func (q *request) pageUsers(l *listing, where directory.UserFilter,
	order []segment) ([]directory.UserDetail, page, error) {
	if l.cursor != nil && !l.sorted {
		return q.afterUsers(l, where)
	}
	offset, left := l.start-1, l.count
	if l.cursor != nil {
		offset = int(l.cursor.at)
	}
	var users []directory.UserDetail
	total := 0
	for _, s := range order {
		filter := where
		if s.where != nil {
			filter = directory.UsersAnd{where, s.where}
		}
		query := directory.UserQuery{Where: filter, Sort: s.sort, Offset: max(offset-total, 0), Limit: max(left, 1)}
		list, n, err := q.dir.Users(q.ctx(), query)
		if err != nil {
			return nil, page{}, err
		}
		list = list[:min(left, len(list))]
		users, left, total = append(users, list...), left-len(list), total+n
	}
	p := page{total: total}
	if l.cursor != nil {
		if p.total = -1; offset+len(users) < total {
			p.next = &cursor{at: int64(offset + len(users)), count: l.count}
		}
	}
	return users, p, nil
}

// afterUsers continues after an id, so that users who come and go meanwhile do not shift
// pages.
func (q *request) afterUsers(l *listing, where directory.UserFilter) ([]directory.UserDetail, page, error) {
	where = directory.UsersAnd{where, directory.UsersAfter(l.cursor.at)}
	users, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: where, Limit: l.count + 1, Uncounted: true})
	p := page{total: -1}
	if len(users) > l.count {
		users = users[:l.count]
		last := l.cursor.at
		if l.count > 0 {
			last = int64(users[l.count-1].User.ID)
		}
		p.next = &cursor{at: last, count: l.count}
	}
	return users, p, err
}

// examine reads users one by one, sorts the selected ones, and cuts the page.
func (q *request) examine(t *resource.Type, l *listing, ids []directory.UserID) ([]directory.UserDetail, page, error) {
	type row struct {
		user directory.UserDetail
		key  any
	}
	var rows []row
	p := resource.Projection{Explicit: true, Only: []resource.Name{{URN: resource.SchemaUser, Attr: "groups"}}}
	if l.filter == nil || !mentions(l.filter, "groups") {
		p.Only = nil
	}
	look := func(chunk []directory.UserID) error {
		users, _, err := q.dir.Users(q.ctx(), directory.UserQuery{Where: append(people(), directory.UsersByID(chunk)),
			Limit: len(chunk), Uncounted: true})
		if err != nil {
			return err
		}
		states, err := q.states(q.dir, users)
		if err != nil {
			return err
		}
		touched, err := q.touchesOf(users)
		if err != nil {
			return err
		}
		for i, s := range states {
			o, err := q.showUser(s, touched[i], &p)
			if err != nil {
				return err
			}
			if l.filter == nil || t.Matches(l.filter, o) {
				rows = append(rows, row{users[i], l.key(t, o)})
			}
		}
		return nil
	}
	all := func() error {
		for chunk := range slices.Chunk(ids, maxPage) {
			if err := look(chunk); err != nil {
				return err
			}
		}
		return nil
	}
	if len(ids) <= maxPage {
		if err := all(); err != nil {
			return nil, page{}, err
		}
	} else if err := q.dir.Walk(q.ctx(), len(ids), all); err != nil {
		return nil, page{}, err
	}
	if l.sorted {
		slices.SortStableFunc(rows, func(a, b row) int { return l.compare(a.key, b.key) })
	}
	from, to := l.window(len(rows))
	users := make([]directory.UserDetail, 0, to-from)
	for _, r := range rows[from:to] {
		users = append(users, r.user)
	}
	return users, l.pageOf(len(rows)), nil
}

// key returns what a resource is sorted by, or nil if it has no value.
func (l *listing) key(t *resource.Type, o *resource.Object) any {
	if !l.sorted {
		return nil
	}
	v := o.Get(l.sort.Name)
	if l.sort.Name == "id" {
		if m := parseMember(resource.TextOf(v)); m != 0 {
			return max(m, -m)
		}
	}
	for _, e := range resource.ElementsOf(v) { // the primary one wins
		if m, ok := e.(*resource.Object); ok && m.Get("primary") == true {
			v = []any{e}
		}
	}
	list := resource.Leaves(v, l.sort.Sub)
	if len(list) == 0 {
		return nil
	}
	a, _ := t.Leaf(l.sort)
	if text, ok := list[0].(string); ok && a != nil && !a.CaseExact {
		return directory.Fold(text)
	}
	return list[0]
}

// compare orders keys. Absent values come last, or first in descending order.
func (l *listing) compare(a, b any) int {
	n := 0
	switch {
	case a == nil || b == nil:
		n = compareBool(a == nil, b == nil)
	default:
		switch x := a.(type) {
		case string:
			y, _ := b.(string)
			n = strings.Compare(x, y)
		case bool:
			y, _ := b.(bool)
			n = compareBool(x, y)
		case member:
			y, _ := b.(member)
			n = int(max(min(x-y, 1), -1))
		}
	}
	if l.desc {
		n = -n
	}
	return n
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// mentions reports whether a filter uses an attribute.
func mentions(f resource.Filter, name string) bool {
	has := func(p resource.AttrPath) bool {
		return strings.EqualFold(p.Name, name) || strings.HasSuffix(strings.ToLower(p.Name), ":"+strings.ToLower(name))
	}
	switch f := f.(type) {
	case resource.AndFilter:
		return slices.ContainsFunc(f, func(g resource.Filter) bool { return mentions(g, name) })
	case resource.OrFilter:
		return mentions(resource.AndFilter(f), name)
	case resource.NotFilter:
		return mentions(f.Inner, name)
	case resource.Comparison:
		return has(f.Path)
	case resource.ElementFilter:
		return has(f.Path)
	}
	return false
}
