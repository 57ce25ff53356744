package core_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"cohort/internal/core"
	"cohort/internal/core/coretest"
	"cohort/internal/directory"
	"cohort/internal/store/sqlite"
	"cohort/internal/view"
)

// population is how many users the benchmark of lists has. COHORT_BENCH_USERS
// makes it another number; the budgets are for 1,000,000.
func population(b *testing.B) int {
	b.Helper()
	text := os.Getenv("COHORT_BENCH_USERS")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// onDisk is an empty directory in SQLite, as the program itself uses it.
func onDisk(b *testing.B) *view.View {
	b.Helper()
	s, err := sqlite.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	c, err := core.Open(b.Context(), s, core.Options{Sealer: coretest.PlainSealer{}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return view.New(c).As(directory.System("bench"))
}

func newPopulation(b *testing.B, n int) *view.View {
	b.Helper()
	admin := onDisk(b)
	const each = 5000
	for from := 0; from < n; from += each {
		var edits []directory.Edit
		for i := from; i < min(from+each, n); i++ {
			scattered := uint32(i) * 2654435761
			edits = append(edits, directory.CreateUser{
				FirstName: fmt.Sprintf("First%03d", scattered%1000), LastName: fmt.Sprintf("Last%05d", scattered%99991),
				ContactEmail: fmt.Sprintf("u%08x@example.com", scattered),
			})
		}
		if _, err := admin.Commit(b.Context(), directory.Change{Edits: edits}); err != nil {
			b.Fatal(err)
		}
	}
	return admin
}

// BenchmarkLists measures lists of users as dialects ask for them: by an exact
// name, a prefix, an infix, and page by page.
func BenchmarkLists(b *testing.B) {
	n := population(b)
	admin := newPopulation(b, n)
	like := func(field directory.UserField, text string) directory.UserFilter {
		p, err := directory.ParsePattern("pattern", text)
		if err != nil {
			b.Fatal(err)
		}
		return directory.UsersLike{Field: field, Pattern: p}
	}
	byLast := []directory.UserSort{{Field: directory.FieldLastName}}
	for _, test := range []struct {
		name string
		q    directory.UserQuery
	}{
		{"exact", directory.UserQuery{Where: like(directory.FieldEmail,
			fmt.Sprintf("u%08x@example.com", uint32(n/2)*2654435761))}},
		{"exact-many", directory.UserQuery{Where: like(directory.FieldFirstName, "first500"), Limit: 100}},
		{"prefix", directory.UserQuery{Where: like(directory.FieldLastName, "last500%"), Limit: 100}},
		{"infix", directory.UserQuery{Where: like(directory.FieldEmail, "%0abc%"), Limit: 100}},
		{"first-page", directory.UserQuery{Limit: 100}},
		{"jump-to-the-middle", directory.UserQuery{Limit: 100, Offset: n / 2}},
		{"jump-to-the-end", directory.UserQuery{Limit: 100, Offset: n - 100}},
		{"sorted", directory.UserQuery{Limit: 100, Sort: byLast}},
		{"sorted-jump-to-the-middle", directory.UserQuery{Limit: 100, Offset: n / 2, Sort: byLast}},
	} {
		b.Run(test.name, func(b *testing.B) {
			for i := range b.N {
				q := test.q
				if q.Offset > 0 && q.Offset < n-200 {
					q.Offset += i // not where a page has ended
				}
				if _, _, err := admin.Users(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, from := range []int{0, n / 2, n - n/10} {
		b.Run(fmt.Sprintf("next-page-from-%d%%", from*100/n), func(b *testing.B) {
			offset := from
			for b.Loop() {
				if offset+100 >= from+n/10 {
					offset = from
				}
				if _, _, err := admin.Users(b.Context(), directory.UserQuery{Offset: offset, Limit: 100}); err != nil {
					b.Fatal(err)
				}
				offset += 100
			}
		})
	}
}
