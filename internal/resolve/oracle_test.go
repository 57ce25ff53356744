package resolve

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
)

// An oracle answers from raw rows, by the letter of the rules and without any
// index: every answer of a catalog is compared with it.
type oracle map[directory.RowKey]directory.Row

func (o oracle) apply(writes []directory.RowWrite) {
	for _, w := range writes {
		if w.After == nil {
			delete(o, w.Key())
		} else {
			o[w.Key()] = w.After
		}
	}
}

// of returns the rows of a type, in any order.
func of[R directory.Row](o oracle) []R {
	var list []R
	for _, row := range o {
		if r, ok := row.(R); ok {
			list = append(list, r)
		}
	}
	return list
}

func (o oracle) group(id directory.GroupID) bool {
	g, ok := o[directory.Group{ID: id}.Key()].(directory.Group)
	return ok && g.DeletedRev == 0
}

func (o oracle) attribute(id directory.AttributeID) (directory.Attribute, bool) {
	a, ok := o[directory.Attribute{ID: id}.Key()].(directory.Attribute)
	return a, ok && a.DeletedRev == 0
}

// distances gives every group that is reached from some and how far it is, All
// Users not included.
func (o oracle) distances(from []directory.GroupID, start int) map[directory.GroupID]int {
	dist := map[directory.GroupID]int{}
	for _, id := range from {
		if o.group(id) && id != directory.AllUsers {
			dist[id] = start
		}
	}
	nestings := of[directory.Nesting](o)
	for changed := true; changed; {
		changed = false
		for _, n := range nestings {
			d, ok := dist[n.Group]
			if !ok || !o.group(n.Parent) {
				continue
			}
			if old, ok := dist[n.Parent]; !ok || d+1 < old {
				dist[n.Parent] = d + 1
				changed = true
			}
		}
	}
	return dist
}

func (o oracle) direct(u *directory.UserRows, at directory.Instant) []directory.GroupID {
	list := []directory.GroupID{}
	for _, m := range u.Memberships {
		if m.Group != directory.AllUsers && m.InForce(at) && o.group(m.Group) {
			list = append(list, m.Group)
		}
	}
	return list
}

// A rival is a value that may be the answer. Group 0 is the user.
type rival struct {
	group    directory.GroupID
	distance int
	order    int64
	value    directory.Value
	text     string
}

// effective gives a user's effective value.
func (o oracle) effective(u *directory.UserRows, id directory.AttributeID, lang directory.Language,
	at directory.Instant) directory.Effective {
	if id.Computed() {
		if _, ok := o.attribute(id); ok {
			return computed(u, id)
		}
		return directory.Effective{Attribute: id}
	}
	var own *rival
	for _, v := range u.Values {
		if text, ok := v.Value.In(lang); ok && v.Attribute == id && v.InForce(at) {
			own = &rival{value: v.Value, text: text}
		}
	}
	return o.answer(id, lang, own, o.rivals(o.distances(o.direct(u, at), 1), id, lang, at))
}

// groupEffective gives a group's own effective value.
func (o oracle) groupEffective(group directory.GroupID, id directory.AttributeID, lang directory.Language,
	at directory.Instant) directory.Effective {
	if id.Computed() {
		return directory.Effective{Attribute: id}
	}
	return o.answer(id, lang, nil, o.rivals(o.distances([]directory.GroupID{group}, 0), id, lang, at))
}

func (o oracle) rivals(dist map[directory.GroupID]int, id directory.AttributeID, lang directory.Language,
	at directory.Instant) []rival {
	if o.group(directory.AllUsers) {
		dist[directory.AllUsers] = 1 << 20
	}
	var list []rival
	for _, v := range of[directory.GroupValue](o) {
		d, reached := dist[v.Group]
		text, ok := v.Value.In(lang)
		if v.Attribute == id && reached && ok && v.InForce(at) {
			list = append(list, rival{v.Group, d, v.Order, v.Value, text})
		}
	}
	slices.SortFunc(list, func(a, b rival) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.group, b.group))
	})
	return list
}

// answer decides among rivals in the order of rank.
func (o oracle) answer(id directory.AttributeID, lang directory.Language, own *rival,
	rivals []rival) directory.Effective {
	a, ok := o.attribute(id)
	if !ok {
		return directory.Effective{Attribute: id}
	}
	switch {
	case own == nil:
	case a.UserValueMode == directory.ModeWins, a.UserValueMode == directory.ModeYields && len(rivals) == 0:
		return directory.Effective{Attribute: id, Origin: directory.OriginUser, Value: own.value}
	case a.UserValueMode == directory.ModeJoins:
		rivals = slices.Insert(rivals, 0, *own)
	}
	if len(rivals) == 0 {
		if _, ok := a.Default.In(lang); ok && a.HasDefault() {
			return directory.Effective{Attribute: id, Origin: directory.OriginDefault, Value: a.Default}
		}
		return directory.Effective{Attribute: id}
	}
	if a.Rule == directory.RuleUnion {
		return o.union(a, lang, rivals)
	}
	best := rivals[0]
	for _, r := range rivals[1:] {
		if o.beats(a, r, best) {
			best = r
		}
	}
	if best.group == 0 {
		return directory.Effective{Attribute: id, Origin: directory.OriginUser, Value: best.value}
	}
	return directory.Effective{
		Attribute: id, Origin: directory.OriginGroup, Value: best.value, Groups: []directory.GroupID{best.group},
	}
}

// beats reports whether r, whose rank is weaker, still decides over best.
func (o oracle) beats(a directory.Attribute, r, best rival) bool {
	switch a.Rule {
	case directory.RuleNearest:
		return r.distance < best.distance
	case directory.RuleMin:
		return directory.CompareValues(a.Type, r.text, best.text) < 0
	case directory.RuleMax:
		return directory.CompareValues(a.Type, r.text, best.text) > 0
	case directory.RuleAny:
		return directory.YesNo(r.text) && !directory.YesNo(best.text)
	case directory.RuleAll:
		return !directory.YesNo(r.text) && directory.YesNo(best.text)
	default:
		return false
	}
}

func (o oracle) union(a directory.Attribute, lang directory.Language, rivals []rival) directory.Effective {
	var groups []directory.GroupID
	var value directory.Value
	origin := directory.OriginNone
	var elements []string
	for _, r := range rivals {
		before := len(elements)
		for _, element := range directory.SplitList(r.text) {
			if !slices.Contains(elements, element) {
				elements = append(elements, element)
			}
		}
		if len(elements) == before {
			continue
		}
		if r.group != 0 {
			groups = append(groups, r.group)
		}
		if origin == directory.OriginNone {
			origin = directory.OriginGroup
			if r.group == 0 {
				origin = directory.OriginUser
			}
		}
	}
	text := directory.JoinList(elements)
	if a.Type.Localized() {
		value = value.With(lang, text)
	} else {
		value.Text = text
	}
	return directory.Effective{Attribute: a.ID, Origin: origin, Value: value, Groups: groups}
}

// roles gives the roles that a user holds.
func (o oracle) roles(u *directory.UserRows, at directory.Instant) []directory.RoleID {
	list := slices.Clone(u.Roles)
	dist := o.distances(o.direct(u, at), 1)
	for _, gr := range of[directory.GroupRole](o) {
		if _, ok := dist[gr.Group]; ok {
			list = append(list, gr.Role)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(id directory.RoleID) bool {
		_, ok := o[directory.Role{ID: id}.Key()]
		return !ok
	})
}
