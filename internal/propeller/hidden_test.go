package propeller_test

import (
	"testing"

	"cohort/internal/directory"
	"cohort/internal/view"
)

// Clients send back what they are shown of a hidden value. It stays what it was.
func TestAPlaceholderLeavesAHiddenValue(t *testing.T) {
	w := newWorld(t)
	group := directory.GroupID(w.do(directory.CreateGroup{Name: "G"}).Results[0].ID)
	a := directory.AttributeID(w.do(directory.CreateAttribute{
		Name: "secret", Type: directory.TypeEnum, Hidden: true,
	}).Results[0].ID)
	target := "/usergroups/id/" + directory.FormatID(group) + "/attributes"
	send := func(value string) {
		t.Helper()
		w.must("POST", target, `[{"id":`+directory.FormatID(a)+`,"type":"enum","value":`+value+`}]`)
	}
	is := func(want string) {
		t.Helper()
		as := view.New(w.core).As(directory.Caller{User: 1, Dialect: "test"})
		if text, err := as.Reveal(t.Context(), a, group.Object()); text != want || err != nil {
			t.Errorf("the hidden value is %q, %v; want %q", text, err, want)
		}
	}
	send(`"first"`)
	is("first")
	for _, placeholder := range []string{`"DEFAULT_IS_SET"`, `""`} {
		before := w.revision()
		send(placeholder)
		if is("first"); w.revision() != before {
			t.Errorf("%s is a change", placeholder)
		}
	}
	send(`"second"`)
	is("second")
}
