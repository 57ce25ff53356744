// Package requests measures what the requests of clients cost.
package requests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/constant"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// EffectiveInProcess reads all attributes of cached users in random order.
func EffectiveInProcess(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	var sides []measure.Side
	var all [2]*cachedUsers
	for i, count := range []int{20, 200} {
		if all[i], err = cacheUsers(ctx, l, count); err != nil {
			return r, err
		}
		defer all[i].Close()
		sides = append(sides, all[i].side("", false), all[i].side(" and their texts", true))
	}
	found, err := l.Alternate(ctx, sides...)
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
		l.Scaled(100_000), l.Scaled(10_000))
	r.Note("Ten times the attributes take %s the time.", measure.Ratio.Format(found[2].Per(found[0]).Median()))
	r.Note("An effective value refers to where it is written: whoever looks at the texts waits for them as well, so " +
		"both are measured.")
	return r, nil
}

// cachedUsers is a directory with all users in memory.
type cachedUsers struct {
	*lab.Opened
	d           *sample.Directory
	attrs       []directory.AttributeID
	random      *rand.Rand
	reads       int // per round; enough that the processor's caches, filled by other sides, do not matter
	allocations measure.Samples
	bytes       int // of the texts that were read
}

func cacheUsers(ctx context.Context, l *lab.Lab, attrs int) (*cachedUsers, error) {
	shape := l.Plain(l.Scaled(100_000), attrs)
	path, d, err := l.Fixture(ctx, fmt.Sprintf("plain-%d", attrs), shape)
	if err != nil {
		return nil, err
	}
	o, err := lab.Open(ctx, path, core.Options{CacheUsers: 2 * shape.Users})
	if err != nil {
		return nil, err
	}
	u := &cachedUsers{Opened: o, d: d, attrs: lab.Attributes(d), random: rand.New(rand.NewPCG(1, 2)),
		reads: l.Scaled(500_000)}
	for user := range shape.Users {
		if _, err := u.read(ctx, user); err != nil {
			return nil, errors.Join(err, o.Close())
		}
	}
	return u, nil
}

func (u *cachedUsers) read(ctx context.Context, user int) ([]directory.Effective, error) {
	values, err := u.View().Effective(ctx, u.d.UserID(user), u.attrs)
	if err == nil && len(values) != len(u.attrs) {
		err = fmt.Errorf("user %d has %d values", u.d.UserID(user), len(values))
	}
	return values, err
}

// side reads users, and with look the texts of their values.
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

// EffectiveOverHTTP compares the program with a constant of the same bytes.
func EffectiveOverHTTP(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	shape := l.Plain(l.Scaled(100_000), 20)
	users := shape.Users * 9 / 10 // the default size of the cache
	path, d, err := l.Fixture(ctx, "plain-20", shape)
	if err != nil {
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer p.Close()
	if err := c.Warm(ctx, d, users); err != nil {
		return r, err
	}
	before, after := lab.EffectivePath(d)
	reply, err := c.Get(ctx, before+directory.FormatID(d.UserID(1))+after)
	if err != nil {
		return r, err
	}
	q, k, err := constant.Start(ctx, l, reply)
	if err != nil {
		return r, err
	}
	defer q.Close()
	program := &lab.Competitor{Name: "cohort serve", Process: p, Next: c.Effective(d, users)}
	floor := &lab.Competitor{Name: "the constant", Process: q, Next: constant.Requester(k)}
	if err := l.Compete(ctx, program, floor); err != nil {
		return r, err
	}
	r.AtMost("processor time of the server for an effective-value request over HTTP, 20 attributes", 50e-6,
		measure.Seconds, program.CPU)
	r.AtLeast("its throughput, against a handler of the same server that answers the same bytes from a constant", 0.7,
		measure.Ratio, program.Rate.Per(floor.Rate))
	lab.NoteCompetitor(&r, program)
	lab.NoteCompetitor(&r, floor)
	r.AtMost("its processor time, against the constant", 1.4, measure.Ratio, program.CPU.Per(floor.CPU))
	r.Note("The constant has %d bytes and is served by the same program, behind the same log, metrics, limits and check "+
		"of the token.", len(reply))
	r.Note("%d connections, each with one request at a time; the client shares the cores with the servers. %d users in "+
		"random order.", lab.Connections, users)
	return r, nil
}

// ColdUsers reads each user once, so that no user is in the cache.
func ColdUsers(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	path, d, err := l.Million(ctx)
	if err != nil {
		return r, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var next atomic.Int64
	names := make([]string, 20)
	for i := range names {
		names[i] = d.Name(i)
	}
	query := "/effective?attributes=" + strings.Join(names, ",")
	users := d.Shape().Users
	cold := func() string {
		// The stride is coprime to the number of users, so that it visits all of them.
		return directory.FormatID(d.UserID(int(next.Add(1) * 7919 % int64(users))))
	}
	return r, constant.CompareAll(ctx, l, &r, p, c, []constant.Request{{
		Name: "native effective values of a user who is not in the cache, 20 attributes", AtMost: 3,
		Path: func(*rand.Rand) string { return "/v1/users/" + cold() + query },
	}})
}
