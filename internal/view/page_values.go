package view

import (
	"context"
	"slices"

	"cohort/internal/directory"
)

// PageOfValues returns the part [from, to) of WholeValues, and how many there are
// in all.
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
	if !v.seesGroups() {
		page = v.valuesOfOwnGroups(id)
		total = len(page)
		return page[min(from, total):min(to, total)], total, nil
	}
	rank := from
	for value := range v.Catalog.GroupValuesAfter(id, from) {
		if rank++; rank > to {
			break
		}
		page = append(page, directory.RankedValue{GroupValue: value, Rank: rank})
	}
	return page, v.Catalog.GroupValueCount(id), nil
}

// valuesOfOwnGroups are an attribute's values of the groups that the caller is in,
// by rank.
func (v *Scope) valuesOfOwnGroups(id directory.AttributeID) (list []directory.RankedValue) {
	for _, g := range v.ownGroups() {
		rank, ok := v.Catalog.RankOf(g, id)
		if !ok {
			continue
		}
		for value := range v.Catalog.GroupValuesOf(g) {
			if value.Attribute == id {
				list = append(list, directory.RankedValue{GroupValue: value, Rank: rank})
			}
		}
	}
	slices.SortFunc(list, func(a, b directory.RankedValue) int { return a.Rank - b.Rank })
	return list
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
