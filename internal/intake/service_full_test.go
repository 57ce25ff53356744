package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/intake"
)

// full brings a whole table in, and returns how many rows were refused.
func (w *world) full(text string) int {
	w.t.Helper()
	r := w.upload(intake.Options{Mode: intake.Full}, text)
	if len(r.Guard) > 0 {
		w.t.Fatalf("the guard: %+v", r.Guard)
	}
	done, err := w.service.Commit(w.t.Context(), w.admin, r.ID, intake.Go{Token: r.Token})
	if err != nil || done.State != intake.Done {
		w.t.Fatalf("%+v, %v", done, err)
	}
	if err := w.service.Delete(w.t.Context(), w.admin, r.ID); err != nil {
		w.t.Fatal(err)
	}
	return done.Outcome.Refused
}

// there are the users and groups with an id in hr, and the groups that each user is in.
func (w *world) there() string {
	w.t.Helper()
	live, err := intake.ReadLive(w.t.Context(), w.views.As(w.admin))
	if err != nil {
		w.t.Fatal(err)
	}
	names := map[directory.GroupID]string{}
	var list []string
	for i := range live.Groups {
		g := &live.Groups[i]
		if names[g.ID] = g.Name; g.Sources["hr"] != "" {
			list = append(list, g.Name)
		}
	}
	for i := range live.Users {
		u := &live.Users[i]
		if id := u.Sources["hr"]; id != "" {
			for _, m := range u.Memberships {
				id += " " + names[m.Group]
			}
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// TestARefusedRowRemovesNothing: what a whole table names in a row that is refused is
// still in the table, whatever is wrong with the row.
func TestARefusedRowRemovesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		table, want string
		refused     int
	}{
		"a user whose row is wrong": {"source:hr,active\n1,yes\n2,maybe\n", "1 A B, 2 A, A, B", 1},
		"a user who is there twice": {"source:hr,active\n1,yes\n2,yes\n2,yes\n", "1 A B, 2 A, A, B", 2},
		"a user in a group that is not": {"source:hr,groups\n1,source:hr/A|source:hr/B\n2,source:hr/Z\n",
			"1 A B, 2 A, A, B", 1},
		"a user who is not in the table":   {"source:hr,active\n1,yes\n", "1 A B, A, B", 0},
		"a group whose row is wrong":       {"source:hr,name,parents\nA,A,\nB,B,Z\n", "1 A B, 2 A, A, B", 1},
		"a group that is there twice":      {"source:hr,name\nA,A\nB,B\nB,B\n", "1 A B, 2 A, A, B", 2},
		"a group that is not in the table": {"source:hr,name\nA,A\n", "1 A, 2 A, A", 0},
		"a user without a key":             {"source:hr,active\n1,yes\n,yes\n", "1 A B, 2 A, A, B", 1},
		"a group without a key":            {"source:hr,name\nA,A\n,B\n", "1 A B, 2 A, A, B", 1},
		"a membership of nobody":           {"user,group\nsource:hr/1,source:hr/A\n,source:hr/B\n", "1 A B, 2 A, A, B", 1},
		"a membership that is wrong": {
			"user,group,from\nsource:hr/1,source:hr/A,\nsource:hr/1,source:hr/B,never\nsource:hr/2,source:hr/A,\n",
			"1 A B, 2 A, A, B", 1},
		"a membership in a group that is not": {
			"user,group\nsource:hr/1,source:hr/A\nsource:hr/1,source:hr/Z\nsource:hr/2,source:hr/A\n",
			"1 A B, 2 A, A, B", 2},
		"a membership that is not in the table": {"user,group\nsource:hr/1,source:hr/A\nsource:hr/2,source:hr/A\n",
			"1 A, 2 A, A, B", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, time.Minute)
			w.bring("source:hr,name\nA,A\nB,B\n")
			w.bring("source:hr,groups\n1,source:hr/A|source:hr/B\n2,source:hr/A\n")
			if got := w.there(); got != "1 A B, 2 A, A, B" {
				t.Fatalf("before: %s", got)
			}
			refused := w.full(test.table)
			if got := w.there(); got != test.want || refused != test.refused {
				t.Errorf("%s, %d refused; want %s, %d", got, refused, test.want, test.refused)
			}
		})
	}
}
