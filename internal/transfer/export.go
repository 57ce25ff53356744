package transfer

import (
	"cmp"
	"context"
	"io"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// usersAtOnce is how many users are read from the store in one step.
const usersAtOnce = 1000

// Export writes the state of a view, without objects that are marked deleted and their rows,
// hidden values, which only the keys of this directory open, and API credentials, whose
// secrets are not stored. It calls progress, which may be nil, at intervals with the number of
// users done.
func Export(ctx context.Context, r store.Reader, w io.Writer, progress func(users int64)) (Header, Trailer, error) {
	head, err := r.Head(ctx)
	if err != nil {
		return Header{}, Trailer{}, err
	}
	h := Header{
		Format: Version, Incarnation: head.Incarnation, Revision: head.Revision, At: head.At,
		Users: head.Users, Groups: head.Groups, Next: nextOf(head.Next),
	}
	out, err := NewWriter(w, h)
	if err != nil {
		return h, Trailer{}, err
	}
	if progress == nil {
		progress = func(int64) {}
	}
	e := &exporter{Writer: out, alive: map[directory.Object]bool{}, hidden: map[directory.AttributeID]bool{},
		gone: map[int64]bool{}}
	if err := e.catalog(ctx, r); err != nil {
		return h, Trailer{}, err
	}
	if err := e.users(ctx, r, progress); err != nil {
		return h, Trailer{}, err
	}
	for _, kind := range []directory.RowKind{directory.RowSourceReference, directory.RowFacet} {
		if err := r.Scan(ctx, kind, e.attached); err != nil {
			return h, Trailer{}, err
		}
	}
	t, err := e.Close()
	return h, t, err
}

// An exporter leaves out what must not be exported.
type exporter struct {
	*Writer
	alive  map[directory.Object]bool // of the catalog
	hidden map[directory.AttributeID]bool
	gone   map[int64]bool // users that are marked deleted
}

func (e *exporter) catalog(ctx context.Context, r store.Reader) error {
	for _, kind := range directory.RowKinds() {
		if !kind.InCatalog() {
			continue
		}
		if err := r.Scan(ctx, kind, e.ofCatalog); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) ofCatalog(row directory.Row) error {
	switch row := row.(type) {
	case directory.Group:
		if row.DeletedRev != 0 {
			return nil
		}
	case directory.Attribute:
		if row.DeletedRev != 0 {
			return nil
		}
		if row.Hidden {
			e.hidden[row.ID] = true
			if row.HasDefault() {
				e.Omitted.HiddenValues++
				row.Default = directory.Value{}
			}
		}
		e.alive[row.ID.Object()] = true
		return e.Row(row)
	case directory.GroupValue:
		if e.omits(row.Attribute) {
			return nil
		}
	}
	objects := row.Objects()
	if len(objects) == 1 {
		e.alive[objects[0]] = true
	}
	for _, o := range objects {
		if !e.alive[o] {
			return nil
		}
	}
	return e.Row(row)
}

// omits reports whether values of an attribute are left out, and counts one.
func (e *exporter) omits(a directory.AttributeID) bool {
	if e.hidden[a] {
		e.Omitted.HiddenValues++
	}
	return e.hidden[a]
}

func (e *exporter) users(ctx context.Context, r store.Reader, progress func(int64)) error {
	done, last := int64(0), directory.UserID(0)
	for {
		users, err := r.UsersAfter(ctx, last, usersAtOnce)
		if err != nil {
			return err
		}
		for i := range users {
			if err := e.user(&users[i]); err != nil {
				return err
			}
		}
		done += int64(len(users))
		progress(done)
		if len(users) < usersAtOnce {
			return nil
		}
		last = users[len(users)-1].User.ID
	}
}

// user writes a user and its rows.
func (e *exporter) user(u *directory.UserRows) error {
	if u.User.DeletedRev != 0 {
		e.gone[int64(u.User.ID)] = true
		return nil
	}
	if err := e.Row(u.User); err != nil {
		return err
	}
	slices.SortFunc(u.Memberships, func(a, b directory.Membership) int { return cmp.Compare(a.Group, b.Group) })
	for _, m := range u.Memberships {
		if err := e.rowIf(e.alive[m.Group.Object()], m); err != nil {
			return err
		}
	}
	for _, v := range u.Values {
		if err := e.rowIf(!e.omits(v.Attribute) && e.alive[v.Attribute.Object()], v); err != nil {
			return err
		}
	}
	for _, role := range u.Roles {
		if err := e.rowIf(e.alive[role.Object()], directory.UserRole{User: u.User.ID, Role: role}); err != nil {
			return err
		}
	}
	for _, c := range u.Credentials {
		if c.Kind == directory.CredentialAPI {
			e.Omitted.APICredentials++
			continue
		}
		if err := e.Row(c); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) rowIf(shown bool, row directory.Row) error {
	if !shown {
		return nil
	}
	return e.Row(row)
}

// attached writes a row that belongs to an object of any kind.
func (e *exporter) attached(row directory.Row) error {
	o := row.Objects()[0]
	switch o.Kind {
	case directory.ObjectDirectory:
	case directory.ObjectUser:
		if e.gone[o.ID] {
			return nil
		}
	default:
		if !e.alive[o] {
			return nil
		}
	}
	return e.Row(row)
}
