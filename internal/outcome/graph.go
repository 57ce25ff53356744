package outcome

import (
	"errors"

	"cohort/internal/directory"
	"cohort/internal/resolve"
)

// checkGraph refuses a nesting that is a ring or over a limit. Looked at are
// the groups that the change nests or makes visible again, with what is
// nested in those.
func (c *Check) checkGraph(writes []directory.RowWrite) error {
	nested, revived := map[directory.GroupID]bool{}, map[directory.GroupID]bool{}
	for _, w := range writes {
		switch r := w.After.(type) {
		case directory.Nesting:
			if r.Group == directory.AllUsers || r.Parent == directory.AllUsers {
				return directory.Invalid("group", "cannot be nested in or be All Users, in which every group is")
			}
			nested[r.Group] = nested[r.Group] || w.Before == nil
		case directory.Group:
			if before, ok := w.Before.(directory.Group); ok && before.DeletedRev != 0 && r.DeletedRev == 0 {
				revived[r.ID] = true
			}
		}
	}
	if err := c.checkRing(); err != nil {
		return err
	}
	for g := range revived {
		nested[g] = true
		for _, child := range c.Catalog.Children(g) {
			if err := c.checkParents(child); err != nil {
				return err
			}
		}
	}
	for g, grew := range nested {
		if !grew {
			continue
		}
		if err := c.checkParents(g); err != nil {
			return err
		}
		if err := c.checkDepth(g); err != nil {
			return err
		}
	}
	return nil
}

func (c *Check) checkRing() error {
	if c.Base.Ring() != nil {
		return nil //nolint:nilerr // it was there before
	}
	err := c.Catalog.Ring()
	if ring, ok := errors.AsType[*resolve.RingError](err); ok {
		return &directory.Error{
			Kind: directory.KindInvalid, Field: "group", Code: directory.CodeCycle, Msg: "cannot be nested so: " + ring.Error(),
		}
	}
	return err
}

// checkParents refuses a group that has come to more parents than it may have.
func (c *Check) checkParents(g directory.GroupID) error {
	n := len(c.Catalog.Parents(g))
	if n <= directory.MaxParents || n <= len(c.Base.Parents(g)) {
		return nil
	}
	return directory.Invalid("group", "%d would be in %d groups; the most is %d", g, n, directory.MaxParents)
}

// checkDepth refuses a path through a group that is longer than any may be,
// and than it was.
func (c *Check) checkDepth(g directory.GroupID) error {
	n := c.Catalog.PathLength(g)
	if n <= directory.MaxNestingDepth {
		return nil
	}
	if _, ok := c.Base.Group(g); ok && n <= c.Base.PathLength(g) {
		return nil
	}
	return directory.Invalid("group", "%d would be part of %d groups inside each other; the most is %d", g, n,
		directory.MaxNestingDepth)
}
