package plan

import (
	"cmp"
	"encoding/json"
	"unicode/utf8"

	"cohort/internal/directory"
	"cohort/internal/working"
)

func (p *Planner) setSource(e directory.SetSource) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	if err := directory.ParseSource(e.Source, e.SourceID); err != nil {
		return err
	}
	row := directory.SourceReference{Object: e.Object, Source: e.Source, SourceID: e.SourceID}
	holder, taken, err := p.Find(directory.SourceKey(e.Object.Kind, e.Source, e.SourceID), row.Key())
	if err != nil {
		return err
	}
	if taken {
		err := p.requireObject(holder.Object)
		if directory.KindOf(err) != directory.KindNotFound {
			return cmp.Or(err, directory.Taken("source_id", "belongs to another %s", e.Object.Kind))
		}
		if err := p.Remove(holder); err != nil { // its object is deleted: the key is free
			return err
		}
	}
	return p.Put(row)
}

func (p *Planner) deleteSource(e directory.DeleteSource) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	key := directory.SourceReference{Object: e.Object, Source: e.Source}.Key()
	if _, ok, err := working.Get[directory.SourceReference](p.Change, key); err != nil {
		return err
	} else if !ok {
		return directory.NotFound("source", e.Source)
	}
	return p.Remove(key)
}

func (p *Planner) setFacet(e directory.SetFacet) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	row := directory.Facet{Object: e.Object, Dialect: e.Dialect, Kind: e.Kind, Name: e.Name, Data: e.Data}
	if err := ParseFacet(row); err != nil {
		return err
	}
	if err := p.env.CheckFacet(row); err != nil {
		return err
	}
	return p.Put(row)
}

// ParseFacet checks a facet, but for its object.
func ParseFacet(f directory.Facet) error {
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

func (p *Planner) deleteFacet(e directory.DeleteFacet) error {
	if err := p.requireObject(e.Object); err != nil {
		return err
	}
	return p.Remove(directory.Facet{Object: e.Object, Dialect: e.Dialect, Kind: e.Kind, Name: e.Name}.Key())
}

// requireObject refuses an object that is not there.
func (p *Planner) requireObject(o directory.Object) error {
	stored, marked, err := p.Look(o)
	if err == nil && (!stored || marked != 0) {
		err = directory.NotFound(o.Kind.String(), o.ID)
	}
	return err
}
