package view

import (
	"context"

	"cohort/internal/directory"
)

// PageOfValues is a part of WholeValues, from an index up to another, and how
// many there are in all.
func (a *View) PageOfValues(
	ctx context.Context, id directory.AttributeID, from, to int,
) (page []directory.RankedValue, total int, err error) {
	v, err := a.view(ctx)
	if err != nil {
		return nil, 0, err
	}
	if _, err := v.Attribute(id); err != nil {
		return nil, 0, err
	}
	sees, rank := v.Groups(), 0
	for value := range v.Catalog.GroupValues(id) {
		rank++
		if !sees(value.Group) {
			continue
		}
		if total >= from && total < to {
			page = append(page, directory.RankedValue{GroupValue: value, Rank: rank})
		}
		total++
	}
	return page, total, nil
}

// CountGroups is how many groups the caller sees, All Users included.
func (a *View) CountGroups(ctx context.Context) (n int64, err error) {
	v, err := a.view(ctx)
	if err != nil {
		return 0, err
	}
	sees := v.Groups()
	for g := range v.Catalog.Groups() {
		if sees(g.ID) {
			n++
		}
	}
	return n, nil
}
