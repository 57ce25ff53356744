// Package large measures operations on a directory of a million users.
package large

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/inspect"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// Start measures the start of the program on the million, and its memory.
func Start(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	var memory, peak measure.Samples
	found, err := l.Alternate(ctx,
		measure.Side{Name: "start to ready, s", Run: func(ctx context.Context) (float64, error) {
			p, err := l.Serve(ctx, "--data", path)
			if err != nil {
				return 0, err
			}
			if err := lab.Pause(ctx, 2*time.Second); err != nil {
				return 0, errors.Join(err, p.Close())
			}
			now, most, err := p.Memory()
			memory, peak = append(memory, now), append(peak, most)
			return p.Ready.Seconds(), errors.Join(err, p.Close())
		}})
	if err != nil {
		return r, err
	}
	users := d.Shape().Users
	r.AtMost(fmt.Sprintf("start to ready with %d users", users), 3, measure.Seconds, found[0])
	r.AtMost("resident memory then, idle", 400, measure.MiB, memory)
	r.Note("The pages of the database are in the system's cache. The most memory while starting: %s.",
		measure.MiB.Format(peak.Median()))
	return r, nil
}

// reach counts the users who are in a group or below it, for every group of a sample.
func reach(d *sample.Directory) []int {
	up := map[directory.GroupID][]directory.GroupID{}
	for row := range d.Catalog() {
		if n, ok := row.(directory.Nesting); ok {
			up[n.Group] = append(up[n.Group], n.Parent)
		}
	}
	counts := make([]int, d.Shape().Groups)
	last := make([]directory.UserID, d.Shape().Groups)
	var climb func(directory.UserID, directory.GroupID)
	climb = func(u directory.UserID, g directory.GroupID) {
		i := int(g - d.Group(0))
		if last[i] == u {
			return
		}
		last[i] = u
		counts[i]++
		for _, parent := range up[g] {
			climb(u, parent)
		}
	}
	for i := range d.Shape().Users {
		u := d.User(i)
		for _, m := range u.Memberships {
			climb(u.User.ID, m.Group)
		}
	}
	return counts
}

// nearest is the group whose reach is nearest to a number.
func nearest(counts []int, want int) int {
	best := 0
	off := func(g int) int { return max(counts[g]-want, want-counts[g]) }
	for g := range counts {
		if off(g) < off(best) {
			best = g
		}
	}
	return best
}

// Previews previews a group value that reaches a tenth of all users, and one that reaches all
// of them.
func Previews(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	o, err := lab.Open(ctx, path, core.Options{})
	if err != nil {
		return r, err
	}
	defer o.Close()
	users := d.Shape().Users
	counts := reach(d)
	tenth := nearest(counts, users/10)
	preview := func(group int) func(context.Context) (float64, error) {
		return func(ctx context.Context) (float64, error) {
			first := 1
			change := directory.Change{Edits: []directory.Edit{directory.SetGroupValue{
				Group: d.Group(group), Attribute: d.Attribute(0), Value: directory.Value{Text: "preview"}, Rank: &first,
			}}}
			return measure.Elapsed(func() error {
				p, err := o.View().Preview(ctx, change)
				if err == nil && int(p.Examined) != counts[group] {
					err = fmt.Errorf("%d users were examined; %d are in the group or below", p.Examined, counts[group])
				}
				return err
			})
		}
	}
	found, err := l.Alternate(ctx, measure.Side{Name: "a tenth, s", Run: preview(tenth)},
		measure.Side{Name: "all, s", Run: preview(0)})
	if err != nil {
		return r, err
	}
	r.AtMost(fmt.Sprintf("preview that touches %d users", counts[tenth]), 3, measure.Seconds, found[0])
	r.AtMost(fmt.Sprintf("preview that touches all %d users", users), 10, measure.Seconds, found[1])
	r.Note("A user: %s and %s.", measure.Seconds.Format(found[0].Median()/float64(counts[tenth])),
		measure.Seconds.Format(found[1].Median()/float64(users)))
	return r, nil
}

// Holders reads pages of the holders of a value from random places.
func Holders(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	o, err := lab.Open(ctx, path, core.Options{})
	if err != nil {
		return r, err
	}
	defer o.Close()
	random := rand.New(rand.NewPCG(3, 4))
	nobody := "nobody has it"
	value := d.User(0).User.FirstName
	page := func(value *string) func(context.Context) (float64, error) {
		return func(ctx context.Context) (float64, error) {
			return lab.Longest(10, func() error {
				after := d.UserID(random.IntN(max(d.Shape().Users-directory.MaxExamined, 1)))
				_, err := inspect.Holders(ctx, o.View(), directory.HolderQuery{Attribute: d.Attribute(random.IntN(2)), Value: value,
					After: after})
				return err
			})
		}
	}
	found, err := l.Alternate(ctx,
		measure.Side{Name: "a value that nobody has, s", Run: page(&nobody)},
		measure.Side{Name: "a value that some have, s", Run: page(&value)},
		measure.Side{Name: "any value, s", Run: page(nil)})
	if err != nil {
		return r, err
	}
	r.AtMost("a page of who has a value that nobody has", 50e-3, measure.Seconds, found[0])
	r.AtMost("a page of who has any value, full", 50e-3, measure.Seconds, found[2])
	r.Note("The longest of ten pages from random places, by round.")
	return r, nil
}
