package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/intake"
)

// bring brings a table in, and returns why rows were refused.
func (w *world) bring(text string) (refused []string) {
	w.t.Helper()
	r := w.upload(intake.Options{}, text)
	for _, row := range r.Plan.Sample {
		refused = append(refused, row.Why)
	}
	if done, err := w.service.Commit(w.t.Context(), w.admin, r.ID, intake.Go{Token: r.Token}); err != nil ||
		done.State != intake.Done {
		w.t.Fatalf("%+v, %v", done, err)
	}
	if err := w.service.Delete(w.t.Context(), w.admin, r.ID); err != nil {
		w.t.Fatal(err)
	}
	return refused
}

// ranked are the groups that have a value of an attribute, by rank.
func (w *world) ranked(attribute string) string {
	w.t.Helper()
	live, err := intake.ReadLive(w.t.Context(), w.views.As(w.admin))
	if err != nil {
		w.t.Fatal(err)
	}
	names := map[int]string{}
	for i := range live.Groups {
		for _, v := range live.Groups[i].Values {
			for k := range live.Attributes {
				if live.Attributes[k].ID == v.Attribute && live.Attributes[k].Name == attribute {
					names[v.Rank] = live.Groups[i].Name
				}
			}
		}
	}
	var list []string
	for rank := range len(names) {
		list = append(list, names[rank+1])
	}
	return strings.Join(list, " ")
}

// TestValuesComeInWithTheirRank: rows in any order, of groups that have a value and of
// others, bring each value to its rank; what has none stays behind or comes last.
func TestValuesComeInWithTheirRank(t *testing.T) {
	w := newWorld(t, time.Minute)
	var edits []directory.Edit
	for _, name := range []string{"A", "B", "C", "D"} {
		edits = append(edits, directory.CreateGroup{Name: name})
	}
	edits = append(edits, directory.CreateAttribute{Name: "region", Label: "Region", Type: directory.TypeString})
	if _, err := w.views.As(w.admin).Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ rows, want, refused string }{
		{"A,region,a,2\nB,region,b,1\nC,region,c,", "B A C", ""},
		{"A,region,a,2\nB,region,b,1\nC,region,c,", "B A C", ""},
		{"C,region,c,1\nB,region,b,3", "C A B", ""},
		{"D,region,d,2\nA,region,new,1", "A D C B", ""},
		{"D,region,d,9", "A D C B", "region: has the rank 9, but ranks go from 1 to 4 here"},
		{"D,region,d,1\nB,region,b,1", "D A C B", "region: has the rank 1, as another row has"},
		{"A,region,\\N,1\nB,region,b,1", "B D C", ""},
		{"C,region,c,0", "B D C", "region: has the rank 0, but ranks go from 1 to 3 here"},
		{"C,region,c,x", "B D C", "rank must be a whole number, and is for values of groups"},
	} {
		refused := strings.Join(w.bring("group,attribute,value,rank\n"+step.rows+"\n"), "; ")
		if got := w.ranked("region"); got != step.want || refused != step.refused {
			t.Errorf("%q: %s, refused %q; want %s, %q", step.rows, got, refused, step.want, step.refused)
		}
	}
	if r := w.upload(intake.Options{}, "group,attribute,value,rank\nB,region,b,1\n"); len(r.Plan.Counts) != 0 {
		t.Errorf("what is as it should be is changed: %+v", r.Plan)
	}
}

// TestLoginEMailsAreHandedOn: who takes the login e-mail of somebody who gets another
// comes after, wherever they stand; two who swap theirs are refused by name.
func TestLoginEMailsAreHandedOn(t *testing.T) {
	w := newWorld(t, time.Minute)
	w.bring("source:hr,email\n1,a@x.org\n2,b@x.org\n3,c@x.org\n")
	logins := func() string {
		live, err := intake.ReadLive(t.Context(), w.views.As(w.admin))
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for i := range live.Users {
			if id := live.Users[i].Sources["hr"]; id != "" {
				list = append(list, id+" "+live.Users[i].Email)
			}
		}
		slices.Sort(list)
		return strings.Join(list, ", ")
	}
	if refused := w.bring("source:hr,email\n1,b@x.org\n2,C@x.org\n3,d@x.org\n4,a@x.org\n"); len(refused) != 0 {
		t.Errorf("handed on: %q", refused)
	}
	if got := logins(); got != "1 b@x.org, 2 C@x.org, 3 d@x.org, 4 a@x.org" {
		t.Errorf("handed on: %s", got)
	}
	refused := w.bring("source:hr,email\n1,C@x.org\n2,b@x.org\n3,e@x.org\n")
	if len(refused) != 2 || !strings.Contains(refused[0], "give one of them another address first") {
		t.Errorf("swapped: %q", refused)
	}
	if got := logins(); got != "1 b@x.org, 2 C@x.org, 3 e@x.org, 4 a@x.org" {
		t.Errorf("swapped: %s", got)
	}
	var rows strings.Builder // who gives up stands in another part of the table
	rows.WriteString("source:hr,email\n3,f@x.org\n")
	for i := range 6000 {
		fmt.Fprintf(&rows, "n%d,n%d@x.org\n", i, i)
	}
	if refused := w.bring(rows.String() + "1,e@x.org\n"); len(refused) != 0 || !strings.HasPrefix(logins(), "1 e@x.org") {
		t.Errorf("handed on in a long table: %q, %.40s", refused, logins())
	}
}
