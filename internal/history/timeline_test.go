package history_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/history"
)

// A timelineWorld is a small company that changes at random.
type timelineWorld struct {
	*coretest.World
	random *rand.Rand
	groups []directory.GroupID
	user   directory.UserID
	attrs  [2]directory.AttributeID
}

// step makes a random change, if it is possible.
func (w *timelineWorld) step() {
	g := w.groups[w.random.IntN(len(w.groups))]
	h := w.groups[w.random.IntN(len(w.groups))]
	a := w.attrs[w.random.IntN(2)]
	v := coretest.Text(fmt.Sprint(w.random.IntN(3)))
	soon := directory.InstantOf(time.Now().Add(time.Duration(1+w.random.IntN(90)) * time.Minute))
	edits := []directory.Edit{
		directory.AddMember{Group: g, User: w.user},
		directory.AddMember{Group: g, User: w.user, Window: &directory.Window{ExpiresAt: soon}},
		directory.RemoveMember{Group: g, User: w.user},
		directory.AddParent{Group: g, Parent: h},
		directory.RemoveParent{Group: g, Parent: h},
		directory.SetGroupValue{Group: g, Attribute: a, Value: v},
		directory.SetGroupValue{Group: g, Attribute: a, Value: v, Rank: new(1)},
		directory.SetGroupValue{Group: g, Attribute: a, Value: v, Window: &directory.Window{StartsAt: soon}},
		directory.DeleteGroupValue{Group: g, Attribute: a},
		directory.SetUserValue{User: w.user, Attribute: a, Value: v},
		directory.DeleteUserValue{User: w.user, Attribute: a},
		directory.UpdateAttribute{Attribute: a, Default: &v},
		directory.UpdateGroup{Group: g, Name: new("renamed")},
		directory.DeleteGroup{Group: g},
		directory.CreateGroup{Name: "more"},
	}
	edit := edits[w.random.IntN(len(edits))]
	done, err := w.Admin().Commit(w.T.Context(), directory.Change{Edits: []directory.Edit{edit}})
	if err != nil {
		return // a ring, or what is not there
	}
	if _, ok := edit.(directory.CreateGroup); ok {
		w.groups = append(w.groups, directory.GroupID(done.Results[0].ID))
	}
	if d, ok := edit.(directory.DeleteGroup); ok {
		w.groups = slices.DeleteFunc(w.groups, func(id directory.GroupID) bool { return id == d.Group })
	}
	if len(w.groups) == 0 {
		w.groups = append(w.groups, w.Group("again"))
	}
}

// TestATimelineHasEveryMomentAndNoOther: the answer as of each revision, which other
// code finds, changes exactly where the timeline says, to what it says.
func TestATimelineHasEveryMomentAndNoOther(t *testing.T) {
	for seed := range uint64(effort.Of(2, 6)) {
		synctest.Test(t, func(t *testing.T) {
			w := &timelineWorld{World: coretest.New(t), random: rand.New(rand.NewPCG(seed, 1))}
			for range 5 {
				w.groups = append(w.groups, w.Group("G"))
			}
			w.user = w.World.User("U")
			for i := range w.attrs {
				w.attrs[i] = w.Attribute(fmt.Sprintf("a%d", i), directory.TypeString)
			}
			made := w.Core.Head().Revision
			for range 80 {
				time.Sleep(time.Duration(w.random.IntN(20)) * time.Minute)
				w.step()
			}
			time.Sleep(3 * time.Hour)
			w.check(made)
		})
	}
}

func (w *timelineWorld) check(made directory.Revision) {
	w.T.Helper()
	for _, group := range append([]directory.GroupID{0}, w.groups...) {
		want := w.transitions(made, group)
		got := w.timeline(group)
		if !slices.Equal(got, want) {
			w.T.Errorf("group %d: the timeline is\n%q\nand the answers as of each moment changed\n%q", group, got, want)
		}
	}
}

// transitions are the changes of the answer, by asking about every revision, and
// every minute between.
func (w *timelineWorld) transitions(made directory.Revision, group directory.GroupID) (list []string) {
	w.T.Helper()
	header, err := history.Change(w.T.Context(), w.Admin(), made)
	if err != nil {
		w.T.Fatal(err)
	}
	last, there := "", false
	for at := header.At; at <= directory.InstantOf(time.Now()); at += directory.Instant(time.Minute.Milliseconds()) {
		answer, ok := w.asOf(at, group)
		if ok && there && answer != last {
			list = append(list, fmt.Sprintf("%d: %s to %s", at, last, answer))
		}
		if ok && !there {
			list = append(list, fmt.Sprintf("made: %s", answer))
		}
		last, there = answer, ok
	}
	return list
}

func (w *timelineWorld) asOf(at directory.Instant, group directory.GroupID) (string, bool) {
	past, err := w.Admin().At(w.T.Context(), directory.Point{At: at})
	if err != nil {
		w.T.Fatal(err)
	}
	var x directory.Explanation
	if group != 0 {
		x, err = past.GroupExplain(w.T.Context(), group, w.attrs[0])
	} else {
		x, err = past.Explain(w.T.Context(), w.user, w.attrs[0])
	}
	if err != nil {
		return "", false
	}
	return renderedAnswer(&x), true
}

// timeline is what the timeline says, the oldest first, read in small pages.
func (w *timelineWorld) timeline(group directory.GroupID) (list []string) {
	w.T.Helper()
	about := directory.AnswerQuestion{Group: group, Attribute: w.attrs[0]}
	if group == 0 {
		about.User = w.user
	}
	q := directory.TimelineQuery{Limit: 3}
	for {
		page, err := history.AnswerTimeline(w.T.Context(), w.Admin(), about, q)
		if err != nil {
			w.T.Fatal(err)
		}
		for _, m := range page.Moments {
			if m.Before.Attribute == 0 { // it was made then, or the user was
				list = append(list, "made: "+renderedAnswer(&m.After))
				continue
			}
			list = append(list, fmt.Sprintf("%d: %s to %s", m.At, renderedAnswer(&m.Before), renderedAnswer(&m.After)))
		}
		if page.Older == 0 {
			break
		}
		q.From = page.Older
	}
	slices.Reverse(list)
	return list
}

// renderedAnswer is an answer without where it is from.
func renderedAnswer(x *directory.Explanation) string {
	if x.Origin == directory.OriginNone {
		return "none"
	}
	return x.Value.Text
}
