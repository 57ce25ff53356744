package memstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// errBusy reports a bug: other engines do not allow it.
var errBusy = errors.New("the reader was used inside one of its own callbacks")

// A reader reads one state.
type reader struct {
	state  *state
	inside bool  // a callback is running
	failed error // the first error of the reader itself
}

// enter refuses calls that are not allowed now.
func (r *reader) enter(ctx context.Context) error {
	switch {
	case r.inside:
		return r.fail(errBusy)
	case ctx.Err() != nil:
		return r.fail(ctx.Err())
	}
	return nil
}

func (r *reader) fail(err error) error {
	if r.failed == nil {
		r.failed = err
	}
	return err
}

// call runs a callback.
func (r *reader) call(f func() error) error {
	r.inside = true
	defer func() { r.inside = false }()
	return f()
}

func (r *reader) Head(ctx context.Context) (store.Head, error) {
	return r.state.head, r.enter(ctx)
}

func (r *reader) Revision(ctx context.Context) (directory.Revision, error) {
	return r.state.head.Revision, r.enter(ctx)
}

func (r *reader) Row(ctx context.Context, key directory.RowKey) (directory.Row, bool, error) {
	if err := r.enter(ctx); err != nil {
		return nil, false, err
	}
	row, ok := r.state.row(key)
	if !ok {
		return nil, false, nil
	}
	return clone(row), true, nil
}

func (r *reader) Find(ctx context.Context, key directory.IndexKey, limit int) ([]directory.RowKey, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	var keys []directory.RowKey
	for _, t := range r.state.rows {
		for k, row := range t.m {
			if slices.Contains(directory.IndexKeys(row), key) {
				keys = append(keys, k)
			}
		}
	}
	slices.SortFunc(keys, compareKeys)
	return keys[:min(limit, len(keys))], nil
}

func (r *reader) UserRows(ctx context.Context, id directory.UserID) (directory.UserRows, bool, error) {
	if err := r.enter(ctx); err != nil {
		return directory.UserRows{}, false, err
	}
	rows, ok := r.state.userRows(id)
	return rows, ok, nil
}

func (r *reader) UsersByID(ctx context.Context, ids []directory.UserID) ([]directory.UserRows, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	return r.state.usersRows(ids...), nil
}

func (r *reader) UsersAfter(ctx context.Context, after directory.UserID, limit int) ([]directory.UserRows, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	var ids []directory.UserID
	for _, row := range r.state.sorted(directory.RowUser) {
		if id := row.(directory.User).ID; id > after && len(ids) < limit {
			ids = append(ids, id)
		}
	}
	return r.state.usersRows(ids...), nil
}

func (r *reader) Members(ctx context.Context, group directory.GroupID, at directory.Instant,
	f func(directory.UserID) error) error {
	return r.RowsOf(ctx, directory.RowMembership, group.Object(), func(row directory.Row) error {
		if m := row.(directory.Membership); m.InForce(at) {
			return f(m.User)
		}
		return nil
	})
}

func (r *reader) EffectiveInputs(ctx context.Context, q store.EffectiveInputQuery) ([]directory.UserRows, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	var ids []directory.UserID
	for _, row := range r.state.sorted(directory.RowUser) {
		u := row.(directory.User)
		asked := u.ID > q.After && len(ids) < q.Limit
		if q.IDs != nil {
			asked = slices.Contains(q.IDs, u.ID)
		}
		if asked && u.DeletedRev == 0 {
			ids = append(ids, u.ID)
		}
	}
	var users []directory.UserRows
	for _, u := range r.state.usersRows(ids...) {
		inputs := directory.UserRows{User: directory.User{ID: u.User.ID, Disabled: u.User.Disabled},
			Memberships: u.Memberships, Values: u.Values}
		for i := range inputs.Memberships {
			inputs.Memberships[i].Position = 0
		}
		slices.SortFunc(inputs.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
		users = append(users, inputs)
	}
	return users, nil
}

func (s *state) userRows(id directory.UserID) (directory.UserRows, bool) {
	users := s.usersRows(id)
	if len(users) == 0 {
		return directory.UserRows{}, false
	}
	return users[0], true
}

// allUsers returns the rows of every user, including deleted ones, by id.
func (s *state) allUsers() []directory.UserRows {
	var ids []directory.UserID
	for _, row := range s.sorted(directory.RowUser) {
		ids = append(ids, row.(directory.User).ID)
	}
	return s.usersRows(ids...)
}

// usersRows returns the rows of the existing users among ids, in their order. It passes
// through each table once.
func (s *state) usersRows(ids ...directory.UserID) []directory.UserRows {
	users := make([]directory.UserRows, 0, len(ids))
	at := make(map[directory.UserID]int, len(ids))
	for _, id := range ids {
		if row, ok := s.row(directory.User{ID: id}.Key()); ok {
			at[id] = len(users)
			users = append(users, directory.UserRows{User: row.(directory.User), TouchedRev: s.users.m[id].touched})
		}
	}
	if len(users) == 0 {
		return nil
	}
	for _, row := range s.rows[directory.RowMembership].m {
		if m := row.(directory.Membership); in(at, m.User) {
			u := &users[at[m.User]]
			u.Memberships = append(u.Memberships, m)
		}
	}
	for _, row := range s.rows[directory.RowUserValue].m {
		if v := row.(directory.UserValue); in(at, v.User) {
			u := &users[at[v.User]]
			u.Values = append(u.Values, clone(v).(directory.UserValue))
		}
	}
	for _, row := range s.rows[directory.RowUserRole].m {
		if ur := row.(directory.UserRole); in(at, ur.User) {
			u := &users[at[ur.User]]
			u.Roles = append(u.Roles, ur.Role)
		}
	}
	for _, row := range s.rows[directory.RowCredential].m {
		if c := row.(directory.Credential); in(at, c.User) {
			u := &users[at[c.User]]
			u.Credentials = append(u.Credentials, c)
		}
	}
	for i := range users {
		sortRows(&users[i])
	}
	return users
}

func in(at map[directory.UserID]int, id directory.UserID) bool {
	_, ok := at[id]
	return ok
}

func sortRows(u *directory.UserRows) {
	slices.SortFunc(u.Memberships, func(a, b directory.Membership) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Group, b.Group))
	})
	slices.SortFunc(u.Values, func(a, b directory.UserValue) int { return cmp.Compare(a.Attribute, b.Attribute) })
	slices.Sort(u.Roles)
	slices.SortFunc(u.Credentials, func(a, b directory.Credential) int { return cmp.Compare(a.ID, b.ID) })
}

// belongs returns which rows RowsOf lists. known is false for a pairing that it does not
// offer.
func belongs(kind directory.RowKind, of directory.Object) (test func(directory.Row) bool, known bool) {
	switch {
	case kind == directory.RowSourceReference:
		return func(r directory.Row) bool { return r.(directory.SourceReference).Object == of }, true
	case kind == directory.RowFacet:
		return func(r directory.Row) bool { return r.(directory.Facet).Object == of }, true
	case kind == directory.RowMembership && of.Kind == directory.ObjectUser:
		return func(r directory.Row) bool { return r.(directory.Membership).User.Object() == of }, true
	case kind == directory.RowMembership && of.Kind == directory.ObjectGroup:
		return func(r directory.Row) bool { return r.(directory.Membership).Group.Object() == of }, true
	case kind == directory.RowCredential && of.Kind == directory.ObjectUser:
		return func(r directory.Row) bool { return r.(directory.Credential).User.Object() == of }, true
	case kind == directory.RowUserValue && of.Kind == directory.ObjectAttribute:
		return func(r directory.Row) bool { return r.(directory.UserValue).Attribute.Object() == of }, true
	case kind == directory.RowUserRole && of.Kind == directory.ObjectRole:
		return func(r directory.Row) bool { return r.(directory.UserRole).Role.Object() == of }, true
	}
	return nil, false
}

func (r *reader) RowsOf(ctx context.Context, kind directory.RowKind, of directory.Object,
	f func(directory.Row) error) error {
	test, known := belongs(kind, of)
	if !known {
		return r.fail(fmt.Errorf("no rows of kind %v are listed by %v", kind, of.Kind))
	}
	return r.each(ctx, kind, test, f)
}

func (r *reader) RowsOfAll(ctx context.Context, kind directory.RowKind, of []directory.Object,
	f func(directory.Row) error) error {
	if kind != directory.RowSourceReference && kind != directory.RowFacet {
		return r.fail(fmt.Errorf("no rows of kind %v are listed by several objects", kind))
	}
	return r.each(ctx, kind, func(row directory.Row) bool { return slices.Contains(of, row.Objects()[0]) }, f)
}

func (r *reader) Scan(ctx context.Context, kind directory.RowKind, f func(directory.Row) error) error {
	return r.each(ctx, kind, func(directory.Row) bool { return true }, f)
}

func (r *reader) ScanAfter(
	ctx context.Context, kind directory.RowKind, after directory.Row, limit int, f func(directory.Row) error,
) error {
	err := r.each(ctx, kind, func(row directory.Row) bool {
		return after == nil || directory.CompareRowKeys(row.Key(), after.Key()) > 0
	}, store.AtMost(limit, f))
	return store.Enough(err)
}

func (r *reader) each(ctx context.Context, kind directory.RowKind, test func(directory.Row) bool,
	f func(directory.Row) error) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	return r.call(func() error {
		for _, row := range r.state.sorted(kind) {
			if !test(row) {
				continue
			}
			if err := f(clone(row)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reader) MemberCounts(ctx context.Context, groups []directory.GroupID, at directory.Instant) ([]int64, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	counts := make([]int64, len(groups))
	for i, id := range groups {
		for _, m := range r.state.membersOf(id) {
			if m.InForce(at) {
				counts[i]++
			}
		}
	}
	return counts, nil
}

// membersOf returns the memberships of users that are not deleted.
func (s *state) membersOf(id directory.GroupID) []directory.Membership {
	var list []directory.Membership
	for _, row := range s.rows[directory.RowMembership].m {
		m := row.(directory.Membership)
		if m.Group != id {
			continue
		}
		if u, ok := s.row(directory.User{ID: m.User}.Key()); ok && u.(directory.User).DeletedRev == 0 {
			list = append(list, m)
		}
	}
	return list
}

func (r *reader) Record(ctx context.Context, rev directory.Revision) (store.Record, error) {
	if err := r.enter(ctx); err != nil {
		return store.Record{}, err
	}
	for _, rec := range r.state.records {
		if rec.Header.Revision == rev {
			return cloneRecord(rec), nil
		}
	}
	return store.Record{}, directory.NotFound("revision", rev)
}

func (r *reader) Records(ctx context.Context, after directory.Revision, of *directory.Object, limit int,
	f func(store.Record) error) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	return r.call(func() error {
		n := 0
		for _, rec := range r.state.records {
			touches := of == nil || slices.ContainsFunc(rec.Objects, func(o store.RecordObject) bool { return o.Object == *of })
			if rec.Header.Revision <= after || !touches {
				continue
			}
			if n++; limit > 0 && n > limit {
				return nil
			}
			bare := cloneRecord(rec)
			bare.Chunks, bare.Objects = nil, nil
			if err := f(bare); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reader) Secret(ctx context.Context, id directory.CredentialID) ([32]byte, bool, error) {
	if err := r.enter(ctx); err != nil {
		return [32]byte{}, false, err
	}
	hash, ok := r.state.secrets.m[id]
	return hash, ok, nil
}

func (r *reader) Sealed(ctx context.Context, id directory.SealedID) (store.Sealed, error) {
	if err := r.enter(ctx); err != nil {
		return store.Sealed{}, err
	}
	if s, ok := r.state.sealed.m[id]; ok {
		return cloneSealed(s), nil
	}
	return store.Sealed{}, directory.NotFound("sealed value", id)
}

func (r *reader) NextBoundary(ctx context.Context, after directory.Instant) (directory.Instant, error) {
	if err := r.enter(ctx); err != nil {
		return 0, err
	}
	var next directory.Instant
	for _, t := range r.state.rows {
		for _, row := range t.m {
			var w directory.Window
			switch row := row.(type) {
			case directory.Membership:
				w = row.Window
			case directory.GroupValue:
				w = row.Window
			case directory.UserValue:
				w = row.Window
			}
			for _, bound := range []directory.Instant{w.StartsAt, w.ExpiresAt} {
				if bound > max(after, 0) && (next == 0 || bound < next) {
					next = bound
				}
			}
		}
	}
	return next, nil
}

func (r *reader) Answer(ctx context.Context, caller directory.UserID, key string) (store.Answer, bool, error) {
	if err := r.enter(ctx); err != nil {
		return store.Answer{}, false, err
	}
	a, ok := r.state.ephemeral.answers.m[answerKey{caller, key}]
	a.Reply = slices.Clone(a.Reply)
	return a, ok, nil
}

func (r *reader) Preview(ctx context.Context, token string) (store.Preview, bool, error) {
	if err := r.enter(ctx); err != nil {
		return store.Preview{}, false, err
	}
	p, ok := r.state.ephemeral.previews.m[token]
	p.Data = slices.Clone(p.Data)
	return p, ok, nil
}
