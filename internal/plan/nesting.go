package plan

import (
	"cohort/internal/directory"
)

func (p *Planner) addParent(e directory.AddParent) error {
	if _, err := p.group(e.Parent); err != nil {
		return err
	}
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	if e.Parent == directory.AllUsers {
		return nil // every group is in it
	}
	nestings := p.Catalog.Nestings(e.Group)
	last := int64(0)
	for _, n := range nestings {
		if n.Parent == e.Parent {
			return nil
		}
		last = n.Position
	}
	if err := p.checkNesting(e.Group, e.Parent, len(nestings)); err != nil {
		return err
	}
	return p.Put(directory.Nesting{Group: e.Group, Parent: e.Parent, Position: last + directory.OrderGap})
}

// checkNesting refuses cycles and what is over a limit.
func (p *Planner) checkNesting(group, parent directory.GroupID, parents int) error {
	if group == parent || p.Catalog.IsAncestor(group, parent) {
		return &directory.Error{
			Kind: directory.KindInvalid, Field: "group", Code: directory.CodeCycle,
			Msg: "cannot be put into " + directory.FormatID(parent) + ": that group is the same or already in it",
		}
	}
	if parents >= directory.MaxParents {
		return directory.Invalid("group", "is in %d groups already, the most that are possible", parents)
	}
	if n := p.Catalog.PathLengthIn(group, parent); n > directory.MaxNestingDepth {
		return directory.Invalid("group", "would be part of %d groups inside each other; the most is %d", n,
			directory.MaxNestingDepth)
	}
	return nil
}

func (p *Planner) removeParent(e directory.RemoveParent) error {
	if _, err := p.group(e.Parent); err != nil {
		return err
	}
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	for _, n := range p.Catalog.Nestings(e.Group) {
		if n.Parent == e.Parent {
			return p.Remove(n.Key())
		}
	}
	return directory.NotFound("nesting", e.Group)
}

func (p *Planner) setFirstParent(e directory.SetFirstParent) error {
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	nestings := p.Catalog.Nestings(e.Group)
	if e.Parent == 0 || e.Parent == directory.AllUsers {
		if len(nestings) == 0 {
			return nil
		}
		return p.Remove(nestings[0].Key())
	}
	position := int64(directory.OrderGap)
	if len(nestings) > 0 {
		if nestings[0].Parent == e.Parent {
			return nil
		}
		position = nestings[0].Position
		if err := p.Remove(nestings[0].Key()); err != nil {
			return err
		}
	}
	if err := p.addParent(directory.AddParent(e)); err != nil {
		return err
	}
	return p.Put(directory.Nesting{Group: e.Group, Parent: e.Parent, Position: position})
}
