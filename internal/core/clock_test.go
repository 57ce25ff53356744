package core_test

import (
	"testing"

	"cohort/internal/directory"
)

// TestRowsOutOfForceCanBeRemoved: what is shown can be removed, whether its
// window has begun, or is over, or not.
func TestRowsOutOfForceCanBeRemoved(t *testing.T) {
	w := newWorld(t)
	g, a, ada := w.group("G"), w.attribute("a", directory.TypeString), w.user("Ada")
	for _, window := range []directory.Window{{ExpiresAt: 1}, {StartsAt: 1 << 50}} {
		w.do(
			directory.AddMember{Group: g, User: ada, Window: &window},
			directory.SetGroupValue{Group: g, Attribute: a, Value: text("1"), Window: &window},
			directory.SetUserValue{User: ada, Attribute: a, Value: text("1"), Window: &window},
		)
		w.do(
			directory.RemoveMember{Group: g, User: ada}, directory.DeleteGroupValue{Group: g, Attribute: a},
			directory.DeleteUserValue{User: ada, Attribute: a},
		)
		u, err := w.admin().WholeUser(t.Context(), ada)
		if err != nil || len(u.Memberships) != 0 || len(u.Values) != 0 {
			t.Errorf("%+v is left, %v", u, err)
		}
		values, err := w.admin().WholeValues(t.Context(), a)
		if err != nil || len(values) != 0 {
			t.Errorf("%+v are left, %v", values, err)
		}
	}
	w.refuse(w.admin(), directory.KindNotFound, directory.RemoveMember{Group: g, User: ada})
}
