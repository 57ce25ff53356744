package desired

import (
	"cmp"
	"slices"

	"cohort/internal/directory"
)

// An Outcome is what edits make of a directory, as far as a state can say it.
type Outcome struct {
	Live    *Live
	Unsaid  []int             // indexes of edits that a state cannot say, or not wholly
	Misfits directory.Misfits // what the edits do with values that do not fit
}

// Edited is a directory as edits leave it. Live needs only what the edits are about.
func Edited(live *Live, edits []directory.Edit) Outcome {
	e := newEditor(live)
	for i, edit := range edits {
		said := false
		for _, try := range []func(int, directory.Edit) bool{e.user, e.group, e.value, e.attribute, e.role} {
			said = try(i, edit) || said
		}
		if !said {
			e.out.Unsaid = append(e.out.Unsaid, i)
		}
	}
	return e.outcome()
}

// An editor applies edits to a copy of a directory.
type editor struct {
	out        Outcome
	attributes editing[LiveAttribute, directory.AttributeID]
	groups     editing[LiveGroup, directory.GroupID]
	roles      editing[LiveRole, directory.RoleID]
	users      editing[LiveUser, directory.UserID]
	sets       editing[LiveSet, directory.PermissionSetID]
	orders     map[directory.AttributeID]*ordering
	models     []LiveSet
}

// An editing is the objects of a kind while edits change them.
type editing[L any, ID directory.ID] struct {
	list []*L
	byID map[ID]*L
}

func edit[L any, ID directory.ID](live []L, id func(*L) ID) editing[L, ID] {
	e := editing[L, ID]{byID: map[ID]*L{}}
	for i := range live {
		one := live[i]
		e.add(id(&one), &one)
	}
	return e
}

func (e *editing[L, ID]) add(id ID, one *L) {
	e.list = append(e.list, one)
	e.byID[id] = one
}

func (e *editing[L, ID]) result() []L {
	list := make([]L, len(e.list))
	for i, one := range e.list {
		list[i] = *one
	}
	return list
}

func newEditor(live *Live) *editor {
	e := &editor{
		attributes: edit(live.Attributes, func(a *LiveAttribute) directory.AttributeID { return a.ID }),
		groups:     edit(live.Groups, func(g *LiveGroup) directory.GroupID { return g.ID }),
		roles:      edit(live.Roles, func(r *LiveRole) directory.RoleID { return r.ID }),
		users:      edit(live.Users, func(u *LiveUser) directory.UserID { return u.ID }),
		sets: edit(live.PermissionSets,
			func(s *LiveSet) directory.PermissionSetID { return directory.PermissionSetID(s.ID) }),
		orders: orderings(live), models: live.ModelSets,
	}
	for _, g := range e.groups.list { // they are changed in place
		g.Parents, g.Values = slices.Clone(g.Parents), slices.Clone(g.Values)
	}
	for _, u := range e.users.list {
		u.Memberships, u.Values = slices.Clone(u.Memberships), slices.Clone(u.Values)
	}
	return e
}

func (e *editor) outcome() Outcome {
	for a, o := range e.orders {
		for i, id := range o.now {
			liveValue(e.groups.byID[id].Values, a).Rank = i + 1
		}
	}
	e.out.Live = &Live{
		Attributes: e.attributes.result(), Groups: e.groups.result(), Roles: e.roles.result(), Users: e.users.result(),
		PermissionSets: e.sets.result(), ModelSets: e.models,
	}
	return e.out
}

// put sets a field that an edit gives.
func put[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (e *editor) user(i int, edit directory.Edit) (said bool) {
	switch c := edit.(type) {
	case directory.CreateUser:
		id := directory.Made[directory.UserID](i)
		e.users.add(id, &LiveUser{
			ID: id, Kind: cmp.Or(c.Kind, directory.KindPerson), FirstName: c.FirstName, LastName: c.LastName,
			ContactEmail: c.ContactEmail,
			Timezone:     c.Timezone, Language: c.Language, Disabled: c.Disabled,
		})
		return true
	case directory.UpdateUser:
		if u := e.users.byID[c.User]; u != nil {
			put(&u.FirstName, c.FirstName)
			put(&u.LastName, c.LastName)
			put(&u.ContactEmail, c.ContactEmail)
			put(&u.Timezone, c.Timezone)
			put(&u.Language, c.Language)
			put(&u.Disabled, c.Disabled)
			return true
		}
	case directory.SetUserRoles:
		if u := e.users.byID[c.User]; u != nil {
			u.Roles = c.Roles
			return true
		}
	case directory.AddMember:
		if u := e.users.byID[c.User]; u != nil {
			u.join(c.Group, c.Window)
			return true
		}
	case directory.RemoveMember:
		if u := e.users.byID[c.User]; u != nil {
			u.Memberships = slices.DeleteFunc(u.Memberships, func(m LiveMember) bool { return m.Group == c.Group })
			return true
		}
	}
	return false
}

func (u *LiveUser) join(group directory.GroupID, w *directory.Window) {
	if group == directory.AllUsers {
		return // everybody is in it
	}
	i := slices.IndexFunc(u.Memberships, func(m LiveMember) bool { return m.Group == group })
	if i < 0 {
		i = len(u.Memberships)
		u.Memberships = append(u.Memberships, LiveMember{Group: group})
	}
	put(&u.Memberships[i].Window, w)
}

func (e *editor) group(i int, edit directory.Edit) (said bool) {
	switch c := edit.(type) {
	case directory.CreateGroup:
		id := directory.Made[directory.GroupID](i)
		e.groups.add(id, &LiveGroup{ID: id, Name: c.Name, Language: c.Language, Description: c.Description})
		return true
	case directory.UpdateGroup:
		if g := e.groups.byID[c.Group]; g != nil {
			put(&g.Name, c.Name)
			put(&g.Language, c.Language)
			put(&g.Description, c.Description)
			return true
		}
	case directory.SetGroupRoles:
		if g := e.groups.byID[c.Group]; g != nil {
			g.Roles = c.Roles
			return true
		}
	case directory.AddParent:
		if g := e.groups.byID[c.Group]; g != nil {
			if c.Parent != directory.AllUsers && !slices.Contains(g.Parents, c.Parent) {
				g.Parents = append(g.Parents, c.Parent)
			}
			return true
		}
	case directory.RemoveParent:
		if g := e.groups.byID[c.Group]; g != nil {
			g.Parents = slices.DeleteFunc(g.Parents, func(id directory.GroupID) bool { return id == c.Parent })
			return true
		}
	}
	return false
}

// value applies edits of values; a hidden text is in no file.
func (e *editor) value(_ int, edit directory.Edit) (said bool) {
	switch c := edit.(type) {
	case directory.SetGroupValue:
		if g, a := e.groups.byID[c.Group], e.attributes.byID[c.Attribute]; g != nil && a != nil && !a.Hidden {
			fresh := assign(&g.Values, c.Attribute, c.Value, c.Window)
			e.orderOf(c.Attribute).place(c.Group, fresh, c.Rank)
			return true
		}
	case directory.DeleteGroupValue:
		if g := e.groups.byID[c.Group]; g != nil {
			g.Values = withoutValue(g.Values, c.Attribute)
			e.orderOf(c.Attribute).drop(c.Group)
			return true
		}
	case directory.SetUserValue:
		if u, a := e.users.byID[c.User], e.attributes.byID[c.Attribute]; u != nil && a != nil && !a.Hidden {
			assign(&u.Values, c.Attribute, c.Value, c.Window)
			return true
		}
	case directory.DeleteUserValue:
		if u := e.users.byID[c.User]; u != nil {
			u.Values = withoutValue(u.Values, c.Attribute)
			return true
		}
	}
	return false
}

func (e *editor) orderOf(a directory.AttributeID) *ordering {
	if e.orders[a] == nil {
		e.orders[a] = &ordering{attribute: a}
	}
	return e.orders[a]
}

// assign sets a value of an owner, and reports whether it is a new one.
func assign(values *[]LiveValue, a directory.AttributeID, v directory.Value, w *directory.Window) (fresh bool) {
	at := liveValue(*values, a)
	if fresh = at == nil; fresh {
		*values = append(*values, LiveValue{Attribute: a})
		at = &(*values)[len(*values)-1]
	}
	at.Value = v
	put(&at.Window, w)
	return fresh
}

func withoutValue(values []LiveValue, a directory.AttributeID) []LiveValue {
	return slices.DeleteFunc(values, func(v LiveValue) bool { return v.Attribute == a })
}

// place puts a value where an edit without or with a rank puts it.
func (o *ordering) place(group directory.GroupID, fresh bool, rank *int) {
	switch {
	case rank != nil:
		o.drop(group)
		o.now = slices.Insert(o.now, min(max(*rank-1, 0), len(o.now)), group)
	case fresh:
		o.add(group)
	}
}

func (e *editor) attribute(i int, edit directory.Edit) (said bool) {
	switch c := edit.(type) {
	case directory.CreateAttribute:
		a := LiveAttribute{Attribute: directory.Attribute{
			ID: directory.Made[directory.AttributeID](i), Name: c.Name, Label: c.Label, Type: c.Type, Rule: c.Rule,
			UserValueMode: c.UserValueMode, Hidden: c.Hidden, UserCanView: c.UserCanView || c.UserCanEdit,
			UserCanEdit: c.UserCanEdit,
			Description: c.Description, Constraints: c.Constraints,
		}}
		if !c.Hidden {
			put(&a.Default, c.Default)
		}
		e.attributes.add(a.ID, &a)
		return !c.Hidden || c.Default == nil
	case directory.UpdateAttribute:
		a := e.attributes.byID[c.Attribute]
		if a == nil {
			return false
		}
		put(&a.Name, c.Name)
		put(&a.Label, c.Label)
		put(&a.Type, c.Type)
		put(&a.Rule, c.Rule)
		put(&a.UserValueMode, c.UserValueMode)
		put(&a.Hidden, c.Hidden)
		put(&a.UserCanView, c.UserCanView)
		put(&a.UserCanEdit, c.UserCanEdit)
		put(&a.Description, c.Description)
		put(&a.Allowed, c.Allowed)
		put(&a.Pattern, c.Pattern)
		put(&a.Least, c.Least)
		put(&a.Greatest, c.Greatest)
		put(&a.MaxLength, c.MaxLength)
		secret := c.Default != nil && a.Hidden && !c.Default.IsZero()
		if !secret {
			put(&a.Default, c.Default)
			a.HasSecret = a.HasSecret && c.Default == nil
		}
		return e.decides(c.Misfits) && !secret
	}
	return false
}

// decides notes what becomes of values that do not fit. A plan decides it once for all
// attributes.
func (e *editor) decides(m directory.Misfits) bool {
	if m == "" || m == e.out.Misfits {
		return true
	}
	if e.out.Misfits != "" {
		return false
	}
	e.out.Misfits = m
	return true
}

func (e *editor) role(i int, edit directory.Edit) (said bool) {
	switch c := edit.(type) {
	case directory.CreatePermissionSet:
		id := directory.Made[directory.PermissionSetID](i)
		e.sets.add(id, &LiveSet{ID: int64(id), Name: c.Name, Names: sortedNames(c.Permissions)})
		return true
	case directory.UpdatePermissionSet:
		if s := e.sets.byID[c.PermissionSet]; s != nil && c.Name == nil {
			if c.Permissions != nil {
				s.Names = sortedNames(*c.Permissions)
			}
			return true
		}
	case directory.CreateRole:
		id := directory.Made[directory.RoleID](i)
		e.roles.add(id, &LiveRole{ID: id, Name: c.Name, PermissionSet: c.PermissionSet, ModelSet: c.ModelSet})
		return true
	}
	return false
}

func sortedNames(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// orderings are the groups by rank of the values that a directory has.
func orderings(live *Live) map[directory.AttributeID]*ordering {
	lists := map[directory.AttributeID]*ordering{}
	ranks := map[directory.AttributeID]map[directory.GroupID]int{}
	for i := range live.Groups {
		g := &live.Groups[i]
		for k := range g.Values {
			v := &g.Values[k]
			if lists[v.Attribute] == nil {
				lists[v.Attribute] = &ordering{attribute: v.Attribute}
				ranks[v.Attribute] = map[directory.GroupID]int{}
			}
			lists[v.Attribute].now = append(lists[v.Attribute].now, g.ID)
			ranks[v.Attribute][g.ID] = v.Rank
		}
	}
	for id, o := range lists {
		rank := ranks[id]
		slices.SortFunc(o.now, func(a, b directory.GroupID) int { return rank[a] - rank[b] })
	}
	return lists
}
