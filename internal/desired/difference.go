package desired

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A Left is an object about which a state cannot say what differs, and why.
type Left struct{ Kind, Name, Why string }

// Difference is a state that says what makes a directory what another is, and
// nothing else. Both have the objects that the difference is about and those that
// could be taken for them; ids that before does not have are new.
func Difference(before, after *Live) (*State, []Left) {
	d := newDiffer(before, after)
	for i := range after.Attributes {
		d.attribute(&after.Attributes[i])
	}
	for i := range after.Roles {
		d.role(&after.Roles[i])
	}
	for i := range after.Groups {
		d.group(&after.Groups[i])
	}
	for i := range after.Users {
		d.user(&after.Users[i])
	}
	d.state.HasUsers = len(d.state.Users) > 0
	sortState(d.state)
	return d.state, d.left
}

// A differ collects what differs.
type differ struct {
	before, after *Live
	state         *State
	left          []Left
	any           bool // whether the object at hand differs

	attributes map[directory.AttributeID]string // keys
	roles      map[directory.RoleID]string
	groups     map[directory.GroupID]Entry            // those without a key can only be referred to
	taken      map[string]bool                        // keys of users
	found      map[string]int                         // users who are there, by what a plan finds them by
	ranks      [2]map[directory.AttributeID]*ordering // before and after
	places     map[directory.GroupID]bool             // that had a value before, of the attribute at hand
}

func newDiffer(before, after *Live) *differ {
	d := &differ{
		before: before, after: after, state: &State{}, attributes: map[directory.AttributeID]string{},
		roles: map[directory.RoleID]string{}, groups: map[directory.GroupID]Entry{}, taken: map[string]bool{},
		ranks: [2]map[directory.AttributeID]*ordering{orderings(before), orderings(after)},
	}
	for _, live := range []*Live{after, before} { // the old name is the key of what is renamed
		for i := range live.Attributes {
			d.attributes[live.Attributes[i].ID] = live.Attributes[i].Name
		}
		for i := range live.Roles {
			d.roles[live.Roles[i].ID] = live.Roles[i].Name
		}
	}
	d.nameGroups()
	return d
}

// find is an object of a list by its id, or nil if it is new.
func find[L any, ID comparable](list []L, id ID, of func(*L) ID) *L {
	for i := range list {
		if of(&list[i]) == id {
			return &list[i]
		}
	}
	return nil
}

// nameGroups gives groups keys: their names where these are unique, else source ids. A
// new one can only have a name that no other has.
func (d *differ) nameGroups() {
	count := map[string]int{}
	for i := range d.before.Groups {
		count[d.before.Groups[i].Name]++
	}
	for i := range d.before.Groups {
		g := &d.before.Groups[i]
		e := Entry{Key: g.Name}
		if count[g.Name] > 1 || g.Name == "" {
			e = bySource(g.Sources)
		}
		d.groups[g.ID] = e
	}
	for i := range d.after.Groups {
		g := &d.after.Groups[i]
		if _, old := d.groups[g.ID]; old {
			continue
		}
		e := Entry{Key: g.Name}
		if count[g.Name] > 0 {
			e.Key = ""
		}
		d.groups[g.ID] = e
		count[g.Name]++
	}
}

// bySource is an entry that is found by the first source id, if there is one.
func bySource(sources map[string]string) (e Entry) {
	own := ownSources(sources)
	for _, source := range slices.Sorted(maps.Keys(own)) {
		e.Key, e.Sources = "source:"+source+"/"+own[source], map[string]string{source: own[source]}
		break
	}
	return e
}

// groupRefs name groups where they are referred to.
func (d *differ) groupRefs(ids []directory.GroupID) []string {
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		if ref := d.groupRef(id); ref != "" {
			list = append(list, ref)
		}
	}
	return list
}

// groupRef names a group; a new one without a key is not in the state.
func (d *differ) groupRef(id directory.GroupID) string {
	switch key := d.groups[id].Key; {
	case key == "" && id < 0:
		return ""
	case key == "":
		return "id:" + directory.FormatID(id)
	case len(d.groups[id].Sources) == 0 && (strings.HasPrefix(key, "id:") || strings.HasPrefix(key, "source:")):
		return "name:" + key
	default:
		return key
	}
}

func (d *differ) leave(kind, name, why string) {
	d.left = append(d.left, Left{kind, name, why})
}

// differs sets a field that is not what it was.
func differs[S, T ~string | ~bool | ~int](d *differ, to **T, was, is S, as func(S) T) {
	if was != is {
		*to = new(as(is))
		d.any = true
	}
}

func asIs[T any](v T) T { return v }

func asText[T ~string](v T) string { return string(v) }

func (d *differ) attribute(a *LiveAttribute) {
	out := Attribute{Entry: Entry{Key: d.attributes[a.ID]}}
	was := find(d.before.Attributes, a.ID, func(l *LiveAttribute) directory.AttributeID { return l.ID })
	d.any = was == nil
	if was == nil {
		was = &LiveAttribute{}
		was.Name = a.Name
	}
	differs(d, &out.Name, was.Name, a.Name, asIs)
	differs(d, &out.Type, was.Type, a.Type, asText)
	differs(d, &out.Label, was.Label, a.Label, asIs)
	differs(d, &out.Rule, was.Rule, a.Rule, asText)
	differs(d, &out.UserValueMode, was.UserValueMode, a.UserValueMode, asText)
	differs(d, &out.Hidden, was.Hidden, a.Hidden, asIs)
	differs(d, &out.UserCanView, was.UserCanView, a.UserCanView, asIs)
	differs(d, &out.UserCanEdit, was.UserCanEdit, a.UserCanEdit, asIs)
	differs(d, &out.Description, was.Description, a.Description, asIs)
	differs(d, &out.Pattern, was.Pattern, a.Pattern, asIs)
	differs(d, &out.Least, was.Least, a.Least, asIs)
	differs(d, &out.Greatest, was.Greatest, a.Greatest, asIs)
	differs(d, &out.MaxLength, was.MaxLength, a.MaxLength, asIs)
	if !slices.Equal(was.Allowed, a.Allowed) {
		out.Allowed, d.any = &a.Allowed, true
	}
	switch {
	case was.HasSecret && !a.HasSecret, was.HasDefault() && !a.HasDefault():
		out.Default, d.any = &Value{Clear: true}, true
	case !was.Default.Equal(a.Default):
		out.Default, d.any = &Value{Value: a.Default}, true
	}
	d.order(a, &out)
	if d.any {
		d.state.Attributes = append(d.state.Attributes, out)
	}
}

// maxOrder is how many groups a state orders of which only some changed places.
const maxOrder = 1000

// order says which values changed places: those between the first and the last that
// did, and the one behind them, for others stay behind the one they followed.
func (d *differ) order(a *LiveAttribute, out *Attribute) {
	want := d.ranks[1][a.ID]
	if want == nil {
		return
	}
	plain := d.unordered(a.ID, want.now)
	first, last := 0, len(want.now)
	for first < last && plain.now[first] == want.now[first] {
		first++
	}
	for last > first && plain.now[last-1] == want.now[last-1] {
		last--
	}
	if first == last {
		return
	}
	for i, g := range want.now {
		if !d.places[g] { // a plan sets new values in the order that is given
			first, last = min(first, i), max(last, i+1)
		}
	}
	if last-first > maxOrder {
		d.leave("attribute", a.Name, "more than a thousand values change places, which is too long a list")
		return
	}
	out.Order = new(d.groupRefs(want.now[first:min(last+1, len(want.now))]))
	d.any = true
}

// unordered is where values stand if a plan sets those that are new, and no order.
func (d *differ) unordered(a directory.AttributeID, want []directory.GroupID) *ordering {
	o := &ordering{}
	wanted := make(map[directory.GroupID]bool, len(want))
	for _, g := range want {
		wanted[g] = true
	}
	d.places = map[directory.GroupID]bool{}
	if was := d.ranks[0][a]; was != nil {
		for _, g := range was.now {
			if wanted[g] {
				o.now = append(o.now, g)
				d.places[g] = true
			}
		}
	}
	for _, g := range d.byKey(want) {
		if !d.places[g] {
			o.add(g)
		}
	}
	return o
}

// byKey are groups in the order in which a state has them, which is that in which a
// plan sets their values.
func (d *differ) byKey(ids []directory.GroupID) []directory.GroupID {
	list := slices.Clone(ids)
	slices.SortStableFunc(list, func(a, b directory.GroupID) int {
		return cmp.Compare(d.groups[a].Key, d.groups[b].Key)
	})
	return list
}

func (d *differ) role(r *LiveRole) {
	was := find(d.before.Roles, r.ID, func(l *LiveRole) directory.RoleID { return l.ID })
	out := Role{Entry: Entry{Key: d.roles[r.ID]}}
	d.any = was == nil
	set := func(live *Live, id directory.PermissionSetID) *LiveSet {
		return find(live.PermissionSets, int64(id), func(s *LiveSet) int64 { return s.ID })
	}
	is := set(d.after, r.PermissionSet)
	old := set(d.before, r.PermissionSet)
	if is != nil && (was == nil || old == nil || !slices.Equal(old.Names, is.Names)) {
		if d.any = true; !is.BuiltIn {
			out.Permissions = new(slices.Clone(is.Names))
		}
		if is.Name != r.Name || was != nil {
			out.PermissionSet = &is.Name // several roles can have it
		}
	}
	models := find(d.after.ModelSets, int64(r.ModelSet), func(s *LiveSet) int64 { return s.ID })
	if was == nil && models != nil && r.ModelSet != directory.AllModels {
		out.ModelSet = &models.Name
	}
	if d.any {
		d.state.Roles = append(d.state.Roles, out)
	}
}

func (d *differ) roleKeys(ids []directory.RoleID) *[]string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = d.roles[id]
	}
	slices.Sort(keys)
	return &keys
}

func (d *differ) group(g *LiveGroup) {
	out := Group{Entry: d.groups[g.ID]}
	was := find(d.before.Groups, g.ID, func(l *LiveGroup) directory.GroupID { return l.ID })
	d.any = was == nil
	if was == nil {
		was = &LiveGroup{Name: g.Name}
	}
	if was.Name != g.Name || out.Key != g.Name {
		out.Name = &g.Name
		d.any = d.any || was.Name != g.Name
	}
	differs(d, &out.Language, was.Language, g.Language, asText)
	differs(d, &out.Description, was.Description, g.Description, asIs)
	if !slices.Equal(was.Parents, g.Parents) {
		out.Parents, d.any = new(d.groupRefs(g.Parents)), true
	}
	if !sameSet(was.Roles, g.Roles) {
		out.Roles, d.any = d.roleKeys(g.Roles), true
	}
	out.Values = d.values(was.Values, g.Values)
	switch {
	case !d.any:
	case out.Key == "" && g.ID < 0:
		d.leave("group", g.Name, "another group has this name, and the file would mean that one")
	case out.Key == "":
		d.leave("group", g.Name, "other groups have this name; give it a source id, so that a file can mean it")
	default:
		d.state.Groups = append(d.state.Groups, out)
	}
}

// values are those that are new or not what they were, and null for those that are
// gone.
func (d *differ) values(was, is []LiveValue) []Assigned {
	var list []Assigned
	for i := range is {
		v := &is[i]
		old := liveValue(was, v.Attribute)
		if old != nil && (v.Hidden || old.Value.Equal(v.Value)) && old.Window == v.Window {
			continue
		}
		one := Assigned{Attribute: d.attributes[v.Attribute], Value: Value{Value: v.Value}}
		one.Bounds = boundsOf(v.Window, old != nil && old.Window != v.Window)
		list = append(list, one)
	}
	for i := range was {
		if liveValue(is, was[i].Attribute) == nil {
			list = append(list, Assigned{Attribute: d.attributes[was[i].Attribute], Value: Value{Clear: true}})
		}
	}
	slices.SortFunc(list, func(a, b Assigned) int { return strings.Compare(a.Attribute, b.Attribute) })
	d.any = d.any || len(list) > 0
	return list
}

// boundsOf are the bounds of a window, and null for those that it no longer has.
func boundsOf(w directory.Window, moved bool) (b Bounds) {
	if w.StartsAt != 0 || moved {
		b.From = new(w.StartsAt)
	}
	if w.ExpiresAt != 0 || moved {
		b.Until = new(w.ExpiresAt)
	}
	return b
}
