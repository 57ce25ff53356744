package resolve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cohort/internal/directory"
)

// A Catalog is one state of the groups, nestings, attributes, group values and roles of a
// directory. It is immutable; Apply returns the next one. It is safe for concurrent use.
//
// It contains rows that are marked deleted, but they are invisible, and so is what depends on
// them: nestings, values and roles of a deleted group, values of a deleted attribute. All
// reads leave them out, except those with Raw in their names.
type Catalog struct {
	generation     uint64 // one more than that of the previous catalog
	groups         groupTable
	slots          []*slotChunk // one for each chunk of groups
	groupCount     int          // visible ones
	attrs          []*attribute
	plan           plan
	names          table[string, int32] // visible attributes by name
	roles          table[directory.RoleID, directory.Role]
	permissionSets table[directory.PermissionSetID, permissionSet]
	modelSets      table[directory.ModelSetID, directory.ModelSet]
	roleGroups     table[directory.RoleID, []directory.GroupID] // ascending
	ring           directory.GroupID                            // a group that is its own ancestor; 0 in a sound directory
	mergers        *sync.Pool                                   // of *merger, shared by all catalogs of one origin
}

// A RingError says that groups are nested in a ring, so that walking up their parents would
// not end.
type RingError struct {
	Groups []directory.GroupID // from each group to its parent, until the first one follows again
}

// Error names the groups.
func (e *RingError) Error() string {
	names := make([]string, len(e.Groups))
	for i, id := range e.Groups {
		names[i] = directory.FormatID(id)
	}
	if len(names) == 1 {
		return "group " + names[0] + " is nested in itself"
	}
	return "the groups " + strings.Join(names, ", ") + " are nested in each other in a ring"
}

// A permissionSet is a permission set and the permissions that it grants.
type permissionSet struct {
	row    directory.PermissionSet
	grants directory.Permissions
}

// An attribute is the part of the catalog about one attribute. Without a row it is a hole:
// some row names an attribute that does not exist, or not yet.
type attribute struct {
	generation uint64
	id         directory.AttributeID
	row        directory.Attribute
	exists     bool
	order      orderList // the values of visible groups, strongest first
}

func (a *attribute) visible() bool { return a.exists && a.row.DeletedRev == 0 }

// Empty returns the catalog of a directory without any rows, not even All Users.
func Empty() *Catalog { return &Catalog{mergers: new(sync.Pool)} }

// Build returns the catalog of rows, which may come in any order. It ignores rows that do not
// belong to a catalog. It fails if a row names a group, attribute, role or set that is not
// among the rows, and with a *RingError if groups are nested in a ring: the directory is
// damaged then. It returns a catalog even then, so that the damage can be examined.
func Build(rows func(yield func(directory.Row) error) error) (*Catalog, error) {
	byKind := map[directory.RowKind][]directory.Row{}
	err := rows(func(row directory.Row) error {
		if kind := row.Key().Kind; kind.InCatalog() {
			byKind[kind] = append(byKind[kind], row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []directory.Row
	for _, kind := range directory.RowKinds() {
		list := byKind[kind]
		slices.SortFunc(list, func(a, b directory.Row) int { return compareKeys(a.Key(), b.Key()) })
		for i, row := range list {
			if i > 0 && row.Key() == list[i-1].Key() {
				return nil, fmt.Errorf("two rows of kind %v have the key %d, %d", kind, row.Key().A, row.Key().B)
			}
		}
		all = append(all, list...)
	}
	d := Empty().draftFor(all)
	for _, row := range all {
		d.put(row)
	}
	c := d.finish()
	return c, c.check()
}

func compareKeys(a, b directory.RowKey) int {
	switch {
	case a.A != b.A:
		return compareInts(a.A, b.A)
	default:
		return compareInts(a.B, b.B)
	}
}

func compareInts[T ~int | ~int32 | ~int64 | ~uint16](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// check looks for damage that no sound directory has.
func (c *Catalog) check() error {
	var errs []error
	for i := range c.groups.n {
		if g := c.groups.at(int32(i)); !g.exists {
			errs = append(errs, fmt.Errorf("rows name group %d, which is not there", g.id))
		}
	}
	for _, a := range c.attrs {
		if !a.exists {
			errs = append(errs, fmt.Errorf("rows name attribute %d, which is not there", a.id))
		}
	}
	for id := range c.roleGroups.all() {
		if _, ok := c.roles.get(id); !ok {
			errs = append(errs, fmt.Errorf("rows name role %d, which is not there", id))
		}
	}
	for id, role := range c.roles.all() {
		if _, ok := c.permissionSets.get(role.PermissionSet); !ok {
			errs = append(errs, fmt.Errorf("role %d names permission set %d, which is not there", id, role.PermissionSet))
		}
		if _, ok := c.modelSets.get(role.ModelSet); !ok {
			errs = append(errs, fmt.Errorf("role %d names model set %d, which is not there", id, role.ModelSet))
		}
	}
	if err := c.Ring(); err != nil {
		errs = append(errs, err)
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// Apply returns the catalog after writes, which may come in any order. It ignores writes of
// rows that do not belong to a catalog. Its cost is proportional to what the writes touch: the
// rows, the lists that contain them, and one pointer for each group below a changed group. If
// the writes close a ring of groups, Ring of the result reports it.
func (c *Catalog) Apply(writes []directory.RowWrite) *Catalog {
	puts := make([]directory.Row, 0, len(writes))
	var cuts []directory.RowKey
	for _, w := range writes {
		switch key := w.Key(); {
		case !key.Kind.InCatalog():
		case w.After != nil:
			puts = append(puts, w.After)
		default:
			cuts = append(cuts, key)
		}
	}
	if len(puts)+len(cuts) == 0 {
		return c
	}
	slices.SortFunc(puts, func(a, b directory.Row) int {
		ka, kb := a.Key(), b.Key()
		if ka.Kind != kb.Kind {
			return int(ka.Kind) - int(kb.Kind)
		}
		return compareKeys(ka, kb)
	})
	d := c.draftFor(puts)
	for _, row := range puts {
		d.put(row)
	}
	for _, key := range cuts {
		d.cut(key)
	}
	return d.finish()
}
