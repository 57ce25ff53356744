package core

import (
	"cmp"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"cohort/internal/directory"
)

// requireObject refuses an object that is not there.
func (p *planner) requireObject(o directory.Object) error {
	var ok bool
	switch o.Kind {
	case directory.ObjectDirectory:
		ok = o.ID == 0
	case directory.ObjectUser:
		_, err := p.user(directory.UserID(o.ID))
		return err
	case directory.ObjectGroup:
		_, ok = p.catalog.Group(directory.GroupID(o.ID))
	case directory.ObjectAttribute:
		_, ok = p.catalog.Attribute(directory.AttributeID(o.ID))
	case directory.ObjectRole:
		_, ok = p.catalog.Role(directory.RoleID(o.ID))
	case directory.ObjectPermissionSet:
		_, ok = p.catalog.PermissionSet(directory.PermissionSetID(o.ID))
	case directory.ObjectModelSet:
		_, ok = p.catalog.ModelSet(directory.ModelSetID(o.ID))
	default:
		return errors.New("an object kind without a lookup")
	}
	if !ok {
		return directory.NotFound(o.Kind.String(), o.ID)
	}
	return nil
}

func (p *planner) setSource(e directory.SetSource) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	if err := directory.ParseSource(e.Source, e.SourceID); err != nil {
		return err
	}
	row := directory.SourceReference{Object: e.Object, Source: e.Source, SourceID: e.SourceID}
	holder, taken, err := p.find(directory.SourceKey(e.Object.Kind, e.Source, e.SourceID), row.Key())
	if err != nil {
		return err
	}
	if taken {
		err := p.requireObject(holder.Object)
		if directory.KindOf(err) != directory.KindNotFound {
			return cmp.Or(err, directory.Taken("source_id", "belongs to another %s", e.Object.Kind))
		}
		if err := p.remove(holder); err != nil { // its object is deleted: the key is free
			return err
		}
	}
	return p.put(row)
}

func (p *planner) deleteSource(e directory.DeleteSource) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	key := directory.SourceReference{Object: e.Object, Source: e.Source}.Key()
	if _, ok, err := get[directory.SourceReference](p.working, key); err != nil {
		return err
	} else if !ok {
		return directory.NotFound("source", e.Source)
	}
	return p.remove(key)
}

func (p *planner) setFacet(e directory.SetFacet) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	row := directory.Facet{Object: e.Object, Dialect: e.Dialect, Kind: e.Kind, Name: e.Name, Data: e.Data}
	if err := parseFacet(row); err != nil {
		return err
	}
	if err := p.core.checkFacet(row); err != nil {
		return err
	}
	return p.put(row)
}

// checkFacet refuses a facet that its dialect could not read.
func (c *Core) checkFacet(f directory.Facet) error {
	check := c.opt.Facets[f.Dialect]
	if check == nil {
		return nil
	}
	if err := check(f); err != nil {
		return &directory.Error{
			Kind: directory.KindInvalid, Field: "data", Code: directory.CodeInvalid,
			Msg: "is no " + f.Kind + " that " + f.Dialect + " can read", Err: err,
		}
	}
	return nil
}

// IsReadable reports whether a stored facet can be read by its dialect. One
// that cannot is left out of reads, so that it takes no list away, logged and
// counted.
func (c *Core) IsReadable(f directory.Facet) bool {
	err := c.checkFacet(f)
	if err != nil {
		c.badFacets.Add(1)
		c.opt.Log.Warn("left out a facet that cannot be read; cohort verify --repair removes it",
			"object", f.Object.String(), "dialect", f.Dialect, "kind", f.Kind, "name", f.Name, "error", err.Error())
	}
	return err == nil
}

// BadFacets is how often reads have left out a facet that could not be read.
func (c *Core) BadFacets() int64 { return c.badFacets.Load() }

// parseFacet checks a facet, but for its object.
func parseFacet(f directory.Facet) error {
	switch {
	case f.Dialect == "" || f.Kind == "":
		return directory.Missing("kind")
	case len(f.Data) > directory.MaxFacetLen:
		return directory.TooLong("data", "has %d bytes; the most is %d", len(f.Data), directory.MaxFacetLen)
	case !json.Valid([]byte(f.Data)) || !utf8.ValidString(f.Data):
		return directory.Invalid("data", "is not JSON")
	}
	return nil
}

func (p *planner) deleteFacet(e directory.DeleteFacet) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	return p.remove(directory.Facet{Object: e.Object, Dialect: e.Dialect, Kind: e.Kind, Name: e.Name}.Key())
}
