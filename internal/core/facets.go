package core

import (
	"cohort/internal/directory"
)

// IsReadable reports whether a stored facet can be read by its dialect. One
// that cannot is left out of reads, so that it takes no list away, logged and
// counted.
func (c *Core) IsReadable(f directory.Facet) bool {
	err := c.env.CheckFacet(f)
	if err != nil {
		c.badFacets.Add(1)
		c.opt.Log.Warn("left out a facet that cannot be read; cohort verify --repair removes it",
			"object", f.Object.String(), "dialect", f.Dialect, "kind", f.Kind, "name", f.Name, "error", err.Error())
	}
	return err == nil
}

// BadFacets is how often reads have left out a facet that could not be read.
func (c *Core) BadFacets() int64 { return c.badFacets.Load() }
