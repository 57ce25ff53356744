package resolve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cohort/internal/directory"
)

// A Catalog is one state of the groups, nestings, attributes, group values and
// roles of a directory. It never changes; Apply makes the next one. All
// methods may be called from many goroutines.
//
// Rows that are marked deleted are kept but invisible, and so is what hangs on
// them: nestings, values and roles of a deleted group, values of a deleted
// attribute. Every read leaves them out, except for those whose name says Raw.
type Catalog struct {
	generation     uint64 // one more than that of the catalog it was made from
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
	mergers        *sync.Pool                                   // of *merger, shared by all catalogs made from one
}

// A RingError says that groups are nested in each other in a ring, so that
// nothing can be decided by walking up their parents.
type RingError struct {
	Groups []directory.GroupID // from one to its parent, until the first comes again
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

// A permissionSet is a set with the permissions that it grants.
type permissionSet struct {
	row    directory.PermissionSet
	grants directory.Permissions
}

// An attribute is what the catalog keeps of one. Without a row it is a hole:
// something names an attribute that is not there, or not there yet.
type attribute struct {
	generation uint64
	id         directory.AttributeID
	row        directory.Attribute
	exists     bool
	order      orderList // the values of visible groups, strongest first
}

func (a *attribute) visible() bool { return a.exists && a.row.DeletedRev == 0 }

// Empty returns the catalog of a directory that has nothing, not even All Users.
func Empty() *Catalog { return &Catalog{mergers: new(sync.Pool)} }

// Build makes a catalog of rows, which may come in any order; rows that do not
// belong to a catalog are ignored. It is an error if a row names a group,
// attribute, role or set that is not among the rows, or a *RingError if groups
// are nested in a ring: the directory is damaged then. The catalog is there
// all the same, to look at what is wrong.
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

// check looks for what a sound directory cannot have.
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

// Apply returns the catalog that results from writes, in any order. Writes of
// rows that do not belong to a catalog are ignored. It costs in proportion to
// what the writes touch: the rows, the lists they stand in, and one pointer
// for each group below a group that they change. If the writes close a ring of
// groups, Ring of the result says so.
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
