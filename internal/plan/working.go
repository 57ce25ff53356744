package plan

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

// A working state is what a change is planned against: the catalog and the
// database as earlier changes left them, and over them the rows that the
// edits planned so far would write. Nothing is written before the whole change
// is planned, so a refused one needs no undoing. On an overlay that is never
// executed it is the preview.
type working struct {
	layer
	base    *resolve.Catalog // before the change
	Catalog *resolve.Catalog // as planned
	head    store.Head
	lineage uint64
	At      directory.Instant
	made    map[directory.Object]bool // users, groups and attributes that the change makes
	free    *FreeRange
	users   map[directory.UserID]*workingUser

	sealed        []store.Sealed
	Secrets       []store.Secret
	removeSecrets []directory.CredentialID
	revokeUsers   []directory.UserID
	revokeKeys    []directory.CredentialID
}

// A workingUser is a user as stored and as planned.
type workingUser struct {
	Before, After directory.UserRows
	exists        bool // in the database
}

func newWorking(ctx context.Context, r store.Reader, s *state.State, at directory.Instant) *working {
	w := &working{
		layer: newLayer(ctx, r), base: s.Catalog, Catalog: s.Catalog, head: s.Head, lineage: s.Lineage, At: at,
		made: map[directory.Object]bool{}, free: &FreeRange{}, users: map[directory.UserID]*workingUser{},
	}
	if b, ok := r.(*Batch); ok {
		w.free = &b.free
	}
	return w
}

// load returns a row, reading it the first time.
func (w *working) load(key directory.RowKey) (*workingRow, error) {
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
func (w *working) isNew(key directory.RowKey) bool {
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
// there already.
func (w *working) stored(key directory.RowKey) (directory.Row, bool, error) {
	switch key.Kind {
	case directory.RowUser, directory.RowMembership, directory.RowUserValue:
		if u, ok := w.users[directory.UserID(key.A)]; ok && u.exists {
			return ownRow(&u.Before, key)
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

// get returns the planned row of a key, or the zero T and false. T must be the
// kind's row type.
func get[T directory.Row](w *working, key directory.RowKey) (T, bool, error) {
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

// put plans a row to be as given.
func (w *working) put(row directory.Row) error {
	r, err := w.load(row.Key())
	if err != nil {
		return err
	}
	return w.replace(row.Key(), r, row)
}

// remove plans a row to be gone.
func (w *working) remove(key directory.RowKey) error {
	r, err := w.load(key)
	if err != nil {
		return err
	}
	return w.replace(key, r, nil)
}

func (w *working) replace(key directory.RowKey, r *workingRow, after directory.Row) error {
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

// find returns a planned row that an index has under a key and that is not
// except; ok is false if there is none.
func (w *working) find(key directory.IndexKey, except directory.RowKey) (directory.RowKey, bool, error) {
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
func (w *working) User(id directory.UserID) (*directory.UserRows, error) {
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
func (w *working) AnyUser(id directory.UserID) (*workingUser, error) {
	if u, ok := w.users[id]; ok {
		return u, nil
	}
	if w.made[id.Object()] {
		w.users[id] = &workingUser{}
		return w.users[id], nil
	}
	rows, ok, err := w.Reader.UserRows(w.ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	u := &workingUser{Before: rows, After: rows, exists: ok}
	u.After.Memberships = slices.Clone(rows.Memberships)
	u.After.Values = slices.Clone(rows.Values)
	u.After.Roles = slices.Clone(rows.Roles)
	u.After.Credentials = slices.Clone(rows.Credentials)
	w.users[id] = u
	return u, nil
}

// replaceOfUser keeps the planned users level with a row that changes.
func (w *working) replaceOfUser(was, is directory.Row) error {
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
	u.After.Replace(was, is)
	return nil
}

// rowsOf calls f for the planned rows of a kind that belong to an object, by
// key, until f returns false. f must not read.
func (w *working) rowsOf(kind directory.RowKind, of directory.Object, f func(directory.Row) (bool, error)) error {
	return store.Enough(w.eachRowOf(kind, of, func(row directory.Row) error { return store.Proceed(f(row)) }))
}
