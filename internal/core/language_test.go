package core_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/directory"
)

// TestADeleteInOneLanguageLeavesTheOthers: a dialect that shows one language
// deletes what it shows, also by leaving it out of a list.
func TestADeleteInOneLanguageLeavesTheOthers(t *testing.T) {
	both := directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "a"}, {Language: "NL", Text: "b"}}}
	other := directory.Value{Texts: []directory.LocalText{{Language: "NL", Text: "b"}}}
	for _, kind := range []directory.Type{directory.TypeText, directory.TypeList} {
		w := newWorld(t)
		g, u := w.group("G"), w.user("U")
		a := w.attribute("greeting", kind)
		plain := w.attribute("plain", directory.TypeString)
		groupValue := func() directory.Value {
			v, err := w.admin().GroupValue(t.Context(), g, a)
			if err != nil {
				t.Fatal(err)
			}
			return v.Value
		}
		for _, remove := range []directory.Edit{
			directory.DeleteGroupValue{Group: g, Attribute: a, Language: "EN"},
			directory.SetGroupValues{Attribute: a, Vendor: true},
		} {
			w.do(directory.SetGroupValue{Group: g, Attribute: a, Value: both})
			w.do(remove)
			if diff := cmp.Diff(other, groupValue()); diff != "" {
				t.Errorf("%T (-want +got):\n%s", remove, diff)
			}
		}
		w.refuse(w.admin(), directory.KindNotFound, directory.DeleteGroupValue{Group: g, Attribute: a, Language: "EN"})
		w.do(directory.DeleteGroupValue{Group: g, Attribute: a, Language: "NL"})
		w.refuse(w.admin(), directory.KindNotFound, directory.DeleteGroupValue{Group: g, Attribute: a})

		w.do(directory.SetUserValue{User: u, Attribute: a, Value: both}, directory.SetUserValue{User: u, Attribute: plain,
			Value: text("x")})
		w.do(directory.DeleteUserValue{User: u, Attribute: a, Language: "EN"},
			directory.DeleteUserValue{User: u, Attribute: plain, Language: "EN"})
		w.refuse(w.admin(), directory.KindNotFound, directory.DeleteUserValue{User: u, Attribute: a, Language: "EN"})
		got, err := w.admin().User(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Values) != 1 || !got.Values[0].Value.Equal(other) {
			t.Errorf("the user has %+v", got.Values)
		}
		w.do(directory.DeleteUserValue{User: u, Attribute: a})
	}
}
