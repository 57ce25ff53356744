package view_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// TestADeleteInOneLanguageLeavesTheOthers: a dialect that shows one language
// deletes what it shows, also by leaving it out of a list.
func TestADeleteInOneLanguageLeavesTheOthers(t *testing.T) {
	both := directory.Value{Texts: []directory.LocalText{{Language: "EN", Text: "a"}, {Language: "NL", Text: "b"}}}
	other := directory.Value{Texts: []directory.LocalText{{Language: "NL", Text: "b"}}}
	for _, kind := range []directory.Type{directory.TypeText, directory.TypeList} {
		w := coretest.New(t)
		g, u := w.Group("G"), w.User("U")
		a := w.Attribute("greeting", kind)
		plain := w.Attribute("plain", directory.TypeString)
		groupValue := func() directory.Value {
			v, err := w.Admin().GroupValue(t.Context(), g, a)
			if err != nil {
				t.Fatal(err)
			}
			return v.Value
		}
		for _, remove := range []directory.Edit{
			directory.DeleteGroupValue{Group: g, Attribute: a, Language: "EN"},
			directory.SetGroupValues{Attribute: a, Vendor: true},
		} {
			w.Do(directory.SetGroupValue{Group: g, Attribute: a, Value: both})
			w.Do(remove)
			if diff := cmp.Diff(other, groupValue()); diff != "" {
				t.Errorf("%T (-want +got):\n%s", remove, diff)
			}
		}
		w.Refuse(w.Admin(), directory.KindNotFound, directory.DeleteGroupValue{Group: g, Attribute: a, Language: "EN"})
		w.Do(directory.DeleteGroupValue{Group: g, Attribute: a, Language: "NL"})
		w.Refuse(w.Admin(), directory.KindNotFound, directory.DeleteGroupValue{Group: g, Attribute: a})

		w.Do(directory.SetUserValue{User: u, Attribute: a, Value: both}, directory.SetUserValue{User: u, Attribute: plain,
			Value: coretest.Text("x")})
		w.Do(directory.DeleteUserValue{User: u, Attribute: a, Language: "EN"},
			directory.DeleteUserValue{User: u, Attribute: plain, Language: "EN"})
		w.Refuse(w.Admin(), directory.KindNotFound, directory.DeleteUserValue{User: u, Attribute: a, Language: "EN"})
		got, err := w.Admin().User(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Values) != 1 || !got.Values[0].Value.Equal(other) {
			t.Errorf("the user has %+v", got.Values)
		}
		w.Do(directory.DeleteUserValue{User: u, Attribute: a})
	}
}
