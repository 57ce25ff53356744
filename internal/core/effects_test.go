package core_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
)

// The effects of a change are those of its preview, however old the change is.
func TestWhatAChangeDidIsWhatItsPreviewSaid(t *testing.T) {
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) { affectedAlong(t, seed) })
	}
}

// told is what previews and histories of changes both say.
func told(p *directory.Preview) directory.Preview {
	return directory.Preview{
		Total: p.Total, Affected: p.Affected, Groups: p.Groups, Examined: p.Examined, Attributes: p.Attributes,
		Sample: p.Sample,
	}
}

func affectedAlong(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	w := coretest.New(t)
	users := []directory.UserID{w.User("Ada"), w.User("Bob"), w.User("Cem"), w.User("Dag")}
	groups := []directory.GroupID{w.Group("G"), w.Group("H"), w.Group("I")}
	a := w.Attribute("a", directory.TypeString)
	for _, g := range groups {
		w.Do(directory.AddMember{Group: g, User: users[r.IntN(len(users))]})
	}
	said := map[directory.Revision]directory.Preview{}
	for range 40 {
		time.Sleep(time.Duration(r.IntN(30)) * time.Minute)
		u, g, h := users[r.IntN(len(users))], groups[r.IntN(len(groups))], groups[r.IntN(len(groups))]
		v := coretest.Text(string(rune('x' + r.IntN(3))))
		soon := directory.InstantOf(time.Now().Add(time.Hour))
		edits := [][]directory.Edit{
			{directory.AddMember{Group: g, User: u}}, {directory.RemoveMember{Group: g, User: u}},
			{directory.AddMember{Group: g, User: u, Window: &directory.Window{ExpiresAt: soon}}},
			{directory.AddParent{Group: g, Parent: h}}, {directory.RemoveParent{Group: g, Parent: h}},
			{directory.SetGroupValue{Group: g, Attribute: a, Value: v}, directory.SetUserValue{User: u, Attribute: a, Value: v}},
			{directory.DeleteUserValue{User: u, Attribute: a}}, {directory.UpdateAttribute{Attribute: a, Default: &v}},
			{directory.UpdateUser{User: u, Disabled: new(r.IntN(2) == 0)}},
			{directory.CreateUser{FirstName: "New"}, directory.AddMember{Group: g, User: directory.Made[directory.UserID](0)}},
			{directory.UpdateGroup{Group: g, Name: new("renamed")}},
		}
		change := directory.Change{Edits: edits[r.IntN(len(edits))]}
		p, err := w.Admin().Preview(t.Context(), change)
		if err != nil {
			continue
		}
		done, err := w.Admin().Commit(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		if done.Changed {
			said[done.Revision] = told(&p)
		}
	}
	var revs []directory.Revision
	for rev, want := range said {
		revs = append(revs, rev)
		did, err := w.Admin().Effects(t.Context(), rev)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, told(&did)); diff != "" {
			t.Errorf("seed %d, revision %d (-preview +history):\n%s", seed, rev, diff)
		}
	}
	counts, err := w.Admin().Affected(t.Context(), revs)
	if err != nil {
		t.Fatal(err)
	}
	for rev, want := range said {
		if n, ok := counts[rev]; !ok || n.AtMost || n.Users != want.Affected || n.Groups != want.Groups {
			t.Errorf("seed %d, revision %d affected %+v (%v), want %v and %d groups", seed, rev, n, ok, want.Affected,
				want.Groups)
		}
	}
}

func TestEffectsNeedThePermissionsToSeeThem(t *testing.T) {
	w := coretest.New(t)
	u := w.User("U")
	rev := w.Core.Head().Revision
	if _, err := w.As(u).Effects(t.Context(), rev); directory.KindOf(err) != directory.KindForbidden {
		t.Errorf("without the permission to see history: %v", err)
	}
	if _, err := w.Admin().Effects(t.Context(), rev+1); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("of a change that is not there: %v", err)
	}
	if _, err := w.Admin().Effects(t.Context(), 0); directory.KindOf(err) != directory.KindNotFound {
		t.Errorf("of revision 0: %v", err)
	}
}
