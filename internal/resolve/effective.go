package resolve

import (
	"slices"

	"cohort/internal/directory"
)

// Effective appends a user's effective values to dst: of the attributes of a
// list, in its order, or of all by id if it is nil. Of attributes that are not
// there the origin is none.
//
// A value of a localized type may hold other languages beside the one asked
// for: it is the row's own; read it with Value.In.
func (c *Catalog) Effective(dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID, lang directory.Language, at directory.Instant) []directory.Effective {
	m := c.newMerger(lang, at)
	defer c.done(m)
	for i := range u.Memberships {
		ms := &u.Memberships[i]
		if ms.Group == directory.AllUsers || !ms.InForce(at) {
			continue
		}
		if i, _, ok := c.groups.visible(ms.Group); ok {
			m.lists = append(m.lists, c.list(i))
		}
	}
	return m.effective(dst, u, attrs)
}

// GroupEffective is Effective for a group's own values, which its members
// inherit from it. Computed attributes have none.
func (c *Catalog) GroupEffective(dst []directory.Effective, group directory.GroupID, attrs []directory.AttributeID, lang directory.Language, at directory.Instant) []directory.Effective {
	m := c.newMerger(lang, at)
	defer c.done(m)
	if i, _, ok := c.groups.visible(group); ok && group != directory.AllUsers {
		m.lists = append(m.lists, c.list(i))
	}
	return m.effective(dst, nil, attrs)
}

// A merger makes effective values from effective lists. It is kept for the next
// call, so that none allocates.
type merger struct {
	c     *Catalog
	lang  directory.Language
	at    directory.Instant
	lists []*list
	best  []entry // by index of attribute: the strongest so far
	all   []entry // of attributes whose rule is union
}

func (c *Catalog) newMerger(lang directory.Language, at directory.Instant) *merger {
	m, ok := c.mergers.Get().(*merger)
	if !ok {
		m = new(merger)
	}
	m.c, m.lang, m.at = c, lang, at
	return m
}

// done keeps a merger for the next call. It lets go of the catalog, which may
// be replaced long before that.
func (c *Catalog) done(m *merger) {
	clear(m.lists)
	*m = merger{lists: m.lists[:0], best: m.best, all: m.all[:0]}
	c.mergers.Put(m)
}

// fewAttributes is up to how many attributes are looked up in each list rather
// than found by reading all lists through.
const fewAttributes = 4

func (m *merger) effective(dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID) []directory.Effective {
	c := m.c
	if i, _, ok := c.groups.visible(directory.AllUsers); ok {
		m.lists = append(m.lists, c.list(i))
	}
	if cap(m.best) < len(c.attrs) {
		m.best = make([]entry, len(c.attrs)+len(c.attrs)/8)
	}
	m.best = m.best[:len(c.attrs)]
	if attrs != nil && len(attrs) <= fewAttributes {
		for _, id := range attrs {
			if i, ok := c.findAttribute(id); ok {
				m.lookUp(i)
			}
		}
	} else {
		m.readThrough()
	}
	if attrs != nil {
		dst = slices.Grow(dst, len(attrs))
		for _, id := range attrs {
			if i, ok := c.findAttribute(id); ok && c.attrs[i].visible() {
				dst = append(dst, directory.Effective{})
				m.answer(&dst[len(dst)-1], u, i)
			} else {
				dst = append(dst, directory.Effective{Attribute: id})
			}
		}
		return dst
	}
	dst = slices.Grow(dst, len(c.attrs))
	for i, a := range c.attrs {
		if a.visible() {
			dst = append(dst, directory.Effective{})
			m.answer(&dst[len(dst)-1], u, int32(i))
		}
	}
	return dst
}

// lookUp finds the strongest entry of one attribute.
func (m *merger) lookUp(attr int32) {
	m.best[attr] = entry{}
	for _, l := range m.lists {
		i, _ := slices.BinarySearchFunc(l.entries, attr, func(e entry, attr int32) int { return compareInts(e.attr, attr) })
		for ; i < len(l.entries) && l.entries[i].attr == attr; i++ {
			m.offer(&l.entries[i])
		}
	}
}

// readThrough finds the strongest entry of every attribute.
func (m *merger) readThrough() {
	clear(m.best)
	for _, l := range m.lists {
		for i := range l.entries {
			m.offer(&l.entries[i])
		}
	}
}

// offer puts an entry in the place of a weaker one.
func (m *merger) offer(e *entry) {
	if e.flags != present {
		m.offerWithCare(e)
		return
	}
	b := &m.best[e.attr]
	if b.flags == 0 || e.class < b.class ||
		e.class == b.class && (e.order < b.order || e.order == b.order && e.group < b.group) {
		*b = *e
	}
}

func (m *merger) offerWithCare(e *entry) {
	if e.flags&conditional != 0 {
		v := m.c.valueOf(e)
		if _, ok := v.Value.In(m.lang); !ok || !v.InForce(m.at) {
			return
		}
	}
	b := &m.best[e.attr]
	if e.flags&gathered != 0 {
		m.all = append(m.all, *e)
		b.flags = present
		return
	}
	if b.flags == 0 || m.c.compareEntries(e, b) < 0 {
		*b = *e
	}
}

// answer applies the mode to what the rule has decided. u is nil for a group.
func (m *merger) answer(out *directory.Effective, u *directory.UserRows, attr int32) {
	a := &m.c.attrs[attr].row
	out.Attribute = a.ID
	if a.ID.Computed() {
		if u != nil {
			*out = computed(u, a.ID)
		}
		return
	}
	own := m.ownValue(u, a.ID)
	b := &m.best[attr]
	switch {
	case own != nil && a.UserValueMode == directory.ModeJoins && m.join(out, a, attr, own):
	case own != nil && (b.flags == 0 || a.UserValueMode != directory.ModeYields):
		out.Origin, out.Value = directory.OriginUser, own.Value
	case b.flags == 0:
		m.useDefault(out, a)
	case a.Rule == directory.RuleUnion:
		m.union(out, a, attr, nil)
	default:
		m.name(out, b)
	}
}

// ownValue returns the user's own value of an attribute, if it can be used.
func (m *merger) ownValue(u *directory.UserRows, id directory.AttributeID) *directory.UserValue {
	if u == nil || len(u.Values) == 0 {
		return nil
	}
	i, ok := slices.BinarySearchFunc(u.Values, id, func(v directory.UserValue, id directory.AttributeID) int {
		return compareInts(v.Attribute, id)
	})
	if !ok || !u.Values[i].InForce(m.at) {
		return nil
	}
	if _, ok := u.Values[i].Value.In(m.lang); !ok {
		return nil
	}
	return &u.Values[i]
}

// join lets the user's own value in among the group values. It reports whether
// that made the answer another than the user's own value.
func (m *merger) join(out *directory.Effective, a *directory.Attribute, attr int32, own *directory.UserValue) bool {
	if a.Rule == directory.RuleUnion {
		m.union(out, a, attr, own)
		return true
	}
	b := &m.best[attr]
	if b.flags == 0 {
		return false
	}
	text, _ := own.Value.In(m.lang)
	r := extreme(a, m.c.valueOf(b).Value.Text, text)
	if r == 0 {
		r = b.strength().compare(ownStrength(a.Rule, text))
	}
	if r < 0 {
		m.name(out, b)
		return true
	}
	return false
}

func (m *merger) useDefault(out *directory.Effective, a *directory.Attribute) {
	if !a.HasDefault() {
		return
	}
	if _, ok := a.Default.In(m.lang); ok {
		out.Origin, out.Value = directory.OriginDefault, a.Default
	}
}

// name makes the value of one group the answer.
func (m *merger) name(out *directory.Effective, b *entry) {
	g := m.c.groups.at(b.group)
	out.Origin, out.Value, out.Groups = directory.OriginGroup, g.values[b.slot].Value, g.self[:]
}

// union makes the elements of all values the answer, the user's own first if it
// is given.
func (m *merger) union(out *directory.Effective, a *directory.Attribute, attr int32, own *directory.UserValue) {
	var u union
	if own != nil {
		text, _ := own.Value.In(m.lang)
		if u.add(text) {
			out.Origin = directory.OriginUser
		}
	}
	entries := make([]entry, 0, len(m.all))
	for _, e := range m.all {
		if e.attr == attr {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(x, y entry) int { return x.strength().compare(y.strength()) })
	for i := range entries {
		if i > 0 && entries[i].group == entries[i-1].group {
			continue
		}
		v := m.c.valueOf(&entries[i])
		text, _ := v.Value.In(m.lang)
		if !u.add(text) {
			continue
		}
		out.Groups = append(out.Groups, v.Group)
		if out.Origin == directory.OriginNone {
			out.Origin = directory.OriginGroup
		}
	}
	if out.Origin == directory.OriginNone {
		m.useDefault(out, a)
		return
	}
	out.Value = u.value(a.Type, m.lang)
}
