package resolve

import (
	"slices"

	"cohort/internal/directory"
)

// take adds a user: its groups and its own values.
func (m *merger) take(u *directory.UserRows) {
	m.user = u
	for i := range u.Memberships {
		if ms := &u.Memberships[i]; ms.InForce(m.at) {
			m.join(ms.Group)
		}
	}
}

// readOwn finds the usable own values of the user.
func (m *merger) readOwn() {
	if m.user == nil {
		return
	}
	for i := range m.user.Values {
		v := &m.user.Values[i]
		attr, ok := m.c.findAttribute(v.Attribute)
		if ok && m.c.plan.places[attr] >= 0 && !v.Attribute.Computed() && m.usable(v) {
			m.best[attr].own = int32(i + 1)
		}
	}
}

// lookUpOwn is readOwn for one attribute.
func (m *merger) lookUpOwn(attr int32) {
	if m.user == nil {
		return
	}
	i, ok := slices.BinarySearchFunc(m.user.Values, m.c.attrs[attr].id,
		func(v directory.UserValue, id directory.AttributeID) int { return compareInts(v.Attribute, id) })
	if ok && m.usable(&m.user.Values[i]) {
		m.best[attr].own = int32(i + 1)
	}
}

// usable reports whether a value of the user is in force and has a text in the
// language.
func (m *merger) usable(v *directory.UserValue) bool {
	_, ok := v.Value.In(m.lang)
	return ok && v.InForce(m.at)
}

// ownValue returns the user's own value with a number, from 1.
func (m *merger) ownValue(own int32) directory.Value { return m.user.Values[own-1].Value }

// ownText returns the text of that value.
func (m *merger) ownText(own int32) string {
	text, _ := m.ownValue(own).In(m.lang)
	return text
}
