package requests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/constant"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// LookerReads compares users, groups and values in the Looker format with constants of the
// same bytes.
func LookerReads(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	for _, attributes := range []int{20, 200} {
		if err := lookerValues(ctx, l, &r, attributes); err != nil {
			return r, err
		}
	}
	p, c, d, err := l.PlainServer(ctx, 20)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := c.Warm(ctx, d, d.Shape().Users*9/10); err != nil {
		return r, err
	}
	r.Note("The users are in the cache, as many as it holds; effective-cold asks for others.")
	return r, constant.CompareAll(ctx, l, &r, p, c, []constant.Request{
		{Name: "Looker GET /users/{id}, all fields", AtMost: 2.5, Path: userPath(d, "/api/4.0/users/")},
		{Name: "Looker GET /groups/{id}, all fields", AtMost: 2.5, Path: groupPath(d, "/api/4.0/groups/")},
	})
}

func lookerValues(ctx context.Context, l *lab.Lab, r *measure.Result, attributes int) (err error) {
	p, c, d, err := l.PlainServer(ctx, attributes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := c.Warm(ctx, d, d.Shape().Users*9/10); err != nil {
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
	return constant.CompareAll(ctx, l, r, p, c, []constant.Request{{
		Name: "Looker GET /users/{id}/attribute_values " + name, AtMost: most,
		Path: func(r *rand.Rand) string { return user(r) + query },
	}})
}

func userPath(d *sample.Directory, before string) func(*rand.Rand) string {
	users := d.Shape().Users * 9 / 10
	return func(r *rand.Rand) string { return before + directory.FormatID(d.UserID(r.IntN(users))) }
}

func groupPath(d *sample.Directory, before string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return before + directory.FormatID(d.Group(r.IntN(d.Shape().Groups))) }
}

// LookerPages compares pages of a hundred with one object, and lists with the field can with
// lists without it.
func LookerPages(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	p, c, d, err := l.PlainServer(ctx, 20)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := c.Warm(ctx, d, d.Shape().Users*9/10); err != nil {
		return r, err
	}
	page := func(kind, more string, n int) func(*rand.Rand) string {
		return func(r *rand.Rand) string {
			return fmt.Sprintf("/api/4.0/%s?limit=100&offset=%d%s", kind, 100*r.IntN(max(n/100, 1)), more)
		}
	}
	users, groups := min(d.Shape().Users*9/10, 50_000), d.Shape().Groups
	for offset := 0; offset < users; offset += 100 { // as a client walks the list: each page continues the one before
		if _, err := c.Get(ctx, fmt.Sprintf("/api/4.0/users?limit=100&offset=%d&fields=id", offset)); err != nil {
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
		large := &lab.Competitor{Name: pair.name, Process: p, Next: c.Asking(pair.large)}
		unit := &lab.Competitor{Name: "the other side", Process: p, Next: c.Asking(pair.unit)}
		if err := l.Compete(ctx, large, unit); err != nil {
			return r, err
		}
		r.AtMost("Looker: processor time of "+pair.name, pair.most, measure.Ratio, large.CPU.Per(unit.CPU))
		lab.NoteCompetitor(&r, large)
		lab.NoteCompetitor(&r, unit)
	}
	return r, nil
}
