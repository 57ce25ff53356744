package history

import (
	"cmp"
	"context"
	"slices"

	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/store"
	"cohort/internal/view"
)

// lookedAhead is how many later changes of an object are searched for its former name.
const lookedAhead = 20

// RowsOfChange returns at most limit rows that a change wrote, all or those of one object,
// with the names of that time. Erased and pruned changes have none. It needs the permission to
// see history.
func RowsOfChange(
	ctx context.Context, a Reader, rev directory.Revision, object *directory.Object, limit int,
) (out directory.ChangeRows, err error) {
	list, err := RowsOfChanges(ctx, a, []directory.Revision{rev}, object, limit)
	if err == nil {
		out = list[0]
	}
	return out, err
}

// RowsOfChanges is RowsOfChange for several changes, in the given order. Names that one change
// shows hold for the changes before it, and each name is looked up once.
func RowsOfChanges(
	ctx context.Context, a Reader, revs []directory.Revision, object *directory.Object, limit int,
) (list []directory.ChangeRows, err error) {
	list = make([]directory.ChangeRows, len(revs))
	order := make([]int, len(revs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(revs[b], revs[a]) }) // newest first
	err = a.ReadHistory(ctx, func(v *view.Scope, r store.Reader) error {
		n := &pastNames{ctx: ctx, r: r, v: v, known: map[directory.RowKey]directory.Row{}}
		for _, i := range order {
			if list[i], err = n.rows(revs[i], object, limit); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// rows returns the rows of one change. It is called for later changes first.
func (n *pastNames) rows(rev directory.Revision, object *directory.Object,
	limit int) (out directory.ChangeRows, err error) {
	rec, err := n.r.Record(n.ctx, rev)
	if err != nil {
		return out, err
	}
	all, err := rowsOf(rec, nil)
	if err != nil {
		return out, err
	}
	writes, err := rowsOf(rec, object)
	if err != nil {
		return out, err
	}
	n.rev, n.err = rev, nil
	for _, w := range all {
		if isNamed(w.Key().Kind) {
			n.known[w.Key()] = rowOf(w)
		}
	}
	out.Total = len(writes)
	out.Writes = writes[:min(len(writes), limit)]
	out.Caller, out.Sudoer = n.user(rec.Header.Caller), n.user(rec.Header.Sudoer)
	out.Names = n.of(out.Writes)
	for _, w := range all {
		if isNamed(w.Key().Kind) {
			n.known[w.Key()] = w.Before
		}
	}
	return out, n.err
}

// isNamed reports whether rows of a kind contain the name of an object.
func isNamed(kind directory.RowKind) bool {
	switch kind {
	case directory.RowGroup, directory.RowUser, directory.RowAttribute, directory.RowRole:
		return true
	default:
		return false
	}
}

// rowsOf returns the rows of a record whose images still exist.
func rowsOf(rec store.Record, object *directory.Object) ([]directory.RowWrite, error) {
	if len(rec.Chunks) == 0 {
		return nil, nil
	}
	writes, err := record.Images(rec)
	if directory.KindOf(err) == directory.KindGone {
		return nil, nil
	}
	if object == nil || err != nil {
		return writes, err
	}
	return slices.DeleteFunc(writes, func(w directory.RowWrite) bool {
		return !slices.Contains(rowOf(w).Objects(), *object)
	}), nil
}

// pastNames finds the names that objects had after a change: those that it wrote, or else
// those before the next change that wrote them, or else the current ones.
type pastNames struct {
	ctx   context.Context
	r     store.Reader
	v     *view.Scope
	rev   directory.Revision
	known map[directory.RowKey]directory.Row // after the change
	err   error
}

// of returns the names of what rows refer to.
func (n *pastNames) of(writes []directory.RowWrite) directory.ThenNames {
	names := directory.ThenNames{
		Groups: map[directory.GroupID]string{}, Users: map[directory.UserID]string{},
		Attributes: map[directory.AttributeID]directory.Attribute{}, Roles: map[directory.RoleID]string{},
	}
	for _, w := range writes {
		for _, o := range rowOf(w).Objects() {
			n.name(&names, o)
		}
	}
	return names
}

func (n *pastNames) name(names *directory.ThenNames, o directory.Object) {
	switch o.Kind {
	case directory.ObjectGroup:
		if id := directory.GroupID(o.ID); names.Groups[id] == "" {
			names.Groups[id] = n.group(id)
		}
	case directory.ObjectUser:
		if id := directory.UserID(o.ID); names.Users[id] == "" {
			names.Users[id] = n.user(id)
		}
	case directory.ObjectAttribute:
		if id := directory.AttributeID(o.ID); names.Attributes[id].ID == 0 {
			names.Attributes[id] = n.attribute(id)
		}
	case directory.ObjectRole:
		if id := directory.RoleID(o.ID); names.Roles[id] == "" {
			names.Roles[id] = n.role(id)
		}
	default:
	}
}

// row returns the row with a key as it was after the change.
func (n *pastNames) row(key directory.RowKey, object directory.Object) directory.Row {
	if row, ok := n.known[key]; ok {
		return row
	}
	row := n.find(key, object)
	n.known[key] = row
	return row
}

// find looks for the row with a key as it was after the change, in later changes and in the
// current state.
func (n *pastNames) find(key directory.RowKey, object directory.Object) directory.Row {
	var later []directory.Revision
	err := n.r.Records(n.ctx, n.rev, &object, lookedAhead, func(rec store.Record) error {
		later = append(later, rec.Header.Revision)
		return nil
	})
	if err != nil {
		n.err = err
	}
	for _, rev := range later {
		if row := n.before(rev, key, object); row != nil {
			return row
		}
	}
	row, _, err := n.r.Row(n.ctx, key)
	if err != nil {
		n.err = err
	}
	return row
}

// before returns the row with a key before a change, or nil if the change did not write it or
// no longer shows it.
func (n *pastNames) before(rev directory.Revision, key directory.RowKey, object directory.Object) directory.Row {
	rec, err := n.r.Record(n.ctx, rev)
	if err != nil {
		n.err = err
		return nil
	}
	writes, err := record.ImagesOf(rec, object)
	if err != nil && directory.KindOf(err) != directory.KindGone {
		n.err = err
	}
	for _, w := range writes {
		if w.Key() == key {
			return w.Before
		}
	}
	return nil
}

func (n *pastNames) group(id directory.GroupID) string {
	row, _ := n.row(directory.Group{ID: id}.Key(), id.Object()).(directory.Group)
	return row.Name
}

func (n *pastNames) user(id directory.UserID) string {
	if id == 0 || !n.v.SeesUser(id) {
		return ""
	}
	row, _ := n.row(directory.User{ID: id}.Key(), id.Object()).(directory.User)
	return row.DisplayName()
}

func (n *pastNames) attribute(id directory.AttributeID) directory.Attribute {
	row, _ := n.row(directory.Attribute{ID: id}.Key(), id.Object()).(directory.Attribute)
	return row
}

func (n *pastNames) role(id directory.RoleID) string {
	row, _ := n.row(directory.Role{ID: id}.Key(), id.Object()).(directory.Role)
	return row.Name
}
