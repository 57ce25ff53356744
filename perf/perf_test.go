package main

import (
	"testing"
	"time"

	"cohort/perf/lab"
)

// Lines that need no other process can be measured. The directory is tiny and there is one
// round, so the figures mean nothing.
func TestLinesCanBeMeasured(t *testing.T) {
	l := lab.Lab{Work: t.TempDir(), Scale: 0.001, Rounds: 1, Burst: 100 * time.Millisecond, Out: t.Output()}
	ours := map[string]bool{
		"effective": true, "writes-sqlite": true, "preview": true, "holders": true, "members": true, "search": true,
		"growth-users": true,
	}
	for _, one := range lines() {
		if !ours[one.name] {
			continue
		}
		delete(ours, one.name)
		t.Run(one.name, func(t *testing.T) {
			l := l
			l.Line = one.name
			r, err := one.run(t.Context(), &l)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Verdicts) == 0 || len(r.Notes) == 0 {
				t.Errorf("the line says %+v", r)
			}
		})
	}
	if len(ours) > 0 {
		t.Errorf("there are no lines %v", ours)
	}
}
