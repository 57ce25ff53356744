package desired

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/directory"
)

// A groupValue is a value that the state wants on a group.
type groupValue struct {
	group     *Group
	target    *target[LiveGroup, directory.GroupID]
	assigned  *Assigned
	attribute directory.AttributeID
	place     int // in the attribute's order; values that it does not name are last
}

// planGroupValues sets and removes the values of groups, attribute by attribute, so that new
// values come in the attribute's order, and then moves the values that stand elsewhere.
func (p *planner) planGroupValues() {
	byAttribute := map[directory.AttributeID][]groupValue{}
	var attributes []directory.AttributeID
	orders := map[directory.AttributeID]*Attribute{}
	note := func(id directory.AttributeID) {
		if _, ok := byAttribute[id]; !ok {
			byAttribute[id], attributes = nil, append(attributes, id)
		}
	}
	for i := range p.state.Attributes {
		a := &p.state.Attributes[i]
		if t := p.attributes.byKey[a.Key]; !t.skip && a.Order != nil && t.id != 0 {
			note(t.id)
			orders[t.id] = a
		}
	}
	for i := range p.state.Groups {
		g := &p.state.Groups[i]
		t := p.groups.byKey[g.Key]
		if t.skip || t.live != nil && p.opt.CreateOnly {
			continue
		}
		wanted := g.Values
		if t.live != nil {
			wanted = p.unnamed(wanted, t.live.Values)
		}
		for k := range wanted {
			id, ok := p.attribute("group", &g.Entry, &wanted[k])
			if !ok {
				continue
			}
			note(id)
			place := 1 << 30
			if rank := wanted[k].Rank; rank != nil {
				place = *rank - 1 // strongest first, so each finds the places before it taken
			}
			if a := orders[id]; a != nil {
				if n := slices.Index(*a.Order, g.Key); n >= 0 {
					place = n
				}
			}
			byAttribute[id] = append(byAttribute[id], groupValue{g, t, &wanted[k], id, place})
		}
	}
	ranks := p.liveRanks(byAttribute)
	for _, id := range attributes {
		values := byAttribute[id]
		slices.SortStableFunc(values, func(a, b groupValue) int { return cmp.Compare(a.place, b.place) })
		o := &ordering{attribute: id, now: ranks[id], texts: map[directory.GroupID]directory.Value{}}
		for i := range values {
			p.planGroupValue(&values[i], o)
		}
		if a := orders[id]; a != nil {
			p.planOrder(a, o)
		}
	}
}

// liveRanks returns the groups with values of the attributes, by rank.
func (p *planner) liveRanks(
	wanted map[directory.AttributeID][]groupValue) map[directory.AttributeID][]directory.GroupID {
	type ranked struct {
		group directory.GroupID
		rank  int
	}
	lists := map[directory.AttributeID][]ranked{}
	for i := range p.live.Groups {
		g := &p.live.Groups[i]
		for k := range g.Values {
			v := &g.Values[k]
			if _, ok := wanted[v.Attribute]; ok {
				lists[v.Attribute] = append(lists[v.Attribute], ranked{g.ID, v.Rank})
			}
		}
	}
	out := map[directory.AttributeID][]directory.GroupID{}
	for id, list := range lists {
		slices.SortFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
		for _, r := range list {
			out[id] = append(out[id], r.group)
		}
	}
	return out
}

// attribute finds the attribute of a value.
func (p *planner) attribute(kind string, e *Entry, v *Assigned) (directory.AttributeID, bool) {
	key := v.Attribute
	t := p.attributes.byKey[key]
	if t == nil {
		for i := range p.state.Attributes {
			if strings.EqualFold(p.state.Attributes[i].Key, key) {
				t = p.attributes.byKey[p.state.Attributes[i].Key]
			}
		}
	}
	if t == nil {
		t = refer(p, &p.attributes, e, kind, strings.ToLower(key))
	}
	switch {
	case t == nil || t.skip || t.id == 0:
		return 0, false
	case t.id.Computed():
		p.problem(kind, e, "%s is computed; set the field of the user", key)
		return 0, false
	}
	return t.id, true
}

func liveValue(values []LiveValue, id directory.AttributeID) *LiveValue {
	for i := range values {
		if values[i].Attribute == id {
			return &values[i]
		}
	}
	return nil
}

// A wantedValue is what will be written of a value.
type wantedValue struct {
	write  bool
	remove bool
	value  directory.Value
	window *directory.Window
	secret bool
	before string
	after  string
}

// compare decides what happens to one value.
func (p *planner) compare(kind string, e *Entry, want *Assigned, id directory.AttributeID,
	have *LiveValue) (w wantedValue, ok bool) {
	t := p.types[id]
	if have != nil {
		w.before = withWindow(p.show(have.Value, t.Hidden), have.Window)
	}
	var window directory.Window
	if have != nil {
		window = have.Window
	}
	target := want.over(window)
	if _, err := directory.ParseWindow(target.StartsAt, target.ExpiresAt); err != nil {
		p.problem(kind, e, "%s: %s", want.Attribute, err)
		return w, false
	}
	if want.Managed() && target != window {
		w.window = &target
	}
	switch {
	case want.Clear:
		w.remove = have != nil
		return w, true
	case want.Keep:
		return w, true
	case t.Hidden && have != nil && !p.opt.Secrets:
		if w.window != nil {
			p.problem(kind, e, "%s is hidden: its window can be changed only together with its text, with --secrets",
				want.Attribute)
			return w, false
		}
		return w, true
	}
	if w.value, ok = p.read(kind, e, want.Attribute, &want.Value, t.Type); !ok {
		return w, false
	}
	w.secret = t.Hidden
	same := have != nil && !t.Hidden && p.same(w.value, have.Value)
	if !same && !p.fits(kind, e, want.Attribute, w.value, t) {
		return w, false
	}
	w.write = !same || w.window != nil
	w.after = withWindow(p.show(w.value, t.Hidden), target)
	return w, true
}

// withWindow adds the bounds of a window to a rendered value.
func withWindow(text string, w directory.Window) string {
	if w.StartsAt != 0 {
		text += " from " + shownTime(w.StartsAt)
	}
	if w.ExpiresAt != 0 {
		text += " until " + shownTime(w.ExpiresAt)
	}
	return text
}

func (p *planner) planGroupValue(v *groupValue, o *ordering) {
	var have *LiveValue
	if v.target.live != nil {
		have = liveValue(v.target.live.Values, v.attribute)
	}
	w, ok := p.compare("group", &v.group.Entry, v.assigned, v.attribute, have)
	if !ok {
		return
	}
	rank, ok := p.rankOf(v, o, have, &w)
	if !ok {
		return
	}
	p.begin("group", v.group.Key, v.assigned.Place)
	field := "values." + v.assigned.Attribute
	switch {
	case w.remove:
		p.edit(directory.DeleteGroupValue{Group: v.target.id, Attribute: v.attribute})
		p.item(Change, shownID(v.target.id), field, w.before, "")
		o.drop(v.target.id)
	case w.write || rank != nil:
		i := p.edit(directory.SetGroupValue{Group: v.target.id, Attribute: v.attribute, Value: w.value, Window: w.window,
			Rank: rank})
		p.plan.secrets[i] = w.secret
		if w.write {
			p.item(Change, shownID(v.target.id), field, w.before, w.after)
		}
		if rank != nil {
			p.item(Change, shownID(v.target.id), field+".rank", o.rank(v.target.id), strconv.Itoa(*rank))
			o.put(v.target.id, *rank)
		} else if have == nil {
			o.add(v.target.id)
		}
		o.texts[v.target.id] = w.value
	}
}

// rankOf returns the rank to move a value to, or nil if it stays. ok is false if it cannot
// have that rank.
func (p *planner) rankOf(v *groupValue, o *ordering, have *LiveValue, w *wantedValue) (rank *int, ok bool) {
	want := v.assigned.Rank
	if want == nil || w.remove || have == nil && !w.write {
		return nil, true
	}
	taken := fmt.Sprintf("rank %d of %d", *want, int64(v.attribute))
	last := len(o.now)
	if have == nil {
		last++
	}
	switch {
	case p.claimed[taken]:
		p.problem("group", &v.group.Entry, "%s: has the rank %d, as another row has", v.assigned.Attribute, *want)
	case *want < 1 || *want > last:
		p.problem("group", &v.group.Entry, "%s: has the rank %d, but ranks go from 1 to %d here", v.assigned.Attribute, *want,
			last)
	case have != nil && !w.write && o.now[*want-1] == v.target.id:
		p.claimed[taken] = true
		return nil, true
	case have != nil && !w.write && have.Hidden:
		p.problem("group", &v.group.Entry, "%s is hidden: values that are there are moved only together with their texts, "+
			"with --secrets", v.assigned.Attribute)
	default:
		p.claimed[taken] = true
		if !w.write {
			w.value = have.Value
		}
		return want, true
	}
	return nil, false
}
