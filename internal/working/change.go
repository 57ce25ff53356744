package working

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/resolve"
	"cohort/internal/state"
	"cohort/internal/store"
)

// A Change is what one change is planned against: the catalog and the rows as
// earlier changes left them, and over them the rows that the edits planned so far
// would write. A refused change needs no undoing. A Change that is never written
// is a preview.
type Change struct {
	layer
	Base    *resolve.Catalog // before the change
	Catalog *resolve.Catalog // as planned
	Head    store.Head       // before the change, but for the ids that come next
	At      directory.Instant
	Secrets []store.Secret            // of credentials that the change makes
	made    map[directory.Object]bool // users, groups and attributes that the change makes
	free    *FreeRange
	users   map[directory.UserID]*User
}

// A User is a user as stored and as planned.
type User struct {
	Before, After directory.UserRows
	exists        bool // in the database
	apart         bool // After has lists of its own
}

// own gives After lists of its own: until a row changes, they are those of Before, which a cache
// may share.
func (u *User) own() {
	if u.apart {
		return
	}
	u.apart = true
	u.After.Memberships = slices.Clone(u.After.Memberships)
	u.After.Values = slices.Clone(u.After.Values)
	u.After.Roles = slices.Clone(u.After.Roles)
	u.After.Credentials = slices.Clone(u.After.Credentials)
}

// New is a change of a state that has planned nothing yet. The reader is a Batch, or
// what is stored.
func New(ctx context.Context, r store.Reader, s *state.State, at directory.Instant) *Change {
	w := &Change{
		layer: newLayer(ctx, r), Base: s.Catalog, Catalog: s.Catalog, Head: s.Head, At: at,
		made: map[directory.Object]bool{}, free: &FreeRange{}, users: map[directory.UserID]*User{},
	}
	if b, ok := r.(*Batch); ok {
		w.free = &b.free
	}
	return w
}

// load returns a row, reading it the first time.
func (w *Change) load(key directory.RowKey) (*workingRow, error) {
	if r, ok := w.rows[key]; ok {
		return r, nil
	}
	r := &workingRow{}
	if w.isNew(key) {
		w.rows[key] = r
		return r, nil
	}
	row, ok, err := w.stored(key)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key.Kind, err)
	}
	if ok {
		r.before, r.after = row, row
	}
	w.rows[key] = r
	return r, nil
}

// isNew reports whether a key is of a row of an object that the change makes,
// so that it need not be looked for: half of what making one would read.
func (w *Change) isNew(key directory.RowKey) bool {
	switch key.Kind {
	case directory.RowGroup, directory.RowNesting, directory.RowGroupValue, directory.RowGroupRole:
		return w.made[directory.GroupID(key.A).Object()]
	case directory.RowUser, directory.RowMembership, directory.RowUserValue, directory.RowUserRole:
		return w.made[directory.UserID(key.A).Object()]
	case directory.RowAttribute:
		return w.made[directory.AttributeID(key.A).Object()]
	case directory.RowSourceReference, directory.RowFacet:
		return w.made[key.Object]
	case directory.RowCredential, directory.RowPermissionSet, directory.RowModelSet, directory.RowRole:
	}
	return false
}

// stored returns a row as it is stored: from what its user has, if that is
// there already, or from the catalog, which is level with the store.
func (w *Change) stored(key directory.RowKey) (directory.Row, bool, error) {
	switch key.Kind {
	case directory.RowUser, directory.RowMembership, directory.RowUserValue:
		if u, ok := w.users[directory.UserID(key.A)]; ok && u.exists {
			return ownRow(&u.Before, key)
		}
	case directory.RowGroup:
		if row, ok := w.Base.RawGroup(directory.GroupID(key.A)); ok {
			return row, true, nil
		}
	case directory.RowAttribute:
		if row, ok := w.Base.RawAttribute(directory.AttributeID(key.A)); ok {
			return row, true, nil
		}
	case directory.RowGroupValue:
		row, ok := w.Base.RawGroupValue(directory.GroupID(key.A), directory.AttributeID(key.B))
		if ok {
			return row, true, nil
		}
	default: // of the others the key does not say whose they are, or they are few
	}
	return w.Reader.Row(w.ctx, key)
}

// ownRow finds a row among those that a user has.
func ownRow(u *directory.UserRows, key directory.RowKey) (directory.Row, bool, error) {
	switch key.Kind {
	case directory.RowUser:
		return u.User, true, nil
	case directory.RowMembership:
		for _, m := range u.Memberships {
			if int64(m.Group) == key.B {
				return m, true, nil
			}
		}
	default:
		for _, v := range u.Values {
			if int64(v.Attribute) == key.B {
				return v, true, nil
			}
		}
	}
	return nil, false, nil
}

// Get returns the planned row of a key, or the zero T and false. T must be the
// kind's row type.
func Get[T directory.Row](w *Change, key directory.RowKey) (T, bool, error) {
	var zero T
	r, err := w.load(key)
	if err != nil || r.after == nil {
		return zero, false, err
	}
	row, ok := r.after.(T)
	if !ok {
		return zero, false, fmt.Errorf("row of kind %s is a %T", key.Kind, r.after)
	}
	return row, true, nil
}

// Row returns the planned row of a key, or nil.
func (w *Change) Row(key directory.RowKey) (directory.Row, error) {
	r, err := w.load(key)
	if err != nil {
		return nil, err
	}
	return r.after, nil
}

// Put plans a row to be as given.
func (w *Change) Put(row directory.Row) error {
	r, err := w.load(row.Key())
	if err != nil {
		return err
	}
	return w.replace(row.Key(), r, row)
}

// Remove plans a row to be gone.
func (w *Change) Remove(key directory.RowKey) error {
	r, err := w.load(key)
	if err != nil {
		return err
	}
	return w.replace(key, r, nil)
}

func (w *Change) replace(key directory.RowKey, r *workingRow, after directory.Row) error {
	was := r.after
	if reflect.DeepEqual(was, after) {
		return nil
	}
	w.layer.replace(key, r, after)
	if key.Kind.InCatalog() {
		w.Catalog = w.Catalog.Apply([]directory.RowWrite{{Before: was, After: after}})
	}
	return w.replaceOfUser(was, after)
}

// Find returns a planned row that an index has under a key and that is not
// except; ok is false if there is none.
func (w *Change) Find(key directory.IndexKey, except directory.RowKey) (directory.RowKey, bool, error) {
	keys, err := w.layer.find(key, 2)
	keys = slices.DeleteFunc(keys, func(k directory.RowKey) bool { return k == except })
	if err != nil || len(keys) == 0 {
		return directory.RowKey{}, false, err
	}
	return keys[0], true, nil
}

// User returns a user with what it has of its own, as planned, and keeps it
// level with later puts. One that is marked deleted is not found. The rows are
// to be read only.
func (w *Change) User(id directory.UserID) (*directory.UserRows, error) {
	u, err := w.AnyUser(id)
	if err != nil {
		return nil, err
	}
	if u.After.User.ID == 0 || u.After.User.DeletedRev != 0 {
		return nil, directory.NotFound("user", id)
	}
	return &u.After, nil
}

// AnyUser returns a user before and after what is planned, also one that is not
// there or is marked deleted.
func (w *Change) AnyUser(id directory.UserID) (*User, error) {
	if u, ok := w.users[id]; ok {
		return u, nil
	}
	if w.made[id.Object()] {
		w.users[id] = &User{}
		return w.users[id], nil
	}
	rows, ok, err := w.Reader.UserRows(w.ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	u := &User{Before: rows, After: rows, exists: ok}
	w.users[id] = u
	return u, nil
}

// replaceOfUser keeps the planned users level with a row that changes.
func (w *Change) replaceOfUser(was, is directory.Row) error {
	row := is
	if row == nil {
		row = was
	}
	id, ok := directory.OwnerOf(row)
	if !ok {
		return nil
	}
	u, err := w.AnyUser(id)
	if err != nil {
		return err
	}
	u.own()
	u.After.Replace(was, is)
	return nil
}

// RowsOf calls f for the planned rows of a kind that belong to an object, by
// key, until f returns false. f must not read.
func (w *Change) RowsOf(kind directory.RowKind, of directory.Object, f func(directory.Row) (bool, error)) error {
	return store.Enough(w.eachRowOf(kind, of, func(row directory.Row) error { return store.Proceed(f(row)) }))
}

// StoredRowsOf is RowsOf for the rows as they were before the change.
func (w *Change) StoredRowsOf(kind directory.RowKind, of directory.Object, f func(directory.Row) (bool, error)) error {
	return store.Enough(w.Reader.RowsOf(w.ctx, kind, of, func(row directory.Row) error { return store.Proceed(f(row)) }))
}

// HasSecret reports whether a credential has a secret, or had one before the change.
func (w *Change) HasSecret(id directory.CredentialID) (bool, error) {
	if slices.ContainsFunc(w.Secrets, func(s store.Secret) bool { return s.Credential == id }) {
		return true, nil
	}
	_, ok, err := w.Reader.Secret(w.ctx, id)
	return ok, err
}

// Users are the users that were looked at, as the change leaves them.
func (w *Change) Users() map[directory.UserID]directory.UserRows {
	users := make(map[directory.UserID]directory.UserRows, len(w.users))
	for id, u := range w.users {
		users[id] = u.After
	}
	return users
}

// Steps counts the rows that were planned to be another: it differs before and
// after an edit if and only if the edit has changed a row.
func (w *Change) Steps() int { return w.order }
