// Package growth measures what grows with the size of a directory.
package growth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// The figures of every size.
const (
	readTime = iota
	readFewTime
	leafEdit
	topEdit
	memberEdit
	heapEmpty
	heapUsed
	startUp
	figures
)

// grownNames are the names of the figures.
var grownNames = [figures]string{
	readTime:    "effective read",
	readFewTime: "effective read, of 20 users",
	leafEdit:    "edit of a leaf group",
	topEdit:     "edit of a top group",
	memberEdit:  "membership edit, largest group",
	heapEmpty:   "memory after start",
	heapUsed:    "memory with 1,000 users read",
	startUp:     "start of core",
}

func unitOf(figure int) measure.Unit {
	if figure == heapEmpty || figure == heapUsed {
		return measure.MiB
	}
	return measure.Seconds
}

// A size is a directory of one size. It is opened again in each round.
type size struct {
	label string
	path  string
	d     *sample.Directory
	reads int // per round; enough that one garbage collection more or less does not matter
	found [figures]measure.Samples
}

// GrowthOfUsers keeps the policy and grows the users.
func GrowthOfUsers(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	most := l.Scaled(1_000_000)
	var sizes []*size
	for _, part := range []int{1000, 100, 10, 1} {
		shape := sample.Budget(most)
		shape.Users, shape.Memberships, shape.UserValues = shape.Users/part, shape.Memberships/part, shape.UserValues/part
		name := "million"
		if part > 1 {
			name = fmt.Sprintf("users-%d", shape.Users)
		}
		s, err := newSize(ctx, l, name, fmt.Sprintf("%d users", shape.Users), shape)
		if err != nil {
			return r, err
		}
		defer os.RemoveAll(s.path)
		sizes = append(sizes, s)
	}
	if err := grow(ctx, l, sizes); err != nil {
		return r, err
	}
	last := sizes[len(sizes)-1]
	flat := func(figure int) {
		r.AtMost(grownNames[figure]+": a thousand times the users, against the fewest", 1.5, measure.Ratio,
			last.found[figure].Per(sizes[0].found[figure]))
	}
	for _, figure := range []int{readTime, readFewTime, leafEdit, topEdit, memberEdit, heapUsed, startUp} {
		flat(figure)
	}
	r.Note("%d groups, %d attributes and %d group values at every size; all users are in the largest group. Expected: "+
		"nothing grows.",
		last.d.Shape().Groups, last.d.Shape().Attributes, last.d.Shape().GroupValues)
	r.Note(howGrown)
	r.Tables = append(r.Tables, growthTable(sizes))
	return r, nil
}

// GrowthOfGroups keeps the users and grows the policy.
func GrowthOfGroups(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	var sizes []*size
	for _, groups := range []int{100, 1000, 10_000, 100_000} {
		groups = max(l.Scaled(groups), 10)
		shape := sample.Shape{
			Seed: 4, Users: l.Scaled(10_000), Groups: groups, Depth: 6, Attributes: 200, GroupValues: 10 * groups,
			Memberships: 3 * l.Scaled(10_000), UserValues: l.Scaled(10_000), Skew: 1, Everyone: true,
		}
		s, err := newSize(ctx, l, groupsFixture(shape), fmt.Sprintf("%d groups", groups), shape)
		if err != nil {
			return r, err
		}
		defer os.RemoveAll(s.path)
		sizes = append(sizes, s)
	}
	if err := grow(ctx, l, sizes); err != nil {
		return r, err
	}
	last := sizes[len(sizes)-1]
	times := float64(last.d.Shape().Groups) / float64(sizes[0].d.Shape().Groups)
	against := func(figure int, limit float64) {
		r.AtMost(fmt.Sprintf("%s: %.0f times the groups, against the fewest", grownNames[figure], times), limit,
			measure.Ratio, last.found[figure].Per(sizes[0].found[figure]))
	}
	against(readTime, 2)
	against(readFewTime, 1.5)
	against(leafEdit, 2)
	against(memberEdit, 2)
	against(heapEmpty, times)
	against(startUp, times)
	r.Note("%d users, 10 values a group. Expected: reads, edits of a leaf and membership edits stay (but for the "+
		"processor's caches: 2 × are allowed); memory and start grow no faster than the policy; an edit of a top group "+
		"grows with the groups below it, here a constant share of all.",
		last.d.Shape().Users)
	r.Note(howGrown)
	r.Tables = append(r.Tables, growthTable(sizes))
	return r, nil
}

// groupsFixture names the fixture of a shape by its groups.
func groupsFixture(s sample.Shape) string {
	return fmt.Sprintf("groups-%d-users-%d", s.Groups, s.Users)
}

const howGrown = "Reads: processor time, 1,000 cached users, 20 attributes of all types and rules; 20 users are few " +
	"enough that the processor's caches hold all that is read, at every size. Edits: processor time of one durable " +
	"change on SQLite, with its record. Memory: the heap once collected, on top of what there was. In brackets: against " +
	"the smallest."

func newSize(ctx context.Context, l *lab.Lab, name, label string, shape sample.Shape) (*size, error) {
	path, d, err := l.Fixture(ctx, name, shape)
	if err != nil {
		return nil, err
	}
	path, err = l.Copied(path)
	return &size{label: label, path: path, d: d, reads: l.Scaled(200_000)}, err
}

// grow measures all sizes in turns.
func grow(ctx context.Context, l *lab.Lab, sizes []*size) error {
	for round := range l.Rounds {
		for _, s := range sizes {
			took, err := measure.Elapsed(func() error { return s.measure(ctx) })
			if err != nil {
				return fmt.Errorf("%s: %w", s.label, err)
			}
			l.Note(fmt.Sprintf("round %d of %d, %s: %s", round+1, l.Rounds, s.label, measure.Seconds.Format(took)))
		}
	}
	return nil
}

// measure opens the directory and takes every figure once.
func (s *size) measure(ctx context.Context) (err error) {
	add := func(figure int, v float64) { s.found[figure] = append(s.found[figure], v) }
	st, err := lab.OpenSQLite(ctx, s.path)
	if err != nil {
		return err
	}
	before := measure.Heap()
	var o *lab.Opened
	took, err := measure.Elapsed(func() (err error) {
		o, err = lab.OpenStore(ctx, st, core.Options{})
		return err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	add(startUp, took)
	add(heapEmpty, max(measure.Heap()-before, 0.1))
	if took, err = s.read(ctx, o, 1000); err != nil {
		return err
	}
	add(readTime, took)
	add(heapUsed, max(measure.Heap()-before, 0.1))
	if took, err = s.read(ctx, o, 20); err != nil {
		return err
	}
	add(readFewTime, took)
	for figure, edit := range map[int]func(int) directory.Edit{
		leafEdit:   func(i int) directory.Edit { return s.setValue(s.d.Leaf(), i) },
		topEdit:    func(i int) directory.Edit { return s.setValue(0, i) },
		memberEdit: s.moveMember,
	} {
		const edits = 50
		cpu := measure.CPU()
		for i := range edits {
			if err := o.Do(ctx, edit(i)); err != nil {
				return err
			}
		}
		add(figure, (measure.CPU()-cpu)/edits)
	}
	return nil
}

// read reads the same users repeatedly.
func (s *size) read(ctx context.Context, o *lab.Opened, users int) (float64, error) {
	attrs := lab.Attributes(s.d)[:20]
	random := rand.New(rand.NewPCG(8, 9))
	some := make([]directory.UserID, users)
	for i := range some {
		some[i] = s.d.UserID(i * s.d.Shape().Users / users)
		if _, err := o.View().Effective(ctx, some[i], attrs); err != nil {
			return 0, err
		}
	}
	cpu := measure.CPU()
	for range s.reads {
		if _, err := o.View().Effective(ctx, some[random.IntN(users)], attrs); err != nil {
			return 0, err
		}
	}
	return (measure.CPU() - cpu) / float64(s.reads), nil
}

// setValue sets another value of a group.
func (s *size) setValue(group, i int) directory.Edit {
	return directory.SetGroupValue{
		Group: s.d.Group(group), Attribute: s.d.Attribute(0),
		Value: directory.Value{Text: "grown " + strconv.Itoa(i) + strconv.Itoa(rand.IntN(1e9))},
	}
}

// moveMember removes a user from the group of all users; the next call adds the user again.
func (s *size) moveMember(i int) directory.Edit {
	user := s.d.UserID(i / 2 % s.d.Shape().Users)
	if i%2 == 0 {
		return directory.RemoveMember{Group: s.d.Group(0), User: user}
	}
	return directory.AddMember{Group: s.d.Group(0), User: user}
}

func growthTable(sizes []*size) measure.Table {
	t := measure.Table{Title: "Medians", Head: []string{"What"}}
	for _, s := range sizes {
		t.Head = append(t.Head, s.label)
	}
	for figure, name := range grownNames {
		row := []string{name}
		for i, s := range sizes {
			text := unitOf(figure).Format(s.found[figure].Median())
			if i > 0 {
				text += fmt.Sprintf(" (%s)", measure.Ratio.Format(s.found[figure].Per(sizes[0].found[figure]).Median()))
			}
			row = append(row, text)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
