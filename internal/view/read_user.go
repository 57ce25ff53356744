package view

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
	"cohort/internal/store/rewind"
)

// Users lists the users that the caller may see, and counts those it would
// list without Offset and Limit. A caller that sees no others gets itself.
func (a *View) Users(ctx context.Context, q directory.UserQuery) (list []directory.UserDetail, total int, err error) {
	return a.listUsers(ctx, q, (*Scope).detail)
}

// listUsers lists users in the form that show makes of them.
func (a *View) listUsers(
	ctx context.Context, q directory.UserQuery, show func(*Scope, *directory.UserRows) directory.UserDetail,
) (list []directory.UserDetail, total int, err error) {
	err = a.listed(ctx, q, func(v *Scope, r store.Reader, seen directory.UserQuery) error {
		rows, n, err := a.usersOf(ctx, v, r, seen)
		if err != nil {
			return err
		}
		total, list = n, shown(v, rows, show)
		return nil
	})
	return list, total, err
}

// PageOfUsers returns the ids of what Users returns. A caller who shows many of
// them reads them in parts, by UsersOf.
func (a *View) PageOfUsers(
	ctx context.Context, q directory.UserQuery,
) (ids []directory.UserID, total int, err error) {
	err = a.listed(ctx, q, func(v *Scope, r store.Reader, seen directory.UserQuery) error {
		ids, total, err = a.pageOf(ctx, v, r, seen)
		return err
	})
	return ids, total, err
}

// UsersOf returns those of the users that are there and that the caller may see, in
// the order asked for. They are read together.
func (a *View) UsersOf(ctx context.Context, ids []directory.UserID) (list []directory.UserDetail, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id directory.UserID) bool { return !v.seesUser(id) })
		rows, err := a.usersByID(ctx, r, ids)
		if err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(u directory.UserRows) bool { return u.User.ID == 0 || u.User.DeletedRev != 0 })
		a.meet(rows)
		list = shown(v, rows, (*Scope).detail)
		return nil
	})
	return list, err
}

func shown(v *Scope, rows []directory.UserRows,
	show func(*Scope, *directory.UserRows) directory.UserDetail) []directory.UserDetail {
	list := make([]directory.UserDetail, 0, len(rows))
	for i := range rows {
		list = append(list, show(v, &rows[i]))
	}
	return list
}

// listed calls f with the part of a query that the caller may see. A search that
// looks at every user waits for its turn first.
func (a *View) listed(ctx context.Context, q directory.UserQuery,
	f func(v *Scope, r store.Reader, seen directory.UserQuery) error) error {
	if a.pin == nil { // in the writer nobody waits, and nothing is remembered
		leave, err := a.scanning(ctx, &q)
		if err != nil {
			return err
		}
		defer leave()
	}
	return a.Read(ctx, func(v *Scope, r store.Reader) error {
		seen := q
		if !v.SeesUsers() {
			self := directory.UsersByID{a.caller.User}
			if q.Where == nil {
				seen.Where = self
			} else {
				seen.Where = directory.UsersAnd{self, q.Where}
			}
		}
		return f(v, r, seen)
	})
}

// inForceAt sets the time of the answer in a filter that names none.
func inForceAt(where directory.UserFilter, at directory.Instant) directory.UserFilter {
	each := func(list []directory.UserFilter) []directory.UserFilter {
		decided := make([]directory.UserFilter, len(list))
		for i, f := range list {
			decided[i] = inForceAt(f, at)
		}
		return decided
	}
	switch f := where.(type) {
	case directory.UsersAnd:
		return directory.UsersAnd(each(f))
	case directory.UsersOr:
		return directory.UsersOr(each(f))
	case directory.UsersIn:
		if f.At == 0 {
			f.At = at
		}
		return f
	}
	return where
}

// usersOf asks the store for the users of a page.
func (a *View) usersOf(ctx context.Context, v *Scope, r store.Reader,
	q directory.UserQuery) ([]directory.UserRows, int, error) {
	if a.pin != nil {
		q.Where = inForceAt(q.Where, v.At)
		return r.Users(ctx, q)
	}
	ids, total, err := a.pageOf(ctx, v, r, q)
	if err != nil {
		return nil, 0, err
	}
	rows, err := a.usersByID(ctx, r, ids)
	if err != nil {
		return nil, 0, err
	}
	a.meet(rows)
	return rows, total, nil
}

// pageOf asks the store for the ids of a page, from where the page before ended if
// that is known.
func (a *View) pageOf(ctx context.Context, v *Scope, r store.Reader,
	q directory.UserQuery) ([]directory.UserID, int, error) {
	at, next, windows := v.Moment(), q, contains(q.Where, hasTime)
	next.Where = inForceAt(q.Where, v.At)
	_, rewound := r.(*rewind.Reader) // whose windows are not all known
	if a.pin != nil || q.Uncounted && q.Offset == 0 || rewound && windows {
		return r.UserPage(ctx, next)
	}
	total, known := a.bookmarks.follow(&next, q.Where, at, v.At)
	next.Uncounted = known
	ids, counted, err := r.UserPage(ctx, next)
	if err != nil {
		return nil, 0, err
	}
	if !known {
		total = counted
	}
	mark := bookmark{total: total, from: v.At}
	if windows {
		if mark.until, err = r.NextBoundary(ctx, v.At); err != nil {
			return nil, 0, err
		}
	}
	a.bookmarks.leave(&q, at, ids, mark)
	return ids, total, nil
}

// usersByID returns users as of the state that answers, in the order of ids, all
// of which are there then: those in memory from there, the others read together.
func (a *View) usersByID(
	ctx context.Context, r store.Reader, ids []directory.UserID,
) ([]directory.UserRows, error) {
	users := make([]directory.UserRows, len(ids))
	place := map[directory.UserID]int{}
	var missing []directory.UserID
	for i, id := range ids {
		if u, ok := a.inMemory(id); ok && a.present == nil && a.pin == nil {
			users[i] = *u.Rows
			continue
		}
		place[id], missing = i, append(missing, id)
	}
	if len(missing) == 0 {
		return users, nil
	}
	slices.Sort(missing)
	read, err := r.UsersByID(ctx, missing)
	for i := range read {
		a.core.Users().Miss()
		rows := &read[i]
		at := place[rows.User.ID]
		if l := a.look; l != nil && a.present == nil {
			rows = a.cache(l, rows, a.core.Users().KeepIfRoom).Rows
		}
		users[at] = *rows
	}
	return users, err
}

// User returns a user that the caller may see.
func (a *View) User(ctx context.Context, id directory.UserID) (directory.UserDetail, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.User(id)
	}
	v, rows, err := a.viewOf(ctx, id)
	if err != nil {
		return directory.UserDetail{}, err
	}
	return v.detail(rows), nil
}

// viewOf returns the rows of a user that the caller may see, and the Scope of
// their revision.
func (a *View) viewOf(ctx context.Context, id directory.UserID) (*Scope, *directory.UserRows, error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !v.seesUser(id) {
		return nil, nil, directory.NotFound("user", id)
	}
	u, ok, err := a.user(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, directory.NotFound("user", id)
	}
	return v, u.Rows, nil
}

// UserByIdentifier finds the user that a credential identifies. The identifier
// of an e-mail and a user name are compared without regard to case.
func (a *View) UserByIdentifier(
	ctx context.Context, kind directory.CredentialKind, identifier string,
) (d directory.UserDetail, err error) {
	if kind == directory.CredentialEmail || kind == directory.CredentialUsername {
		identifier = directory.Fold(identifier)
	}
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.Index(directory.CredentialKey(kind, identifier))
	}
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		keys, err := r.Find(ctx, directory.CredentialKey(kind, identifier), 1)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return directory.NotFound("user", kind)
		}
		row, _, err := r.Row(ctx, keys[0])
		if err != nil {
			return err
		}
		c, ok := row.(directory.Credential)
		if !ok || !v.seesUser(c.User) {
			return directory.NotFound("user", kind)
		}
		if a.expect != nil {
			a.expect.User(c.User)
		}
		rows, ok, err := r.UserRows(ctx, c.User)
		if err != nil {
			return err
		}
		if !ok || rows.User.DeletedRev != 0 {
			return directory.NotFound("user", kind)
		}
		d = v.detail(&rows)
		return nil
	})
	return d, err
}

// detail returns a user with what is in force. It does not change the rows.
func (v *Scope) detail(rows *directory.UserRows) directory.UserDetail {
	d := directory.UserDetail{UserRows: *rows, Self: v.isMe(rows.User.ID)}
	d.AllRoles = v.Catalog.RolesOf(rows, v.At)
	d.Memberships = nil
	for _, m := range rows.Memberships {
		if _, ok := v.Catalog.Group(m.Group); ok && m.InForce(v.At) {
			d.Memberships = append(d.Memberships, m)
		}
	}
	d.Values = nil
	for _, value := range rows.Values {
		if attr, ok := v.Catalog.Definition(value.Attribute); ok && value.InForce(v.At) && v.SeesAttribute(attr) {
			d.Values = append(d.Values, value)
		}
	}
	d.Roles = slices.DeleteFunc(slices.Clone(rows.Roles), func(id directory.RoleID) bool {
		_, ok := v.Catalog.Role(id)
		return !ok
	})
	return d
}

// Facets are what the caller's dialect keeps with an object that the caller may
// see, by kind and name.
func (a *View) Facets(ctx context.Context, object directory.Object) (list []directory.Facet, err error) {
	if a.expect != nil {
		defer a.expect.Named()()
		a.expect.RowsOf(object, directory.RowFacet)
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.object(object); err != nil {
		return nil, err
	}
	byObject, err := a.FacetsOf(ctx, []directory.Object{object})
	return byObject[object], err
}

// FacetsNamed are those that the caller's dialect keeps with an object that the caller may see,
// of one kind and under the given names. However much is kept with the object, only these are
// read.
func (a *View) FacetsNamed(
	ctx context.Context, object directory.Object, kind string, names []string,
) (list []directory.Facet, err error) {
	keys := make([]directory.RowKey, len(names))
	for i, name := range names {
		keys[i] = directory.Facet{Object: object, Dialect: a.caller.Dialect, Kind: kind, Name: name}.Key()
	}
	if a.expect != nil {
		defer a.expect.Named()()
		for _, key := range keys {
			a.expect.Row(key)
		}
	}
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		if err := v.object(object); err != nil {
			return err
		}
		for _, key := range keys {
			row, there, err := r.Row(ctx, key)
			if err != nil {
				return err
			}
			if f, ok := row.(directory.Facet); there && ok && a.core.IsReadable(f) {
				list = append(list, f)
			}
		}
		return nil
	})
	return list, err
}

// AllFacets lists what every dialect keeps with an object, as stored. Callers who do
// not administer see none.
func (a *View) AllFacets(ctx context.Context, object directory.Object) (list []directory.Facet, err error) {
	err = a.Read(ctx, func(v *Scope, r store.Reader) error {
		if seen := v.object(object) == nil; !seen || !v.Administers() {
			return nil
		}
		read, err := a.readFacets(ctx, r, []directory.Object{object})
		list = read[object]
		return err
	})
	return list, err
}

// FacetsOf are what the dialect keeps with objects, by kind and name, read at
// once. Objects that the caller may not see are left out.
func (a *View) FacetsOf(ctx context.Context,
	objects []directory.Object) (map[directory.Object][]directory.Facet, error) {
	if a.expect != nil {
		defer a.expect.Named()()
		for _, o := range objects {
			a.expect.RowsOf(o, directory.RowFacet)
		}
	}
	v, err := a.view(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]directory.Object, 0, len(objects))
	for _, o := range objects {
		if v.object(o) == nil {
			shown = append(shown, o)
		}
	}
	slices.SortFunc(shown, func(a, b directory.Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	shown = slices.Compact(shown)
	byObject := map[directory.Object][]directory.Facet{}
	add := func(list []directory.Facet) {
		for _, f := range list {
			if f.Dialect == a.caller.Dialect && a.core.IsReadable(f) {
				byObject[f.Object] = append(byObject[f.Object], f)
			}
		}
	}
	if a.pin == nil && a.present == nil { // else memory does not know
		shown = a.core.Facets().Get(a.fixed.State, shown, add)
	}
	if len(shown) == 0 {
		return byObject, nil
	}
	err = a.Read(ctx, func(_ *Scope, r store.Reader) error {
		read, err := a.readFacets(ctx, r, shown)
		for _, list := range read {
			add(list)
		}
		return err
	})
	return byObject, err
}

// readFacets reads the facets of objects, which are in order, of all dialects,
// and keeps them in memory.
func (a *View) readFacets(
	ctx context.Context, r store.Reader, objects []directory.Object,
) (map[directory.Object][]directory.Facet, error) {
	read := map[directory.Object][]directory.Facet{}
	for from := 0; from < len(objects); {
		to := from
		for ; to < len(objects) && objects[to].Kind == objects[from].Kind; to++ {
		}
		err := r.RowsOfAll(ctx, directory.RowFacet, objects[from:to], func(row directory.Row) error {
			if f, ok := row.(directory.Facet); ok {
				read[f.Object] = append(read[f.Object], f)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		from = to
	}
	if l := a.look; l != nil && l.now == a.fixed.State { // of the present, and at its revision
		for _, o := range objects {
			a.core.Facets().Keep(o, read[o], l.now.Moment())
		}
	}
	return read, nil
}

// object refuses objects that the caller may not see.
func (v *Scope) object(o directory.Object) error {
	switch o.Kind {
	case directory.ObjectUser:
		if !v.seesUser(directory.UserID(o.ID)) {
			return directory.NotFound("user", o.ID)
		}
	case directory.ObjectGroup:
		_, err := v.group(directory.GroupID(o.ID))
		return err
	case directory.ObjectAttribute:
		_, err := v.Attribute(directory.AttributeID(o.ID))
		return err
	default: // everybody may know of the others
	}
	return nil
}
