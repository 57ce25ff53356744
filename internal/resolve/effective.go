package resolve

import (
	"math"
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
	dst, _ = c.merge(dst, u, attrs, lang, at)
	return dst
}

// EffectiveUntil is Effective, and says when time alone can change one of the
// answers, at the earliest; 0 is never.
func (c *Catalog) EffectiveUntil(
	dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID, lang directory.Language, at directory.Instant,
) (values []directory.Effective, until directory.Instant) {
	values, until = c.merge(dst, u, attrs, lang, at)
	for i := range u.Memberships {
		until = earlier(until, u.Memberships[i].NextBoundary(at))
	}
	for i := range u.Values {
		until = earlier(until, u.Values[i].NextBoundary(at))
	}
	return values, until
}

// merge is Effective, and says when the next window of a group value opens or
// closes that could be the answer.
func (c *Catalog) merge(
	dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID, lang directory.Language, at directory.Instant,
) ([]directory.Effective, directory.Instant) {
	m := c.newMerger(lang, at)
	defer c.done(m)
	if len(u.Values) > 0 {
		m.touched += int32(u.Values[0].Attribute)
	}
	for i := range u.Memberships {
		ms := &u.Memberships[i]
		if ms.Group == directory.AllUsers || !ms.InForce(at) {
			continue
		}
		if i, ok := c.groups.find(ms.Group); ok {
			m.groups = append(m.groups, i)
		}
	}
	dst = m.effective(dst, u, attrs)
	return dst, m.until
}

// GroupEffective is Effective for a group's own values, which its members
// inherit from it. Computed attributes have none.
func (c *Catalog) GroupEffective(dst []directory.Effective, group directory.GroupID, attrs []directory.AttributeID, lang directory.Language, at directory.Instant) []directory.Effective {
	m := c.newMerger(lang, at)
	defer c.done(m)
	if i, ok := c.groups.find(group); ok && group != directory.AllUsers {
		m.groups = append(m.groups, i)
	}
	return m.effective(dst, nil, attrs)
}

// A merger makes effective values from effective lists. It is kept for the next
// call, so that none allocates.
type merger struct {
	c       *Catalog
	lang    directory.Language
	at      directory.Instant
	groups  []int32 // from which values come, All Users last
	slots   []*slot
	lists   [][]entry
	best    []strongest       // by index of attribute
	all     []entry           // of attributes whose rule is union
	until   directory.Instant // the next boundary of a window that was looked at
	touched int32             // means nothing: it keeps reads that are made early from being left out
}

// A strongest is the strongest entry of an attribute so far, and its order key
// as a number that is greater the stronger it is; all is zero while there is
// none. Of rules but rank the number means nothing.
type strongest struct {
	number uint64
	e      *entry
	own    *directory.UserValue // the user's own value, if it has one that can be used
}

func (e *entry) number() uint64 { return uint64(math.MaxInt64 - e.order) }

func (c *Catalog) newMerger(lang directory.Language, at directory.Instant) *merger {
	m, ok := c.mergers.Get().(*merger)
	if !ok {
		m = new(merger)
	}
	m.c, m.lang, m.at, m.until = c, lang, at, 0
	return m
}

// done keeps a merger for the next call. It lets go of the catalog, which may
// be replaced long before that.
func (c *Catalog) done(m *merger) {
	m.c = nil
	m.groups, m.slots, m.lists, m.all = m.groups[:0], m.slots[:0], m.lists[:0], m.all[:0]
	c.mergers.Put(m)
}

// fewAttributes is up to how many attributes are looked up in each list rather
// than found by reading all lists through.
const fewAttributes = 4

func (m *merger) effective(dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID) []directory.Effective {
	c := m.c
	if i, ok := c.groups.find(directory.AllUsers); ok {
		m.groups = append(m.groups, i)
	}
	m.findLists()
	if cap(m.best) < len(c.attrs) {
		m.best = make([]strongest, len(c.attrs)+len(c.attrs)/8)
	}
	m.best = m.best[:len(c.attrs)]
	start := len(dst)
	if attrs == nil {
		dst = append(dst, c.plan.blank...)
		m.answerAll(dst[start:], u)
	} else {
		dst = slices.Grow(dst, len(attrs))[:start+len(attrs)]
		m.answerSome(dst[start:], u, attrs)
	}
	return dst
}

// findLists finds the lists of the groups. It goes in steps, each for all of
// them, because each step waits for memory: so they wait together. The last only
// makes sure that the beginnings of all lists are on their way.
func (m *merger) findLists() {
	for _, i := range m.groups {
		m.slots = append(m.slots, m.c.slotOf(i))
	}
	for at, s := range m.slots {
		if s.state.Load() == made {
			m.lists = append(m.lists, s.list)
		} else {
			m.lists = append(m.lists, m.c.list(m.groups[at]))
		}
	}
	for _, l := range m.lists {
		if len(l) > 0 {
			m.touched += l[0].attr
		}
	}
}

// answerAll answers for all attributes; out holds their blanks.
func (m *merger) answerAll(out []directory.Effective, u *directory.UserRows) {
	m.readThrough(u)
	p := &m.c.plan
	for _, place := range p.localized {
		m.checkLanguage(&out[place])
	}
	if u != nil {
		for _, place := range p.computed {
			out[place] = computed(u, out[place].Attribute)
		}
	}
	for attr := range m.best {
		if b := &m.best[attr]; b.e != nil || b.own != nil {
			m.decide(&out[p.places[attr]], int32(attr))
		}
	}
}

// answerSome answers for the attributes of a list.
func (m *merger) answerSome(out []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID) {
	p := &m.c.plan
	few := len(attrs) <= fewAttributes
	if !few {
		m.readThrough(u)
	}
	last := int32(-1)
	for i, id := range attrs {
		attr, ok := p.find(id, last+1)
		last = attr
		if !ok || p.places[attr] < 0 {
			out[i] = directory.Effective{Attribute: id}
			continue
		}
		out[i] = p.blank[p.places[attr]]
		if id.Computed() {
			if u != nil {
				out[i] = computed(u, id)
			}
			continue
		}
		if len(p.localized) > 0 {
			m.checkLanguage(&out[i])
		}
		if few {
			m.lookUp(u, attr)
		}
		if b := &m.best[attr]; b.e != nil || b.own != nil {
			m.decide(&out[i], attr)
		}
	}
}

// checkLanguage takes a default back that has no text in the language.
func (m *merger) checkLanguage(out *directory.Effective) {
	if _, ok := out.Value().In(m.lang); !ok {
		*out = directory.Effective{Attribute: out.Attribute}
	}
}

// lookUp finds the strongest entry and the user's own value of one attribute.
func (m *merger) lookUp(u *directory.UserRows, attr int32) {
	m.best[attr] = strongest{}
	for _, l := range m.lists {
		i, _ := slices.BinarySearchFunc(l, attr, func(e entry, attr int32) int { return compareInts(e.attr, attr) })
		for ; i < len(l) && l[i].attr == attr; i++ {
			m.offer(&l[i])
		}
	}
	if u == nil {
		return
	}
	i, ok := slices.BinarySearchFunc(u.Values, m.c.attrs[attr].id, func(v directory.UserValue, id directory.AttributeID) int {
		return compareInts(v.Attribute, id)
	})
	if ok && m.usable(&u.Values[i]) {
		m.best[attr].own = &u.Values[i]
	}
}

// entriesInLine is how many entries lie in every line of the processor's cache,
// which has 64 bytes, at least.
const entriesInLine = 2

// readThrough finds the strongest entry and the user's own value of every
// attribute.
func (m *merger) readThrough(u *directory.UserRows) {
	clear(m.best)
	var touched int32
	for _, l := range m.lists { // all lines of all lists set off together
		for i := 0; i < len(l); i += entriesInLine {
			touched += l[i].attr
		}
	}
	m.touched += touched
	for _, l := range m.lists {
		for i := range l {
			m.offer(&l[i])
		}
	}
	if u == nil {
		return
	}
	for i := range u.Values {
		v := &u.Values[i]
		if attr, ok := m.c.findAttribute(v.Attribute); ok && m.c.plan.places[attr] >= 0 && !v.Attribute.Computed() && m.usable(v) {
			m.best[attr].own = v
		}
	}
}

// usable reports whether a value of the user is in force and has a text in the
// language.
func (m *merger) usable(v *directory.UserValue) bool {
	_, ok := v.Value.In(m.lang)
	return ok && v.InForce(m.at)
}

// offer puts an entry in the place of a weaker one. Which of two is stronger is
// anyone's guess, so in the common case it is done without a branch.
func (m *merger) offer(e *entry) {
	if e.flags != 0 {
		m.offerWithCare(e)
		return
	}
	b := &m.best[e.attr]
	number, best := e.number(), b.e
	if number == b.number {
		m.offerWithCare(e)
		return
	}
	if number > b.number {
		best = e
	}
	b.number, b.e = max(number, b.number), best
}

func (m *merger) offerWithCare(e *entry) {
	if e.flags&conditional != 0 {
		v := e.value
		if _, ok := v.Value.In(m.lang); !ok {
			return
		}
		m.until = earlier(m.until, v.NextBoundary(m.at))
		if !v.InForce(m.at) {
			return
		}
	}
	b := &m.best[e.attr]
	if e.flags&gathered != 0 {
		m.all = append(m.all, *e)
	}
	if b.e == nil || m.c.compareEntries(e, b.e) < 0 {
		b.number, b.e = e.number(), e
	}
}

// decide applies the mode to what the rule has found. out is the blank.
func (m *merger) decide(out *directory.Effective, attr int32) {
	b, own := m.best[attr].e, m.best[attr].own
	if own != nil {
		row := &m.c.attrs[attr].row
		switch {
		case row.UserValueMode == directory.ModeYields && b != nil:
		case row.UserValueMode == directory.ModeJoins && row.Rule == directory.RuleUnion:
			m.union(out, attr, own)
			return
		case row.UserValueMode == directory.ModeJoins && b != nil && m.loses(row, own, b):
		default:
			*out = directory.EffectiveFrom(out.Attribute, directory.OriginUser, (*ownValue)(own))
			return
		}
	}
	switch {
	case b == nil:
	case b.flags&gathered != 0:
		m.union(out, attr, nil)
	default:
		*out = directory.EffectiveFrom(out.Attribute, directory.OriginGroup, b.value)
	}
}

// An ownValue is a user's own value, as the source of an effective one.
type ownValue directory.UserValue

// Effective implements directory.Source.
func (v *ownValue) Effective() (*directory.Value, []directory.GroupID) { return &v.Value, nil }

// loses reports whether the user's own value, which joins the group values, is
// not the one that decides.
func (m *merger) loses(a *directory.Attribute, own *directory.UserValue, b *entry) bool {
	text, _ := own.Value.In(m.lang)
	r := extreme(a, b.value.Value.Text, text)
	if r == 0 {
		r = b.strength().compare(ownStrength(a.Rule, text))
	}
	return r < 0
}

// union makes the elements of all values the answer, the user's own first if it
// is given. Without any element out stays as it is.
func (m *merger) union(out *directory.Effective, attr int32, own *directory.UserValue) {
	var u union
	var groups []directory.GroupID
	origin := directory.OriginGroup
	if own != nil {
		text, _ := own.Value.In(m.lang)
		if u.add(text) {
			origin = directory.OriginUser
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
		if i > 0 && entries[i].value == entries[i-1].value {
			continue
		}
		v := entries[i].value
		text, _ := v.Value.In(m.lang)
		if u.add(text) {
			groups = append(groups, v.Group)
		}
	}
	if len(u.elements) > 0 {
		*out = directory.EffectiveOf(out.Attribute, origin, u.value(m.c.attrs[attr].row.Type, m.lang), groups...)
	}
}
