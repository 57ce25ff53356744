package sample_test

import (
	"io"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/internal/core"
	"cohort/internal/directory"
	"cohort/internal/importer"
	"cohort/internal/plan"
	"cohort/internal/sample"
	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/view"
)

type noSealer struct{ plan.Sealer }

func openCore(t *testing.T, s store.Store) *core.Core {
	t.Helper()
	c, err := core.Open(t.Context(), s,
		core.Options{Sealer: noSealer{}, Now: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// filled is a store with an initialized directory and a sample in it.
func filled(t *testing.T, shape sample.Shape) (*memstore.Store, *sample.Directory) {
	t.Helper()
	s := memstore.New()
	openCore(t, s).Close()
	d, err := sample.Fill(t.Context(), s, shape, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, d
}

func small() sample.Shape {
	return sample.Shape{
		Seed: 7, Users: 300, Groups: 40, Depth: 4, Attributes: 30, GroupValues: 211, Memberships: 1000, UserValues: 77,
		Skew: 1, Everyone: true,
	}
}

func TestAFilledStoreHasNoDamage(t *testing.T) {
	s, d := filled(t, small())
	if err := s.Check(t.Context(), func(damage string) { t.Error(damage) }); err != nil {
		t.Fatal(err)
	}
	c := openCore(t, s)
	defer c.Close()
	head := c.Head()
	if head.Users != 300 || head.Groups != 41 || head.Next.Group != d.Next().Group {
		t.Errorf("head = %+v", head)
	}
	err := s.Read(t.Context(), func(r store.Reader) error {
		n, err := r.MemberCounts(t.Context(), []directory.GroupID{d.Group(0)}, head.At)
		if err == nil && n[0] != 300 {
			t.Errorf("the first group has %d members; want everyone", n[0])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The two ways into a directory say the same.
func TestEditsGiveTheSameEffectiveValuesAsRows(t *testing.T) {
	byRows, d := filled(t, small())
	byEdits := memstore.New()
	a, b := openCore(t, byRows), openCore(t, byEdits)
	defer a.Close()
	defer b.Close()
	as, bs := view.New(a).As(directory.System("test")), view.New(b).As(directory.System("test"))
	for edits := range slices.Chunk(slices.Collect(d.Edits()), 500) {
		if _, err := bs.Commit(t.Context(), directory.Change{Edits: edits}); err != nil {
			t.Fatal(err)
		}
	}
	origins := map[directory.Origin]int{}
	for i := range d.Shape().Users {
		want, err := as.Effective(t.Context(), d.UserID(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bs.Effective(t.Context(), d.UserID(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("user %d (-rows +edits):\n%s", d.UserID(i), diff)
		}
		for _, e := range got {
			origins[e.Origin]++
		}
	}
	for _, o := range []directory.Origin{directory.OriginUser, directory.OriginGroup, directory.OriginDefault,
		directory.OriginNone} {
		if origins[o] < 50 {
			t.Errorf("origin %v occurs %d times: the sample shows too little of it", o, origins[o])
		}
	}
}

func TestADirectoryHasWhatItsShapeSays(t *testing.T) {
	for _, everyone := range []bool{false, true} {
		shape := small()
		shape.Everyone = everyone
		d := sample.New(shape, sample.Initialized())
		kinds := map[directory.RowKind]int{}
		depth := map[directory.GroupID]int{}
		orders := map[[2]int64]bool{}
		for row := range d.Catalog() {
			kinds[row.Key().Kind]++
			switch r := row.(type) {
			case directory.Group:
				depth[r.ID] = 1
			case directory.Nesting:
				depth[r.Group] = max(depth[r.Group], depth[r.Parent]+1)
				if r.Parent >= r.Group {
					t.Errorf("%+v names a group that comes later", r)
				}
			case directory.GroupValue:
				key := [2]int64{int64(r.Attribute), r.Order}
				if orders[key] {
					t.Errorf("%+v has the order key of another", r)
				}
				orders[key] = true
			}
		}
		sizes := map[directory.GroupID]int{}
		members, values := 0, 0
		for i := range shape.Users {
			u := d.User(i)
			for _, m := range u.Memberships {
				sizes[m.Group]++
			}
			members += len(u.Memberships)
			values += len(u.Values)
		}
		got := []int{
			kinds[directory.RowGroup], kinds[directory.RowAttribute], kinds[directory.RowGroupValue], members, values,
			slices.Max(slices.Collect(maps.Values(depth))),
		}
		want := []int{shape.Groups, shape.Attributes, shape.GroupValues, shape.Memberships, shape.UserValues, shape.Depth}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("groups, attributes, group values, memberships, user values, depth (-want +got):\n%s", diff)
		}
		largest := slices.Sorted(maps.Values(sizes))
		slices.Reverse(largest)
		if (largest[0] == shape.Users) != everyone || largest[1] < 2*largest[20] {
			t.Errorf("sizes of groups = %v", largest)
		}
	}
}

// Any object can be asked for alone, and the seed decides.
func TestTheSeedDecides(t *testing.T) {
	a, b := sample.New(small(), sample.Initialized()), sample.New(small(), sample.Initialized())
	a.User(1)
	if diff := cmp.Diff(a.User(200), b.User(200)); diff != "" {
		t.Errorf("the same user of the same seed differs:\n%s", diff)
	}
	other := small()
	other.Seed++
	c := sample.New(other, sample.Initialized())
	alike := 0
	for i := range 100 {
		if cmp.Equal(a.User(i), c.User(i)) {
			alike++
		}
	}
	if alike > 0 {
		t.Errorf("%d users are the same under another seed", alike)
	}
}

func TestShapesThatCannotBeMetAreMetAsFarAsPossible(t *testing.T) {
	for _, shape := range []sample.Shape{
		{},
		{Users: 3},
		{Users: 3, Memberships: 9},
		{Groups: 2, Depth: 9, Attributes: 1, GroupValues: 100, Users: 2, Memberships: 100, UserValues: 100},
		{Groups: 1, Attributes: 0, GroupValues: 3, Users: 1, Memberships: 1, Everyone: true},
	} {
		s, d := filled(t, shape)
		if err := s.Check(t.Context(), func(damage string) { t.Errorf("%+v: %s", shape, damage) }); err != nil {
			t.Fatal(err)
		}
		c := openCore(t, s)
		if got := c.Head().Next; got.User != d.Next().User || got.Value != d.Next().Value {
			t.Errorf("%+v: next ids %+v, want %+v", shape, got, d.Next())
		}
		c.Close()
	}
}

func BenchmarkUser(b *testing.B) {
	d := sample.New(sample.Budget(1_000_000), sample.Initialized())
	b.ReportAllocs()
	for i := 0; b.Loop(); i = (i + 1) % 1_000_000 {
		d.User(i)
	}
}

// Rows come as an import wants them, which checks each of them like an edit.
func TestRowsCanBeImported(t *testing.T) {
	byRows, d := filled(t, small())
	imported := memstore.New()
	a, b := openCore(t, byRows), openCore(t, imported)
	defer a.Close()
	defer b.Close()
	next, stop := iter.Pull(d.Rows())
	defer stop()
	_, err := importer.Run(t.Context(), b,
		importer.Import{Job: "sample", Next: d.Next(), Rows: func() (directory.Row, error) {
			row, ok := next()
			if !ok {
				return nil, io.EOF
			}
			return row, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	if want, got := a.Head().Digest, b.Head().Digest; want != got {
		t.Errorf("the digest of the imported state is %x, that of the filled one %x", got, want)
	}
}
