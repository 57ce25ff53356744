package users

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/scim/protocol"
	"cohort/internal/scim/resource"
)

// listUsers lists users: by an index if the filter has an indexed attribute, or else by what
// the database can decide, or else by examining users one by one, up to a limit.
func listUsers(q *protocol.Request) error {
	t, err := userType(q)
	if err != nil {
		return err
	}
	l, err := q.Listing(t)
	if err != nil {
		return err
	}
	p := t.Projection(q.Query)
	users, pg, err := findUsers(q, t, l)
	if err != nil {
		return err
	}
	states, err := statesOf(q, q.Dir, users)
	if err != nil {
		return err
	}
	touched, err := touchesOf(q, users)
	if err != nil {
		return err
	}
	return q.SendList(l, pg, len(states), func(w *httpkit.Spool, i int) error {
		o, err := showUser(q, states[i], touched[i], &p)
		if err != nil {
			return err
		}
		_, err = w.Write(resource.AppendTree(nil, t.Cut(o, &p)))
		return err
	})
}

func touchesOf(q *protocol.Request, users []directory.UserDetail) ([]directory.Touch, error) {
	objects := make([]directory.Object, len(users))
	for i := range users {
		objects[i] = users[i].User.ID.Object()
	}
	return q.Dir.LastChanges(q.Context(), objects...)
}

// findUsers finds the users of a page.
func findUsers(q *protocol.Request, t *resource.Type, l *protocol.Listing) ([]directory.UserDetail, protocol.Page,
	error) {
	if l.Filter != nil {
		ids, ok, err := candidates(q, l.Filter)
		if err != nil {
			return nil, protocol.Page{}, err
		}
		if ok {
			return examine(q, t, l, ids)
		}
	}
	where, exact, err := translate(q, l.Filter)
	if err != nil {
		return nil, protocol.Page{}, err
	}
	order, ok, err := userOrder(q, l)
	if err != nil {
		return nil, protocol.Page{}, err
	}
	where = append(People(), where)
	if exact && ok {
		return pageUsers(q, l, where, order)
	}
	var ids []directory.UserID
	for after := directory.UserID(0); ; after = ids[len(ids)-1] {
		more, err := q.Dir.UserIDs(q.Context(), where, after, protocol.MaxPage)
		if err != nil {
			return nil, protocol.Page{}, err
		}
		ids = append(ids, more...)
		if len(ids) > protocol.MaxExamined {
			return nil, protocol.Page{}, resource.BadRequest(resource.TooMany,
				"The filter or the order looks at more than 20,000 users; filter by userName, externalId, id, emails.value, "+
					"active or groups.value, or sort by id.")
		}
		if len(more) < protocol.MaxPage {
			break
		}
	}
	return examine(q, t, l, ids)
}

// A segment is a part of a sorted list: users without a value form one of their own.
type segment struct {
	where directory.UserFilter
	sort  []directory.UserSort
}

// userOrder returns the requested order as the database can produce it. ok is false if it
// cannot.
func userOrder(q *protocol.Request, l *protocol.Listing) (list []segment, ok bool, err error) {
	one := func(f directory.UserField, desc bool) []segment {
		return []segment{{sort: []directory.UserSort{{Field: f, Desc: desc}}}}
	}
	if !l.Sorted {
		return one(directory.FieldID, false), true, nil
	}
	text := func(f directory.UserField) []segment {
		there := segment{where: directory.UsersEmpty{Field: f}, sort: []directory.UserSort{{Field: f, Desc: l.Desc}}}
		absent := segment{where: directory.UsersEmpty{Field: f, Empty: true}}
		if l.Desc {
			return []segment{absent, there}
		}
		return []segment{there, absent}
	}
	switch strings.ToLower(l.Sort.String()) {
	case "id":
		return one(directory.FieldID, l.Desc), true, nil
	case "meta.created":
		return one(directory.FieldCreatedAt, l.Desc), true, nil
	case "active":
		return []segment{{where: directory.UsersEnabled(l.Desc)}, {where: directory.UsersEnabled(!l.Desc)}}, true, nil
	case "name.givenname":
		return text(directory.FieldFirstName), true, nil
	case "name.familyname":
		return text(directory.FieldLastName), true, nil
	case "username":
		others, err := q.Dir.UserIDs(q.Context(), directory.UsersWith(directory.CredentialUsername), 0, 1)
		return one(directory.FieldEmail, l.Desc), len(others) == 0, err
	}
	return nil, false, nil
}

// pageUsers lets the database cut the page.
func pageUsers(q *protocol.Request, l *protocol.Listing, where directory.UserFilter,
	order []segment) ([]directory.UserDetail, protocol.Page, error) {
	if l.Cursor != nil && !l.Sorted {
		return afterUsers(q, l, where)
	}
	offset, left := l.Start-1, l.Count
	if l.Cursor != nil {
		offset = int(l.Cursor.At)
	}
	var users []directory.UserDetail
	total := 0
	for _, s := range order {
		filter := where
		if s.where != nil {
			filter = directory.UsersAnd{where, s.where}
		}
		query := directory.UserQuery{Where: filter, Sort: s.sort, Offset: max(offset-total, 0), Limit: max(left, 1)}
		list, n, err := q.Dir.Users(q.Context(), query)
		if err != nil {
			return nil, protocol.Page{}, err
		}
		list = list[:min(left, len(list))]
		users, left, total = append(users, list...), left-len(list), total+n
	}
	p := protocol.Page{Total: total}
	if l.Cursor != nil {
		if p.Total = -1; offset+len(users) < total {
			p.Next = &protocol.Cursor{At: int64(offset + len(users)), Count: l.Count}
		}
	}
	return users, p, nil
}

// afterUsers continues after an id, so that users who come and go meanwhile do not shift
// pages.
func afterUsers(q *protocol.Request, l *protocol.Listing, where directory.UserFilter) ([]directory.UserDetail,
	protocol.Page, error) {
	where = directory.UsersAnd{where, directory.UsersAfter(l.Cursor.At)}
	users, _, err := q.Dir.Users(q.Context(), directory.UserQuery{Where: where, Limit: l.Count + 1, Uncounted: true})
	p := protocol.Page{Total: -1}
	if len(users) > l.Count {
		users = users[:l.Count]
		last := l.Cursor.At
		if l.Count > 0 {
			last = int64(users[l.Count-1].User.ID)
		}
		p.Next = &protocol.Cursor{At: last, Count: l.Count}
	}
	return users, p, err
}

// eachChunk calls f for users, some at a time.
func eachChunk(q *protocol.Request, ids []directory.UserID, f func([]directory.UserID) error) error {
	all := func() error {
		for chunk := range slices.Chunk(ids, protocol.MaxPage) {
			if err := f(chunk); err != nil {
				return err
			}
		}
		return nil
	}
	if len(ids) <= protocol.MaxPage {
		return all()
	}
	return q.Dir.Walk(q.Context(), len(ids), all)
}

// examine reads users one by one, sorts the selected ones, and cuts the page.
func examine(q *protocol.Request, t *resource.Type, l *protocol.Listing,
	ids []directory.UserID) ([]directory.UserDetail, protocol.Page, error) {
	type row struct {
		user directory.UserDetail
		key  any
	}
	var rows []row
	p := resource.Projection{Explicit: true, Only: []resource.Name{{URN: resource.SchemaUser, Attr: "groups"}}}
	if l.Filter == nil || !mentions(l.Filter, "groups") {
		p.Only = nil
	}
	look := func(chunk []directory.UserID) error {
		users, _, err := q.Dir.Users(q.Context(), directory.UserQuery{Where: append(People(), directory.UsersByID(chunk)),
			Limit: len(chunk), Uncounted: true})
		if err != nil {
			return err
		}
		states, err := statesOf(q, q.Dir, users)
		if err != nil {
			return err
		}
		touched, err := touchesOf(q, users)
		if err != nil {
			return err
		}
		for i, s := range states {
			o, err := showUser(q, s, touched[i], &p)
			if err != nil {
				return err
			}
			if l.Filter == nil || t.Matches(l.Filter, o) {
				rows = append(rows, row{users[i], l.Key(t, o)})
			}
		}
		return nil
	}
	if err := eachChunk(q, ids, look); err != nil {
		return nil, protocol.Page{}, err
	}
	if l.Sorted {
		slices.SortStableFunc(rows, func(a, b row) int { return l.Compare(a.key, b.key) })
	}
	from, to := l.Window(len(rows))
	users := make([]directory.UserDetail, 0, to-from)
	for _, r := range rows[from:to] {
		users = append(users, r.user)
	}
	return users, l.PageOf(len(rows)), nil
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
