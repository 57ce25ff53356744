package desired

import (
	"slices"
	"strconv"

	"cohort/internal/directory"
)

// An ordering tracks the group values of one attribute while a plan changes them.
type ordering struct {
	attribute directory.AttributeID
	now       []directory.GroupID                   // by rank
	texts     map[directory.GroupID]directory.Value // set by the plan
}

// add appends a new value as the directory does: last, but before that of All Users if it is
// last.
func (o *ordering) add(id directory.GroupID) {
	n := len(o.now)
	if n > 0 && o.now[n-1] == directory.AllUsers {
		n--
	}
	o.now = slices.Insert(o.now, n, id)
}

// put moves a value to a rank.
func (o *ordering) put(id directory.GroupID, rank int) {
	o.drop(id)
	o.now = slices.Insert(o.now, rank-1, id)
}

// rank returns the rank of a value for people, or "" for a new one.
func (o *ordering) rank(id directory.GroupID) string {
	if n := slices.Index(o.now, id); n >= 0 {
		return strconv.Itoa(n + 1)
	}
	return ""
}

func (o *ordering) drop(id directory.GroupID) {
	o.now = slices.DeleteFunc(o.now, func(g directory.GroupID) bool { return g == id })
}

// planOrder orders the values of the groups that an attribute's order names. Others keep their
// places, each behind the row that it followed.
func (p *planner) planOrder(a *Attribute, o *ordering) {
	t := p.attributes.byKey[a.Key]
	if t.live != nil && p.opt.CreateOnly {
		return
	}
	if t.live != nil && p.state.Set != "" && !p.opt.ByName && !p.opt.TakeOver {
		if other := markedBy(t.live.Sources, orderPrefix); other != "" && other != p.state.Set {
			p.problem("attribute", &a.Entry, "has its order from the set %s; take it over with --take-over, or leave order out",
				other)
			return
		}
	}
	var named []directory.GroupID
	for _, key := range *a.Order {
		g := refer(p, &p.groups, &a.Entry, "attribute", key)
		if g == nil {
			return
		}
		if !slices.Contains(o.now, g.id) {
			p.problem("attribute", &a.Entry, "orders the group %q, which has no value of it", key)
			return
		}
		named = append(named, g.id)
	}
	p.begin("attribute", a.Key, a.Place)
	var have map[string]string
	if t.live != nil {
		have = t.live.Sources
	}
	if t.live == nil || p.attributes.manage(t.live) {
		p.mark(t.id.Object(), have, orderPrefix, a.Key)
	}
	p.moveValues(a, o, reordered(o.now, named))
}

// reordered returns a list in which the named elements have the given order, and each other
// one stays behind the one that it followed.
func reordered(now, named []directory.GroupID) []directory.GroupID {
	isNamed := make(map[directory.GroupID]bool, len(named))
	for _, id := range named {
		isNamed[id] = true
	}
	var head []directory.GroupID
	followers := map[directory.GroupID][]directory.GroupID{}
	last := directory.GroupID(0)
	for _, id := range now {
		switch {
		case isNamed[id]:
			last = id
		case last == 0:
			head = append(head, id)
		default:
			followers[last] = append(followers[last], id)
		}
	}
	out := head
	for _, id := range named {
		out = append(append(out, id), followers[id]...)
	}
	return out
}

// moveValues moves as few values as possible.
func (p *planner) moveValues(a *Attribute, o *ordering, want []directory.GroupID) {
	if slices.Equal(o.now, want) {
		return
	}
	before := slices.Clone(o.now)
	place := make(map[directory.GroupID]int, len(want))
	for i, id := range want {
		place[id] = i
	}
	stays := increasing(o.now, place)
	for i, id := range want {
		if stays[id] {
			continue
		}
		value, ok := p.textOf(a, o, id)
		if !ok {
			return
		}
		o.drop(id)
		rank := 1
		if i > 0 {
			rank = slices.Index(o.now, want[i-1]) + 2
		}
		o.now = slices.Insert(o.now, rank-1, id)
		p.plan.secrets[p.edit(directory.SetGroupValue{Group: id, Attribute: o.attribute, Value: value,
			Rank: &rank})] = p.types[o.attribute].Hidden
	}
	p.item(Change, shownID(o.attribute), "order", listed(p.orderNames(before)), listed(p.orderNames(want)))
}

// textOf returns the value of a group at the time of ordering.
func (p *planner) textOf(a *Attribute, o *ordering, id directory.GroupID) (directory.Value, bool) {
	if v, ok := o.texts[id]; ok {
		return v, true
	}
	if t := p.groups.byID[id]; t != nil {
		if v := liveValue(t.live.Values, o.attribute); v != nil && !v.Hidden {
			return v.Value, true
		}
	}
	p.problem("attribute", &a.Entry,
		"is hidden: values that are there are moved only together with their texts, with --secrets")
	return directory.Value{}, false
}

func (p *planner) orderNames(ids []directory.GroupID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		if id > 0 {
			list[i] = p.groupName(id)
			continue
		}
		for key, t := range p.groups.byKey {
			if t.id == id {
				list[i] = key
			}
		}
	}
	return list
}

// increasing returns a longest subsequence with increasing places: what need not be moved.
func increasing(now []directory.GroupID, place map[directory.GroupID]int) map[directory.GroupID]bool {
	var ends []int // ends[k] is the index in now of the smallest end of a run of k+1
	before := make([]int, len(now))
	for i, id := range now {
		k, _ := slices.BinarySearchFunc(ends, place[id], func(end, at int) int { return place[now[end]] - at })
		before[i] = -1
		if k > 0 {
			before[i] = ends[k-1]
		}
		if k == len(ends) {
			ends = append(ends, i)
		} else {
			ends[k] = i
		}
	}
	stays := map[directory.GroupID]bool{}
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			stays[now[i]] = true
		}
	}
	return stays
}
