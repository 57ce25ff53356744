package view_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/view"
)

func TestWhatIsSupposedIsWhatCommittingDoes(t *testing.T) {
	w := coretest.New(t)
	g, h, u, v := w.Group("G"), w.Group("H"), w.User("U"), w.User("V")
	a := w.Attribute("a", directory.TypeString)
	one, name := 1, "Renamed"
	for _, edit := range []directory.Edit{
		directory.SetGroupValue{Group: g, Attribute: a, Value: coretest.Text("g")}, directory.AddMember{Group: g, User: u},
		directory.SetGroupValue{Group: h, Attribute: a, Value: coretest.Text("h")}, directory.AddParent{Group: g, Parent: h},
		directory.SetGroupValue{Group: h, Attribute: a, Value: coretest.Text("h"), Rank: &one},
		directory.SetUserValue{User: v, Attribute: a, Value: coretest.Text("own")},
		directory.UpdateGroup{Group: h, Name: &name}, directory.DeleteUserValue{User: v, Attribute: a},
		directory.RemoveMember{Group: g, User: u},
		directory.DeleteGroup{Group: g},
	} {
		before := w.Core.Head().Revision
		supposed, err := w.Admin().Suppose(t.Context(), []directory.Edit{edit})
		if err != nil {
			t.Fatal(err)
		}
		would := []answer{answerOf(t, supposed, u, a), answerOf(t, supposed, v, a)}
		if w.Core.Head().Revision != before {
			t.Fatalf("supposing %+v has changed the directory", edit)
		}
		w.Do(edit)
		is := []answer{answerOf(t, w.Admin(), u, a), answerOf(t, w.Admin(), v, a)}
		if diff := cmp.Diff(is, would); diff != "" {
			t.Errorf("%+v (-committed +supposed):\n%s", edit, diff)
		}
		if _, _, err := supposed.Users(t.Context(), directory.UserQuery{}); directory.KindOf(err) != directory.KindInvalid {
			t.Errorf("a list of what would be: %v", err)
		}
	}
	w.Refuse(w.As(u), directory.KindForbidden, directory.AddMember{Group: h, User: u})
	if _, err := w.As(u).Suppose(t.Context(),
		[]directory.Edit{directory.AddMember{Group: h, User: u}}); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("supposing what one may not do: %v", err)
	}
}

// An answer is what a user has of an attribute, and the groups by name.
type answer struct {
	Origin     string
	Value      directory.Value
	Candidates []directory.Candidate
	Names      []string
}

func answerOf(t *testing.T, a *view.View, u directory.UserID, attr directory.AttributeID) answer {
	t.Helper()
	x, err := a.Explain(t.Context(), u, attr)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := a.Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := answer{Origin: x.Origin.String(), Value: x.Value, Candidates: x.Candidates}
	for _, g := range groups {
		out.Names = append(out.Names, g.Name)
	}
	return out
}
