package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// A tableReport is an import for programs.
type tableReport struct {
	Kind      string         `json:"kind"`
	Key       string         `json:"key,omitempty"`
	Encoding  string         `json:"encoding"`
	Delimiter string         `json:"delimiter"`
	Ignored   []string       `json:"ignored_columns,omitempty"`
	Rows      int            `json:"rows"`
	Refused   int            `json:"refused"`
	Counts    map[string]int `json:"counts"`
	DryRun    bool           `json:"dry_run"`
	Changes   int            `json:"changes"`
	Revision  int64          `json:"revision,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
}

// tell says what was done.
func (j *tableJob) tell() error {
	if j.forPrograms() {
		return j.v.object(j.format(), tableReport{
			string(j.table.Kind), j.table.Key, j.table.Encoding, string(j.table.Delimiter), j.table.Ignored, j.total, j.refused.n, j.counts,
			j.DryRun, j.done.Changes, j.done.Revision, j.done.RequestID,
		})
	}
	delimiter := map[rune]string{',': "commas", ';': "semicolons", '\t': "tabs"}[j.table.Delimiter]
	if delimiter == "" {
		delimiter = string(j.table.Delimiter)
	}
	fmt.Fprintf(j.v.out, "%d %s rows in %s, separated by %s", j.total, j.table.Kind, j.table.Encoding, delimiter)
	if j.table.Key != "" {
		fmt.Fprintf(j.v.out, ", known by %s", j.table.Key)
	}
	fmt.Fprintln(j.v.out, ".")
	if len(j.table.Ignored) > 0 {
		fmt.Fprintf(j.v.out, "Skipped the columns %s.\n", plain(strings.Join(j.table.Ignored, ", ")))
	}
	var rows [][]string
	for _, what := range slices.Sorted(maps.Keys(j.counts)) {
		action, kind, _ := strings.Cut(what, " ")
		rows = append(rows, []string{"  " + action, kind + "s", strconv.Itoa(j.counts[what])})
	}
	j.v.table(rows)
	if len(rows) == 0 {
		fmt.Fprintln(j.v.out, "Nothing to do: the directory is as the table says.")
	}
	if j.refused.n > 0 {
		fmt.Fprintf(j.v.out, "Refused %d of %d rows:\n", j.refused.n, j.total)
		for _, line := range j.refused.first {
			fmt.Fprintln(j.v.out, "  "+plain(line))
		}
		if j.Errors != "" {
			fmt.Fprintf(j.v.out, "All of them are in %s.\n", j.Errors)
		}
	}
	if j.done.Changes > 0 {
		fmt.Fprintf(j.v.out, "Done in %d changes, up to revision %d. To undo them: cohort revert --request %s\n", j.done.Changes, j.done.Revision, j.done.RequestID)
	}
	return nil
}

// A liveIndex finds the users that some rows are about, so that a plan need not
// look at all others.
type liveIndex struct {
	live    *desired.Live
	byKey   map[string][]int32 // e-mails and names, folded
	bySrc   map[[2]string]int32
	byID    map[directory.UserID]int32
	seen    map[directory.UserID]bool
	catalog desired.Live
}

func newLiveIndex(live *desired.Live) *liveIndex {
	x := &liveIndex{
		live: live, byKey: map[string][]int32{}, bySrc: map[[2]string]int32{}, byID: map[directory.UserID]int32{},
		seen: map[directory.UserID]bool{}, catalog: *live,
	}
	x.catalog.Users = nil
	for i := range live.Users {
		u, n := &live.Users[i], int32(i)
		for _, key := range []string{u.Email, u.ContactEmail, strings.TrimSpace(u.FirstName + " " + u.LastName)} {
			if key != "" {
				x.byKey[directory.Fold(key)] = append(x.byKey[directory.Fold(key)], n)
			}
		}
		for source, id := range u.Sources {
			x.bySrc[[2]string{source, id}] = n
		}
		x.byID[u.ID] = n
	}
	return x
}

// only is what is live, with the users that a state can mean.
func (x *liveIndex) only(s *desired.State) *desired.Live {
	live := x.catalog
	chosen := map[int32]bool{}
	choose := func(n int32) {
		if !chosen[n] {
			chosen[n] = true
			live.Users = append(live.Users, x.live.Users[n])
			x.seen[x.live.Users[n].ID] = true
		}
	}
	for i := range s.Users {
		u := &s.Users[i]
		if n, ok := x.byID[directory.UserID(u.ID)]; ok {
			choose(n)
		}
		for source, id := range u.Sources {
			if n, ok := x.bySrc[[2]string{source, id}]; ok {
				choose(n)
			}
		}
		for _, key := range s.Users[i].LookedForBy() {
			for _, n := range x.byKey[directory.Fold(key)] {
				choose(n)
			}
		}
	}
	return &live
}

// unseen is what is live, with the users that no row has meant.
func (x *liveIndex) unseen() *desired.Live {
	live := x.catalog
	for i := range x.live.Users {
		if !x.seen[x.live.Users[i].ID] {
			live.Users = append(live.Users, x.live.Users[i])
		}
	}
	return &live
}
