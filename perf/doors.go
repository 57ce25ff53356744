package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/measure"
)

// A door is a request of which the processor time is compared with that of a
// constant of the same bytes.
type door struct {
	name string
	most float64 // times the constant
	path func(r *rand.Rand) string
}

// doors compares each request of a running server with its constant.
func (l *lab) doors(ctx context.Context, r *measure.Result, p *measure.Process, c *caller, list []door) error {
	for _, d := range list {
		reply, err := c.get(ctx, d.path(rand.New(rand.NewPCG(1, 2))))
		if err != nil {
			return err
		}
		program := &contest{name: d.name, process: p, next: c.asking(d.path)}
		if err := l.againstConstant(ctx, r, d.name, d.most, append([]byte{}, reply...), program); err != nil {
			return err
		}
	}
	return nil
}

// asking makes requests of random paths.
func (c *caller) asking(path func(*rand.Rand) string) measure.Requester {
	return func(r *rand.Rand) (string, []byte) { return "GET " + path(r) + " HTTP/1.1\r\n" + c.head, nil }
}

// plainServer serves the directory in which effective values are read.
func (l *lab) plainServer(ctx context.Context, attributes int) (*measure.Process, *caller, *sample.Directory, error) {
	path, d, err := l.fixture(ctx, fmt.Sprintf("plain-%d", attributes), l.plain(l.scaled(100_000), attributes))
	if err != nil {
		return nil, nil, nil, err
	}
	p, c, err := l.serveAndLogin(ctx, "--data", path)
	return p, c, d, err
}

// stack compares the constant with a bare handler of the same bytes: what a
// request costs before and after its handler.
func stack(ctx context.Context, l *lab) (r measure.Result, err error) {
	reply := make([]byte, 2000)
	for i := range reply {
		reply[i] = ' '
	}
	q, k, err := l.constant(ctx, reply)
	if err != nil {
		return r, err
	}
	defer q.Close()
	b, err := l.bare(ctx, reply)
	if err != nil {
		return r, err
	}
	defer b.Close()
	program := &contest{name: "the constant", process: q, next: k.constantly()}
	floor := &contest{name: "a bare net/http handler", process: b, next: k.constantly()}
	contests := []*contest{program, floor}
	for _, part := range []string{"log", "metrics", "limits", "hall", "token"} {
		p, c, err := l.constantWithout(ctx, reply, part)
		if err != nil {
			return r, err
		}
		defer p.Close()
		contests = append(contests, &contest{name: "the constant without " + part, process: p, next: c.constantly()})
	}
	if err := l.compete(ctx, contests...); err != nil {
		return r, err
	}
	r.AtMost("processor time of the constant, against a bare net/http handler of the same bytes", 1.5, measure.Ratio,
		program.cpu.Per(floor.cpu))
	noteContest(&r, program)
	noteContest(&r, floor)
	for _, c := range contests[2:] {
		saved := (program.cpu.Median() - c.cpu.Median()) / (program.cpu.Median() - floor.cpu.Median())
		r.Note("%s: %s a request, %.0f %% less of what the stack costs.", c.name,
			measure.Seconds.Format(c.cpu.Median()), 100*saved)
	}
	return r, nil
}

// bare starts the server that has nothing but a handler.
func (l *lab) bare(ctx context.Context, reply []byte) (*measure.Process, error) {
	folder, err := l.folder("bare")
	if err != nil {
		return nil, err
	}
	body := filepath.Join(folder, "body")
	if err := os.WriteFile(body, reply, 0o600); err != nil {
		return nil, err
	}
	return measure.Start(ctx, measure.Command{
		Program: l.Self, Args: []string{"bare", "-body", body}, Log: filepath.Join(folder, "log"),
	})
}

// coldUsers reads each user once, so that none is in the cache.
func coldUsers(ctx context.Context, l *lab) (r measure.Result, err error) {
	path, d, err := l.million(ctx)
	if err != nil {
		return r, err
	}
	p, c, err := l.serveAndLogin(ctx, "--data", path)
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
		// A stride that is prime to the number of users visits all of them.
		return directory.FormatID(d.UserID(int(next.Add(1) * 7919 % int64(users))))
	}
	return r, l.doors(ctx, &r, p, c, []door{{
		name: "native effective values of a user who is not in the cache, 20 attributes", most: 3,
		path: func(*rand.Rand) string { return "/v1/users/" + cold() + query },
	}})
}

// lookerReads compares what the Looker format shows of users and groups with
// constants of the same bytes.
func lookerReads(ctx context.Context, l *lab) (r measure.Result, err error) {
	for _, attributes := range []int{20, 200} {
		if err := lookerValues(ctx, l, &r, attributes); err != nil {
			return r, err
		}
	}
	p, c, d, err := l.plainServer(ctx, 20)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := c.warm(ctx, d, d.Shape().Users*9/10); err != nil {
		return r, err
	}
	r.Note("The users are in the cache, as many as it holds; effective-cold asks for others.")
	return r, l.doors(ctx, &r, p, c, []door{
		{name: "Looker GET /users/{id}, all fields", most: 2.5, path: userPath(d, "/api/4.0/users/")},
		{name: "Looker GET /groups/{id}, all fields", most: 2.5, path: groupPath(d, "/api/4.0/groups/")},
	})
}

func lookerValues(ctx context.Context, l *lab, r *measure.Result, attributes int) (err error) {
	p, c, d, err := l.plainServer(ctx, attributes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := c.warm(ctx, d, d.Shape().Users*9/10); err != nil {
		return err
	}
	user := userPath(d, "/api/4.0/users/")
	name, most := "for 20 attributes", 2.0
	ids := make([]string, min(20, attributes))
	for i := range ids {
		ids[i] = directory.FormatID(d.Attribute(i))
	}
	query := "/attribute_values?user_attribute_ids=" + strings.Join(ids, ",")
	if attributes > 20 {
		name, most, query = fmt.Sprintf("of all %d attributes", attributes), 4, "/attribute_values"
	}
	return l.doors(ctx, r, p, c, []door{{
		name: "Looker GET /users/{id}/attribute_values " + name, most: most,
		path: func(r *rand.Rand) string { return user(r) + query },
	}})
}

func userPath(d *sample.Directory, before string) func(*rand.Rand) string {
	users := d.Shape().Users * 9 / 10
	return func(r *rand.Rand) string { return before + directory.FormatID(d.UserID(r.IntN(users))) }
}

func groupPath(d *sample.Directory, before string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return before + directory.FormatID(d.Group(r.IntN(d.Shape().Groups))) }
}

// lookerPages compares pages of a hundred with one, and lists with "can" with
// lists without.
func lookerPages(ctx context.Context, l *lab) (r measure.Result, err error) {
	p, c, d, err := l.plainServer(ctx, 20)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := c.warm(ctx, d, d.Shape().Users*9/10); err != nil {
		return r, err
	}
	page := func(kind, more string, n int) func(*rand.Rand) string {
		return func(r *rand.Rand) string {
			return fmt.Sprintf("/api/4.0/%s?limit=100&offset=%d%s", kind, 100*r.IntN(max(n/100, 1)), more)
		}
	}
	users, groups := min(d.Shape().Users*9/10, 50_000), d.Shape().Groups
	for offset := 0; offset < users; offset += 100 { // as who walks the list: each page goes on where one ended
		if _, err := c.get(ctx, fmt.Sprintf("/api/4.0/users?limit=100&offset=%d&fields=id", offset)); err != nil {
			return r, err
		}
	}
	r.Note("Users are in the cache, and pages are those of a walk through the list: a jump to any other place walks " +
		"over an index first (line search).")
	const without = "&fields=id,url,first_name,last_name,email,group_ids,role_ids,locale,display_name,is_disabled"
	for _, pair := range []struct {
		name        string
		most        float64
		large, unit func(*rand.Rand) string
	}{
		{"a page of 100 users, all fields, against one user", 12, page("users", "", users), userPath(d, "/api/4.0/users/")},
		{"a page of 100 groups, all fields, against one group", 12, page("groups", "", groups),
			groupPath(d, "/api/4.0/groups/")},
		{"the page of users with can against without", 1.5, page("users", without+",can", users),
			page("users", without, users)},
	} {
		large := &contest{name: pair.name, process: p, next: c.asking(pair.large)}
		unit := &contest{name: "the other side", process: p, next: c.asking(pair.unit)}
		if err := l.compete(ctx, large, unit); err != nil {
			return r, err
		}
		r.AtMost("Looker: processor time of "+pair.name, pair.most, measure.Ratio, large.cpu.Per(unit.cpu))
		noteContest(&r, large)
		noteContest(&r, unit)
	}
	return r, nil
}
