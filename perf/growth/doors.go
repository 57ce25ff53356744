package growth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/sample"
	"cohort/perf/lab"
	"cohort/perf/measure"
)

// A sizedDirectory is a served directory of one size.
type sizedDirectory struct {
	path    string // a copy
	process *measure.Process
	caller  *lab.Caller // an administrator
	scim    *lab.Caller // an identity provider
	d       *sample.Directory
}

// A growth is a series of directories that differ in the number of one thing, and the requests
// that are sent to all of them.
type growth struct {
	what   string
	shapes []sample.Shape
	label  func(sample.Shape) string
	open   func(sample.Shape) (path string, d *sample.Directory, err error)
	doors  []grownDoor
}

// GrowthOfDoors sends the same requests to small and to large directories.
func GrowthOfDoors(ctx context.Context, l *lab.Lab) (r measure.Result, err error) {
	for _, g := range []growth{moreUsers(ctx, l), moreGroups(ctx, l), morePeople(ctx, l)} {
		if err := growRequests(ctx, l, &r, &g); err != nil {
			return r, err
		}
	}
	return r, nil
}

// moreUsers grows the users and keeps the policy.
func moreUsers(ctx context.Context, l *lab.Lab) growth {
	most := l.Scaled(1_000_000)
	g := growth{what: "users", label: usersOf, doors: slices.Concat(userDoors(), groupDoors())}
	g.open = func(s sample.Shape) (string, *sample.Directory, error) {
		name := "million"
		if s.Users < most {
			name = fmt.Sprintf("users-%d", s.Users)
		}
		return opened(ctx, l, name, s)
	}
	for _, part := range []int{1000, 10, 1} {
		shape := sample.Budget(most)
		n := max(most/part, 1000) // the users that are asked for
		shape.Users, shape.Memberships, shape.UserValues = n, shape.Memberships*n/most, shape.UserValues*n/most
		g.shapes = append(g.shapes, shape)
	}
	return g
}

// moreGroups grows the groups and keeps the users.
func moreGroups(ctx context.Context, l *lab.Lab) growth {
	asked := max(l.Scaled(10_000), 1000)
	g := growth{what: "groups", doors: slices.Concat(userDoors(), groupDoors(), scimGroupDoors())}
	g.label = func(s sample.Shape) string { return fmt.Sprintf("%d groups", s.Groups) }
	g.open = func(s sample.Shape) (string, *sample.Directory, error) { return opened(ctx, l, groupsFixture(s), s) }
	for _, n := range []int{100, 10_000, 100_000} {
		n = max(l.Scaled(n), 100)
		g.shapes = append(g.shapes, sample.Shape{
			Seed: 4, Users: asked, Groups: n, Depth: 6, Attributes: 200, GroupValues: 10 * n,
			Memberships: 3 * asked, UserValues: asked, Skew: 1, Everyone: true,
		})
	}
	return g
}

// morePeople grows the users of an identity provider.
func morePeople(ctx context.Context, l *lab.Lab) growth {
	g := growth{what: "people of an identity provider", label: usersOf, doors: peopleDoors()}
	g.open = func(s sample.Shape) (string, *sample.Directory, error) { return l.Provisioned(ctx, s) }
	for _, part := range []int{1000, 10, 1} {
		g.shapes = append(g.shapes, lab.People(max(l.Scaled(1_000_000)/part, 1000)))
	}
	return g
}

func usersOf(s sample.Shape) string { return fmt.Sprintf("%d users", s.Users) }

// opened returns a copy of a fixture.
func opened(ctx context.Context, l *lab.Lab, name string, s sample.Shape) (string, *sample.Directory, error) {
	path, d, err := l.Fixture(ctx, name, s)
	if err != nil {
		return "", nil, err
	}
	path, err = l.Copied(path)
	return path, d, err
}

// growRequests compares directories that differ in the number of one thing.
func growRequests(ctx context.Context, l *lab.Lab, r *measure.Result, g *growth) (err error) {
	same := func(a, b sample.Shape) bool { return a.Users == b.Users && a.Groups == b.Groups } // in a small run
	shapes := slices.CompactFunc(g.shapes, same)
	var list []*sizedDirectory
	defer func() {
		for _, d := range list {
			err = errors.Join(err, d.process.Close(), os.RemoveAll(d.path))
		}
	}()
	table := measure.Table{Title: "Processor time of a request, by " + g.what, Head: []string{"What"}}
	for _, shape := range shapes {
		d, err := grown(ctx, l, g, shape)
		if err != nil {
			return err
		}
		list, table.Head = append(list, d), append(table.Head, g.label(shape))
	}
	for _, door := range g.doors {
		contests := make([]*lab.Competitor, len(list))
		for n, d := range list {
			contests[n] = &lab.Competitor{Name: door.name + ", " + table.Head[n+1], Process: d.process, Next: door.asking(d)}
		}
		if err := l.Compete(ctx, contests...); err != nil {
			return err
		}
		row := []string{door.name}
		for _, c := range contests {
			cell := measure.Seconds.Format(c.CPU.Median())
			if c != contests[0] {
				cell += " (" + measure.Ratio.Format(c.CPU.Per(contests[0].CPU).Median()) + ")"
			}
			row = append(row, cell)
		}
		table.Rows = append(table.Rows, row)
		const atMost = 1.5
		last := contests[len(contests)-1]
		r.AtMost(door.name+": the most "+g.what+", against the fewest", atMost, measure.Ratio,
			last.CPU.Per(contests[0].CPU))
	}
	r.Tables = append(r.Tables, table)
	return nil
}

// grown serves a directory of one size.
func grown(ctx context.Context, l *lab.Lab, g *growth, shape sample.Shape) (*sizedDirectory, error) {
	path, d, err := g.open(shape)
	if err != nil {
		return nil, err
	}
	p, c, err := l.ServeAndLogin(ctx, "--data", path)
	if err != nil {
		return nil, err
	}
	scim, err := lab.Provisioner(ctx, p)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return &sizedDirectory{path, p, c, scim, d}, nil
}

// A grownDoor is a request for the same few users or groups in directories of any size, so
// that only effects of the size differ.
type grownDoor struct {
	name string
	path grownPath
}

// A grownPath is the path of a request.
type grownPath func(*sample.Directory, *rand.Rand) string

// asking makes requests. Paths below /scim have the identity provider's token.
func (o grownDoor) asking(g *sizedDirectory) measure.Requester {
	as := g.caller
	if strings.HasPrefix(o.path(g.d, rand.New(rand.NewPCG(1, 2))), "/scim/") {
		as = g.scim
	}
	return as.Asking(func(r *rand.Rand) string { return o.path(g.d, r) })
}

// fewUsers is the number of users that are asked for.
const fewUsers = 900

// grownUser is a path with one of a few users.
func grownUser(before, after string) grownPath {
	return func(d *sample.Directory, r *rand.Rand) string {
		return before + directory.FormatID(d.UserID(r.IntN(fewUsers))) + after
	}
}

// grownGroup is a path with a group that contains no other.
func grownGroup(before string) grownPath {
	return func(d *sample.Directory, _ *rand.Rand) string { return before + directory.FormatID(d.Group(d.Leaf())) }
}

// samePath is the same path in every directory.
func samePath(path string) grownPath {
	return func(*sample.Directory, *rand.Rand) string { return path }
}

// userDoors ask for users.
func userDoors() []grownDoor {
	values := func(before, by string, name func(*sample.Directory, int) string) grownPath {
		return func(d *sample.Directory, r *rand.Rand) string {
			list := make([]string, 20)
			for i := range list {
				list[i] = name(d, i)
			}
			return grownUser(before, by+strings.Join(list, ","))(d, r)
		}
	}
	return []grownDoor{
		{"native effective values", values("/v1/users/", "/effective?attributes=",
			func(d *sample.Directory, i int) string { return d.Name(i) })},
		{"native user", grownUser("/v1/users/", "")},
		{"native page of 100 users", samePath("/v1/users?limit=100")},
		{"Looker user", grownUser("/api/4.0/users/", "")},
		{"Looker values of 20 attributes", values("/api/4.0/users/", "/attribute_values?user_attribute_ids=",
			func(d *sample.Directory, i int) string { return directory.FormatID(d.Attribute(i)) })},
		{"Looker page of 100 users", func(_ *sample.Directory, r *rand.Rand) string {
			return fmt.Sprint("/api/4.0/users?limit=100&offset=", 100*r.IntN(fewUsers/100))
		}},
		{"Propeller user", grownUser("/users/id/", "")},
	}
}

// groupDoors ask for groups.
func groupDoors() []grownDoor {
	return []grownDoor{
		{"native group", grownGroup("/v1/groups/")},
		{"native page of 100 groups", samePath("/v1/groups?limit=100")},
		{"Looker group", grownGroup("/api/4.0/groups/")},
		{"Looker page of 100 groups", samePath("/api/4.0/groups?limit=100&offset=0")},
		{"Propeller usergroup", grownGroup("/usergroups/id/")},
	}
}

// scimGroupDoors ask for groups as an identity provider does.
func scimGroupDoors() []grownDoor {
	return []grownDoor{
		{"SCIM group", func(d *sample.Directory, r *rand.Rand) string {
			return grownGroup("/scim/v2/Groups/g")(d, r) + "?excludedAttributes=members"
		}},
		{"SCIM page of 100 groups", samePath("/scim/v2/Groups?count=100&excludedAttributes=members")},
	}
}

// peopleDoors ask for users as an identity provider does.
func peopleDoors() []grownDoor {
	return []grownDoor{
		{"SCIM user", grownUser("/scim/v2/Users/", "")},
		{"SCIM page of 100 users", samePath("/scim/v2/Users?count=100")},
		{"SCIM user by its name", func(d *sample.Directory, r *rand.Rand) string {
			filter := fmt.Sprintf("userName eq %q", d.User(r.IntN(fewUsers)).User.ContactEmail)
			return "/scim/v2/Users?filter=" + url.QueryEscape(filter)
		}},
	}
}
