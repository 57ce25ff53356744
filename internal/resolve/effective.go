package resolve

import (
	"math"
	"slices"

	"cohort/internal/directory"
)

// Effective appends a user's effective values to dst: those of the given attributes in that
// order, or of all attributes by id if the list is nil. An unknown attribute has OriginNone.
//
// A value of a localized type may contain other languages than the requested one, because it
// is the row's own. Read it with Value.In.
func (c *Catalog) Effective(
	dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID, lang directory.Language,
	at directory.Instant,
) []directory.Effective {
	m := c.newMerger(lang, at)
	defer c.done(m)
	m.take(u)
	return m.effective(dst, attrs)
}

// EffectiveUntil is Effective, and returns the earliest time at which time alone can change
// one of the answers, or 0 for never.
func (c *Catalog) EffectiveUntil(
	dst []directory.Effective, u *directory.UserRows, attrs []directory.AttributeID, lang directory.Language,
	at directory.Instant,
) (values []directory.Effective, until directory.Instant) {
	m := c.newMerger(lang, at)
	defer c.done(m)
	m.take(u)
	values, until = m.effective(dst, attrs), m.until
	for i := range u.Memberships {
		until = earlier(until, u.Memberships[i].NextBoundary(at))
	}
	for i := range u.Values {
		until = earlier(until, u.Values[i].NextBoundary(at))
	}
	return values, until
}

// GroupEffective is Effective for the values that a group's members inherit from it. Computed
// attributes have none.
func (c *Catalog) GroupEffective(dst []directory.Effective, group directory.GroupID, attrs []directory.AttributeID,
	lang directory.Language, at directory.Instant) []directory.Effective {
	m := c.newMerger(lang, at)
	defer c.done(m)
	if group != directory.AllUsers {
		m.join(group)
	}
	return m.effective(dst, attrs)
}

// A merger computes effective values from effective lists. Mergers are pooled to avoid
// allocation.
type merger struct {
	c      *Catalog
	lang   directory.Language
	at     directory.Instant
	user   *directory.UserRows // nil for the values of a group
	groups []int32             // the sources of values, All Users last
	lists  [][]entry
	best   []strongest             // by attribute index
	all    []entry                 // of an attribute with the rule union
	attrs  []directory.AttributeID // the requested attributes
	marked bool                    // the requested attributes are marked in best
	until  directory.Instant       // the next bound of a window of a group value that could be the answer
}

// A strongest is the strongest entry of an attribute so far, and its order key as a number
// that is greater the stronger the entry is. It is zero while there is none. The number is
// meaningful only for the rule rank. The struct has no pointers, because writing them costs
// more during garbage collection.
type strongest struct {
	number uint64
	spot   spot  // of the entry
	own    int32 // the usable own value of the user, from 1
	asked  bool  // for the attribute; see mark
}

// A spot is the list of an entry, from 1, and its index there, as one number, so that choosing
// between two needs no branch. 0 is none.
type spot uint64

func spotOf(list, at int) spot { return spot(list+1)<<32 | spot(uint32(at)) }

func (e *entry) number() uint64 { return uint64(math.MaxInt64 - e.order) }

// entry returns the strongest entry of an attribute, or nil.
func (m *merger) entry(b *strongest) *entry {
	if b.spot == 0 {
		return nil
	}
	return &m.lists[b.spot>>32-1][uint32(b.spot)]
}

func (c *Catalog) newMerger(lang directory.Language, at directory.Instant) *merger {
	m, ok := c.mergers.Get().(*merger)
	if !ok {
		m = new(merger)
	}
	m.c, m.lang, m.at, m.until = c, lang, at, 0
	return m
}

// done returns a merger to the pool. It drops what the merger refers to, because the catalog
// may be replaced long before the next use.
func (c *Catalog) done(m *merger) {
	m.c, m.user, m.attrs = nil, nil, nil
	m.groups, m.lists, m.all = m.groups[:0], m.lists[:0], m.all[:0]
	c.mergers.Put(m)
}

// join adds the values of a group.
func (m *merger) join(id directory.GroupID) {
	if i, ok := m.c.groups.find(id); ok {
		m.groups = append(m.groups, i)
	}
}

// fewAttributes is up to how many attributes are looked up in each list, instead of reading
// whole lists.
const fewAttributes = 4

// effective returns the values of the attributes of a list in its order, or of all attributes
// by id if the list is nil.
func (m *merger) effective(dst []directory.Effective, attrs []directory.AttributeID) []directory.Effective {
	c, p := m.c, &m.c.plan
	few := attrs != nil && len(attrs) <= fewAttributes
	if !few || slices.ContainsFunc(attrs, c.groupsHave) {
		m.join(directory.AllUsers)
		m.findLists()
	}
	if cap(m.best) < len(c.attrs) {
		m.best = make([]strongest, len(c.attrs)+len(c.attrs)/8)
	}
	m.best = m.best[:len(c.attrs)]
	if attrs == nil {
		attrs = p.visible
	}
	m.attrs, m.marked = attrs, few // only requested attributes are looked up
	if !few {
		m.readThrough()
	}
	dst = slices.Grow(dst, len(attrs))
	last := int32(-1)
	for _, id := range attrs {
		attr, ok := p.find(id, last+1)
		last = attr
		if !ok || p.places[attr] < 0 {
			dst = append(dst, directory.Effective{Attribute: id})
			continue
		}
		if few {
			m.lookUp(attr)
		}
		if w := m.inherited(attr); w != nil {
			dst = append(dst, w.effective())
		} else {
			dst = append(dst, m.answer(attr, p.blank[p.places[attr]]))
		}
	}
	return dst
}

// groupsHave reports whether a group has a value of an attribute.
func (c *Catalog) groupsHave(id directory.AttributeID) bool {
	i, ok := c.findAttribute(id)
	return ok && len(c.attrs[i].order.leaves) > 0
}

// inherited returns the group value that is the effective value by its strength alone, which
// is the usual case, or nil if more must be considered.
func (m *merger) inherited(attr int32) *groupValue {
	b := &m.best[attr]
	if e := m.entry(b); e != nil && b.own == 0 && e.flags&gathered == 0 {
		return e.value
	}
	return nil
}

// effective returns the effective value if only this group value counts.
func (v *groupValue) effective() directory.Effective {
	return directory.Effective{
		Attribute: v.Attribute, Origin: directory.OriginGroup, Value: v.Value, Groups: v.by[:],
	}
}

// answer returns the effective value of an attribute. blank is its default.
func (m *merger) answer(attr int32, blank directory.Effective) directory.Effective {
	if blank.Attribute.Computed() {
		if m.user == nil {
			return blank
		}
		return computed(m.user, blank.Attribute)
	}
	if b := &m.best[attr]; b.spot != 0 || b.own != 0 {
		if e, ok := m.decide(attr, blank.Attribute); ok {
			return e
		}
	}
	if m.c.plan.localized {
		if _, ok := blank.Value.In(m.lang); !ok {
			return directory.Effective{Attribute: blank.Attribute} // the default has no text in the language
		}
	}
	return blank
}

// findLists collects the lists of the groups.
func (m *merger) findLists() {
	for _, i := range m.groups {
		m.lists = append(m.lists, m.c.list(i))
	}
}

// lookUp finds the strongest entry and the user's own value of one attribute.
func (m *merger) lookUp(attr int32) {
	m.best[attr] = strongest{asked: true}
	for list, l := range m.lists {
		i, _ := slices.BinarySearchFunc(l, attr, func(e entry, attr int32) int { return compareInts(e.attr, attr) })
		end := i
		for end < len(l) && l[end].attr == attr {
			end++
		}
		m.offer(l[i:end], spotOf(list, i))
	}
	m.lookUpOwn(attr)
}

// readThrough finds the strongest entry and the user's own value of every
// attribute.
func (m *merger) readThrough() {
	clear(m.best)
	for list, l := range m.lists {
		m.offer(l, spotOf(list, 0))
	}
	m.readOwn()
}

// offer compares consecutive entries, the first of them at a spot, with the strongest ones.
// The processor cannot predict which of two entries is stronger, so the common case has no
// branch. Entries of attributes that were not requested are skipped.
func (m *merger) offer(entries []entry, at spot) {
	best := m.best
	for i := range entries {
		e := &entries[i]
		b := &best[e.attr]
		number, here := e.number(), at+spot(i)
		if e.flags != 0 || number == b.number {
			if !m.marked {
				m.mark()
			}
			if b.asked {
				m.offerWithCare(e, here)
			}
			continue
		}
		stronger := b.spot
		if number > b.number {
			stronger = here
		}
		b.number, b.spot = max(number, b.number), stronger
	}
}

// offerWithCare is offer for one entry of a requested attribute for which the order key alone
// does not decide.
func (m *merger) offerWithCare(e *entry, at spot) {
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
	if before := m.entry(b); before == nil || m.c.compareEntries(e, before) < 0 {
		b.number, b.spot = e.number(), at
	}
}

// mark marks the requested attributes, so that values of others are skipped. It runs only when
// that matters: never if the rank decides.
func (m *merger) mark() {
	next := int32(0)
	for _, id := range m.attrs {
		i, ok := m.c.plan.find(id, next)
		if ok {
			m.best[i].asked = true
		}
		next = i + 1
	}
	m.marked = true
}

// decide applies the user value mode to the strongest candidate. ok is false if no value
// results.
func (m *merger) decide(attr int32, id directory.AttributeID) (answer directory.Effective, ok bool) {
	b, own := m.entry(&m.best[attr]), m.best[attr].own
	if own != 0 {
		row := &m.c.attrs[attr].row
		switch {
		case row.UserValueMode == directory.ModeYields && b != nil:
		case row.UserValueMode == directory.ModeJoins && row.Rule.Spec().Gathers:
			return m.union(attr, own)
		case row.UserValueMode == directory.ModeJoins && b != nil && m.loses(row, own, b):
		default:
			return directory.Effective{Attribute: id, Origin: directory.OriginUser, Value: m.ownValue(own)}, true
		}
	}
	if b.flags&gathered != 0 {
		return m.union(attr, 0)
	}
	return b.value.effective(), true
}

// loses reports whether the user's own value, joined with the group values, does not decide.
func (m *merger) loses(a *directory.Attribute, own int32, b *entry) bool {
	text := m.ownText(own)
	r := extreme(a, b.value.Value.Text, text)
	if r == 0 {
		r = b.strength().compare(ownStrength(a.Rule, text))
	}
	return r < 0
}

// union returns the elements of all values as the answer, the user's own first if it is given.
// ok is false if there are none.
func (m *merger) union(attr, own int32) (answer directory.Effective, ok bool) {
	var u union
	var groups []directory.GroupID
	origin := directory.OriginGroup
	if own != 0 && u.add(m.ownText(own)) {
		origin = directory.OriginUser
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
	if len(u.elements) == 0 {
		return answer, false
	}
	a := m.c.attrs[attr]
	return directory.Effective{
		Attribute: a.id, Origin: origin, Value: u.value(a.row.Type, m.lang), Groups: groups,
	}, true
}
