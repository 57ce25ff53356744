package resolve

import (
	"slices"

	"cohort/internal/directory"
)

// A Subject is a user as its effective values are read: its rows, and beside
// them, in two lines of a processor's cache, what mostly decides. So many
// subjects can lie side by side, and of the rows nothing is waited for.
//
// It is a value to be copied. One that has Rows alone is good too, and slower.
type Subject struct {
	Rows   *directory.UserRows // shared; not to be changed
	groups [subjectGroups]directory.GroupID
	own    [subjectValues]ownValue
	brief  bool // groups and own are all that decides; both end at the first zero
}

// Sizes of a Subject.
const (
	subjectGroups = 6
	subjectValues = 2
)

// An ownValue is a value of the user, and what answers that it is refer to.
type ownValue struct {
	attribute directory.AttributeID
	written   *directory.ValueRef
}

// SubjectOf makes a subject of a user. The references to its own values are put
// into written, if they fit, and are part of the subject. A user who is in more
// groups or has more values than most, or one of them for a time or by language, is
// read from its rows.
func SubjectOf(u *directory.UserRows, written []directory.ValueRef) Subject {
	plain := Subject{Rows: u}
	s := Subject{Rows: u, brief: true}
	if len(u.Memberships) > len(s.groups) || len(u.Values) > len(s.own) {
		return plain
	}
	for i := range u.Memberships {
		m := &u.Memberships[i]
		if !m.Always() {
			return plain
		}
		s.groups[i] = m.Group
	}
	if cap(written) < len(u.Values) {
		written = make([]directory.ValueRef, 0, len(u.Values))
	}
	written = written[:len(u.Values)]
	for i := range u.Values {
		v := &u.Values[i]
		if !v.Always() || len(v.Value.Texts) > 0 {
			return plain
		}
		written[i] = directory.WrittenAs(directory.OriginUser, v.Value)
		s.own[i] = ownValue{v.Attribute, &written[i]}
	}
	return s
}

// take takes in a user: the groups that it is in, and what it has of its own.
func (m *merger) take(s *Subject) {
	m.user, m.brief, m.own = s.Rows, s.brief, s.own
	if s.brief {
		for i := 0; i < len(s.groups) && s.groups[i] != 0; i++ {
			m.join(s.groups[i])
		}
		return
	}
	for i := range s.Rows.Memberships {
		if ms := &s.Rows.Memberships[i]; ms.InForce(m.at) {
			m.join(ms.Group)
		}
	}
}

// readOwn finds which of the user's own values can be used.
func (m *merger) readOwn() {
	switch {
	case m.brief:
		for i := 0; i < len(m.own) && m.own[i].written != nil; i++ {
			m.offerOwn(m.own[i].attribute, i)
		}
	case m.user != nil:
		for i := range m.user.Values {
			if v := &m.user.Values[i]; m.usable(v) {
				m.offerOwn(v.Attribute, i)
			}
		}
	}
}

// offerOwn notes that the user has a value of its own, which can be used, if the
// attribute can have one.
func (m *merger) offerOwn(id directory.AttributeID, i int) {
	if attr, ok := m.c.findAttribute(id); ok && m.c.plan.places[attr] >= 0 && !id.Computed() {
		m.best[attr].own = int32(i + 1)
	}
}

// lookUpOwn is readOwn for one attribute.
func (m *merger) lookUpOwn(attr int32) {
	id := m.c.attrs[attr].id
	switch {
	case m.brief:
		for i := range m.own {
			if m.own[i].attribute == id {
				m.best[attr].own = int32(i + 1)
			}
		}
	case m.user != nil:
		i, ok := slices.BinarySearchFunc(m.user.Values, id, func(v directory.UserValue, id directory.AttributeID) int {
			return compareInts(v.Attribute, id)
		})
		if ok && m.usable(&m.user.Values[i]) {
			m.best[attr].own = int32(i + 1)
		}
	}
}

// usable reports whether a value of the user is in force and has a text in the
// language.
func (m *merger) usable(v *directory.UserValue) bool {
	_, ok := v.Value.In(m.lang)
	return ok && v.InForce(m.at)
}

// ownText is the text of the user's own value of a number, from 1.
func (m *merger) ownText(own int32) string {
	if m.brief {
		return m.own[own-1].written.Value.Text
	}
	text, _ := m.user.Values[own-1].Value.In(m.lang)
	return text
}

// writtenBy describes the user's own value of a number, from 1. Where that is to
// be made, all that a call can need are made at once: one for each attribute
// that is asked for, and not more than there are.
func (m *merger) writtenBy(own int32) *directory.ValueRef {
	if m.brief {
		return m.own[own-1].written
	}
	if m.made == nil {
		m.made = make([]directory.ValueRef, 0, min(len(m.attrs), len(m.user.Values)))
	}
	m.made = append(m.made, directory.WrittenAs(directory.OriginUser, m.user.Values[own-1].Value))
	return &m.made[len(m.made)-1]
}
