package lookercopy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A fakeTarget makes what it is told to, in memory, and refuses changes with
// an edit whose text it does not like.
type fakeTarget struct {
	next    int
	dislike string
	seen    []string
}

func (f *fakeTarget) Commit(_ context.Context, edits []Edit) (ids []string, changed bool, refused, err error) {
	for _, e := range edits {
		if f.dislike != "" && strings.Contains(fmt.Sprint(e), f.dislike) {
			return nil, false, errors.New("the server does not like it"), nil
		}
	}
	for _, e := range edits {
		f.next++
		ids = append(ids, fmt.Sprint(f.next))
		f.seen = append(f.seen, fmt.Sprint(e["edit"]))
	}
	return ids, true, nil, nil
}

// TestWhatIsRefusedIsNamedAndTheRestGoesOn: one group and one user are refused;
// all that hangs on them is left out without another word.
func TestWhatIsRefusedIsNamedAndTheRestGoesOn(t *testing.T) {
	source := &Snapshot{
		groups: []group{
			{ID: "1", Name: "All Users"}, {ID: "2", Name: "good", Parents: []string{"1"}},
			{ID: "3", Name: "bad", Parents: []string{"1", "2"}}, {ID: "4", Name: "fine", Parents: []string{"1", "3"}},
		},
		attributes: []attribute{{ID: "14", Name: "a", Type: "string", values: []groupValue{{GroupID: "3", Value: new("x")}, {GroupID: "2", Value: new("y")}}}},
		users: []user{
			{ID: "7", Email: new("bad@example.com"), GroupIDs: []string{"1", "2"}},
			{ID: "8", Email: new("ok@example.com"), GroupIDs: []string{"1", "2", "3"}},
		},
	}
	plan := Make(source, &Snapshot{groups: []group{{ID: "1", Name: "All Users"}}}, "looker", nil)
	target := &fakeTarget{dislike: "bad"}
	if _, err := plan.Run(t.Context(), target, func(string, int, int) {}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range plan.Missed {
		names = append(names, m.Kind+" "+m.Name)
	}
	if want := []string{"group bad", "user bad@example.com"}; !slices.Equal(names, want) {
		t.Errorf("missed %v, want %v", names, want)
	}
	for _, edit := range []string{"add_parent"} {
		if slices.Contains(target.seen, edit) {
			t.Errorf("%s was tried with a group that is not there", edit)
		}
	}
	if n := len(target.seen); n != 7 {
		t.Errorf("%d edits were made: %v", n, target.seen)
	}
}
