package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// plain is the directory in which effective values are read: strings for which
// the rank decides, as rivals can answer no other question; 5 direct groups for
// each user, of 10,000 in 5 levels.
func (l *lab) plain(users, attributes int) sample.Shape {
	return sample.Shape{
		Seed: 2, Users: users, Groups: l.scaled(10_000), Depth: 5, Attributes: attributes, GroupValues: 10 * l.scaled(10_000),
		Memberships: 5 * users, UserValues: users, Plain: true,
	}
}

// attributes lists the attributes of a sample.
func attributes(d *sample.Directory) []directory.AttributeID {
	ids := make([]directory.AttributeID, d.Shape().Attributes)
	for i := range ids {
		ids[i] = d.Attribute(i)
	}
	return ids
}

// effectiveInProcess reads all attributes of users in random order, all of them
// cached.
func effectiveInProcess(ctx context.Context, l *lab) (r measure.Result, err error) {
	var sides []measure.Side
	var allocations [2]measure.Samples
	for i, count := range []int{20, 200} {
		shape := l.plain(l.scaled(100_000), count)
		path, d, err := l.fixture(ctx, fmt.Sprintf("plain-%d", count), shape)
		if err != nil {
			return r, err
		}
		o, err := open(ctx, path, core.Options{CacheUsers: 2 * shape.Users})
		if err != nil {
			return r, err
		}
		defer o.Close()
		attrs := attributes(d)
		read := func(user int) error {
			values, err := o.Effective(ctx, d.UserID(user), attrs)
			if err == nil && len(values) != count {
				err = fmt.Errorf("user %d has %d values", d.UserID(user), len(values))
			}
			return err
		}
		for user := range shape.Users { // fills the cache
			if err := read(user); err != nil {
				return r, err
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		reads := l.scaled(200_000)
		sides = append(sides, measure.Side{Name: fmt.Sprintf("%d attributes, ns", count), Run: func(context.Context) (float64, error) {
			before := measure.Mallocs()
			took, err := measure.Elapsed(func() error {
				for range reads {
					if err := read(random.IntN(shape.Users)); err != nil {
						return err
					}
				}
				return nil
			})
			allocations[i] = append(allocations[i], (measure.Mallocs()-before)/float64(reads))
			return took / float64(reads) * 1e9, err
		}})
	}
	found, err := l.alternate(ctx, sides...)
	if err != nil {
		return r, err
	}
	r.AtMost("effective values in process, 20 attributes", 2e-6, measure.Seconds, found[0].Times(1e-9))
	r.AtMost("effective values in process, 200 attributes", 10e-6, measure.Seconds, found[1].Times(1e-9))
	r.AtMost("allocations of that, 20 attributes", 2, measure.Count, allocations[0].Round())
	r.AtMost("allocations of that, 200 attributes", 2, measure.Count, allocations[1].Round())
	r.Note("%d users in random order, all in the cache, one goroutine, through core with its permissions; each user in 5 groups, %d groups in 5 levels, 10 values a group.",
		l.scaled(100_000), l.scaled(10_000))
	r.Note("Ten times the attributes take %s the time.", measure.Ratio.Format(found[1].Per(found[0]).Median()))
	return r, nil
}
