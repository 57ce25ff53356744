package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// A grownDirectory is a directory of one size, whose doors are measured.
type grownDirectory struct {
	label   string
	process *measure.Process
	caller  *caller
	d       *sample.Directory
}

// growthOfDoors asks every door the same of small and of large directories.
func growthOfDoors(ctx context.Context, l *lab) (r measure.Result, err error) {
	most := l.scaled(1_000_000)
	var users, groups []sample.Shape
	for _, part := range []int{1000, 10, 1} {
		shape := sample.Budget(most)
		n := max(most/part, 1000) // so many are asked for
		shape.Users, shape.Memberships, shape.UserValues = n, shape.Memberships*n/most, shape.UserValues*n/most
		users = append(users, shape)
	}
	asked := max(l.scaled(10_000), 1000)
	for _, n := range []int{100, 10_000, 100_000} {
		n = max(l.scaled(n), 100)
		groups = append(groups, sample.Shape{
			Seed: 4, Users: asked, Groups: n, Depth: 6, Attributes: 200, GroupValues: 10 * n,
			Memberships: 3 * asked, UserValues: asked, Skew: 1, Everyone: true,
		})
	}
	same := func(a, b sample.Shape) bool { return a.Users == b.Users && a.Groups == b.Groups } // of a small run
	users, groups = slices.CompactFunc(users, same), slices.CompactFunc(groups, same)
	if err := l.growDoors(ctx, &r, "users", users, func(s sample.Shape) (string, string) {
		if s.Users == most {
			return "million", fmt.Sprintf("%d users", s.Users)
		}
		return fmt.Sprintf("users-%d", s.Users), fmt.Sprintf("%d users", s.Users)
	}); err != nil {
		return r, err
	}
	return r, l.growDoors(ctx, &r, "groups", groups, func(s sample.Shape) (string, string) {
		return fmt.Sprintf("groups-%d", s.Groups), fmt.Sprintf("%d groups", s.Groups)
	})
}

// growDoors compares directories that differ in the number of one thing.
func (l *lab) growDoors(
	ctx context.Context, r *measure.Result, what string, shapes []sample.Shape,
	names func(sample.Shape) (fixture, label string),
) (err error) {
	var list []*grownDirectory
	for _, shape := range shapes {
		fixture, label := names(shape)
		path, d, err := l.fixture(ctx, fixture, shape)
		if err != nil {
			return err
		}
		p, c, err := l.serveAndLogin(ctx, "--data", path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		list = append(list, &grownDirectory{label, p, c, d})
	}
	const atMost = 1.5
	table := measure.Table{Title: "Processor time of a request, by " + what, Head: []string{"What"}}
	for _, g := range list {
		table.Head = append(table.Head, g.label)
	}
	for i, name := range grownDoorNames() {
		contests := make([]*contest, len(list))
		for n, g := range list {
			contests[n] = &contest{name: name + ", " + g.label, process: g.process, next: g.caller.asking(g.doors()[i])}
		}
		if err := l.compete(ctx, contests...); err != nil {
			return err
		}
		row := []string{name}
		for _, c := range contests {
			cell := measure.Seconds.Format(c.cpu.Median())
			if c != contests[0] {
				cell += " (" + measure.Ratio.Format(c.cpu.Per(contests[0].cpu).Median()) + ")"
			}
			row = append(row, cell)
		}
		table.Rows = append(table.Rows, row)
		last := contests[len(contests)-1]
		r.AtMost(name+": the most "+what+", against the fewest", atMost, measure.Ratio, last.cpu.Per(contests[0].cpu))
	}
	r.Tables = append(r.Tables, table)
	return nil
}

// grownDoorNames names the doors of grownDirectory.doors.
func grownDoorNames() []string {
	return []string{
		"native effective values", "Looker user", "Looker values of 20 attributes", "Looker page of 100 users",
		"Looker group", "Looker page of 100 groups", "Propeller user", "Propeller usergroup",
	}
}

// doors are requests for the same few users and groups in a directory of any
// size, so that only what grows with the directory differs.
func (g *grownDirectory) doors() []func(*rand.Rand) string {
	user := func(r *rand.Rand) string { return directory.FormatID(g.d.UserID(r.IntN(900))) }
	group := func(*rand.Rand) string { return directory.FormatID(g.d.Group(g.d.Leaf())) }
	var list, numbers []string
	for i := range 20 {
		list, numbers = append(list, g.d.Name(i)), append(numbers, directory.FormatID(g.d.Attribute(i)))
	}
	names, ids := strings.Join(list, ","), strings.Join(numbers, ",")
	page := func(r *rand.Rand) string { return fmt.Sprint("?limit=100&offset=", 100*r.IntN(9)) }
	return []func(*rand.Rand) string{
		func(r *rand.Rand) string { return "/v1/users/" + user(r) + "/effective?attributes=" + names },
		func(r *rand.Rand) string { return "/api/4.0/users/" + user(r) },
		func(r *rand.Rand) string {
			return "/api/4.0/users/" + user(r) + "/attribute_values?user_attribute_ids=" + ids
		},
		func(r *rand.Rand) string { return "/api/4.0/users" + page(r) },
		func(r *rand.Rand) string { return "/api/4.0/groups/" + group(r) },
		func(*rand.Rand) string { return "/api/4.0/groups?limit=100&offset=0" },
		func(r *rand.Rand) string { return "/users/id/" + user(r) },
		func(r *rand.Rand) string { return "/usergroups/id/" + group(r) },
	}
}
