package outcome

import (
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/resolve"
)

// A powerCheck compares the permissions of users and groups before and after a change, now and
// at any later instant.
//
// Groups hand down the union of their own roles and what their parents hand
// down. So what a group below gains or loses is among what the groups gain or
// lose that the change itself touches, and only those are compared; members
// are never enumerated.
type powerCheck struct {
	*Check
	free          directory.Permissions // which anybody may get and lose
	refuse        func(given, taken directory.Permissions, of directory.Object) error
	before, after map[directory.GroupID]directory.Permissions // that groups convey
}

func (c *Check) powerCheck(
	free directory.Permissions, refuse func(given, taken directory.Permissions, of directory.Object) error,
) *powerCheck {
	powers := &powerCheck{c, free, refuse, map[directory.GroupID]directory.Permissions{},
		map[directory.GroupID]directory.Permissions{}}
	if c.Base == c.Catalog {
		powers.after = powers.before
	}
	return powers
}

func (c *powerCheck) compareAll(writes []directory.RowWrite) error {
	for _, w := range writes {
		if err := c.compare(w); err != nil {
			return err
		}
	}
	return nil
}

// comparePowers refuses a change that gives or takes permissions that the
// caller lacks. The program itself and administrators are not compared.
func (c *Check) comparePowers(writes []directory.RowWrite) error {
	if c.Powers.Has(directory.Administer) {
		return nil
	}
	return c.powerCheck(c.Powers, func(given, taken directory.Permissions, of directory.Object) error {
		return directory.Forbidden("the change would give or take permissions that you do not have: %s, by %s",
			strings.Join((given|taken).Names(), ", "), of)
	}).compareAll(writes)
}

func (c *powerCheck) compare(w directory.RowWrite) error {
	switch r := w.Row().(type) {
	case directory.Group:
		return c.compareGroup(r.ID)
	case directory.Nesting:
		return c.compareGroup(r.Group)
	case directory.GroupRole:
		return c.compareGroup(r.Group)
	case directory.Role:
		return c.compareRole(r.ID)
	case directory.PermissionSet:
		for role := range c.Base.Roles() {
			if err := c.compareRole(role.ID); err != nil {
				return err
			}
		}
	case directory.User:
		return c.compareUser(r.ID)
	case directory.Membership:
		return c.compareHolder(r.User, c.conveyed(c.Base, c.before, r.Group)|c.conveyed(c.Catalog, c.after, r.Group))
	case directory.UserRole:
		roles := []directory.RoleID{r.Role}
		return c.compareHolder(r.User, c.Base.PermissionsOfRoles(roles)|c.Catalog.PermissionsOfRoles(roles))
	}
	return nil
}

// compareHolder compares a user, of whom a row that gives permissions has
// changed. The user cannot have gained or lost more than those.
func (c *powerCheck) compareHolder(id directory.UserID, gives directory.Permissions) error {
	if c.free.Covers(gives) {
		return nil
	}
	return c.compareUser(id)
}

// require refuses a difference that is not free.
func (c *powerCheck) require(before, after directory.Permissions, of directory.Object) error {
	given, taken := after&^before&^c.free, before&^after&^c.free
	if given|taken == 0 {
		return nil
	}
	return c.refuse(given, taken, of)
}

func (c *powerCheck) compareGroup(g directory.GroupID) error {
	return c.require(c.conveyed(c.Base, c.before, g), c.conveyed(c.Catalog, c.after, g), g.Object())
}

// conveyed is what a group gives its members; one that is deleted gives
// nothing.
func (c *powerCheck) conveyed(
	catalog *resolve.Catalog, known map[directory.GroupID]directory.Permissions, g directory.GroupID,
) directory.Permissions {
	all, ok := known[g]
	if !ok {
		all = catalog.PermissionsOfRoles(catalog.RolesOfGroups(g))
		known[g] = all
	}
	return all
}

func (c *powerCheck) compareRole(id directory.RoleID) error {
	grants := func(catalog *resolve.Catalog) directory.Permissions {
		return catalog.PermissionsOfRoles([]directory.RoleID{id})
	}
	return c.require(grants(c.Base), grants(c.Catalog), id.Object())
}

// compareUser compares what a user holds at every instant from now on: the
// windows of its memberships cut time into pieces.
func (c *powerCheck) compareUser(id directory.UserID) error {
	u, err := c.AnyUser(id)
	if err != nil {
		return err
	}
	was, is := c.holding(&u.Before, c.Base, c.before), c.holding(&u.After, c.Catalog, c.after)
	cuts := append([]directory.Instant{c.At}, append(was.cuts(c.At), is.cuts(c.At)...)...)
	slices.Sort(cuts)
	for _, t := range slices.Compact(cuts) {
		if err := c.require(was.at(t), is.at(t), id.Object()); err != nil {
			return err
		}
	}
	return nil
}

// A holding is what a user's memberships and roles give it, over time.
type holding struct {
	always directory.Permissions
	parts  []heldPart
}

type heldPart struct {
	directory.Window
	gives directory.Permissions
}

// holding is that of a user; one that is not there, deleted or disabled has
// nothing.
func (c *powerCheck) holding(
	u *directory.UserRows, catalog *resolve.Catalog, known map[directory.GroupID]directory.Permissions,
) (h holding) {
	if u.User.ID == 0 || u.User.DeletedRev != 0 || u.User.Disabled {
		return h
	}
	h.always = catalog.PermissionsOfRoles(u.Roles)
	for _, m := range u.Memberships {
		switch gives := c.conveyed(catalog, known, m.Group); {
		case gives == 0:
		case m.Always():
			h.always |= gives
		default:
			h.parts = append(h.parts, heldPart{m.Window, gives})
		}
	}
	return h
}

// cuts are the instants after t at which a part begins or ends.
func (h holding) cuts(t directory.Instant) (list []directory.Instant) {
	for _, part := range h.parts {
		for _, cut := range []directory.Instant{part.StartsAt, part.ExpiresAt} {
			if cut > t {
				list = append(list, cut)
			}
		}
	}
	return list
}

func (h holding) at(t directory.Instant) directory.Permissions {
	all := h.always
	for _, part := range h.parts {
		if part.InForce(t) {
			all |= part.gives
		}
	}
	return all
}
