package plan

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
)

func (p *Planner) setGroupValue(e directory.SetGroupValue) (directory.Result, error) {
	if _, err := p.group(e.Group); err != nil {
		return directory.Result{}, err
	}
	a, err := p.attribute(e.Attribute)
	if err != nil {
		return directory.Result{}, err
	}
	row, exists := p.Catalog.GroupValue(e.Group, e.Attribute)
	if a.Hidden && e.Keep {
		if !exists || !row.InForce(p.At) {
			return directory.Result{}, errNothingToKeep()
		}
		recordAs(p, func(edit *directory.SetGroupValue) { edit.Value = row.Value })
		return directory.Result{ID: int64(row.ID)}, nil
	}
	value, err := p.parseValue("value", &a, e.Group.Object(), row.Value, e.Value)
	if err != nil {
		return directory.Result{}, err
	}
	if !exists {
		if row, err = p.newGroupValue(e.Group, e.Attribute); err != nil {
			return directory.Result{}, err
		}
	}
	row.Value = value
	row.Window = p.rewindow(row.Window, e.Window, e.Vendor)
	if a.Hidden {
		recordAs(p, func(edit *directory.SetGroupValue) { edit.Value = row.Value })
	}
	if err := p.Put(row); err != nil {
		return directory.Result{}, err
	}
	result := directory.Result{ID: int64(row.ID), Made: !exists}
	if e.Rank == nil {
		return result, nil
	}
	return result, p.moveGroupValue(e.Group, e.Attribute, *e.Rank)
}

// newGroupValue is a value at the end of its attribute's list, but before the value
// of All Users if that is last: otherwise a baseline that was set first would beat
// every later group.
func (p *Planner) newGroupValue(group directory.GroupID,
	attribute directory.AttributeID) (directory.GroupValue, error) {
	id, err := take(&p.Head.Next.Value, "value")
	if err != nil {
		return directory.GroupValue{}, err
	}
	rank := p.Catalog.GroupValueCount(attribute) + 1
	if last, ok := p.Catalog.LastGroupValue(attribute); ok && last.Group == directory.AllUsers {
		rank--
	}
	order, err := p.orderBetween(attribute, rank-1, rank)
	return directory.GroupValue{ID: id, Attribute: attribute, Group: group, Order: order}, err
}

// orderBetween finds an order key between the values of two neighbouring
// ranks, either of which may be missing. It deals out all keys afresh where
// there is no room.
//
// A value of a deleted group may have the same key: it is invisible, and a tie
// is decided by the group once it is back.
func (p *Planner) orderBetween(attribute directory.AttributeID, above, below int) (int64, error) {
	before, _ := p.Catalog.GroupValueAt(attribute, above)
	after, ok := p.Catalog.GroupValueAt(attribute, below)
	if !ok {
		return before.Order + directory.OrderGap, nil
	}
	if after.Order-before.Order > 1 {
		return before.Order + (after.Order-before.Order)/2, nil
	}
	if err := p.renumberValues(attribute); err != nil {
		return 0, err
	}
	return p.orderBetween(attribute, above, below)
}

// renumberValues deals out an attribute's order keys afresh, all of them
// behind those in use, so that no key is taken twice on the way. There is room
// for eight million million values.
func (p *Planner) renumberValues(attribute directory.AttributeID) error {
	all := p.Catalog.AllGroupValues(attribute)
	slices.SortFunc(all, func(a, b directory.GroupValue) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Group, b.Group))
	})
	order := lastOrder(all)
	for _, v := range all {
		order += directory.OrderGap
		v.Order = order
		if err := p.Put(v); err != nil {
			return err
		}
	}
	return nil
}

func lastOrder(all []directory.GroupValue) int64 {
	last := int64(0)
	for _, v := range all {
		last = max(last, v.Order)
	}
	return last
}

// moveGroupValue gives a value a rank among the others: 1 is strongest, and a rank
// beyond the last is the last.
func (p *Planner) moveGroupValue(group directory.GroupID, attribute directory.AttributeID, rank int) error {
	if rank < 1 {
		return directory.Invalid("rank", "must be at least 1")
	}
	now, ok := p.Catalog.RankOf(group, attribute)
	rank = min(rank, p.Catalog.GroupValueCount(attribute))
	if !ok || now == rank {
		return nil
	}
	above, below := rank-1, rank
	if rank > now {
		above, below = rank, rank+1 // the value itself leaves a place above
	}
	order, err := p.orderBetween(attribute, above, below)
	if err != nil {
		return err
	}
	row, _ := p.Catalog.GroupValue(group, attribute)
	row.Order = order
	return p.Put(row)
}

func (p *Planner) deleteGroupValue(e directory.DeleteGroupValue) error {
	if _, err := p.group(e.Group); err != nil {
		return err
	}
	a, err := p.attribute(e.Attribute)
	if err != nil {
		return err
	}
	v, ok := p.Catalog.GroupValue(e.Group, e.Attribute)
	if !ok {
		return directory.NotFound("value", e.Attribute)
	}
	left, err := withoutLanguage(&a, v.Value, e.Language)
	if err != nil {
		return err
	}
	if left.IsZero() {
		return p.Remove(v.Key())
	}
	v.Value = left
	return p.Put(v)
}

// withoutLanguage is a value without its text in a language. It is empty for a
// value that is not localized, or if no language is given.
func withoutLanguage(a *directory.Attribute, v directory.Value, l directory.Language) (directory.Value, error) {
	if l == "" || !a.Type.Localized() {
		return directory.Value{}, nil
	}
	if _, ok := v.In(l); !ok {
		return v, directory.NotFound("value", a.ID)
	}
	return v.Without(l), nil
}

func (p *Planner) setGroupValues(e directory.SetGroupValues) error {
	a, err := p.attribute(e.Attribute)
	if err != nil {
		return err
	}
	items, err := orderItems(e.Items)
	if err != nil {
		return err
	}
	old := slices.Collect(p.Catalog.GroupValues(e.Attribute))
	list := make([]directory.GroupValue, 0, len(items))
	for i, item := range items {
		row, err := p.listedValue(&a, item, e.Vendor)
		if err != nil {
			return err
		}
		items[i].Value = row.Value
		list = append(list, row)
	}
	list = p.keepUnshown(list, old, e.Vendor)
	if a.Hidden {
		recordAs(p, func(edit *directory.SetGroupValues) { edit.Items = items })
	}
	return p.putList(e.Attribute, list, old)
}

// orderItems sorts a list by rank if every item has one.
func orderItems(items []directory.GroupValueItem) ([]directory.GroupValueItem, error) {
	ranked := 0
	seen := map[directory.GroupID]bool{}
	for _, item := range items {
		if seen[item.Group] {
			return nil, directory.Invalid("group", "%d is listed twice", item.Group)
		}
		seen[item.Group] = true
		if item.Rank != nil {
			ranked++
		}
	}
	if ranked != 0 && ranked != len(items) {
		return nil, directory.Invalid("rank", "must be given for every item or for none")
	}
	items = slices.Clone(items)
	if ranked > 0 {
		slices.SortStableFunc(items, func(a, b directory.GroupValueItem) int { return cmp.Compare(*a.Rank, *b.Rank) })
	}
	return items, nil
}

// listedValue is an item's row: the existing one with the new value, or a new one
// that has no place yet.
func (p *Planner) listedValue(a *directory.Attribute, item directory.GroupValueItem,
	vendor bool) (directory.GroupValue, error) {
	if _, err := p.group(item.Group); err != nil {
		return directory.GroupValue{}, directory.Invalid("group", "names no group: %d", item.Group)
	}
	row, exists := p.Catalog.GroupValue(item.Group, a.ID)
	if a.Hidden && item.Keep {
		if !exists || !row.InForce(p.At) {
			return row, errNothingToKeep()
		}
		return row, nil
	}
	value, err := p.parseValue("value", a, item.Group.Object(), row.Value, item.Value)
	if err != nil {
		return row, err
	}
	if !exists {
		id, err := take(&p.Head.Next.Value, "value")
		if err != nil {
			return row, err
		}
		row = directory.GroupValue{ID: id, Attribute: a.ID, Group: item.Group}
	}
	row.Value = value
	row.Window = p.rewindow(row.Window, nil, vendor)
	return row, nil
}

// keepUnshown puts back the values that a dialect without windows and languages did
// not show, each behind the value that it followed. A value that is no longer listed
// keeps its texts in other languages.
func (p *Planner) keepUnshown(list, old []directory.GroupValue, vendor bool) []directory.GroupValue {
	if !vendor {
		return list
	}
	indexOf := func(g directory.GroupID) int {
		return slices.IndexFunc(list, func(v directory.GroupValue) bool { return v.Group == g })
	}
	for i, v := range old {
		if indexOf(v.Group) >= 0 {
			continue
		}
		if _, readable := v.Value.In(p.env.Language); readable && v.InForce(p.At) {
			if v.Value = v.Value.Without(p.env.Language); v.Value.IsZero() {
				continue
			}
		}
		place := 0
		for j := i - 1; j >= 0; j-- {
			if at := indexOf(old[j].Group); at >= 0 {
				place = at + 1
				break
			}
		}
		list = slices.Insert(list, place, v)
	}
	return list
}

// putList makes an attribute's values exactly the list, in its order.
func (p *Planner) putList(attribute directory.AttributeID, list, old []directory.GroupValue) error {
	for _, v := range old {
		if !slices.ContainsFunc(list, func(w directory.GroupValue) bool { return w.ID == v.ID }) {
			if err := p.Remove(v.Key()); err != nil {
				return err
			}
		}
	}
	if !ascending(list) {
		for i := range list {
			list[i].Order = 0
		}
	}
	last := lastOrder(p.Catalog.AllGroupValues(attribute))
	for _, v := range list {
		if v.Order == 0 {
			last += directory.OrderGap
			v.Order = last
		}
		if err := p.Put(v); err != nil {
			return err
		}
	}
	return nil
}

// ascending reports whether a list can keep the order keys that it has: those
// without one are at the end.
func ascending(list []directory.GroupValue) bool {
	last, fresh := int64(0), false
	for _, v := range list {
		switch {
		case v.Order == 0:
			fresh = true
		case fresh || v.Order <= last:
			return false
		}
		last = max(last, v.Order)
	}
	return true
}
