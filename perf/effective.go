package main

import (
	"context"
	"errors"
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
	var all [2]*cachedUsers
	for i, count := range []int{20, 200} {
		if all[i], err = l.cacheUsers(ctx, count); err != nil {
			return r, err
		}
		defer all[i].Close()
		sides = append(sides, all[i].side("", false), all[i].side(" and their texts", true))
	}
	found, err := l.alternate(ctx, sides...)
	if err != nil {
		return r, err
	}
	r.AtMost("effective values in process, 20 attributes", 2e-6, measure.Seconds, found[0].Times(1e-9))
	r.AtMost("the same, and the text of each looked at", 2e-6, measure.Seconds, found[1].Times(1e-9))
	r.AtMost("effective values in process, 200 attributes", 10e-6, measure.Seconds, found[2].Times(1e-9))
	r.AtMost("the same, and the text of each looked at", 10e-6, measure.Seconds, found[3].Times(1e-9))
	r.AtMost("allocations of that, 20 attributes", 2, measure.Count, all[0].allocations.Round())
	r.AtMost("allocations of that, 200 attributes", 2, measure.Count, all[1].allocations.Round())
	r.Note("%d users in random order, all in the cache, one goroutine, through core with its permissions; each user in "+
		"5 groups, %d groups in 5 levels, 10 values a group.",
		l.scaled(100_000), l.scaled(10_000))
	r.Note("Ten times the attributes take %s the time.", measure.Ratio.Format(found[2].Per(found[0]).Median()))
	r.Note("An effective value refers to where it is written: whoever looks at the texts waits for them as well, so " +
		"both are measured.")
	return r, nil
}

// cachedUsers are users of whom everything is in memory.
type cachedUsers struct {
	*opened
	d           *sample.Directory
	attrs       []directory.AttributeID
	random      *rand.Rand
	reads       int // in a round: so many that what the other sides left in the processor's caches does not count
	allocations measure.Samples
	bytes       int // of texts that were looked at
}

func (l *lab) cacheUsers(ctx context.Context, attrs int) (*cachedUsers, error) {
	shape := l.plain(l.scaled(100_000), attrs)
	path, d, err := l.fixture(ctx, fmt.Sprintf("plain-%d", attrs), shape)
	if err != nil {
		return nil, err
	}
	o, err := open(ctx, path, core.Options{CacheUsers: 2 * shape.Users})
	if err != nil {
		return nil, err
	}
	u := &cachedUsers{opened: o, d: d, attrs: attributes(d), random: rand.New(rand.NewPCG(1, 2)), reads: l.scaled(500_000)}
	for user := range shape.Users {
		if _, err := u.read(ctx, user); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	return u, nil
}

func (u *cachedUsers) read(ctx context.Context, user int) ([]directory.Effective, error) {
	values, err := u.as().Effective(ctx, u.d.UserID(user), u.attrs)
	if err == nil && len(values) != len(u.attrs) {
		err = fmt.Errorf("user %d has %d values", u.d.UserID(user), len(values))
	}
	return values, err
}

// side reads users, and looks at the texts if that is asked for.
func (u *cachedUsers) side(name string, look bool) measure.Side {
	return measure.Side{Name: fmt.Sprintf("%d attributes%s, ns", len(u.attrs), name),
		Run: func(ctx context.Context) (float64, error) {
			before := measure.Mallocs()
			took, err := measure.Elapsed(func() error {
				for range u.reads {
					values, err := u.read(ctx, u.random.IntN(u.d.Shape().Users))
					if err != nil {
						return err
					}
					for i := 0; look && i < len(values); i++ {
						u.bytes += len(values[i].Value.Text)
					}
				}
				return nil
			})
			u.allocations = append(u.allocations, (measure.Mallocs()-before)/float64(u.reads))
			return took / float64(u.reads) * 1e9, err
		}}
}
