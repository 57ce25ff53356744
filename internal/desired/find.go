package desired

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
)

// A target is an object of the state and its counterpart in the directory.
type target[L any, ID directory.ID] struct {
	id   ID // directory.Made of an edit until it exists
	live *L // nil if it will be created
	skip bool
	used bool // an entry of the state uses it
}

// targets finds objects of one kind.
type targets[L any, ID directory.ID] struct {
	kind   string
	object func(ID) directory.Object
	byKey  map[string]*target[L, ID] // of the entries of the state
	byMark map[string]*target[L, ID] // objects of this set, by key
	bySrc  map[[2]string]*target[L, ID]
	byName map[string][]*target[L, ID]
	byFold map[string][]*target[L, ID] // by name, ignoring case
	byID   map[ID]*target[L, ID]
	manage func(*L) bool // reports whether the set may manage the object
	source func(*L) map[string]string
}

func newTargets[L any, ID directory.ID](
	kind string, object func(ID) directory.Object, set string, live []L,
	describe func(*L) (ID, []string, map[string]string), manage func(*L) bool,
) targets[L, ID] {
	t := targets[L, ID]{
		kind: kind, object: object, manage: manage,
		source: func(l *L) map[string]string { _, _, sources := describe(l); return sources },
		byKey:  map[string]*target[L, ID]{}, byMark: map[string]*target[L, ID]{}, bySrc: map[[2]string]*target[L, ID]{},
		byName: make(map[string][]*target[L, ID], len(live)), byFold: make(map[string][]*target[L, ID], len(live)),
		byID: make(map[ID]*target[L, ID], len(live)),
	}
	all := make([]target[L, ID], len(live))
	for i := range live {
		id, names, sources := describe(&live[i])
		one := &all[i]
		one.id, one.live = id, &live[i]
		t.byID[id] = one
		for _, name := range names {
			t.byName[name] = append(t.byName[name], one)
			t.byFold[directory.Fold(name)] = append(t.byFold[directory.Fold(name)], one)
		}
		for source, key := range sources {
			t.bySrc[[2]string{source, key}] = one
			if set != "" && source == markPrefix+set {
				t.byMark[key] = one
			}
		}
	}
	return t
}

// find matches every entry of the state with a live object.
func (p *planner) find() {
	set := p.state.Set
	if p.opt.ByName {
		set = ""
	}
	p.attributes = newTargets("attribute", directory.AttributeID.Object, set, p.live.Attributes,
		func(a *LiveAttribute) (directory.AttributeID, []string, map[string]string) {
			return a.ID, []string{a.Name}, a.Sources
		},
		func(a *LiveAttribute) bool { return !a.System && !a.Permanent })
	p.groups = newTargets("group", directory.GroupID.Object, set, p.live.Groups,
		func(g *LiveGroup) (directory.GroupID, []string, map[string]string) {
			return g.ID, []string{g.Name}, g.Sources
		},
		func(g *LiveGroup) bool { return g.ID != directory.AllUsers })
	p.roles = newTargets("role", directory.RoleID.Object, set, p.live.Roles,
		func(r *LiveRole) (directory.RoleID, []string, map[string]string) {
			return r.ID, []string{r.Name}, r.Sources
		},
		func(r *LiveRole) bool { return !r.BuiltIn })
	p.users = newTargets("user", directory.UserID.Object, set, p.live.Users, describeUser,
		func(*LiveUser) bool { return true })
	if p.opt.ByName {
		p.markByName()
	}
	for i := range p.state.Roles {
		r := &p.state.Roles[i]
		match(p, &p.roles, &r.Entry, p.called(&r.Entry, r.name())...)
	}
	for i := range p.state.Attributes {
		a := &p.state.Attributes[i]
		match(p, &p.attributes, &a.Entry, p.called(&a.Entry, strings.ToLower(a.name()))...)
	}
	for i := range p.state.Groups {
		g := &p.state.Groups[i]
		match(p, &p.groups, &g.Entry, p.called(&g.Entry, cmp.Or(g.Find, g.name(), g.found()))...)
	}
	for i := range p.state.Users {
		match(p, &p.users, &p.state.Users[i].Entry, userNames(&p.state.Users[i])...)
	}
	if p.state.Kept != nil {
		p.keep(p.state.Kept)
	}
	for i := range p.live.Attributes {
		a := &p.live.Attributes[i]
		p.types[a.ID] = typedAs(a.Attribute)
	}
}

// called are the names by which an object is looked for. Without a set no mark tells what
// is renamed: the key is the name of now.
func (p *planner) called(e *Entry, name string) []string {
	if p.state.Unmanaged && e.Name != nil {
		return []string{e.Key, name}
	}
	return []string{name}
}

// markByName uses the keys under which a live directory would be exported as marks.
func (p *planner) markByName() {
	n := newNamer(p.live)
	for id, key := range n.groups {
		p.groups.byMark[key] = p.groups.byID[id]
	}
	for i, key := range userKeys(p.live.Users) {
		p.users.byMark[key] = p.users.byID[p.live.Users[i].ID]
	}
}

// name returns the name of an entry, or "" if the state does not say.
func (e *Entry) name() string { return text(e.wantedName()) }

// found returns the key of an object that is only referred to.
func (e *Entry) found() string {
	if e.MustExist {
		return e.Key
	}
	return ""
}

// wantedName returns the name that an object should have, by default its key. Nil leaves the
// name as it is.
func (e *Entry) wantedName() *string {
	if e.Name != nil || e.Unnamed {
		return e.Name
	}
	return &e.Key
}

// match finds the object of an entry: by the set's mark, then by source reference, then by one
// of its names if exactly one object has it.
func match[L any, ID directory.ID](p *planner, t *targets[L, ID], e *Entry, names ...string) {
	if !e.MustExist && e.ID == 0 && !claim(p, t.kind, e, names) {
		t.byKey[e.Key] = &target[L, ID]{skip: true}
		return
	}
	found, known := t.byMark[e.Key]
	if e.ID != 0 {
		found, known = t.byID[ID(e.ID)], true
		e.MustExist = true
	}
	if !known {
		var ok bool
		if found, ok = lookUp(p, t, e, names); !ok {
			t.byKey[e.Key] = &target[L, ID]{skip: true}
			return
		}
	}
	if found == nil {
		t.byKey[e.Key] = &target[L, ID]{skip: e.MustExist}
		if e.MustExist {
			p.problem(t.kind, e, "names the %s %q, which is not there", t.kind, cmp.Or(e.Find, e.Key))
		}
		return
	}
	t.byKey[e.Key] = found
	sources := t.source(found.live)
	manager := managerOf(sources)
	switch {
	case found.used:
		p.problem(t.kind, e, "is the same as another entry: %s %d", t.kind, int64(found.id))
		t.byKey[e.Key] = &target[L, ID]{skip: true}
	case !p.opt.ByName && p.state.Set != "" && manager != "" && manager != p.state.Set && !p.opt.TakeOver &&
		t.manage(found.live) && !orderOnly(p, t.kind, e):
		p.problem(t.kind, e, "is managed by the set %s; take it over with --take-over, or leave it out", manager)
		found.skip = true
	}
	found.used = true
}

// claim records the unique parts of an entry, and refuses an entry that wants what another one
// has.
func claim(p *planner, kind string, e *Entry, names []string) bool {
	take := func(what, shown string) bool {
		if p.claimed[kind+" "+what] {
			p.problem(kind, e, "has the %s, as another entry has", shown)
			return false
		}
		p.claimed[kind+" "+what] = true
		return true
	}
	for _, source := range slices.Sorted(maps.Keys(e.Sources)) {
		if id := e.Sources[source]; id != "" && !take("source "+source+"/"+id, fmt.Sprintf("id %s in %s", id, source)) {
			return false
		}
	}
	for _, name := range names {
		if email, ok := strings.CutPrefix(name, "login "); ok && !take(name, "login e-mail "+email) {
			return false
		}
	}
	return true
}

func orderOnly(p *planner, kind string, e *Entry) bool {
	if kind != "attribute" {
		return false
	}
	for i := range p.state.Attributes {
		if a := &p.state.Attributes[i]; a.Key == e.Key {
			return a.onlyOrders()
		}
	}
	return false
}

// lookUp finds an object without a mark. ok is false if it is ambiguous.
func lookUp[L any, ID directory.ID](p *planner, t *targets[L, ID], e *Entry,
	names []string) (found *target[L, ID], ok bool) {
	for source, id := range e.Sources {
		one := t.bySrc[[2]string{source, id}]
		switch {
		case id == "" || one == nil || one == found:
		case found != nil:
			p.problem(t.kind, e, "has the source ids of %s %d and of %s %d", t.kind, int64(found.id), t.kind, int64(one.id))
			return nil, false
		default:
			found = one
		}
	}
	if found != nil {
		return found, true
	}
	for _, name := range names {
		named := t.byName[name]
		if name == "" || len(named) == 0 {
			continue
		}
		if p.opt.Exclusive {
			named = slices.DeleteFunc(slices.Clone(named),
				func(one *target[L, ID]) bool { return hasOther(t.source(one.live), e.Sources) })
		}
		switch {
		case len(named) == 0:
			return nil, true // all of them are other objects
		case len(named) > 1:
			p.problem(t.kind, e, "is not clear: %s are called so; give it sources, or rename the others", listIDs(named))
			return nil, false
		}
		if p.opt.MayAdopt != nil {
			if why := p.opt.MayAdopt(e, t.object(named[0].id)); why != "" {
				return nil, true
			}
		}
		return named[0], true
	}
	return nil, true
}

// hasOther reports whether an object has another id in one of the sources.
func hasOther(have, want map[string]string) bool {
	for source, id := range want {
		if other := have[source]; other != "" && other != id {
			return true
		}
	}
	return false
}

func listIDs[L any, ID directory.ID](list []*target[L, ID]) string {
	ids := []string{}
	for _, one := range list[:min(len(list), 10)] {
		ids = append(ids, directory.FormatID(one.id))
	}
	return listed(ids)
}

// refer finds the object that a key refers to: one of the state, or else the only live one
// with that name, exact or else ignoring case, or one by source:erp/4711.
func refer[L any, ID directory.ID](p *planner, t *targets[L, ID], in *Entry, inKind, key string) *target[L, ID] {
	if one, ok := t.byKey[key]; ok {
		if one.skip {
			return nil // reported already
		}
		return one
	}
	if rest, ok := strings.CutPrefix(key, "source:"); ok {
		source, id, _ := strings.Cut(rest, "/")
		if one := t.bySrc[[2]string{source, id}]; one != nil {
			return one
		}
	}
	if rest, ok := strings.CutPrefix(key, "id:"); ok {
		if id, err := directory.ParseID[ID]("id", rest); err == nil && t.byID[id] != nil {
			return t.byID[id]
		}
	}
	name := strings.TrimPrefix(key, "name:")
	if one, ok := t.byKey[name]; ok && !one.skip {
		return one
	}
	named := t.byName[name]
	if len(named) == 0 {
		named = t.byFold[directory.Fold(name)]
	}
	switch len(named) {
	case 0:
		p.problem(inKind, in, "names the %s %q, which is neither in the files nor there", t.kind, key)
	case 1:
		return named[0]
	default:
		p.problem(inKind, in, "names the %s %q, and %s are called so; use source:SOURCE/ID", t.kind, key, listIDs(named))
	}
	return nil
}

func describeUser(u *LiveUser) (directory.UserID, []string, map[string]string) {
	name := strings.TrimSpace(u.FirstName + " " + u.LastName)
	names := []string{"any name " + name}
	switch {
	case u.Email != "":
		names = append(names, "login "+directory.Fold(u.Email))
	case u.ContactEmail != "":
		names = append(names, "contact "+directory.Fold(u.ContactEmail))
	default:
		names = append(names, "name "+name)
	}
	return u.ID, names, u.Sources
}

// userNames returns what a user of the state is found by: the login e-mail, then the contact
// e-mail.
func userNames(u *User) []string {
	var names []string
	email := u.email()
	if u.MustExist {
		if email = cmp.Or(u.Find, u.Key); !strings.Contains(email, "@") {
			return []string{"any name " + email}
		}
	}
	if email != "" {
		names = append(names, "login "+directory.Fold(email), "contact "+directory.Fold(email))
	}
	if u.ContactEmail != nil && *u.ContactEmail != "" {
		names = append(names, "contact "+directory.Fold(*u.ContactEmail))
	}
	if len(names) == 0 {
		names = append(names, "name "+strings.TrimSpace(text(u.FirstName)+" "+text(u.LastName)))
	}
	return names
}

func (u *User) isService() bool { return u.Kind != nil && *u.Kind == string(directory.KindService) }

// email returns the login e-mail of a user of the state. A key that is an e-mail counts as
// one.
func (u *User) email() string {
	if u.Email != nil || u.MustExist {
		return text(u.Email)
	}
	if strings.Contains(u.Key, "@") && !u.isService() {
		return u.Key
	}
	return ""
}

func sortByID[L any, ID directory.ID](list []*target[L, ID]) {
	slices.SortFunc(list, func(a, b *target[L, ID]) int { return cmp.Compare(a.id, b.id) })
}

// LookedForBy returns the texts that find a user beside its sources: e-mails and names.
func (u *User) LookedForBy() []string {
	list := []string{u.email(), text(u.ContactEmail), u.Find}
	if u.MustExist {
		list = append(list, u.Key)
	}
	return append(list, strings.TrimSpace(text(u.FirstName)+" "+text(u.LastName)))
}
