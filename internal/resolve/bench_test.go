package resolve

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"cohort/internal/directory"
)

// The sizes of the first budget: 10,000 groups of depth 5, each user in 5 of
// them, 100,000 users in random order, 10 values a group.
const (
	benchGroups    = 10_000
	benchUsers     = 100_000
	benchDepth     = 5
	benchValues    = 10
	benchUserGroup = 5
)

func benchRows(attrs int) []directory.Row { return benchRowsOf(benchGroups, attrs) }

func benchRowsOf(groups, attrs int) []directory.Row {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []directory.Row
	for i := range attrs {
		id := directory.FirstCustomAttribute + directory.AttributeID(i)
		rows = append(rows, directory.Attribute{
			ID: id, Name: fmt.Sprintf("attribute_%d", i), Type: directory.TypeString, Rule: directory.RuleRank,
			UserValueMode: directory.ModeWins, Default: text("none"),
		})
	}
	// Level by level; each level is four times as wide as the one above.
	var levels [benchDepth + 1][]directory.GroupID
	order := int64(0)
	for g := directory.GroupID(1); g <= directory.GroupID(groups); g++ {
		rows = append(rows, directory.Group{ID: g, Name: fmt.Sprintf("group %d", g)})
		at := 1
		for width, left := 8, int(g)-1; left > width && at < benchDepth; width, at = width*5, at+1 {
			left -= width
		}
		if g > 1 && at > 1 {
			up := levels[at-1]
			rows = append(rows, directory.Nesting{Group: g, Parent: up[r.IntN(len(up))], Position: directory.OrderGap})
		}
		if g > 1 {
			levels[at] = append(levels[at], g)
		}
		for _, a := range r.Perm(attrs)[:benchValues] {
			order++
			rows = append(rows, directory.GroupValue{
				ID: directory.ValueID(order), Group: g, Attribute: directory.FirstCustomAttribute + directory.AttributeID(a),
				Value: text(fmt.Sprintf("value %d", order%997)), Order: order * directory.OrderGap,
			})
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

func benchUserRows() []directory.UserRows { return benchUserRowsOf(benchUsers, benchGroups) }

func benchUserRowsOf(n, groups int) []directory.UserRows {
	r := rand.New(rand.NewPCG(3, 4))
	users := make([]directory.UserRows, n)
	for i := range users {
		u := &users[i]
		u.User.ID = directory.UserID(i + 1)
		for j := range benchUserGroup {
			u.Memberships = append(u.Memberships, directory.Membership{
				User: u.User.ID, Group: directory.GroupID(2 + r.IntN(groups-1)), Position: int64(j+1) * directory.OrderGap,
			})
		}
		u.Values = []directory.UserValue{{User: u.User.ID, Attribute: directory.FirstCustomAttribute, Value: text("own")}}
	}
	return users
}

func BenchmarkEffective(b *testing.B) {
	users := benchUserRows()
	for _, attrs := range []int{20, 200} {
		c := build(b, benchRows(attrs)...)
		var dst []directory.Effective
		for i := range users {
			dst = c.Effective(dst[:0], &users[i], nil, "EN", 1)
		}
		r := rand.New(rand.NewPCG(5, 6))
		b.Run(fmt.Sprintf("attributes=%d", attrs), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Effective(dst[:0], &users[r.IntN(len(users))], nil, "EN", 1)
			}
		})
		var ids []directory.AttributeID
		for a := range c.Attributes() {
			ids = append(ids, a.ID)
		}
		b.Run(fmt.Sprintf("attributes=%d/named", attrs), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Effective(dst[:0], &users[r.IntN(len(users))], ids, "EN", 1)
			}
		})
		one := []directory.AttributeID{directory.FirstCustomAttribute + 5}
		b.Run(fmt.Sprintf("attributes=%d/one", attrs), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Effective(dst[:0], &users[r.IntN(len(users))], one, "EN", 1)
			}
		})
	}
}

func BenchmarkRolesOf(b *testing.B) {
	users := benchUserRows()
	c := build(b, append(benchRows(20), directory.PermissionSet{ID: 1}, directory.ModelSet{ID: 1},
		directory.Role{ID: 2, PermissionSet: 1, ModelSet: 1}, directory.GroupRole{Group: 2, Role: 2})...)
	r := rand.New(rand.NewPCG(5, 6))
	b.ReportAllocs()
	for b.Loop() {
		c.RolesOf(&users[r.IntN(len(users))], 1)
	}
}

func BenchmarkExplain(b *testing.B) {
	users := benchUserRows()
	c := build(b, benchRows(20)...)
	r := rand.New(rand.NewPCG(5, 6))
	b.ReportAllocs()
	for b.Loop() {
		c.Explain(&users[r.IntN(len(users))], directory.FirstCustomAttribute+5, "EN", 1)
	}
}

func BenchmarkBuild(b *testing.B) {
	rows := benchRows(200)
	b.ReportAllocs()
	for b.Loop() {
		build(b, rows...)
	}
}

// A leaf has nothing below it; group 2 is at the top and has a tenth of all
// groups below it.
func BenchmarkApply(b *testing.B) {
	c := build(b, benchRows(200)...)
	for _, g := range []directory.GroupID{benchGroups, 2} {
		b.Run(fmt.Sprintf("value/below=%d", len(c.Descendants(g))), func(b *testing.B) {
			var value directory.GroupValue
			for v := range c.GroupValuesOf(g) {
				value = v
			}
			b.ReportAllocs()
			for b.Loop() {
				value.Value.Text += "x"
				if len(value.Value.Text) > 20 {
					value.Value.Text = ""
				}
				c = c.Apply([]directory.RowWrite{{Before: value, After: value}})
			}
		})
	}
	b.Run("new group", func(b *testing.B) {
		b.ReportAllocs()
		c := c
		next := directory.GroupID(benchGroups)
		for b.Loop() {
			next++
			c = c.Apply([]directory.RowWrite{{After: directory.Group{ID: next}}})
		}
	})
}

// The memory of a catalog without lists, and with one for every group.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		before := heap()
		c := build(b, benchRows(200)...)
		bare := heap()
		for g := range c.Groups() {
			c.GroupEffective(nil, g.ID, nil, "EN", 1)
		}
		b.ReportMetric(float64(bare-before)/(1<<20), "MiB/catalog")
		b.ReportMetric(float64(heap()-bare)/(1<<20), "MiB/lists")
		runtime.KeepAlive(c)
	}
}

// heap is what is in use once the garbage is collected.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
